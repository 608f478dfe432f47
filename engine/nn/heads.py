"""Attention of several heads, as a function.

Source of the checks and their texts: torch/nn/functional.py.
"""

from __future__ import annotations

import math
from typing import Any

from engine.dtypes import dtype
from engine.nn.chance import dropout
from engine.ops.attention import scaled_dot_product_attention
from engine.ops.filled import zeros, zeros_like
from engine.ops.joining import cat
from engine.ops.linalg import bmm, linear
from engine.ops.padding import pad
from engine.ops.products import baddbmm
from engine.ops.softmax import softmax
from engine.state import warn
from engine.tensors import Tensor

Projected = tuple[Tensor, Tensor, Tensor]


def canonical_mask(
    mask: Tensor | None, name: str, kind: dtype, other: Tensor | None = None, other_name: str = ""
) -> Tensor | None:
    """A mask to add to the scores: of a bool mask, True becomes -inf and False 0."""
    if mask is None:
        return None
    floating = mask.is_floating_point()
    if mask.dtype.name != "bool" and not floating:
        raise AssertionError(f"only bool and floating types of {name} are supported")
    if other is not None and other.dtype is not mask.dtype:
        warn(
            f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both instead.",
        )
    return mask if floating else zeros_like(mask, dtype=kind).masked_fill_(mask, float("-inf"))


def _check_shapes(
    query: Tensor, key: Tensor, value: Tensor, padding: Tensor | None, mask: Tensor | None, heads: int
) -> bool:
    """Whether there is a batch; AssertionError where the inputs do not agree about it."""
    rank = query.dim()
    if rank not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {rank}-D query tensor")
    which = f"For {'batched (3-D)' if rank == 3 else 'unbatched (2-D)'} `query`, expected"
    if key.dim() != rank or value.dim() != rank:
        raise AssertionError(
            f"{which} `key` and `value` to be {rank}-D but found {key.dim()}-D and {value.dim()}-D tensors respectively"
        )
    if padding is not None and padding.dim() != rank - 1:
        raise AssertionError(
            f"{which} `key_padding_mask` to be `None` or {rank - 1}-D but found {padding.dim()}-D tensor instead"
        )
    if mask is not None and mask.dim() not in (2, 3):
        raise AssertionError(f"{which} `attn_mask` to be `None`, 2-D or 3-D but found {mask.dim()}-D tensor instead")
    if rank == 2 and mask is not None and mask.dim() == 3:
        expected = (heads, query.shape[0], key.shape[0])
        if mask.shape != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {mask.shape}")
    return rank == 3


