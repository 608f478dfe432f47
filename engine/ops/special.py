"""torch.special: Bessel functions, the normal distribution's functions, and what else is not under torch itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops import bessel, kernels
from engine.ops.analytic import ANY, ERF, INPUT, RESULT
from engine.ops.arithmetic import MUL_NUMBER
from engine.ops.dispatch import NUMBERS, apply, binary, choose, floating
from engine.ops.forms import edit_one, on_numbers
from engine.ops.front import functions, methods, strict
from engine.ops.functions import unary_function
from engine.ops.margins import plus
from engine.ops.spec import Arg, OpSpec, S, Sample, Vjp
from engine.ops.transcendental import ENTR
from engine.tensors import Tensor

BOTH = (*INPUT, (OUT, (0,)))


def _function(
    name: str,
    forward: Callable[[Raw], Raw],
    vjp: Vjp,
    saves: tuple[tuple[int, tuple[int, ...]], ...],
    *,
    latex: str,
    derivative: str,
    doc: str,
    samples: tuple[Sample, ...] = ANY,
    halves: bool = False,
    grad_fn: str = "",
) -> OpSpec:
    """A function of one number under torch.special; ``halves``: computed in half precision, too."""

    def compute(x: Raw) -> Raw:
        x = floating(x)
        if not halves and x.dtype.itemsize == 2:
            raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Half'")
        return forward(x)

    return OpSpec(
        name,
        compute,
        (vjp,),
        grad_fn=grad_fn,
        args=("self",),
        saves=saves,
        form=f"{name}({{0}})",
        latex=latex,
        derivatives=(derivative,),
        local=True,
        call=f"special.{name}",
        doc=doc,
        samples=samples,
    )


# --- Bessel functions -------------------------------------------------------------------------


def _away_from_zero(c: Any, x: Any) -> tuple[Any, Any]:
    """Where x is far enough from 0 to divide by, and x there."""
    tiny = 1e-7 if c.dtype_of(x).itemsize < 8 else 2.220446049250313e-16
    far = c.abs(x) > tiny
    return far, c.where(far, x, c.full_like(x, tiny))


def _i1_grad(g: Any, c: Any) -> Any:
    x, y = c.saved(0), c.saved(1)
    far, safe = _away_from_zero(c, x)
    return g * c.where(far, c.i0(x) - y / safe, c.full_like(x, 0.5))


def _i1e_grad(g: Any, c: Any) -> Any:
    x, y = c.saved(0), c.saved(1)
    far, safe = _away_from_zero(c, x)
    return g * c.where(far, c.i0e(safe) - y * (c.sgn(safe) + c.reciprocal(safe)), c.full_like(x, 0.5))


I0 = _function(
    "i0",
    bessel.i0,
    lambda g, c: g * c.i1(c.saved(0)),
    INPUT,
    latex="I_0({0})",
    derivative="I_1({0})",
    doc="The modified Bessel function of the first kind, of order 0.",
    halves=True,
)
I0E = _function(
    "i0e",
    bessel.i0e,
    lambda g, c: g * (c.i1e(c.saved(0)) - c.sgn(c.saved(0)) * c.saved(1)),
    BOTH,
    latex=r"e^{{-|{0}|}} I_0({0})",
    derivative=r"e^{{-|{0}|}} (I_1({0}) - \operatorname{{sign}}({0}) I_0({0}))",
    doc="i0(input) * exp(-|input|).",
    halves=True,
    grad_fn="SpecialI0EBackward0",
)
I1 = _function(
    "i1",
    bessel.i1,
    _i1_grad,
    BOTH,
    latex="I_1({0})",
    derivative=r"I_0({0}) - \frac{{I_1({0})}}{{{0}}}",
    doc="The modified Bessel function of the first kind, of order 1.",
    halves=True,
    grad_fn="SpecialI1Backward0",
)
I1E = _function(
    "i1e",
    bessel.i1e,
    _i1e_grad,
    BOTH,
    latex=r"e^{{-|{0}|}} I_1({0})",
    derivative=r"e^{{-|{0}|}} (I_0({0}) - I_1({0}) (\operatorname{{sign}}({0}) + \frac{{1}}{{{0}}}))",
    doc="i1(input) * exp(-|input|).",
    halves=True,
    grad_fn="SpecialI1EBackward0",
)

# --- the normal distribution ------------------------------------------------------------------

ERFCX = _function(
    "erfcx",
    bessel.erfcx,
    lambda g, c: (2.0 * c.saved(0) * c.saved(1) - 2.0 / math.sqrt(math.pi)) * g,
    BOTH,
    latex=r"e^{{{0}^2}} \operatorname{{erfc}}({0})",
    derivative=r"2 {0} {out} - \frac{{2}}{{\sqrt{{\pi}}}}",
    doc="exp(input²) * erfc(input), without overflow.",
    grad_fn="SpecialErfcxBackward0",
)
LOG_NDTR = _function(
    "log_ndtr",
    bessel.log_ndtr,
    lambda g, c: g / math.sqrt(2 * math.pi) * c.exp(-(c.saved(1) + c.square(c.saved(0)) / 2)),
    BOTH,
    latex=r"\ln \Phi({0})",
    derivative=r"\frac{{\varphi({0})}}{{\Phi({0})}}",
    doc="The logarithm of ndtr(input), also where that is nearly 0.",
    grad_fn="SpecialLogNdtrBackward0",
)
NDTRI = _function(
    "ndtri",
    bessel.ndtri,
    lambda g, c: g * math.sqrt(2 * math.pi) * c.exp(c.square(c.saved(0)) / 2),
    RESULT,
    latex=r"\Phi^{{-1}}({0})",
    derivative=r"\frac{{1}}{{\varphi(\Phi^{{-1}}({0}))}}",
    doc="The number below which the given share of a standard normal distribution lies.",
    samples=(S(Arg((2, 3), 0.05, 0.95)),),
    grad_fn="SpecialNdtriBackward0",
)


def ndtr(input: Tensor) -> Tensor:
    """The share of a standard normal distribution below input."""
    scaled = binary(MUL_NUMBER, input, math.sqrt(0.5))
    return binary(MUL_NUMBER, plus(apply(ERF, (scaled,)), 1), 0.5)


# --- logarithms -------------------------------------------------------------------------------


def _x_log1p_y(x: Raw, y: Raw) -> Raw:
    x, y = floating(x), floating(y)
    return choose(y != y, y, choose(x == 0, x.dtype.type(0), x * kernels.log1p(y))).astype(x.dtype)


XLOG1PY = OpSpec(
    "xlog1py",
    on_numbers(_x_log1p_y),
    (
        lambda g, c: g * c.zero_where((c.saved(0) == 0.0) & (c.saved(1) <= -1.0), c.log1p(c.saved(1))),
        lambda g, c: g * c.saved(0) / (c.saved(1) + 1),
    ),
    grad_fn="SpecialXlog1PyBackward0",
    args=("self", "other"),
    saves=((0, (0, 1)), (1, (0, 1))),
    form="xlog1py({0}, {1})",
    latex=r"{0} \ln(1 + {1})",
    derivatives=(r"\ln(1 + {1})", r"\frac{{{0}}}{{1 + {1}}}"),
    local=True,
    call="special.xlog1py",
    doc="input * log(1 + other); 0 where input is 0.",
    samples=(S((2, 3), Arg((2, 3), -0.5, 2.0)), S((2, 3), Arg((3,), -0.5, 2.0))),
)
XLOG1PY_OF_NUMBER = replace(
    XLOG1PY, name="xlog1py_of_number", grad_fn="SpecialXlog1PyBackward1", samples=(S(1.5, Arg((2, 3), -0.5, 2.0)),)
)


def _by_number_grad(g: Any, c: Any) -> Any:
    x, number = c.saved(0), c.saved(1)
    slope = float(np.log1p(np.float64(number)))
    return g * slope if number > -1 else g * c.zero_where(x == 0.0, c.full_like(x, slope))


XLOG1PY_BY_NUMBER = replace(
    XLOG1PY,
    name="xlog1py_by_number",
    vjps=(_by_number_grad, None),
    grad_fn="SpecialXlog1PyBackward2",
    samples=(S((2, 3), 1.5),),
)


def xlog1py(other: Any, input: Any = None, self: Any = None) -> Tensor:
    """input * log(1 + other); 0 where input is 0."""
    first = self if input is None else input
    spec = XLOG1PY_OF_NUMBER if type(first) in NUMBERS else XLOG1PY_BY_NUMBER if type(other) in NUMBERS else XLOG1PY
    return binary(spec, first, other)


MVLGAMMA = OpSpec(
    "mvlgamma",
    lambda x, p: bessel.mvlgamma(floating(x), p),
    (lambda g, c: g * sum(c.digamma(c.saved(0) - k / 2) for k in range(c.param("p"))),),
    args=("self",),
    saves=((0, (0,)),),
    form="mvlgamma({0}, {p})",
    latex=r"\ln \Gamma_{{{p}}}({0})",
    derivatives=(r"\sum_{{k=1}}^{{{p}}} \psi({0} + \frac{{1 - k}}{{2}})",),
    local=True,
    doc="The logarithm of the gamma function of dimension p.",
    samples=(S(Arg((2, 3), 1.5, 3.0), 3),),
)


def mvlgamma(input: Tensor, p: int) -> Tensor:
    """The logarithm of the gamma function of dimension p."""
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    return apply(MVLGAMMA, (input,), {"p": p})


def multigammaln(input: Tensor, p: int) -> Tensor:
    """The logarithm of the gamma function of dimension p."""
    return mvlgamma(input, p)


_i0 = unary_function(I0)
_special = {spec.name: unary_function(spec) for spec in (ENTR, I0E, I1, I1E, ERFCX, LOG_NDTR, NDTRI)}

SPECIAL: dict[str, Any] = {
    **{name: strict(function, f"special.{name}") for name, function in _special.items()},
    **functions(ndtr, xlog1py, multigammaln, under="special."),
    "i0": strict(_i0, "special.i0"),
}
"""What stands under torch.special alone."""
FUNCTIONS: dict[str, Any] = {"i0": _i0, "i0_": edit_one(I0), **functions(mvlgamma)}
HELPERS: dict[str, tuple[Any, Any]] = {
    name: (spec.forward, unary_function(spec)) for name, spec in {"i0e": I0E, "i1": I1, "i1e": I1E}.items()
}
METHODS: dict[str, Any] = {"i0": _i0, "i0_": edit_one(I0), **methods(mvlgamma)}
OPERATORS: dict[str, Any] = {}
