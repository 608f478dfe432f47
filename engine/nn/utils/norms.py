"""Weights in polar coordinates, and weights whose largest singular value is 1.

The older form works by a hook before forward, the newer one as a parametrization. Source:
torch/nn/utils/weight_norm.py, spectral_norm.py and parametrizations.py.
"""

from __future__ import annotations

from typing import Any

from engine.modes import no_grad
from engine.nn.convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from engine.nn.module import Module
from engine.nn.parameter import Parameter
from engine.nn.plain import normalize
from engine.nn.utils.parametrize import register_parametrization
from engine.ops.linalg import dot, mv
from engine.state import warn
from engine.tensors import Tensor


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """The norms of the slices of ``v`` along dim, in a shape to multiply with; of all of it for -1."""
    if dim == -1:
        return v.norm(pow)
    rank = v.dim()
    along = [d for d in range(rank) if d != dim % rank]
    moved = v.permute(dim % rank, *along).reshape(v.shape[dim], -1)
    return moved.norm(pow, 1).view([v.shape[d] if d == dim % rank else 1 for d in range(rank)])


def _weight(v: Any, g: Any, dim: int) -> Any:
    return v * (g / norm_except_dim(v, 2, dim))


# --- by a hook --------------------------------------------------------------------------------


class _ByHook:
    """A hook before forward that computes a module's weight."""

    name: str

    def weight(self, module: Any, training: bool) -> Tensor:
        """The weight as it is now."""
        raise NotImplementedError

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.weight(module, module.training))


def _removed(module: Module, kind: type[_ByHook], name: str, what: str) -> Any:
    """Take such a hook out; ValueError if there is none."""
    table = module._table().forward_pre
    for key, hook in table.items():
        own = hook.call
        if isinstance(own, kind) and own.name == name:
            del table[key]
            return own
    raise ValueError(f"{what} of '{name}' not found in {module}")


def _check_single(module: Module, kind: type[_ByHook], name: str, what: str) -> None:
    for hook in module._table().forward_pre.values():
        if isinstance(hook.call, kind) and hook.call.name == name:
            raise RuntimeError(f"Cannot register two {what} hooks on the same parameter {name}")


class _WeightNormHook(_ByHook):
    def __init__(self, name: str, dim: int) -> None:
        self.name = name
        self.dim = dim

    def weight(self, module: Any, training: bool) -> Any:
        return _weight(getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g"), self.dim)


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Replace a weight by its direction and its length, from which it is computed before each forward."""
    warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
    )
    _check_single(module, _WeightNormHook, name, "weight_norm")
    hook = _WeightNormHook(name, -1 if dim is None else dim)
    weight = getattr(module, name)
    del module._parameters[name]
    module.register_parameter(f"{name}_g", Parameter(norm_except_dim(weight, 2, hook.dim).data))
    module.register_parameter(f"{name}_v", Parameter(weight.data))
    setattr(module, name, hook.weight(module, False))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Make the weight a parameter again."""
    weight = _removed(module, _WeightNormHook, name, "weight_norm").weight(module, False)
    delattr(module, name)
    del module._parameters[f"{name}_g"], module._parameters[f"{name}_v"]
    setattr(module, name, Parameter(weight.data))
    return module


def _as_matrix(weight: Any, dim: int) -> Any:
    if dim:
        weight = weight.permute(dim, *(d for d in range(weight.dim()) if d != dim))
    return weight.reshape(weight.shape[0], -1)


class _SpectralNormHook(_ByHook):
    def __init__(self, name: str, iterations: int, dim: int, eps: float) -> None:
        if iterations <= 0:
            raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={iterations}")
        self.name = name
        self.iterations = iterations
        self.dim = dim
        self.eps = eps

    def weight(self, module: Any, training: bool) -> Any:
        weight = getattr(module, f"{self.name}_orig")
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        matrix = _as_matrix(weight, self.dim)
        if training:
            with no_grad():
                for _ in range(self.iterations):
                    v.copy_(normalize(mv(matrix.t(), u), dim=0, eps=self.eps))
                    u.copy_(normalize(mv(matrix, v), dim=0, eps=self.eps))
                u, v = u.clone(), v.clone()
        return weight / dot(u, mv(matrix, v))


def _output_dim(module: Module, dim: int | None) -> int:
    if dim is not None:
        return dim
    return 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight by its largest singular value, which power iteration follows at each forward."""
    _check_single(module, _SpectralNormHook, name, "spectral_norm")
    hook = _SpectralNormHook(name, n_power_iterations, _output_dim(module, dim), eps)
    weight: Any = module._parameters[name]
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    with no_grad():
        rows, columns = _as_matrix(weight, hook.dim).shape
        u = normalize(weight.new_empty(rows).normal_(0, 1), dim=0, eps=eps)
        v = normalize(weight.new_empty(columns).normal_(0, 1), dim=0, eps=eps)
    delattr(module, name)
    module.register_parameter(f"{name}_orig", weight)
    setattr(module, name, weight.data)
    module.register_buffer(f"{name}_u", u)
    module.register_buffer(f"{name}_v", v)
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Make the weight, as it is now, a parameter again."""
    hook = _removed(module, _SpectralNormHook, name, "spectral_norm")
    with no_grad():
        weight = hook.weight(module, False)
    for part in ("", "_u", "_v", "_orig"):
        delattr(module, name + part)
    module.register_parameter(name, Parameter(weight.detach()))
    return module


# --- as parametrizations ----------------------------------------------------------------------


class _WeightNorm(Module):
    """A weight from its length and its direction."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Any:
        return _weight(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Any, Tensor]:
        """The length and the direction of a weight."""
        return norm_except_dim(weight, 2, self.dim), weight


class _SpectralNorm(Module):
    """A weight divided by its largest singular value."""

    _u: Any
    _v: Any

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        rank = weight.dim()
        if not -rank <= dim < rank:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{rank}, {rank - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim % rank
        self.eps = eps
        if rank > 1:
            self.n_power_iterations = n_power_iterations
            matrix = _as_matrix(weight, self.dim)
            u = matrix.new_empty(matrix.shape[0]).normal_(0, 1)
            v = matrix.new_empty(matrix.shape[1]).normal_(0, 1)
            self.register_buffer("_u", normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", normalize(v, dim=0, eps=eps))
            self._iterate(matrix, 15)

    def _iterate(self, matrix: Any, count: int) -> None:
        with no_grad():
            for _ in range(count):
                self._u.copy_(normalize(mv(matrix, self._v), dim=0, eps=self.eps))
                self._v.copy_(normalize(mv(matrix.t(), self._u), dim=0, eps=self.eps))

    def forward(self, weight: Any) -> Any:
        if weight.dim() == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = _as_matrix(weight, self.dim)
        if self.training:
            self._iterate(matrix, self.n_power_iterations)
        return weight / dot(self._u.clone(), mv(matrix, self._v.clone()))

    def right_inverse(self, value: Tensor) -> Tensor:
        """The weight itself."""
        return value


for _class in (_WeightNorm, _SpectralNorm):
    _class.__module__ = "torch.nn.utils.parametrizations"


def parametrized_weight_norm(module: Module, name: str = "weight", dim: int = 0) -> Module:
    """Let a weight be computed from its direction and its length."""
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


def parametrized_spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Let a weight be divided by its largest singular value."""
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    norm = _SpectralNorm(weight, n_power_iterations, _output_dim(module, dim), eps)
    return register_parametrization(module, name, norm)