def _parts(x: Tensor, count: int, width: int) -> Tensor:
    """(..., count * width) as (count, ..., width)."""
    out: Tensor = x.unflatten(-1, (count, width)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
    return out


def _projected_together(q: Tensor, k: Tensor, v: Tensor, weight: Tensor, bias: Tensor | None) -> Projected:
    width = q.shape[-1]
    if k is v and q is k:
        parts = _parts(linear(q, weight, bias), 3, width)
        return parts[0], parts[1], parts[2]
    if k is v:
        own, shared = weight.split([width, 2 * width])
        b_own, b_shared = (None, None) if bias is None else bias.split([width, 2 * width])
        first = linear(q, own, b_own)
        parts = _parts(linear(k, shared, b_shared), 2, width)
        return first, parts[0], parts[1]
    weights = weight.chunk(3)
    biases = (None, None, None) if bias is None else bias.chunk(3)
    first, second, third = (linear(x, w, b) for x, w, b in zip((q, k, v), weights, biases, strict=True))
    return first, second, third


def _projected_apart(inputs: Projected, weights: tuple[Any, ...], bias: Tensor | None) -> Projected:
    width = inputs[0].shape[-1]
    biases = (None, None, None) if bias is None else bias.chunk(3)
    for name, x, w in zip(("query", "key", "value"), inputs, weights, strict=True):
        if w.shape != (width, x.shape[-1]):
            raise AssertionError(f"expecting {name} weights shape of {(width, x.shape[-1])}, but got {w.shape}")
    for name, b in zip(("query", "key", "value"), biases, strict=True):
        if b is not None and b.shape != (width,):
            raise AssertionError(f"expecting {name} bias shape of {(width,)}, but got {b.shape}")
    first, second, third = (linear(x, w, b) for x, w, b in zip(inputs, weights, biases, strict=True))
    return first, second, third


def _mask_of_scores(mask: Tensor, rows: int, columns: int, heads: int) -> Tensor:
    size = (rows, columns) if mask.dim() == 2 else (heads, rows, columns)
    if mask.dim() not in (2, 3):
        raise RuntimeError(f"attn_mask's dimension {mask.dim()} is not supported")
    if mask.shape != size:
        raise RuntimeError(f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should be {size}.")
    return mask.unsqueeze(0) if mask.dim() == 2 else mask


def _static(name: str, given: Tensor, rows: int, width: int) -> Tensor:
    if given.shape[0] != rows:
        raise AssertionError(f"expecting static_{name}.size(0) of {rows}, but got {given.shape[0]}")
    if given.shape[2] != width:
        raise AssertionError(f"expecting static_{name}.size(2) of {width}, but got {given.shape[2]}")
    return given


def _check_key_padding(mask: Tensor, keys: int, batch: int) -> None:
    for d, size in enumerate((batch, keys)):
        if mask.shape[d] != size:
            raise AssertionError(f"Expected key_padded_mask.shape[{d}] to be {size}, but got {mask.shape[d]}")


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention of (L, N, E) to (S, N, E) in num_heads heads: the output (L, N, E) and the weights (N, L, S)."""
    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    targets, batch, width = query.shape
    kind = query.dtype
    padding = canonical_mask(key_padding_mask, "key_padding_mask", kind, attn_mask, "attn_mask")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and padding is None and not need_weights:
        mask = None
    else:
        mask = canonical_mask(attn_mask, "attn_mask", kind)
        is_causal = is_causal and padding is None
    if width != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {width}")
    head = width // num_heads
    if head * num_heads != width:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(
                f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
            )
        for name, w in (("q", q_proj_weight), ("k", k_proj_weight), ("v", v_proj_weight)):
            if w is None:
                raise AssertionError(f"use_separate_proj_weight is True but {name}_proj_weight is None")
        q, k, v = _projected_apart((query, key, value), (q_proj_weight, k_proj_weight, v_proj_weight), in_proj_bias)
    else:
        if key.shape != value.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        q, k, v = _projected_together(query, key, value, in_proj_weight, in_proj_bias)
    if mask is not None:
        mask = _mask_of_scores(mask, targets, key.shape[0], batch * num_heads)
    if bias_k is not None and bias_v is not None:
        k, v = cat([k, bias_k.repeat(1, batch, 1)]), cat([v, bias_v.repeat(1, batch, 1)])
        mask, padding = _one_more(mask), _one_more(padding)
    rows = batch * num_heads
    q = q.view(targets, rows, head).transpose(0, 1)
    k = k.view(k.shape[0], rows, head).transpose(0, 1) if static_k is None else _static("k", static_k, rows, head)
    v = v.view(v.shape[0], rows, head).transpose(0, 1) if static_v is None else _static("v", static_v, rows, head)
    if add_zero_attn:
        nothing = zeros((rows, 1, head), dtype=k.dtype)
        k, v = cat([k, nothing], 1), cat([v, nothing], 1)
        mask, padding = _one_more(mask), _one_more(padding)
    keys = k.shape[1]
    if padding is not None:
        _check_key_padding(padding, keys, batch)
        hidden = padding.view(batch, 1, 1, keys).expand(-1, num_heads, -1, -1).reshape(rows, 1, keys)
        mask = hidden if mask is None else mask + hidden
    rate = dropout_p if training else 0.0
    if need_weights:
        scaled = q * math.sqrt(1.0 / float(head))
        other = k.transpose(-2, -1)
        scores = bmm(scaled, other) if mask is None else baddbmm(mask, scaled, other)
        weights = softmax(scores, -1)
        if rate > 0.0:
            weights = dropout(weights, rate)
        heads = bmm(weights, v).transpose(0, 1).reshape(targets * batch, width)
        shown = weights.view(batch, num_heads, targets, keys)
        out = linear(heads, out_proj_weight, out_proj_bias)
        out = out.view(targets, batch, out.shape[1])
        if average_attn_weights:
            shown = shown.mean(dim=1)
        return (out, shown) if batched else (out.squeeze(1), shown.squeeze(0))
    if mask is not None:
        one = mask.shape[0] == 1 and mask.dim() == 3
        mask = mask.unsqueeze(0) if one else mask.view(batch, num_heads, -1, keys)
    q, k, v = (t.view(batch, num_heads, n, head) for t, n in ((q, targets), (k, keys), (v, keys)))
    heads = scaled_dot_product_attention(q, k, v, mask, rate, is_causal)
    out = linear(heads.permute(2, 0, 1, 3).reshape(batch * targets, width), out_proj_weight, out_proj_bias)
    out = out.view(targets, batch, out.shape[1])
    return (out if batched else out.squeeze(1)), None


def _one_more(mask: Tensor | None) -> Tensor | None:
    """A mask with a column for a key that everybody sees."""
    return None if mask is None else pad(mask, (0, 1))
