"""Activations as modules."""

from __future__ import annotations

from typing import Any

from engine.nn import functional, init
from engine.nn.module import Module
from engine.nn.parameter import Parameter, blank
from engine.tensors import Tensor


class _Activation(Module):
    """An activation: a function, and settings that stand in its repr."""

    function: Any
    shown: tuple[str, ...] = ()
    """The settings, in the order in which the function takes them after its input."""

    def forward(self, input: Tensor) -> Tensor:
        settings = [getattr(self, name) for name in self.shown]
        more = {"inplace": True} if getattr(self, "inplace", False) else {}
        out: Tensor = type(self).function(input, *settings, **more)
        return out

    def extra_repr(self) -> str:
        parts = [f"{name}={getattr(self, name)!r}" for name in self.shown]
        return ", ".join(parts + ["inplace=True"] * bool(getattr(self, "inplace", False)))


class _Plain(_Activation):
    """No settings but ``inplace``."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class Sigmoid(_Activation):
    """1 / (1 + exp(-input))."""

    function = staticmethod(functional.sigmoid)


class Tanh(_Activation):
    """Hyperbolic tangent."""

    function = staticmethod(functional.tanh)


class LogSigmoid(_Activation):
    """log(sigmoid(input))."""

    function = staticmethod(functional.logsigmoid)


class Softsign(_Activation):
    """input / (1 + |input|)."""

    function = staticmethod(functional.softsign)


class Tanhshrink(_Activation):
    """input - tanh(input)."""

    function = staticmethod(functional.tanhshrink)


class ReLU(_Plain):
    """max(0, input)."""

    function = staticmethod(functional.relu)


class SiLU(_Plain):
    """input * sigmoid(input)."""

    function = staticmethod(functional.silu)


class Mish(_Plain):
    """input * tanh(softplus(input))."""

    function = staticmethod(functional.mish)


class SELU(_Plain):
    """elu with the constants that keep mean 0 and variance 1."""

    function = staticmethod(functional.selu)


class Hardsigmoid(_Plain):
    """Three straight lines in the place of sigmoid."""

    function = staticmethod(functional.hardsigmoid)

    def extra_repr(self) -> str:
        return ""


class Hardswish(Hardsigmoid):
    """input times hardsigmoid(input)."""

    function = staticmethod(functional.hardswish)


class LeakyReLU(_Activation):
    """input where positive, else negative_slope * input."""

    function = staticmethod(functional.leaky_relu)
    shown = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace


class ELU(_Activation):
    """input where positive, else alpha * (exp(input) - 1)."""

    function = staticmethod(functional.elu)
    shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace


class CELU(ELU):
    """input where positive, else alpha * (exp(input / alpha) - 1)."""

    function = staticmethod(functional.celu)


class GELU(_Activation):
    """input times the normal distribution function of input."""

    function = staticmethod(functional.gelu)
    shown = ("approximate",)

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate


class GLU(_Activation):
    """One half of the input, gated by the sigmoid of the other."""

    function = staticmethod(functional.glu)
    shown = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim


class Softplus(_Activation):
    """A smooth relu."""

    function = staticmethod(functional.softplus)
    shown = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold


class Threshold(_Activation):
    """input above threshold, else value."""

    function = staticmethod(functional.threshold)
    shown = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace


class Hardtanh(_Activation):
    """input, limited to [min_val, max_val]."""

    function = staticmethod(functional.hardtanh)
    shown = ("min_val", "max_val")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace
        if max_val <= min_val:
            raise AssertionError("max_val must be larger than min_val")


class ReLU6(Hardtanh):
    """input, limited to [0, 6]."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def forward(self, input: Tensor) -> Tensor:
        return functional.relu6(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class RReLU(_Activation):
    """input where positive, else input times a slope that is drawn while training."""

    shown = ("lower", "upper")

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.rrelu(input, self.lower, self.upper, self.training)


class Hardshrink(_Activation):
    """input, but 0 near 0."""

    function = staticmethod(functional.hardshrink)
    shown = ("lambd",)

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(Hardshrink):
    """input moved towards 0 by lambd, and 0 near 0."""

    function = staticmethod(functional.softshrink)


class PReLU(Module):
    """input where positive, else weight * input, with a weight that is learned."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(blank(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """All weights as they were in the beginning."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return functional.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class Softmax(Module):
    """softmax along dim."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return functional.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmin(Softmax):
    """softmax of -input along dim."""

    def forward(self, input: Tensor) -> Tensor:
        return functional.softmin(input, self.dim)


class LogSoftmax(Softmax):
    """log_softmax along dim."""

    def forward(self, input: Tensor) -> Tensor:
        return functional.log_softmax(input, self.dim)


class Softmax2d(Module):
    """softmax over the channels of images."""

    def forward(self, input: Tensor) -> Tensor:
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return functional.softmax(input, -3)
