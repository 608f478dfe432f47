"""Losses that torch computes as one op."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, array
from engine.ops.functions import expect_tensor
from engine.ops.reduce import log_softmax
from engine.ops.spec import Arg, OpSpec, S
from engine.state import warn
from engine.tensors import Tensor

SIZE_WARNING = (
    "Using a target size ({}) that is different to the input size ({}). This will likely lead to incorrect results "
    "due to broadcasting. Please ensure they have the same size."
)


def reduced(x: Raw, reduction: str) -> Raw:
    if reduction == "mean":
        return np.add.reduce(x, axis=None) / x.dtype.type(x.size)
    return np.add.reduce(x, axis=None) if reduction == "sum" else x


def check_reduction(reduction: str) -> str:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def _scale(g: Any, c: Any, count: int) -> Any:
    return g / count if c.param("reduction", "mean") == "mean" else g


def _mse_grad(sign: int) -> Any:
    def vjp(g: Any, c: Any) -> Any:
        d = c.saved(0) - c.saved(1)
        return _scale(g, c, math.prod(d.shape)) * (d * (2 * sign))

    return vjp


MSE_LOSS = OpSpec(
    "mse_loss",
    lambda a, b, reduction="mean": reduced((a - b) ** 2, reduction),
    (_mse_grad(1), _mse_grad(-1)),
    args=("self", "target"),
    saves=((0, (0, 1)), (1, (0, 1))),
    form="mse_loss({0}, {1})",
    latex=r"\frac{{1}}{{n}} \sum ({0} - {1})^2",
    derivatives=(r"{g}\,\frac{{2}}{{n}}({0} - {1})", r"-{g}\,\frac{{2}}{{n}}({0} - {1})"),
    glyph="MSE",
    call="nn.functional.mse_loss",
    doc="The mean of squared differences.",
    samples=(S((2, 3), (2, 3)), S((3,), (3,), reduction="sum"), S((3,), (3,), reduction="none")),
)


def legacy_reduction(size_average: Any, reduce: Any, reduction: str) -> str:
    """``reduction`` from the two old flags, with torch's warning."""
    if size_average is None and reduce is None:
        return check_reduction(reduction)
    size_average = True if size_average is None else size_average
    reduce = True if reduce is None else reduce
    out = "mean" if size_average and reduce else "sum" if reduce else "none"
    warn(f"size_average and reduce args will be deprecated, please use reduction='{out}' instead.")
    return out


def _matched(input: Tensor, target: Tensor, name: str) -> tuple[Tensor, Tensor]:
    a, b = expect_tensor(input, name), expect_tensor(target, name, "target", 2)
    if a._data.shape != b._data.shape:
        warn(SIZE_WARNING.format(b.shape, a.shape))
        from engine.ops.shape import broadcast_tensors

        a, b = broadcast_tensors(a, b)
    return a, b


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    """The mean (or sum, or none) of squared differences; warns if the shapes differ."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    a, b = _matched(input, target, "mse_loss")
    if a._data.dtype is not b._data.dtype:
        b = b.to(a.dtype) if b._data.dtype.kind != "f" or a._data.dtype.itemsize > b._data.dtype.itemsize else b
        a = a.to(b.dtype)
    return apply(MSE_LOSS, (a, b), {"reduction": reduction})


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    """The mean (or sum, or none) of absolute differences."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    a, b = _matched(input, target, "l1_loss")
    difference = (a - b).abs()
    out: Tensor = difference if reduction == "none" else difference.mean() if reduction == "mean" else difference.sum()
    return out


def _nll(x: Raw, target: Raw, weight: Raw | None, reduction: str, ignore_index: int, index: Any, valid: Any) -> Raw:
    w = valid.astype(x.dtype) if weight is None else np.where(valid, weight[np.where(valid, target, 0)], 0)
    losses = -array(x)[index] * w
    if reduction == "none":
        return losses.astype(x.dtype)[()]
    total = np.add.reduce(losses, axis=None)
    out = total / np.add.reduce(w, axis=None) if reduction == "mean" else total
    return x.dtype.type(out)


def _nll_grad(g: Any, c: Any) -> Any:
    weight, valid = c.param("weight_raw"), c.param("valid")
    target = c.param("target_raw")
    w = valid.astype(float) if weight is None else np.where(valid, weight[np.where(valid, target, 0)], 0.0)
    if c.param("reduction") == "mean":
        w = w / w.sum()
    scaled = g * c.constant(-w)
    return c.put_index(scaled, c.param("index"), c.shape(0))


