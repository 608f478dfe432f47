"""Further functions of analysis: inverse hyperbolic functions, erfc, erfinv, sinc, the gamma function's kin."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.dtypes import FROM_NUMPY
from engine.node import Raw
from engine.ops import gammas, kernels
from engine.ops.dispatch import apply, choose, floating
from engine.ops.forms import binary_forms, on_numbers, unary_forms
from engine.ops.front import functions
from engine.ops.functions import binary_function
from engine.ops.reduce import wide
from engine.ops.spec import Arg, OpSpec, S, Sample, Vjp
from engine.tensors import Tensor

ANY = (S((2, 3)), S(()))
POSITIVE = (S(Arg((2, 3), 0.5, 3.0)),)


def _function(
    name: str,
    forward: Callable[[Raw], Raw],
    vjp: Vjp,
    *,
    latex: str,
    derivative: str,
    doc: str,
    samples: tuple[Sample, ...] = ANY,
    saves: bool = True,
    grad_fn: str = "",
    call: str = "",
) -> OpSpec:
    """A function of one number; integers are computed in the default dtype."""
    return OpSpec(
        name,
        lambda x: forward(floating(x)),
        (vjp,),
        grad_fn=grad_fn,
        args=("self",),
        saves=((0, (0,)),) if saves else (),
        form=f"{name}({{0}})",
        latex=latex,
        derivatives=(derivative,),
        local=True,
        call=call,
        doc=doc,
        samples=samples,
    )


ACOSH = _function(
    "acosh",
    kernels.acosh,
    lambda g, c: g * c.rsqrt(c.square(c.saved(0)) - 1),
    latex=r"\operatorname{{arcosh}}({0})",
    derivative=r"\frac{{1}}{{\sqrt{{{0}^2 - 1}}}}",
    doc="Inverse hyperbolic cosine.",
    samples=(S(Arg((2, 3), 1.2, 3.0)),),
)
ASINH = _function(
    "asinh",
    kernels.asinh,
    lambda g, c: g * c.rsqrt(c.square(c.saved(0)) + 1),
    latex=r"\operatorname{{arsinh}}({0})",
    derivative=r"\frac{{1}}{{\sqrt{{{0}^2 + 1}}}}",
    doc="Inverse hyperbolic sine.",
)
ATANH = _function(
    "atanh",
    kernels.atanh,
    lambda g, c: g / (1 - c.square(c.saved(0))),
    latex=r"\operatorname{{artanh}}({0})",
    derivative=r"\frac{{1}}{{1 - {0}^2}}",
    doc="Inverse hyperbolic tangent.",
    samples=(S(Arg((2, 3), -0.9, 0.9)),),
)
ERFC = _function(
    "erfc",
    gammas.erfc,
    lambda g, c: g * (c.exp(-c.square(c.saved(0))) * (-2 / math.sqrt(math.pi))),
    latex=r"\operatorname{{erfc}} {0}",
    derivative=r"-\frac{{2}}{{\sqrt{{\pi}}}} e^{{-{0}^2}}",
    doc="1 - erf(input).",
)
ERFINV = _function(
    "erfinv",
    gammas.erfinv,
    lambda g, c: g * (c.exp(c.square(c.erfinv(c.saved(0)))) * (math.sqrt(math.pi) / 2)),
    latex=r"\operatorname{{erf}}^{{-1}} {0}",
    derivative=r"\frac{{\sqrt{{\pi}}}}{{2}} e^{{{out}^2}}",
    doc="The inverse of the error function.",
    samples=(S(Arg((2, 3), -0.9, 0.9)),),
)


def _sinc(x: Raw) -> Raw:
    v = wide(x)
    angle = v * v.dtype.type(math.pi)
    ratio = kernels.sin(angle) / choose(v == 0, v.dtype.type(1), angle)
    return choose(v == 0, v.dtype.type(1), ratio).astype(x.dtype)


def _sinc_grad(g: Any, c: Any) -> Any:
    x = c.saved(0) * math.pi
    return g * c.zero_where(x == 0, (x * c.cos(x) - c.sin(x)) / (x * x) * math.pi)


SINC = _function(
    "sinc",
    _sinc,
    _sinc_grad,
    latex=r"\frac{{\sin \pi {0}}}{{\pi {0}}}",
    derivative=r"\frac{{\pi {0} \cos \pi {0} - \sin \pi {0}}}{{\pi {0}^2}}",
    doc="sin(pi input) / (pi input); 1 at 0.",
    samples=(S(Arg((2, 3), 0.2, 2.0)),),
)
LGAMMA = _function(
    "lgamma",
    gammas.lgamma,
    lambda g, c: g * c.digamma(c.saved(0)),
    latex=r"\ln \Gamma({0})",
    derivative=r"\psi({0})",
    doc="The logarithm of the gamma function's absolute value.",
    samples=POSITIVE,
)
DIGAMMA = _function(
    "digamma",
    gammas.digamma,
    lambda g, c: g * c.polygamma_of(c.saved(0), 1),
    latex=r"\psi({0})",
    derivative=r"\psi'({0})",
    doc="The derivative of lgamma.",
    samples=(S(Arg((2, 3), -1.9, -1.1)), *POSITIVE),
)
POLYGAMMA = OpSpec(
    "polygamma",
    lambda x, n: gammas.polygamma(floating(x), n),
    (lambda g, c: g * c.polygamma_of(c.saved(0), c.param("n") + 1),),
    args=("self",),
    saves=((0, (0,)),),
    form="polygamma({n}, {0})",
    latex=r"\psi^{{({n})}}({0})",
    derivatives=(r"\psi^{{({n} + 1)}}({0})",),
    local=True,
    call="Tensor.polygamma",
    doc="The n-th derivative of digamma.",
    samples=(S(Arg((2, 3), 0.5, 3.0), 1), S(Arg((2, 3), 0.5, 3.0), 2)),
)


def polygamma_of(x: Tensor, n: int) -> Tensor:
    """The n-th derivative of digamma."""
    return apply(POLYGAMMA, (x,), {"n": n})


def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of digamma."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return polygamma_of(input, n)


def _polygamma_method(self: Tensor, n: int) -> Tensor:
    return polygamma(n, self)


def _scaled(name: str, factor: float, grad_fn: str, doc: str) -> OpSpec:
    return _function(
        name,
        lambda x: x * x.dtype.type(factor),
        lambda g, c: g * factor,
        latex=rf"{{0}} \cdot {factor:.4g}",
        derivative=f"{factor:.6g}",
        doc=doc,
        saves=False,
        grad_fn=grad_fn,
    )


DEG2RAD = _scaled("deg2rad", math.pi / 180, "Deg2RadBackward0", "Degrees as radians.")
RAD2DEG = _scaled("rad2deg", 180 / math.pi, "Rad2DegBackward0", "Radians as degrees.")


def _fraction(x: Raw) -> Raw:
    if x.dtype.kind != "f":
        raise NotImplementedError(f"\"frac_cpu\" not implemented for '{FROM_NUMPY[x.dtype].scalar_type}'")
    return x - np.trunc(x)


FRAC = OpSpec(
    "frac",
    _fraction,
    (lambda g, c: g,),
    args=("self",),
    form="frac({0})",
    latex=r"\operatorname{{frac}} {0}",
    derivatives=("1",),
    local=True,
    doc="What stands after the decimal point.",
    samples=ANY,
)


def _entropy(x: Raw) -> Raw:
    inside = choose(
        x > 0,
        -x * kernels.log(choose(x > 0, x, x.dtype.type(1))),
        choose(x == 0, x.dtype.type(0), x.dtype.type(-np.inf)),
    )
    return choose(np.isnan(x), x, inside).astype(x.dtype)


ENTR = _function(
    "entr",
    _entropy,
    lambda g, c: g * (-c.log(c.saved(0)) - 1),
    latex=r"-{0} \ln {0}",
    derivative=r"-\ln {0} - 1",
    doc="-input * log(input); 0 at 0.",
    samples=POSITIVE,
    grad_fn="SpecialEntrBackward0",
    call="special.entr",
)


def _x_log_y(x: Raw, y: Raw) -> Raw:
    x, y = floating(x), floating(y)
    return choose(np.isnan(y), y, choose(x == 0, x.dtype.type(0), x * kernels.log(y))).astype(x.dtype)


def _xlogy(name: str, grad_fn: str, samples: Any) -> OpSpec:
    return OpSpec(
        name,
        on_numbers(_x_log_y),
        (
            lambda g, c: g * c.zero_where((c.saved(0) == 0.0) & (c.saved(1) <= 0.0), c.log(c.saved(1))),
            lambda g, c: g * c.saved(0) / c.saved(1),
        ),
        grad_fn=grad_fn,
        args=("self", "other"),
        saves=((0, (0, 1)), (1, (0, 1))),
        form="xlogy({0}, {1})",
        latex=r"{0} \ln {1}",
        derivatives=(r"\ln {1}", r"\frac{{{0}}}{{{1}}}"),
        local=True,
        call="xlogy",
        doc="input * log(other); 0 where input is 0.",
        samples=samples,
    )


XLOGY = _xlogy("xlogy", "XlogyBackward0", (S((2, 3), Arg((2, 3), 0.5, 2.0)), S((2, 3), Arg((3,), 0.5, 2.0))))

xlogy = binary_function(XLOGY)

_FUNCTIONS, _METHODS = unary_forms(ACOSH, ASINH, ATANH, ERFC, ERFINV, SINC, LGAMMA, DIGAMMA, DEG2RAD, RAD2DEG, FRAC)
_TWO_FUNCTIONS, _TWO_METHODS = binary_forms(XLOGY, numbers="input other")

FUNCTIONS: dict[str, Any] = {**_FUNCTIONS, **_TWO_FUNCTIONS, **functions(polygamma)}
HELPERS: dict[str, tuple[Any, Any]] = {"polygamma_of": (POLYGAMMA.forward, polygamma_of)}
METHODS: dict[str, Any] = {**_METHODS, **_TWO_METHODS, "polygamma": _polygamma_method}
for _alias, _name in {"arccosh": "acosh", "arcsinh": "asinh", "arctanh": "atanh"}.items():
    FUNCTIONS[_alias] = METHODS[_alias] = FUNCTIONS[_name]
    METHODS[f"{_alias}_"] = METHODS[f"{_name}_"]
OPERATORS: dict[str, Any] = {}
