"""scaled_dot_product_attention: a mean of values, weighted by how well their keys fit the queries.

torch computes it in one op where it can, and with products and a softmax elsewhere; the graph shows which.
Source: aten/src/ATen/native/transformers/attention.cpp.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.node import OUT, Raw
from engine.ops.arithmetic import ADD, MUL_NUMBER
from engine.ops.dispatch import apply, binary, broadcast_shape
from engine.ops.functions import expect_tensor
from engine.ops.linalg import matmul
from engine.ops.rearranging import repeat_interleave
from engine.ops.shape import transpose
from engine.ops.softmax import SOFTMAX
from engine.ops.spec import Arg, OpSpec, S
from engine.random import default_generator
from engine.tensors import Tensor, wrap


def _weights(scores: Raw) -> Raw:
    """softmax over the last dimension; zeros where all scores are -inf."""
    top = np.max(scores, axis=-1, keepdims=True, initial=-np.inf)
    none = np.isneginf(top)
    powers = np.exp(scores - np.where(none, 0, top))
    return (powers / np.where(none, 1, powers.sum(axis=-1, keepdims=True))).astype(scores.dtype)


SAFE_SOFTMAX = OpSpec(
    "_safe_softmax",
    lambda x, dim: _weights(x),
    SOFTMAX.vjps,
    grad_fn="SafeSoftmaxBackward0",
    args=("self",),
    saves=SOFTMAX.saves,
    form="softmax({0}, dim={dim})",
    latex=SOFTMAX.latex,
    derivatives=SOFTMAX.derivatives,
    doc="softmax; zeros where everything is masked.",
)


def _attended(q: Raw, k: Raw, v: Raw, scale: float, mask: Raw | None = None) -> Raw:
    scores = q @ k.swapaxes(-1, -2) * q.dtype.type(scale)
    return _weights(scores if mask is None else scores + mask) @ v


def _attention_grads(g: Any, c: Any) -> list[Any]:
    q, k, v = c.saved(0), c.saved(1), c.saved(2)
    scale, mask = c.param("scale"), c.param("mask")
    scores = c.matmul(q, c.transpose(k, -2, -1)) * scale
    if mask is not None:
        scores = scores + c.constant(mask)
    p = c.safe_softmax(scores)
    dp = c.matmul(g, c.transpose(v, -2, -1))
    ds = p * (dp - c.sum(p * dp, (3,), True)) * scale
    return [
        c.matmul(ds, k) if c.needs(0) else None,
        c.matmul(c.transpose(ds, -2, -1), q) if c.needs(1) else None,
        c.matmul(c.transpose(p, -2, -1), g) if c.needs(2) else None,
    ]


ATTENTION = OpSpec(
    "scaled_dot_product_attention",
    _attended,
    joint=_attention_grads,
    grad_fn="ScaledDotProductFlashAttentionForCpuBackward0",
    args=("query", "key", "value"),
    saves=((0, (0, 1, 2)), (1, (0, 1, 2)), (2, (0, 1, 2)), (OUT, (0, 1, 2))),
    form="attention({0}, {1}, {2})",
    latex=r"\operatorname{{softmax}}\!\left(\tfrac{{{0}\,{1}^\top}}{{\sqrt d}}\right) {2}",
    derivatives=(
        r"\text{{through the softmax to }} {0}",
        r"\text{{through the softmax to }} {1}",
        r"P^\top {g}",
    ),
    glyph="⊙",
    call="nn.functional.scaled_dot_product_attention",
    doc="softmax(query @ key.mT * scale) @ value, in one op.",
    samples=(
        S((1, 2, 3, 4), (1, 2, 5, 4), (1, 2, 5, 4)),
        S((1, 1, 3, 2), (1, 1, 3, 2), (1, 1, 3, 2), None, 0.0, True),
        S((1, 1, 2, 2), (1, 1, 3, 2), (1, 1, 3, 2), Arg((2, 3), requires_grad=False), scale=0.3),
    ),
)


def _check(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> None:
    kinds = [t.dtype.c_name for t in (query, key, value)]
    if len(set(kinds)) > 1:
        raise RuntimeError(
            f"Expected query, key, and value to have the same dtype, but got query.dtype: {kinds[0]} key.dtype: "
            f"{kinds[1]} and value.dtype: {kinds[2]} instead."
        )
    ranks = [t.dim() for t in (query, key, value)]
    if min(ranks) < 2:
        raise RuntimeError(
            f"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {ranks[0]} "
            f"key.dim: {ranks[1]} and value.dim: {ranks[2]} instead."
        )
    if mask is not None and mask.dtype.c_name not in ("bool", kinds[0]):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{mask.dtype.c_name} and  query.dtype: {kinds[0]} instead."
        )


def _fits(mask: Tensor, scores: tuple[int, ...]) -> bool:
    shape = mask._data.shape
    if len(shape) not in (2, 4) or mask._track:
        return False
    return all(n in (1, m) for n, m in zip(shape, scores[-len(shape) :], strict=True))


def _in_one_op(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float) -> bool:
    """Whether torch has its fused kernel for these."""
    a, b, d = q._data.shape, k._data.shape, v._data.shape
    if not len(a) == len(b) == len(d) == 4 or dropout_p > 0 or q._data.dtype.kind != "f":
        return False
    if not (a[-1] == b[-1] == d[-1] and a[:2] == b[:2] == d[:2] and b[2] == d[2]) or 0 in (*a, *b):
        return False
    return mask is None or _fits(mask, (*a[:3], b[2]))


def _added_mask(mask: Tensor | None, kind: np.dtype[Any]) -> Tensor | None:
    """A mask to add to the scores: -inf where a bool mask is False."""
    if mask is None or mask._data.dtype.kind != "b":
        return mask
    return wrap(np.where(mask._data, 0.0, -np.inf).astype(kind))


def _causal(queries: int, keys: int, kind: np.dtype[Any]) -> Raw:
    return np.where(np.tri(queries, keys, dtype=np.bool_), 0.0, -np.inf).astype(kind)


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query @ key.mT / sqrt(d)) @ value; shapes (..., L, d), (..., S, d), (..., S, dv) give (..., L, dv).

    ``attn_mask`` is added to the scores; of a bool mask, False means that a query does not see a key.
    """
    for place, (name, t) in enumerate((("query", query), ("key", key), ("value", value)), start=1):
        expect_tensor(t, "scaled_dot_product_attention", name, place)
    _check(query, key, value, attn_mask)
    kind = query._data.dtype
    factor = 1 / math.sqrt(query._data.shape[-1]) if scale is None else float(scale)
    mask = _added_mask(attn_mask, kind)
    if enable_gqa:
        heads = query._data.shape[-3]
        key, value = (repeat_interleave(t, heads // t._data.shape[-3], -3) for t in (key, value))
    if _in_one_op(query, key, value, attn_mask, dropout_p):
        bias = None if mask is None else mask._data
        if is_causal:
            hidden = _causal(query._data.shape[-2], key._data.shape[-2], kind)
            bias = hidden if bias is None else bias + hidden
        return apply(ATTENTION, (query, key, value), {"scale": factor, "mask": bias})
    if is_causal:
        if mask is not None:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
            )
        mask = wrap(_causal(query._data.shape[-2], key._data.shape[-2], kind))
    return _by_products(query, key, value, mask, dropout_p, factor)


def _by_products(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float, factor: float) -> Tensor:
    root = math.sqrt(abs(factor))
    left = binary(MUL_NUMBER, q, math.copysign(root, factor))
    scores = matmul(left, binary(MUL_NUMBER, transpose(k, -2, -1), root))
    if mask is not None:
        broadcast_shape(scores._data.shape, mask._data.shape)
        scores = binary(ADD, scores, mask)
    weights = apply(SAFE_SOFTMAX, (scores,), {"dim": scores.dim() - 1})
    if dropout_p > 0:
        if dropout_p > 1:
            raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p:g}")
        kept = default_generator().bernoulli(1 - dropout_p, weights.numel(), weights._data.dtype)
        weights = weights * wrap((kept.reshape(weights._data.shape) / (1 - dropout_p)).astype(weights._data.dtype))
    return matmul(weights, v)


def _safe_softmax(x: Tensor) -> Tensor:
    return apply(SAFE_SOFTMAX, (x,), {"dim": x.dim() - 1})


HELPERS: dict[str, tuple[Any, Any]] = {
    "matmul": (np.matmul, matmul),
    "safe_softmax": (_weights, _safe_softmax),
}
FUNCTIONS: dict[str, Any] = {}
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