NLL_LOSS = OpSpec(
    "nll_loss",
    lambda x, **p: None,
    (_nll_grad,),
    args=("self",),
    form="nll_loss({0})",
    latex=r"-\frac{{1}}{{n}} \sum_i {0}_{{i, t_i}}",
    derivatives=(r"-\frac{{{g}}}{{n}} \text{{ at each target}}",),
    glyph="NLL",
    call="nn.functional.nll_loss",
    doc="The mean of minus the log-probability of each target class.",
    samples=(
        S((2, 3), Arg((2,), 0, 3, "int64", False)),
        S((2, 3), Arg((2,), 0, 3, "int64", False), reduction="sum"),
        S((2, 3), Arg((2,), 0, 3, "int64", False), reduction="none"),
    ),
)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean (or sum, or none) of minus the log-probability of each target class."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    x, t = expect_tensor(input, "nll_loss"), expect_tensor(target, "nll_loss", "target", 2)
    raw, classes = array(x._data), array(t._data)
    if classes.dtype.kind == "f":
        raise RuntimeError(f"\"nll_loss_out_frame\" not implemented for '{t.dtype.c_name.capitalize()}'")
    axis = 0 if raw.ndim == 1 else 1
    expected = raw.shape[:axis] + raw.shape[axis + 1 :]
    if classes.shape != expected:
        if raw.ndim and classes.ndim and raw.shape[0] != classes.shape[0]:
            raise ValueError(
                f"Expected input batch_size ({raw.shape[0]}) to match target batch_size ({classes.shape[0]})."
            )
        raise RuntimeError(
            f"{len(expected)}D target tensor expected, multi-target not supported"
            if raw.ndim <= 2
            else "invalid target shape"
        )
    valid = classes != ignore_index
    bad = valid & ((classes < 0) | (classes >= raw.shape[axis]))
    if np.any(bad):
        raise IndexError(f"Target {int(classes[bad].flat[0])} is out of bounds.")
    grid = np.ogrid[tuple(slice(n) for n in classes.shape)] if classes.ndim else []
    where = list(grid)
    where.insert(axis, np.where(valid, classes, 0))
    index = tuple(where)
    w = None if weight is None else array(weight._data)
    data = _nll(raw, classes, w, reduction, ignore_index, index, valid)
    from engine.ops.dispatch import finish

    params = {"reduction": reduction, "index": index, "valid": valid, "weight_raw": w, "target_raw": classes}
    return finish(NLL_LOSS, (x,), params, data)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """log_softmax followed by nll_loss; with floating targets, the mean of -sum(target * log_softmax)."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    x = expect_tensor(input, "cross_entropy_loss", "self")
    axis = 0 if x._data.ndim == 1 else 1
    logs = log_softmax(x, axis)
    if target._data.dtype.kind == "f":
        k = x._data.shape[axis]
        goal = target * (1 - label_smoothing) + label_smoothing / k if label_smoothing else target
        each = -(logs * goal * weight if weight is not None else logs * goal)
        total = each.sum()
        n = x._data.size // k
        return each.sum(axis) if reduction == "none" else total / n if reduction == "mean" else total
    plain = nll_loss(logs, target, weight, None, ignore_index, None, reduction)
    if not label_smoothing:
        return plain
    smooth = -logs.mean(axis)
    smooth = smooth if reduction == "none" else smooth.mean() if reduction == "mean" else smooth.sum()
    out: Tensor = plain * (1 - label_smoothing) + smooth * label_smoothing
    return out


def _bce(x: Raw, y: Raw) -> Raw:
    return -(y * np.maximum(np.log(x), -100) + (1 - y) * np.maximum(np.log1p(-x), -100))


def _bce_grad(g: Any, c: Any) -> Any:
    x, y = c.saved(0), c.saved(1)
    return _scale(g, c, math.prod(x.shape)) * ((x - y) / c.maximum((1 - x) * x, c.full_like(x, 1e-12)))


def _bce_target(g: Any, c: Any) -> Any:
    x = c.saved(0)
    return _scale(g, c, math.prod(x.shape)) * (c.log(1 - x) - c.log(x))


BINARY_CROSS_ENTROPY = OpSpec(
    "binary_cross_entropy",
    lambda a, b, reduction="mean": reduced(_bce(a, b), reduction),
    (_bce_grad, _bce_target),
    args=("self", "target"),
    saves=((0, (0, 1)), (1, (0,))),
    form="bce({0}, {1})",
    latex=r"-\frac{{1}}{{n}} \sum {1} \ln {0} + (1 - {1}) \ln(1 - {0})",
    derivatives=(
        r"\frac{{{g}}}{{n}}\,\frac{{{0} - {1}}}{{{0}(1 - {0})}}",
        r"\frac{{{g}}}{{n}}\,\ln\frac{{1 - {0}}}{{{0}}}",
    ),
    glyph="BCE",
    call="nn.functional.binary_cross_entropy",
    doc="Cross entropy of probabilities against 0/1 targets.",
    samples=(S(Arg((2, 3), 0.1, 0.9), Arg((2, 3), 0, 1)), S(Arg((3,), 0.1, 0.9), Arg((3,), 0, 1), reduction="sum")),
)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy of probabilities against 0/1 targets."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    x, y = expect_tensor(input, "binary_cross_entropy"), expect_tensor(target, "binary_cross_entropy", "target", 2)
    if x._data.shape != y._data.shape:
        raise ValueError(
            f"Using a target size ({y.shape}) that is different to the input size ({x.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    if np.any(x._data < 0) or np.any(x._data > 1):
        raise RuntimeError("all elements of input should be between 0 and 1")
    if weight is None:
        return apply(BINARY_CROSS_ENTROPY, (x, y), {"reduction": reduction})
    each = apply(BINARY_CROSS_ENTROPY, (x, y), {"reduction": "none"}) * weight
    out: Tensor = each if reduction == "none" else each.mean() if reduction == "mean" else each.sum()
    return out


def _bce_logits(x: Raw, y: Raw, reduction: str = "mean") -> Raw:
    return reduced((1 - y) * x + np.log1p(np.exp(-np.abs(x))) + np.maximum(-x, 0), reduction)


BCE_WITH_LOGITS = OpSpec(
    "binary_cross_entropy_with_logits",
    _bce_logits,
    (
        lambda g, c: _scale(g, c, math.prod(c.saved(0).shape)) * (c.sigmoid(c.saved(0)) - c.saved(1)),
        lambda g, c: _scale(g, c, math.prod(c.saved(0).shape)) * -c.saved(0),
    ),
    args=("self", "target"),
    saves=((0, (0, 1)), (1, (0,))),
    form="bce_with_logits({0}, {1})",
    latex=r"\operatorname{{BCE}}(\sigma({0}), {1})",
    derivatives=(r"\frac{{{g}}}{{n}}(\sigma({0}) - {1})", r"-\frac{{{g}}}{{n}}\,{0}"),
    glyph="BCE",
    call="nn.functional.binary_cross_entropy_with_logits",
    doc="sigmoid followed by binary cross entropy, without overflow.",
    samples=(S((2, 3), Arg((2, 3), 0, 1)),),
)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Tensor:
    """sigmoid followed by binary cross entropy, without overflow."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    x, y = expect_tensor(input, "binary_cross_entropy_with_logits"), target
    if x._data.shape != y._data.shape:
        raise ValueError(f"Target size ({y.shape}) must be the same as input size ({x.shape})")
    if weight is None and pos_weight is None:
        return apply(BCE_WITH_LOGITS, (x, y), {"reduction": reduction})
    from engine.ops.elementwise import logsigmoid

    positive = y if pos_weight is None else y * pos_weight
    each = -(positive * logsigmoid(x) + (1 - y) * logsigmoid(-x))
    each = each if weight is None else each * weight
    out: Tensor = each if reduction == "none" else each.mean() if reduction == "mean" else each.sum()
    return out


