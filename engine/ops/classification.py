"""Losses of classification: nll_loss, cross_entropy, binary_cross_entropy with and without logits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops import kernels
from engine.ops.dispatch import apply, array
from engine.ops.division import divide_by
from engine.ops.functions import expect_tensor
from engine.ops.libm import one_by_one
from engine.ops.losses import legacy_reduction, reduce_loss, reduced, spread_back
from engine.ops.naming import derived
from engine.ops.picking import add_at
from engine.ops.softmax import log_softmax
from engine.ops.spec import Arg, OpSpec, S
from engine.ops.summation import add_in_turn
from engine.tensors import Tensor

CLASSES = Arg((2,), 0, 3, "int64", False)

# --- nll_loss and cross_entropy ---------------------------------------------------------------


def _class_axis(rank: int) -> int:
    return 0 if rank == 1 else 1


def _weights(target: Raw, weight: Any, ignore_index: int) -> Raw:
    """The weight of each target: that of its class, 0 for those to be ignored."""
    valid = target != ignore_index
    if weight is None:
        return valid.astype(np.float32)
    return np.where(valid, np.asarray(weight)[np.where(valid, target, 0)], 0.0)


def _places(target: Raw, axis: int, ignore_index: int) -> tuple[Any, ...]:
    """The numpy index of the element that each target names."""
    rank = target.ndim
    grid: list[Any] = [np.arange(n).reshape(-1, *(1,) * (rank - 1 - d)) for d, n in enumerate(target.shape)]
    grid.insert(axis, np.where(target != ignore_index, target, 0))
    return tuple(grid)


def _nll(x: Raw, target: Raw, weight: Any = None, reduction: str = "mean", ignore_index: int = -100) -> Raw:
    classes = np.asarray(target)
    w = _weights(classes, weight, ignore_index)
    losses = -array(x)[_places(classes, _class_axis(x.ndim), ignore_index)] * w.astype(x.dtype)
    if reduction == "none":
        return losses[()]
    total = add_in_turn(losses)
    return x.dtype.type(total / x.dtype.type(add_in_turn(w)) if reduction == "mean" else total)


def _factors(target: Raw, weight: Any, reduction: str, ignore_index: int) -> Raw:
    """By how much each target's element counts in the loss."""
    w = _weights(target, weight, ignore_index)
    return -(w / w.sum() if reduction == "mean" else w)


def _nll_slope(g: Raw, target: Raw, weight: Any, reduction: str, ignore_index: int, shape: tuple[int, ...]) -> Raw:
    factors = _factors(target, weight, reduction, ignore_index).astype(g.dtype)
    return add_at(g * factors, _places(target, _class_axis(len(shape)), ignore_index), shape)


def _nll_by_grad(h: Any, c: Any) -> Any:
    target, reduction, ignored = c.param("target"), c.param("reduction"), c.param("ignore_index")
    picked = c.index(h, _places(target, _class_axis(len(h.shape)), ignored))
    each = picked * c.constant(_factors(target, c.param("weight"), reduction, ignored))
    return each if reduction == "none" else c.sum(each)


NLL_LOSS_BACKWARD = OpSpec(
    "nll_loss_backward",
    _nll_slope,
    (_nll_by_grad,),
    grad_fn="NllLossBackwardBackward0",
    args=("grad_output",),
    holds=("target", "weight"),
    form="nll_loss_backward({0})",
    latex=r"-\frac{{{0}}}{{n}} \text{{ at each target}}",
    derivatives=(r"-\frac{{1}}{{n}} \sum {g} \text{{ at the targets}}",),
    doc="The derivative of nll_loss, as an op.",
)


def _nll_grad(g: Any, c: Any) -> Any:
    weight, reduction = c.param("weight"), c.param("reduction", "mean")
    ignored = c.param("ignore_index", -100)
    return c.nll_loss_backward(g, np.asarray(c.saved(0)), weight, reduction, ignored, c.shape(0), c.node.spec)


def nll_loss_backward(
    g: Tensor, target: Any, weight: Any, reduction: str, ignore_index: int, shape: tuple[int, ...], of: OpSpec
) -> Tensor:
    """The gradient of nll_loss's input."""
    params = {"target": target, "weight": weight, "reduction": reduction, "ignore_index": ignore_index, "shape": shape}
    return apply(derived(NLL_LOSS_BACKWARD, of), (g,), params)


