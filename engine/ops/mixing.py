"""Choosing between elements and mixing them: where, lerp, nan_to_num, addcmul, addcdiv."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, broadcast_shape, choose, finish, promoted, scalar
from engine.ops.functions import deliver, expect_tensor, invalid_combination, public
from engine.ops.spec import Arg, OpSpec, S
from engine.state import warn_once
from engine.tensors import Tensor, leaf

MASK = Arg((2, 3), 0, 2, "bool", False)

WHERE = OpSpec(
    "where",
    choose,
    (
        None,
        lambda g, c: c.where(c.saved(0), g, c.zeros_like(g)),
        lambda g, c: c.zero_where(c.saved(0), g),
    ),
    args=("condition", "self", "other"),
    saves=((0, (1, 2)),),
    form="where({0}, {1}, {2})",
    latex=r"\operatorname{{where}}({0}, {1}, {2})",
    derivatives=("0", "[{0}]", r"[\neg {0}]"),
    local=True,
    doc="Elements of input where condition holds, else of other.",
    samples=(S(MASK, (2, 3), (2, 3)), S(MASK, (3,), (2, 1))),
)


def where(condition: Tensor, input: Any = None, other: Any = None, *, out: Tensor | None = None) -> Any:
    """Elements of input where condition holds, else of other; with condition alone, the indices where it holds."""
    cond = expect_tensor(condition, "where", "condition")
    if input is None and other is None:
        return tuple(leaf(np.ascontiguousarray(i)) for i in np.nonzero(np.atleast_1d(cond._data)))
    if input is None or other is None:
        raise invalid_combination(
            "where",
            tuple(v for v in (condition, input, other) if v is not None),
            {},
            "Tensor condition",
            "Tensor condition, Tensor input, Tensor other, *, Tensor out = None",
            "Tensor condition, Number self, Tensor other",
            "Tensor condition, Tensor input, Number other",
            "Tensor condition, Number self, Number other",
        )
    holds = cond._data
    if holds.dtype == np.uint8:
        warn_once(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future "
            "version of PyTorch. Use a boolean condition instead."
        )
        holds = holds.astype(bool)
    if holds.dtype.kind != "b":
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {cond.dtype.scalar_type}"
        )
    a, b = promoted([v._data if isinstance(v, Tensor) else v for v in (input, other)])
    broadcast_shape(holds.shape, a.shape, b.shape)
    return deliver(finish(WHERE, (cond, input, other), None, WHERE.forward(holds, a, b)), out, "where")


def _where_method(self: Tensor, condition: Tensor, other: Any) -> Any:
    return where(condition, self, other)


def _mix(a: Raw, b: Raw, weight: Any) -> Raw:
    """From the nearer end, as torch computes it."""
    return choose(np.abs(weight) < 0.5, a + weight * (b - a), b - (b - a) * (1 - weight)).astype(a.dtype)


LERP = OpSpec(
    "lerp",
    _mix,
    (lambda g, c: g * (1 - c.param("weight")), lambda g, c: g * c.param("weight")),
    args=("self", "end"),
    form="lerp({0}, {1})",
    latex=r"{0} + {weight}({1} - {0})",
    derivatives=("1 - {weight}", "{weight}"),
    local=True,
    doc="From input to end by weight.",
    samples=(S((2, 3), (2, 3), 0.3), S((2, 3), (2, 3), 0.8)),
)
LERP_TENSOR = OpSpec(
    "lerp_tensor",
    _mix,
    (
        lambda g, c: g * (1 - c.saved(2)),
        lambda g, c: g * c.saved(2),
        lambda g, c: g * (c.saved(1) - c.saved(0)),
    ),
    grad_fn="LerpBackward1",
    args=("self", "end", "weight"),
    saves=((0, (2,)), (1, (2,)), (2, (0, 1))),
    form="lerp({0}, {1}, {2})",
    latex=r"{0} + {2}({1} - {0})",
    derivatives=("1 - {2}", "{2}", "{1} - {0}"),
    local=True,
    call="lerp",
    doc="From input to end by weight, elementwise.",
    samples=(S((2, 3), (2, 3), (3,)),),
)


def lerp(input: Tensor, end: Tensor, weight: Any, *, out: Tensor | None = None) -> Tensor:
    """input + weight * (end - input)."""
    a, b = expect_tensor(input, "lerp"), expect_tensor(end, "lerp", "end", 2)
    for x, name in ((b, "end"), (weight, "weight")):
        if isinstance(x, Tensor) and x.dtype is not a.dtype:
            raise RuntimeError(f"expected dtype {a.dtype.c_name} for `{name}` but got dtype {x.dtype.c_name}")
    if not a.is_floating_point():
        kernel = "lerp_kernel_tensor" if isinstance(weight, Tensor) else "lerp_kernel_scalar"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{a.dtype.scalar_type}'")
    if isinstance(weight, Tensor):
        return deliver(apply(LERP_TENSOR, (a, b, weight)), out, "lerp")
    return deliver(apply(LERP, (a, b), {"weight": weight}), out, "lerp")


NAN_TO_NUM = OpSpec(
    "nan_to_num",
    lambda x, nan=0.0, posinf=None, neginf=None: np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf),
    (lambda g, c: g * c.isfinite(c.saved(0)),),
    args=("self",),
    saves=((0, (0,)),),
    derivatives=(r"[{0}\text{{ finite}}]",),
    local=True,
    doc="input with nan and infinities replaced.",
    samples=(S((2, 3)),),
)


def nan_to_num(input: Tensor, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
    """input with nan and infinities replaced."""
    params = {"nan": nan or 0.0, "posinf": posinf, "neginf": neginf}
    return apply(NAN_TO_NUM, (expect_tensor(input, "nan_to_num"),), params)


ADDCMUL = OpSpec(
    "addcmul",
    lambda x, a, b, value=1: x + a * b * value,
    (
        lambda g, c: g,
        lambda g, c: g * (c.saved(1) * c.param("value", 1)),
        lambda g, c: g * (c.saved(0) * c.param("value", 1)),
    ),
    args=("self", "tensor1", "tensor2"),
    saves=((1, (2,)), (2, (1,))),
    form="{0} + {value}·{1}·{2}",
    latex=r"{0} + {value}\,{1} \cdot {2}",
    derivatives=("1", r"{value}\,{2}", r"{value}\,{1}"),
    local=True,
    doc="input + value * tensor1 * tensor2.",
    samples=(S((2, 3), (2, 3), (3,), value=0.5),),
)
ADDCDIV = OpSpec(
    "addcdiv",
    lambda x, a, b, value=1: x + a / b * value,
    (
        lambda g, c: g,
        lambda g, c: g * (c.param("value", 1) / c.saved(1)),
        lambda g, c: -g * (c.saved(0) * c.param("value", 1) / (c.saved(1) * c.saved(1))),
    ),
    args=("self", "tensor1", "tensor2"),
    saves=((1, (2,)), (2, (1, 2))),
    form="{0} + {value}·{1} / {2}",
    latex=r"{0} + {value}\,\frac{{{1}}}{{{2}}}",
    derivatives=("1", r"\frac{{{value}}}{{{2}}}", r"-\frac{{{value}\,{1}}}{{{2}^2}}"),
    local=True,
    doc="input + value * tensor1 / tensor2.",
    samples=(S((2, 3), (2, 3), Arg((3,), 0.5, 2.0), value=0.5),),
)


def _added(spec: OpSpec, operands: tuple[Tensor, Tensor, Tensor], value: Any) -> Tensor:
    raws = promoted([x._data for x in operands])
    if raws[0].dtype.kind == "b":
        raise NotImplementedError(f"\"{spec.name}_cpu_out\" not implemented for 'Bool'")
    broadcast_shape(*(r.shape for r in raws))
    return finish(spec, operands, {"value": value}, spec.forward(*raws, value=scalar(value, raws[0].dtype)))


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1, out: Tensor | None = None) -> Tensor:
    """input + value * tensor1 * tensor2."""
    return deliver(_added(ADDCMUL, (input, tensor1, tensor2), value), out, "addcmul")


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1, out: Tensor | None = None) -> Tensor:
    """input + value * tensor1 / tensor2."""
    if tensor1._data.dtype.kind != "f" and tensor2._data.dtype.kind != "f":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value "
            "* torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
            "tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value "
            "* tensor1 / tensor2), for all dtypes."
        )
    return deliver(_added(ADDCDIV, (input, tensor1, tensor2), value), out, "addcdiv")


FUNCTIONS: dict[str, Any] = public(where, lerp, nan_to_num, addcmul, addcdiv)
METHODS: dict[str, Any] = {**FUNCTIONS, "where": _where_method}
OPERATORS: dict[str, Any] = {}