def _smooth(name: str, glyph: str, forward: Any, derivative: Any, latex: str, parameter: str) -> OpSpec:
    def grad(sign: int) -> Any:
        def vjp(g: Any, c: Any) -> Any:
            d = c.saved(0) - c.saved(1)
            return _scale(g, c, math.prod(d.shape)) * derivative(d, c, c.param(parameter, 1.0)) * sign

        return vjp

    return OpSpec(
        name,
        lambda a, b, reduction="mean", **p: reduced(forward(a - b, p.get(parameter, 1.0)), reduction),
        (grad(1), grad(-1)),
        args=("self", "target"),
        saves=((0, (0, 1)), (1, (0, 1))),
        form=f"{name}({{0}}, {{1}})",
        derivatives=(rf"\frac{{{{{{g}}}}}}{{{{n}}}}\,{latex}", rf"-\frac{{{{{{g}}}}}}{{{{n}}}}\,{latex}"),
        glyph=glyph,
        call=f"nn.functional.{name}",
        doc=f"{name}: squared near 0, absolute beyond {parameter}.",
        samples=(S((2, 3), (2, 3)), S((3,), (3,), reduction="sum")),
    )


SMOOTH_L1_LOSS = _smooth(
    "smooth_l1_loss",
    "L1",
    lambda d, beta: (
        np.where(np.abs(d) < beta, 0.5 * d * d / beta, np.abs(d) - 0.5 * beta).astype(d.dtype) if beta else np.abs(d)
    ),
    lambda d, c, beta: c.where(c.abs(d) < beta, d / (beta or 1.0), c.sign(d)),
    r"\operatorname{{clip}}({0} - {1}, -1, 1)",
    "beta",
)
HUBER_LOSS = _smooth(
    "huber_loss",
    "Huber",
    lambda d, delta: np.where(np.abs(d) <= delta, 0.5 * d * d, delta * (np.abs(d) - 0.5 * delta)).astype(d.dtype),
    lambda d, c, delta: c.where(c.abs(d) <= delta, d, c.sign(d) * delta),
    r"\operatorname{{clip}}({0} - {1}, -\delta, \delta)",
    "delta",
)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Squared differences below beta, absolute ones above."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    return apply(SMOOTH_L1_LOSS, _matched(input, target, "smooth_l1_loss"), {"reduction": reduction, "beta": beta})


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Tensor:
    """Squared differences up to delta, absolute ones above."""
    params = {"reduction": check_reduction(reduction), "delta": delta}
    return apply(HUBER_LOSS, _matched(input, target, "huber_loss"), params)


METHODS: dict[str, Any] = {}
FUNCTIONS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
