"""embedding_bag: sums, means or maxima over bags of rows of a table.

Source of the checks: torch/nn/functional.py and aten/src/ATen/native/EmbeddingBag.cpp.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, array
from engine.ops.functions import expect_tensor
from engine.ops.picking import add_at
from engine.ops.spec import Arg, OpSpec, S
from engine.tensors import Tensor

Indices = np.ndarray[Any, Any]


def _summed(
    w: Raw, factors: Raw | None, rows: Indices, bags: Indices, share: Indices, count: int, often: Indices | None = None
) -> Raw:
    """Rows times their shares, added up by bag; by how ``often`` a row is named, only its gradient is divided."""
    weight = share if factors is None else share * np.reshape(factors, -1)
    parts = array(w)[rows] * weight[:, None].astype(w.dtype)
    return add_at(parts, (bags,), (count, w.shape[1]))


def _sum_grads(g: Any, c: Any) -> list[Any]:
    w, factors = c.saved(0), c.saved(1)
    rows, share = c.param("rows"), c.constant(c.param("share"))
    arrived = c.index(g, (c.param("bags"),))
    weight = share if factors is None else c.reshape(factors, (-1,)) * share
    to_table = to_factors = None
    if c.needs(0):
        often = c.param("often")
        own = weight if often is None else weight * c.constant(1 / often)
        to_table = c.put_index(arrived * c.reshape(own, (-1, 1)), (rows,), c.shape(0))
    if c.needs(1):
        found = c.sum(arrived * c.index(w, (rows,)), (1,)) * share
        to_factors = c.reshape(found, c.shape(1))
    return [to_table, to_factors]


EMBEDDING_BAG = OpSpec(
    "embedding_bag",
    _summed,
    joint=_sum_grads,
    args=("weight", "per_sample_weights"),
    saves=((0, (1,)), (1, (0,))),
    holds=("rows", "bags", "share"),
    form="embedding_bag({0})",
    latex=r"\sum_{{\text{{bag}}}} {0}_{{I}}",
    derivatives=(r"\text{{scatter }} {g}", r"\langle {g}, {0}_{{I}} \rangle"),
    glyph="Σ▤",
    call="nn.functional.embedding_bag",
    doc="Sums of rows of a table, bag by bag.",
    samples=(S(Arg((3, 2), 0, 4, "int64", False), (4, 3)), S(Arg((3, 2), 0, 4, "int64", False), (4, 3), mode="sum")),
)
EMBEDDING_BAG_MAX = OpSpec(
    "embedding_bag_max",
    lambda w, chosen, empty: np.where(empty[:, None], 0, array(w)[chosen, np.arange(w.shape[1])]).astype(w.dtype),
    (
        lambda g, c: c.put_index(
            g * c.constant(~c.param("empty")[:, None]), (c.param("chosen"), np.arange(g.shape[1])), c.shape(0)
        ),
    ),
    grad_fn="EmbeddingBagBackward0",
    args=("weight",),
    holds=("chosen",),
    form="embedding_bag({0})",
    latex=r"\max_{{\text{{bag}}}} {0}_{{I}}",
    derivatives=(r"{g} \text{{ at each maximum}}",),
    glyph="max▤",
    call="nn.functional.embedding_bag",
    doc="The largest elements of rows of a table, bag by bag.",
    samples=(S(Arg((3, 2), 0, 4, "int64", False), (4, 3), mode="max"),),
)


def _bags(x: Tensor, offsets: Any, include_last: bool) -> tuple[Indices, int]:
    """In which bag each element of ``x`` is, and how many bags there are."""
    shape = x._data.shape
    if len(shape) == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        return np.repeat(np.arange(shape[0]), shape[1]), shape[0]
    if len(shape) != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {len(shape)}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.dim() != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    starts = array(offsets._data)
    if starts.size and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, "
            f"got {starts[0]}"
        )
    if starts.size and starts[-1] > shape[0]:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {shape[0]} but got offsets[-1] of {starts[-1]}"
        )
    count = starts.size - 1 if include_last else starts.size
    return np.searchsorted(starts[:count], np.arange(shape[0]), side="right") - 1, count


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The rows that input names, summed (averaged, or the largest) by bag: a row of it, or what an offset begins."""
    x, w = expect_tensor(input, "embedding_bag"), expect_tensor(weight, "embedding_bag", "weight", 2)
    if per_sample_weights is not None and x._data.shape != per_sample_weights._data.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the "
            f"same shape as the input ({x.shape})"
        )
    if w._data.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {w._data.ndim}")
    bags, count = _bags(x, offsets, include_last_offset)
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and (scale_grad_by_freq or sparse):
        what = "scaling the gradient by the frequency" if scale_grad_by_freq else "sparse weights"
        raise ValueError(f"max mode does not support {what}")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}'). Please open a feature request on GitHub."
        )
    rows = _rows(x, w)
    seen = np.ones(rows.size, bool) if padding_idx is None else rows != padding_idx % w._data.shape[0]
    if mode == "max":
        return _largest(w, rows[seen], bags[seen], count)
    share = seen.astype(np.float64)
    if mode == "mean":
        share /= np.maximum(np.bincount(bags, share, count), 1)[bags]
    params: dict[str, Any] = {"rows": rows, "bags": bags, "share": share, "count": count}
    if scale_grad_by_freq:
        _, back, often = np.unique(rows, return_inverse=True, return_counts=True)
        params["often"] = often[back.reshape(-1)]
    return apply(EMBEDDING_BAG, (w, per_sample_weights), params)


def _rows(x: Tensor, w: Tensor) -> Indices:
    if x._data.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{x.dtype.legacy} instead (while checking arguments for embedding_bag)"
        )
    rows = array(x._data).reshape(-1).copy()
    size = w._data.shape[0]
    for place in np.flatnonzero((rows < 0) | (rows >= size))[:1].tolist():
        raise RuntimeError(
            f"Index {place} of input takes value {rows[place]} which is not in the valid range [0, {size})"
        )
    return rows


def _largest(w: Tensor, rows: Indices, bags: Indices, count: int) -> Tensor:
    data = array(w._data)
    chosen = np.zeros((count, data.shape[1]), np.int64)
    empty = np.ones(count, bool)
    for bag in np.unique(bags).tolist():
        own = rows[bags == bag]
        chosen[bag] = own[np.argmax(data[own], axis=0)]
        empty[bag] = False
    return apply(EMBEDDING_BAG_MAX, (w,), {"chosen": chosen, "empty": empty})


FUNCTIONS: dict[str, Any] = {}
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