NLL_LOSS = OpSpec(
    "nll_loss",
    _nll,
    (_nll_grad, None),
    args=("self", "target"),
    saves=((1, (0,)),),
    holds=("weight",),
    form="nll_loss({0}, {1})",
    latex=r"-\frac{{1}}{{n}} \sum_i {0}_{{i, t_i}}",
    derivatives=(r"-\frac{{{g}}}{{n}} \text{{ at each target}}",),
    glyph="NLL",
    call="nn.functional.nll_loss",
    doc="The mean of minus the log-probability of each target class.",
    samples=(S((2, 3), CLASSES), S((2, 3), CLASSES, reduction="sum"), S((2, 3), CLASSES, reduction="none")),
)
NLL_LOSS_2D = replace(
    NLL_LOSS,
    name="nll_loss_2d",
    grad_fn="NllLoss2DBackward0",
    samples=(S((2, 3, 2), Arg((2, 2), 0, 3, "int64", False)),),
)


def _check_targets(x: Raw, target: Tensor, ignore_index: int) -> None:
    """Raise torch's errors for targets of another dtype or shape, or out of range."""
    classes = array(target._data)
    if classes.dtype not in (np.int64, np.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.scalar_type}")
    axis = _class_axis(x.ndim)
    expected = (*x.shape[:axis], *x.shape[axis + 1 :])
    if classes.shape != expected:
        if x.ndim > 1 and classes.ndim and x.shape[0] != classes.shape[0]:
            raise ValueError(f"Expected input batch_size ({x.shape[0]}) to match target batch_size ({len(classes)}).")
        if x.ndim > 2:
            raise RuntimeError(f"Expected target size {list(expected)}, got {list(classes.shape)}")
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    outside = classes[(classes != ignore_index) & ((classes < 0) | (classes >= x.shape[axis]))]
    if outside.size:
        raise IndexError(f"Target {outside[0]} is out of bounds.")


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
    _check_targets(x._data, t, ignore_index)
    params = {
        "weight": None if weight is None else np.array(weight._data),
        "reduction": reduction,
        "ignore_index": ignore_index,
    }
    return apply(NLL_LOSS if x._data.ndim <= 2 else NLL_LOSS_2D, (x, t), params)


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
    t = expect_tensor(target, "cross_entropy_loss", "target", 2)
    logs: Tensor = log_softmax(x, _class_axis(x._data.ndim))
    if t.is_floating_point() and t._data.shape == x._data.shape:
        return _with_probabilities(logs, t, weight, reduction, label_smoothing)
    loss: Tensor = nll_loss(logs, t, weight, None, ignore_index, None, reduction)
    if not label_smoothing:
        return loss
    smooth = _smooth_loss(logs, t, weight, ignore_index, reduction)
    classes: int = logs._data.shape[_class_axis(logs._data.ndim)]
    return loss * (1 - label_smoothing) + smooth * (label_smoothing / classes)


def _per_class(weight: Tensor, logs: Tensor) -> Tensor:
    """A weight per class in the shape that broadcasts to ``logs``."""
    axis = _class_axis(logs._data.ndim)
    return weight.view(tuple(-1 if d == axis else 1 for d in range(logs._data.ndim)))


