"""What a module saves and loads: state_dict and load_state_dict.

Source: torch/nn/modules/module.py.
"""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.modes import no_grad
from engine.nn.hooks import register
from engine.nn.parameter import Parameter
from engine.node import RemovableHandle
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


class SavingHooks:
    """The hooks of one module that run as its state is saved and loaded; most modules have none."""

    __slots__ = ("load_post", "load_pre", "save_post", "save_pre")

    def __init__(self) -> None:
        self.save_pre: OrderedDict[int, Callable[..., Any]] = OrderedDict()
        self.save_post: OrderedDict[int, tuple[Callable[..., Any], bool]] = OrderedDict()
        """Each hook, and whether it may give another state_dict."""
        self.load_pre: OrderedDict[int, Callable[..., Any]] = OrderedDict()
        self.load_post: OrderedDict[int, Callable[..., Any]] = OrderedDict()


class Saving:
    """The part of Module that saves and loads."""

    _version = 1
    """Which form the saved state has; it stands in the state_dict's ``_metadata``."""
    _saving_hooks: SavingHooks | None = None

    if TYPE_CHECKING:
        _modules: dict[str, Module | None]

    def _saving_table(self) -> SavingHooks:
        if self._saving_hooks is None:
            self._saving_hooks = SavingHooks()
        return self._saving_hooks

    def register_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """``hook(module, prefix, keep_vars)`` runs before state_dict collects."""
        return register(self._saving_table().save_pre, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """``hook(module, state_dict, prefix, local_metadata)`` runs after state_dict; it may edit the dict in place."""
        return register(self._saving_table().save_post, (hook, False))

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """The older kind, which may also return another state_dict."""
        return register(self._saving_table().save_post, (hook, True))

    def register_load_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Run before the module's own state is loaded.

        ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)``
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., None], with_module: bool = False
    ) -> RemovableHandle:
        """The same; the hook does not get the module unless asked to."""
        call = (lambda *args: hook(self, *args)) if with_module else hook
        return register(self._saving_table().load_pre, call)

    def register_load_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """``hook(module, incompatible_keys)`` runs after load_state_dict; it may edit both lists of keys in place."""
        return register(self._saving_table().load_post, hook)

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
        local_metadata = {"version": self._version}
        if hasattr(out, "_metadata"):
            out._metadata[prefix[:-1]] = local_metadata
        hooks = self._saving_hooks or _NO_HOOKS
        for hook in list(hooks.save_pre.values()):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(out, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=out, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook, may_replace in list(hooks.save_post.values()):
            given = hook(self, out, prefix, local_metadata)
            if given is not None:
                if not may_replace:
                    raise RuntimeError("state_dict post-hook must return None")
                out = given
        found: OrderedDict[str, Any] = out
        return found

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        """Put the state of the module itself into ``destination``."""
        for name, value in _own_state(self).items():  # type: ignore[arg-type]  # only Module inherits from this
            destination[prefix + name] = value if keep_vars else value.detach()

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> IncompatibleKeys:
        """Copy a state_dict's tensors into this module's.

        Raises RuntimeError, with all that does not fit, after what fits was copied.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        keys = IncompatibleKeys([], [])
        problems: list[str] = []
        given: Any = OrderedDict(state_dict)
        metadata = getattr(state_dict, "_metadata", None)
        if metadata is not None:
            given._metadata = metadata
        _load(self, given, "", assign, metadata, keys, problems)  # type: ignore[arg-type]  # as above
        if strict and keys.unexpected_keys:
            problems.insert(0, f"Unexpected key(s) in state_dict: {_quoted(keys.unexpected_keys)}. ")
        if strict and keys.missing_keys:
            problems.insert(0, f"Missing key(s) in state_dict: {_quoted(keys.missing_keys)}. ")
        if problems:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(problems))
        return keys

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Load the state of the module itself; what is wrong goes into the three lists."""
        hooks = self._saving_hooks or _NO_HOOKS
        for hook in list(hooks.load_pre.values()):
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        own = _own_state(self)  # type: ignore[arg-type]  # as above
        assign = bool(local_metadata.get("assign_to_params_buffers", False))
        for name, target in own.items():
            key = prefix + name
            if key in state_dict:
                problem = _load_one(self, name, key, target, state_dict[key], assign)
                if problem:
                    error_msgs.append(problem)
            elif strict:
                missing_keys.append(key)
        for key in state_dict if strict else ():
            first, dot, _ = key.removeprefix(prefix).partition(".")
            if key.startswith(prefix) and first not in (self._modules if dot else own):
                unexpected_keys.append(key)


_NO_HOOKS = SavingHooks()


def _quoted(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)


def _load(
    module: Module, given: Any, prefix: str, assign: bool, metadata: Any, keys: IncompatibleKeys, problems: list[str]
) -> None:
    """Load a module and all in it."""
    local = {} if metadata is None else metadata.get(prefix[:-1], {})
    if assign:
        local["assign_to_params_buffers"] = assign
    module._load_from_state_dict(given, prefix, local, True, keys.missing_keys, keys.unexpected_keys, problems)
    for name, child in module._modules.items():
        if child is not None:
            inner = f"{prefix}{name}."
            part = {k: v for k, v in given.items() if k.startswith(inner)}
            _load(child, part, inner, assign, metadata, keys, problems)
    for hook in list((module._saving_hooks or _NO_HOOKS).load_post.values()):
        if hook(module, keys) is not None:
            raise AssertionError(
                "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, "
                "if incompatible_keys need to be modified, it should be done inplace."
            )


def _load_one(module: Any, name: str, key: str, target: Tensor, source: Any, assign: bool) -> str:
    """Load one tensor; what is wrong with it, if anything."""
    if not isinstance(source, Tensor):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from '
            f"checkpoint but received {type(source)}"
        )
    if target.dim() == 0 and tuple(source.shape) == (1,):
        source = source[0]
    if source.shape != target.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {source.shape} from checkpoint, the shape in "
            f"current model is {target.shape}."
        )
    with no_grad():
        if not assign:
            target.copy_(source)
            return ""
        if isinstance(target, Parameter):
            if isinstance(source, Parameter):
                source.requires_grad_(target.requires_grad)
            else:
                source = Parameter(source, requires_grad=target.requires_grad)
        setattr(module, name, source)
    return ""
