"""ctc_loss: minus the logarithm of the probability of a sequence, summed over all ways to stretch it in time.

Source: aten/src/ATen/native/LossCTC.cpp; Graves et al. (2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, array
from engine.ops.filled import zeros_like
from engine.ops.functions import expect_tensor
from engine.ops.mixing import where
from engine.ops.reduce import mean, torch_sum
from engine.ops.spec import OpSpec
from engine.tensors import Tensor, leaf

Grid = np.ndarray[Any, Any]


def _ways(lp: Grid, states: Grid, skips: Grid) -> Grid:
    """log of the probability to be in each state at each time, having begun at the beginning; (T, states)."""
    out = np.full((len(lp), len(states)), -np.inf)
    out[0, :2] = lp[0, states[:2]]
    for t in range(1, len(lp)):
        before = out[t - 1]
        reached = before.copy()
        reached[1:] = np.logaddexp(reached[1:], before[:-1])
        reached[2:] = np.where(skips[2:], np.logaddexp(reached[2:], before[:-2]), reached[2:])
        out[t] = reached + lp[t, states]
    return out


def _sample(lp: Grid, target: Sequence[int], blank: int) -> tuple[float, Grid]:
    """The loss of one sequence, and its gradient as torch has it: that of log_softmax is in it already."""
    states = np.full(2 * len(target) + 1, blank)
    states[1::2] = target
    skips = np.zeros(len(states), bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    if not len(lp):
        return (0.0 if not len(target) else np.inf), np.zeros_like(lp)
    forth = _ways(lp, states, skips)
    loss = -float(np.logaddexp.reduce(forth[-1, -2:]))
    back = _ways(lp[::-1], states[::-1], _skips_back(states))[::-1, ::-1]
    both = forth + back - lp[:, states]
    share = np.full(lp.shape, -np.inf)
    for s, label in enumerate(states.tolist()):
        share[:, label] = np.logaddexp(share[:, label], both[:, s])
    # Where there is no way at all, inf - inf: torch has nan there, too.
    return loss, np.exp(lp) - np.exp(share + loss)


def _skips_back(states: Grid) -> Grid:
    turned = states[::-1]
    skips = np.zeros(len(states), bool)
    skips[3::2] = turned[3::2] != turned[1:-2:2]
    return skips


def _losses(lp: Raw, targets: Any, lengths: Any, blank: int, zero_infinity: bool, slopes: Grid) -> Raw:
    """The loss of each sequence; ``slopes`` is filled with the gradients."""
    out = np.zeros(lp.shape[1])
    wide = lp.astype(np.float64)
    for b, (target, length) in enumerate(zip(targets, lengths, strict=True)):
        out[b], own = _sample(wide[:length, b], target, blank)
        slopes[:length, b] = 0 if zero_infinity and out[b] == np.inf else own
    return out.astype(lp.dtype)


def _slopes(g: Any, c: Any) -> Any:
    slopes = c.param("slopes")
    return c.reshape(g, (1, -1, 1)) * c.constant(slopes)


CTC_LOSS = OpSpec(
    "ctc_loss",
    _losses,
    (_slopes,),
    args=("log_probs",),
    holds=("slopes",),
    form="ctc_loss({0})",
    latex=r"-\ln \sum_{{\text{{ways}}}} \prod_t e^{{{0}}}",
    derivatives=(r"{g}\,(e^{{{0}}} - \text{{share of the ways}})",),
    glyph="ctc",
    call="nn.functional.ctc_loss",
    doc="Minus the log-probability of each sequence, over all ways to stretch it in time.",
)


def _lengths(value: Any, batch: int, name: str) -> list[int]:
    found = np.atleast_1d(array(value._data)).tolist() if isinstance(value, Tensor) else [int(n) for n in value]
    if len(found) != batch:
        raise RuntimeError(f"{name} must be of size batch_size")
    return found


def _check(x: Tensor, targets: Tensor, inputs: list[int], sizes: list[int], blank: int) -> None:
    steps, _, classes = x._data.shape
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    where_ = "(while checking arguments for ctc_loss_allocate_outputs)"
    for n in inputs:
        if n > steps:
            raise RuntimeError(f"Expected input_lengths to have value at most {steps}, but got value {n} {where_}")
    shape = targets._data.shape
    if len(shape) == 2 and max(sizes, default=0) > shape[1]:
        raise RuntimeError(
            f"Expected tensor to have size at least {max(sizes)} at dimension 1, but got size {shape[1]} for argument "
            f"#2 'targets' {where_}"
        )
    if len(shape) == 1 and sum(sizes) != shape[0]:
        raise RuntimeError(
            f"Expected tensor to have size {sum(sizes)} at dimension 0, but got size {shape[0]} for argument #2 "
            f"'targets' {where_}"
        )


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """CTC loss of log-probabilities (T, N, C) for targets (N, S), or all targets one after another."""
    x, labels = expect_tensor(log_probs, "ctc_loss", "log_probs"), expect_tensor(targets, "ctc_loss", "targets", 2)
    single = x.dim() == 2
    if single:
        x = x.unsqueeze(1)
        labels = labels.unsqueeze(0) if labels.dim() == 1 else labels
    batch = x._data.shape[1]
    inputs = _lengths(input_lengths, batch, "input_lengths")
    sizes = _lengths(target_lengths, batch, "target_lengths")
    _check(x, labels, inputs, sizes, blank)
    data = array(labels._data).astype(np.int64)
    if data.ndim == 2:
        rows = [data[b, :size].tolist() for b, size in enumerate(sizes)]
    else:
        ends = np.cumsum(sizes).tolist()
        rows = [data[end - size : end].tolist() for end, size in zip(ends, sizes, strict=True)]
    params = {"targets": rows, "lengths": inputs, "blank": blank, "zero_infinity": zero_infinity}
    params["slopes"] = np.zeros(x._data.shape)
    loss = apply(CTC_LOSS, (x,), params)
    if zero_infinity:
        loss = where(loss == float("inf"), zeros_like(loss), loss)
    if reduction == "mean":
        return mean(loss / leaf(np.maximum(sizes, 1)))
    if reduction == "sum":
        return torch_sum(loss)
    if reduction != "none":
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return loss.squeeze(0) if single else loss


FUNCTIONS: dict[str, Any] = {}
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