def _with_probabilities(
    logs: Tensor, target: Tensor, weight: Tensor | None, reduction: str, label_smoothing: float
) -> Tensor:
    """Source: ``cross_entropy_loss_prob_target`` in aten/src/ATen/native/LossNLL.cpp."""
    axis = _class_axis(logs._data.ndim)
    classes = logs._data.shape[axis]
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    products = logs * target if weight is None else logs * target * _per_class(weight, logs)
    if reduction == "none":
        return -products.sum(axis)
    total = -products.sum()
    return total if reduction == "sum" else divide_by(total, logs.numel() // classes)


def _smooth_loss(logs: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str) -> Tensor:
    """What label smoothing adds: the loss against all classes alike.

    Source: ``cross_entropy_loss_label_smoothing`` in aten/src/ATen/native/LossNLL.cpp.
    """
    losses = -(logs if weight is None else logs * _per_class(weight, logs)).sum(_class_axis(logs._data.ndim))
    ignored = target == ignore_index
    if ignored.any():
        losses = losses.masked_fill(ignored, 0.0)
    if reduction != "mean":
        return reduce_loss(losses, reduction)
    counted = ignored.logical_not()
    if weight is None:
        return losses.sum() / counted.sum()
    return losses.sum() / weight.gather(0, target.masked_select(counted)).sum()


# --- binary cross entropy ---------------------------------------------------------------------


def _bce(x: Raw, y: Raw, weight: Raw | None = None, reduction: str = "mean") -> Raw:
    log, log_of_rest = one_by_one("log", x, np.log), one_by_one("log1p", -x, np.log1p)
    losses = (y - 1) * np.maximum(log_of_rest, -100) - y * np.maximum(log, -100)
    return reduced((losses if weight is None else losses * weight).astype(x.dtype), reduction)


def _weighted(g: Any, c: Any, slot: int) -> Any:
    weight = c.saved(slot)
    return g if weight is None else g * weight


def _bce_input_grad(g: Any, c: Any) -> Any:
    return c.binary_cross_entropy_backward(g, c.saved(0), c.saved(1), c.saved(2), c.param("reduction", "mean"))


def _bce_target_grad(g: Any, c: Any) -> Any:
    x = c.saved(0)
    return _weighted(spread_back(g, c, x.shape) * (c.log(1 - x) - c.log(x)), c, 2)


BINARY_CROSS_ENTROPY = OpSpec(
    "binary_cross_entropy",
    _bce,
    (_bce_input_grad, _bce_target_grad, None),
    args=("self", "target", "weight"),
    saves=((0, (0, 1)), (1, (0,)), (2, (0, 1))),
    form="bce({0}, {1})",
    latex=r"-\frac{{1}}{{n}} \sum <2|{2}\,>[{1} \ln {0} + (1 - {1}) \ln(1 - {0})]",
    derivatives=(
        r"\frac{{{g}}}{{n}}<2|\,{2}>\,\frac{{{0} - {1}}}{{{0}(1 - {0})}}",
        r"\frac{{{g}}}{{n}}<2|\,{2}>\,\ln\frac{{1 - {0}}}{{{0}}}",
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
    if x.dtype is not y.dtype:
        raise RuntimeError(f"Found dtype {y.dtype.scalar_type} but expected {x.dtype.scalar_type}")
    for t, name in ((x, "input"), (y, "target")):
        if not np.all((t._data >= 0) & (t._data <= 1)):
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    return apply(BINARY_CROSS_ENTROPY, _operands(x, y, weight), {"reduction": reduction})


def _operands(*tensors: Any) -> tuple[Any, ...]:
    """The operands without the weights at the end that were not given."""
    while tensors[-1] is None:
        tensors = tensors[:-1]
    return tensors


def _bce_logits(
    x: Raw, y: Raw, weight: Raw | None = None, pos_weight: Raw | None = None, reduction: str = "mean"
) -> Raw:
    below = kernels.log1p(kernels.exp(-np.abs(x))) + np.maximum(-x, 0)
    losses = (1 - y) * x + (below if pos_weight is None else below * ((pos_weight - 1) * y + 1))
    return reduced((losses if weight is None else losses * weight).astype(x.dtype), reduction)


def _logits_input_grad(g: Any, c: Any) -> Any:
    x, y, pos_weight = c.saved(0), c.saved(1), c.saved(3)
    if pos_weight is None:
        slope = c.sigmoid(x) - y
    else:
        t = pos_weight * y
        slope = (t + 1 - y) * c.sigmoid(x) - t
    return _weighted(spread_back(g, c, x.shape) * slope, c, 2)


def _logits_target_grad(g: Any, c: Any) -> Any:
    x, pos_weight = c.saved(0), c.saved(3)
    slope = -x if pos_weight is None else c.logsigmoid(-x) - pos_weight * c.logsigmoid(x)
    return _weighted(spread_back(g, c, x.shape) * slope, c, 2)


BCE_WITH_LOGITS = OpSpec(
    "binary_cross_entropy_with_logits",
    _bce_logits,
    (_logits_input_grad, _logits_target_grad, None, None),
    args=("self", "target", "weight", "pos_weight"),
    saves=((0, (0, 1)), (1, (0,)), (2, (0, 1)), (3, (0, 1))),
    form="bce_with_logits({0}, {1})",
    latex=r"\operatorname{{BCE}}(\sigma({0}), {1})",
    derivatives=(
        r"\frac{{{g}}}{{n}}<2|\,{2}>(\sigma({0}) - {1}<3| + ({3} - 1)\,{1}\,(\sigma({0}) - 1)>)",
        r"-\frac{{{g}}}{{n}}<2|\,{2}>\,<3|(>{0}<3| + ({3} - 1)\ln\sigma({0}))>",
    ),
    glyph="BCE",
    call="nn.functional.binary_cross_entropy_with_logits",
    doc="sigmoid followed by binary cross entropy, without overflow.",
    samples=(
        S((2, 3), Arg((2, 3), 0, 1)),
        S((2, 3), Arg((2, 3), 0, 1), pos_weight=Arg((3,), 1, 2, requires_grad=False), reduction="sum"),
    ),
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
    if not y.is_floating_point():
        raise RuntimeError(
            f"result type {x.dtype.scalar_type} can't be cast to the desired output type {y.dtype.scalar_type}"
        )
    return apply(BCE_WITH_LOGITS, _operands(x, y, weight, pos_weight), {"reduction": reduction})


HELPERS: dict[str, tuple[Any, Any]] = {
    "nll_loss_backward": (lambda g, *rest: _nll_slope(g, *rest[:5]), nll_loss_backward)
}
METHODS: dict[str, Any] = {}
FUNCTIONS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
