"""Activations as modules."""

from __future__ import annotations

from typing import Any

from engine.nn import functional
from engine.nn.module import Module
from engine.tensors import Tensor


class _Plain(Module):
    """An activation without settings."""

    function: Any

    def forward(self, input: Tensor) -> Tensor:
        out: Tensor = type(self).function(input)
        return out


class Sigmoid(_Plain):
    """1 / (1 + exp(-input))."""

    function = staticmethod(functional.sigmoid)


class Tanh(_Plain):
    """Hyperbolic tangent."""

    function = staticmethod(functional.tanh)


class LogSigmoid(_Plain):
    """log(sigmoid(input))."""

    function = staticmethod(functional.logsigmoid)


def _settings(module: Module, *names: str) -> str:
    """``name=value`` for each name; ``inplace=True`` only if it is."""
    shown = [f"{name}={getattr(module, name)!r}" for name in names if name != "inplace"]
    return ", ".join(shown + ["inplace=True"] * bool(getattr(module, "inplace", False)))


class ReLU(Module):
    """max(0, input)."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.relu(input, self.inplace)

    def extra_repr(self) -> str:
        return _settings(self, "inplace")


class LeakyReLU(Module):
    """input where positive, else negative_slope * input."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return _settings(self, "negative_slope", "inplace")


class ELU(Module):
    """input where positive, else alpha * (exp(input) - 1)."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return _settings(self, "alpha", "inplace")


class GELU(Module):
    """input times the normal distribution function of input."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return functional.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return _settings(self, "approximate")


class SiLU(Module):
    """input * sigmoid(input)."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.silu(input, self.inplace)

    def extra_repr(self) -> str:
        return _settings(self, "inplace")


class Softplus(Module):
    """A smooth relu."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return functional.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return _settings(self, "beta", "threshold")


class Hardtanh(Module):
    """input, limited to [min_val, max_val]."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return _settings(self, "min_val", "max_val", "inplace")


class Softmax(Module):
    """softmax along dim."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return functional.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """log_softmax along dim."""

    def forward(self, input: Tensor) -> Tensor:
        return functional.log_softmax(input, self.dim)
