"""Functions with steps and kinks, element by element: abs, rounding, clamping, the larger of two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, binary, broadcast_shape, choose, finish, floating, promoted
from engine.ops.functions import (
    deliver,
    expect_tensor,
    invalid_combination,
    named,
    public,
    unary_function,
)
from engine.ops.spec import Arg, OpSpec, S, Vjp
from engine.tensors import Tensor

ANY = (S((2, 3)), S(()))

INPUT = ((0, (0,)),)


def _not_implemented(kernel: str) -> Callable[[Raw], Raw]:
    def check(x: Raw) -> Raw:
        if x.dtype.kind == "b":
            raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")
        return x

    return check


def _stepped(
    name: str,
    forward: Callable[[Raw], Raw],
    *,
    latex: str,
    doc: str,
    vjp: Vjp = lambda g, c: c.zeros_like(g),
    saves: tuple[tuple[int, tuple[int, ...]], ...] = (),
    derivative: str = "0",
) -> OpSpec:
    """A function of one number, defined for integers too, whose derivative is 0 unless told otherwise."""
    return OpSpec(
        name,
        forward,
        (vjp,),
        args=("self",),
        saves=saves,
        form=f"{name}({{0}})",
        latex=latex,
        derivatives=(derivative,),
        local=True,
        doc=doc,
        samples=ANY,
    )


def _rounding(name: str, f: Callable[[Raw], Raw]) -> Callable[[Raw], Raw]:
    check = _not_implemented(f"{name}_vml_cpu")
    return lambda x: f(x) if x.dtype.kind == "f" else check(x)


def _absolute(x: Raw) -> Raw:
    return np.abs(_not_implemented("abs_cpu")(x))


ABS = _stepped(
    "abs",
    _absolute,
    latex="|{0}|",
    doc="Absolute value; its derivative at 0 is taken as 0.",
    vjp=lambda g, c: g * c.sign(c.saved(0)),
    saves=INPUT,
    derivative=r"\operatorname{{sign}} {0}",
)


def _sign(x: Raw) -> Raw:
    if x.dtype.kind == "b":
        return x
    return choose(np.isnan(x), x.dtype.type(0), np.sign(x)) if x.dtype.kind == "f" else np.sign(x)


SIGN = _stepped(
    "sign",
    _sign,
    latex=r"\operatorname{{sign}} {0}",
    doc="-1, 0 or 1.",
)
FLOOR = _stepped(
    "floor", _rounding("floor", np.floor), latex=r"\lfloor {0} \rfloor", doc="The largest whole number not above."
)
CEIL = _stepped(
    "ceil", _rounding("ceil", np.ceil), latex=r"\lceil {0} \rceil", doc="The smallest whole number not below."
)
TRUNC = _stepped("trunc", _rounding("trunc", np.trunc), latex=r"\operatorname{{trunc}} {0}", doc="Cuts decimals off.")
ROUND = _stepped(
    "round",
    _rounding("round", np.round),
    latex=r"\operatorname{{round}} {0}",
    doc="To the nearest; halves to even.",
)


def _round_to(x: Raw, decimals: int) -> Raw:
    scale = x.dtype.type(10.0 ** abs(decimals))
    return np.round(x * scale) / scale if decimals > 0 else np.round(x / scale) * scale


ROUND_DECIMALS = OpSpec(
    "round_decimals",
    _round_to,
    (lambda g, c: c.zeros_like(g),),
    grad_fn="RoundBackward1",
    args=("self",),
    form="round({0}, {decimals})",
    latex=r"\operatorname{{round}} {0}",
    derivatives=("0",),
    local=True,
    call="round",
    doc="To the nearest multiple of 10**-decimals; halves to even.",
    samples=(S((2, 3), decimals=1),),
)


def torch_round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """To the nearest multiple of 10**-decimals; halves to even."""
    x = expect_tensor(input, "round")
    rounded = apply(ROUND_DECIMALS, (x,), {"decimals": decimals}) if decimals else apply(ROUND, (x,))
    return deliver(rounded, out, "round")


# --- clamping --------------------------------------------------------------------------------


def _clamped(x: Raw, min: Any = None, max: Any = None) -> Raw:
    if type(min) is float or type(max) is float:
        x = floating(x)
    elif x.dtype.kind == "b":
        if int not in (type(min), type(max)):
            raise NotImplementedError("\"clamp_min_scalar_cpu\" not implemented for 'Bool'")
        x = x.astype(np.int64)
    if min is not None:
        x = np.maximum(x, x.dtype.type(min))
    return x if max is None else np.minimum(x, x.dtype.type(max))


def _clamped_grad(g: Any, c: Any) -> Any:
    x, low, high = c.saved(0), c.param("min"), c.param("max")
    if low is None:
        inside = x <= high
    else:
        inside = x >= low if high is None else (x >= low) & (x <= high)
    return c.where(inside, g, c.zeros_like(g))


CLAMP = OpSpec(
    "clamp",
    _clamped,
    (_clamped_grad,),
    grad_fn="ClampBackward1",
    args=("self",),
    saves=INPUT,
    form="clamp({0})",
    latex=r"\operatorname{{clamp}}({0})",
    derivatives=(r"[{0}\text{{ within}}]",),
    local=True,
    doc="input, limited to [min, max]; at the limits its derivative is taken as 1.",
    samples=(S((2, 3), min=-1.0), S((2, 3), -1.0, 1.0), S((2, 3), max=0.5)),
)


def _tensor_limits(x: Raw, low: Raw | None, high: Raw | None) -> Raw:
    if low is not None:
        x = np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _limits(c: Any) -> tuple[Any, Any, Any]:
    """The saved input and limits; a limit that was not given lies at infinity."""
    x, low, high = c.saved(0), c.saved(1), c.saved(2)
    return x, -np.inf if low is None else low, np.inf if high is None else high


def _input_grad(g: Any, c: Any) -> Any:
    x, low, high = _limits(c)
    return c.where((x >= low) & (x <= high), g, c.zeros_like(g))


def _low_grad(g: Any, c: Any) -> Any:
    x, low, high = _limits(c)
    return c.where((x < low) & (low < high), g, c.zeros_like(g))


def _high_grad(g: Any, c: Any) -> Any:
    x, low, high = _limits(c)
    return c.where((x > high) | (low > high), g, c.zeros_like(g))


CLAMP_TENSOR = OpSpec(
    "clamp_tensor",
    _tensor_limits,
    (_input_grad, _low_grad, _high_grad),
    grad_fn="ClampBackward0",
    args=("self", "min", "max"),
    saves=((0, (0, 1, 2)), (1, (0, 1, 2)), (2, (0, 1, 2))),
    form="clamp({0}, {1}, {2})",
    latex=r"\operatorname{{clamp}}({0}, {1}, {2})",
    derivatives=(r"[{1} \le {0} \le {2}]", "[{0} < {1}]", "[{0} > {2}]"),
    local=True,
    call="clamp",
    doc="input, limited to [min, max], both tensors.",
    samples=(S((2, 3), (3,)), S((2, 3), Arg((3,), -2, 0), Arg((2, 3), 0, 2))),
)


def clamp(input: Tensor, min: Any = None, max: Any = None, *, out: Tensor | None = None) -> Tensor:
    """input, limited to [min, max]; both numbers or both tensors, or None."""
    x = expect_tensor(input, "clamp")
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    limits = {"min": min, "max": max}
    given = {k: v for k, v in limits.items() if v is not None}
    tensors = sum(isinstance(v, Tensor) for v in given.values())
    if not tensors:
        return deliver(apply(CLAMP, (x,), given), out, "clamp")
    if tensors < len(given):
        raise invalid_combination(
            "clamp",
            (input,),
            given,
            "Tensor input, Tensor min = None, Tensor max = None, *, Tensor out = None",
            "Tensor input, Number min = None, Number max = None, *, Tensor out = None",
        )
    operands = [x, *given.values()]
    raws = promoted([t._data for t in operands])
    broadcast_shape(*(r.shape for r in raws))
    values = dict(zip(("", *given), raws, strict=True))
    data = _tensor_limits(values[""], values.get("min"), values.get("max"))
    return deliver(finish(CLAMP_TENSOR, (x, min, max), None, data), out, "clamp")


def _one_limit(name: str, f: Any, outside: Callable[[Any, Any], Any], sign: str) -> OpSpec:
    """clamp_min or clamp_max; ``outside`` tells which elements were limited."""
    short = name.removeprefix("clamp_")

    def forward(x: Raw, **limit: Any) -> Raw:
        return _clamped(x, **limit) if x.dtype.kind != "f" else f(x, x.dtype.type(limit[short]))

    return OpSpec(
        name,
        forward,
        (lambda g, c: c.zero_where(outside(c.saved(0), c.param(short)), g),),
        args=("self",),
        saves=INPUT,
        form=f"{'max' if short == 'min' else 'min'}({{0}}, {{{short}}})",
        latex=rf"\{'max' if short == 'min' else 'min'}({{0}}, {{{short}}})",
        derivatives=(rf"[{{0}} {sign} {{{short}}}]",),
        local=True,
        doc=f"input, but at {'least' if short == 'min' else 'most'} {short}.",
        samples=(S((2, 3), 0.1),),
    )


CLAMP_MIN = _one_limit("clamp_min", np.maximum, lambda x, limit: x < limit, r"\ge")
CLAMP_MAX = _one_limit("clamp_max", np.minimum, lambda x, limit: x > limit, r"\le")


def clamp_min(input: Tensor, min: Any) -> Tensor:
    """input, but at least min, a number or a tensor."""
    x = expect_tensor(input, "clamp_min")
    return clamp(x, min=min) if isinstance(min, Tensor) else apply(CLAMP_MIN, (x,), {"min": min})


def clamp_max(input: Tensor, max: Any) -> Tensor:
    """input, but at most max, a number or a tensor."""
    x = expect_tensor(input, "clamp_max")
    return clamp(x, max=max) if isinstance(max, Tensor) else apply(CLAMP_MAX, (x,), {"max": max})


# --- the larger and the smaller of two -------------------------------------------------------


def _half_on_tie(place: int, loses: Callable[[Any, Any], Any]) -> Vjp:
    """The operand at ``place`` gets nothing where it lost, half of g where both are equal, else g."""

    def vjp(g: Any, c: Any) -> Any:
        own, other = c.saved(place), c.saved(1 - place)
        return c.zero_where(loses(own, other), c.where(own == other, g * 0.5, g))

    return vjp


def _extremum(name: str, forward: Any, loses: Callable[[Any, Any], Any], latex: str, sign: str) -> OpSpec:
    return OpSpec(
        name,
        forward,
        (_half_on_tie(0, loses), _half_on_tie(1, loses)),
        args=("self", "other"),
        saves=((0, (0, 1)), (1, (0, 1))),
        form=f"{name}({{0}}, {{1}})",
        latex=latex,
        derivatives=(f"[{{0}} {sign} {{1}}]", f"[{{1}} {sign} {{0}}]"),
        local=True,
        doc=f"The {name} of each pair of elements; equal ones share the gradient.",
        samples=(S((2, 3), (2, 3)), S((2, 3), (3,))),
    )


MAXIMUM = _extremum("maximum", np.maximum, lambda a, b: a < b, r"\max({0}, {1})", ">")
MINIMUM = _extremum("minimum", np.minimum, lambda a, b: a > b, r"\min({0}, {1})", "<")


def _of_two_tensors(spec: OpSpec) -> Callable[..., Tensor]:
    def call(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        a, b = expect_tensor(input, spec.name), expect_tensor(other, spec.name, "other", 2)
        return deliver(binary(spec, a, b), out, spec.name)

    return named(call, spec)


maximum = _of_two_tensors(MAXIMUM)
minimum = _of_two_tensors(MINIMUM)


UNARY = (ABS, SIGN, FLOOR, CEIL, TRUNC)
"""The ops of this file that take one tensor and nothing else."""

FUNCTIONS: dict[str, Any] = public(
    *(unary_function(spec) for spec in UNARY),
    torch_round,
    clamp,
    clamp_min,
    clamp_max,
    maximum,
    minimum,
)
FUNCTIONS.update(absolute=FUNCTIONS["abs"], fix=FUNCTIONS["trunc"], clip=clamp)
METHODS: dict[str, Any] = dict(FUNCTIONS)
OPERATORS: dict[str, Any] = {"__abs__": FUNCTIONS["abs"]}
