"""What a module saves and loads: state_dict and load_state_dict.

Source: torch/nn/modules/module.py.
"""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.modes import no_grad
from engine.nn.parameter import Parameter
from engine.state import warn
from engine.tensors import Tensor

if TYPE_CHECKING:
    from engine.nn.module import Module

POSITIONAL = (
    "Positional args are being deprecated, use kwargs instead. Refer to https://pytorch.org/docs/main/generated/"
    "torch.nn.Module.html#torch.nn.Module.state_dict for details."
)


class IncompatibleKeys(namedtuple("_IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What load_state_dict returns."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

    __str__ = __repr__


def _own_state(module: Module) -> dict[str, Tensor]:
    """The parameters and persistent buffers of the module itself."""
    found: dict[str, Tensor | None] = dict(module._parameters)
    found.update((name, b) for name, b in module._buffers.items() if name not in module._transient)
    return {name: value for name, value in found.items() if value is not None}


class Saving:
    """The part of Module that saves and loads."""

    _version = 1
    """Which form the saved state has; it stands in the state_dict's ``_metadata``."""

    def _complete(self, given: dict[str, Any], prefix: str, version: int | None) -> None:
        """Add what a state_dict of an older version (None: it does not say) cannot have."""

    if TYPE_CHECKING:
        _modules: dict[str, Module | None]

    def state_dict(
        self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> OrderedDict[str, Any]:
        """All parameters and persistent buffers by name, as tensors that share their storage."""
        if args:
            warn(POSITIONAL, FutureWarning)
            destination = args[0] if destination is None else destination
            prefix = args[1] if len(args) > 1 and prefix == "" else prefix
            keep_vars = args[2] if len(args) > 2 and not keep_vars else keep_vars
        out: Any = destination
        if out is None:
            out = OrderedDict()
            out._metadata = OrderedDict()
        if hasattr(out, "_metadata"):
            out._metadata[prefix[:-1]] = {"version": self._version}
        for name, value in _own_state(self).items():  # type: ignore[arg-type]  # only Module inherits from this
            out[prefix + name] = value if keep_vars else value.detach()
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=out, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        found: OrderedDict[str, Any] = out
        return found

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> IncompatibleKeys:
        """Copy a state_dict's tensors into this module's.

        Raises RuntimeError, with all that does not fit, after what fits was copied.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        loading = _Loading(assign, getattr(state_dict, "_metadata", {}))
        loading.load(self, dict(state_dict), "")  # type: ignore[arg-type]  # only Module inherits from this
        problems = loading.problems
        if strict and loading.unexpected:
            problems.insert(0, f"Unexpected key(s) in state_dict: {_quoted(loading.unexpected)}. ")
        if strict and loading.missing:
            problems.insert(0, f"Missing key(s) in state_dict: {_quoted(loading.missing)}. ")
        if problems:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(problems))
        return IncompatibleKeys(loading.missing, loading.unexpected)


def _quoted(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)


class _Loading:
    """One call of load_state_dict: what was missing, unexpected or wrong."""

    def __init__(self, assign: bool, metadata: Any) -> None:
        self.assign = assign
        self.metadata = metadata
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.problems: list[str] = []

    def load(self, module: Module, given: dict[str, Any], prefix: str) -> None:
        own = _own_state(module)
        module._complete(given, prefix, self.metadata.get(prefix[:-1], {}).get("version"))
        for name, target in own.items():
            key = prefix + name
            if key in given:
                self._load_one(module, name, key, target, given[key])
            else:
                self.missing.append(key)
        for key in given:
            first, dot, _ = key.removeprefix(prefix).partition(".")
            if first not in (module._modules if dot else own):
                self.unexpected.append(key)
        for name, child in module._modules.items():
            if child is not None:
                inner = f"{prefix}{name}."
                self.load(child, {k: v for k, v in given.items() if k.startswith(inner)}, inner)

    def _load_one(self, module: Module, name: str, key: str, target: Tensor, source: Any) -> None:
        if not isinstance(source, Tensor):
            self.problems.append(
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from '
                f"checkpoint but received {type(source)}"
            )
            return
        if target.dim() == 0 and tuple(source.shape) == (1,):
            source = source[0]
        if source.shape != target.shape:
            self.problems.append(
                f"size mismatch for {key}: copying a param with shape {source.shape} from checkpoint, the shape in "
                f"current model is {target.shape}."
            )
            return
        with no_grad():
            if not self.assign:
                target.copy_(source)
                return
            if isinstance(target, Parameter):
                if isinstance(source, Parameter):
                    source.requires_grad_(target.requires_grad)
                else:
                    source = Parameter(source, requires_grad=target.requires_grad)
            setattr(module, name, source)
