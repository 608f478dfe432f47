"""embedding: rows of a table by their numbers; bilinear: a product of two inputs with a stack of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, array
from engine.ops.functions import expect_tensor, public
from engine.ops.shape import reshape, view
from engine.ops.spec import Arg, OpSpec, S
from engine.tensors import Tensor


def _embedding_grad(g: Any, c: Any) -> Any:
    index = c.param("index")
    padding = c.param("padding_idx", -1)
    factor = np.ones(index.shape, np.float64)
    if c.param("scale_grad_by_freq", False):
        _, back, counts = np.unique(index, return_inverse=True, return_counts=True)
        factor = factor / counts[back.reshape(index.shape)]
    if padding >= 0:
        factor = np.where(index == padding, 0.0, factor)
    if (factor != 1).any():
        g = g * c.constant(factor[..., None])
    return c.put_index(g, (index,), c.shape(0), c.node.spec)


EMBEDDING = OpSpec(
    "embedding",
    lambda w, index, **settings: array(w)[index],
    (_embedding_grad,),
    args=("weight",),
    holds=("index",),
    form="embedding({0})",
    latex="{0}_{{I}}",
    derivatives=(r"\text{{scatter }} {g}",),
    glyph="▤",
    doc="Rows of a table.",
    samples=(S((4, 3), Arg((2, 2), 0, 4, "int64", False)), S((4, 3), Arg((5,), 0, 4, "int64", False))),
)


def embedding(
    weight: Tensor,
    indices: Any,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of weight by their numbers; the row ``padding_idx`` gets no gradient."""
    w, places = expect_tensor(weight, "embedding"), expect_tensor(indices, "embedding", "indices", 2)
    if places._data.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{places.dtype.legacy} instead (while checking arguments for embedding)"
        )
    if w._data.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    index = np.array(places._data)
    if index.size and (index.min() < 0 or index.max() >= w._data.shape[0]):
        raise IndexError("index out of range in self")
    params = {"index": index, "padding_idx": padding_idx, "scale_grad_by_freq": scale_grad_by_freq}
    return apply(EMBEDDING, (w,), params)


# --- bilinear ---------------------------------------------------------------------------------


def _trilinear(a: Raw, w: Raw, b: Raw) -> Raw:
    return np.einsum("ni,oij,nj->no", a, w, b).astype(a.dtype)


def _factors(c: Any) -> tuple[Any, Any, Any]:
    """Both inputs and the weight in shapes (n, o, i, j) that broadcast; None for what was not saved."""
    a, w, b = c.saved(0), c.saved(1), c.saved(2)
    return (
        None if a is None else c.reshape(a, (a.shape[0], 1, a.shape[1], 1)),
        None if w is None else c.reshape(w, (1, *w.shape)),
        None if b is None else c.reshape(b, (b.shape[0], 1, 1, b.shape[1])),
    )


def _trilinear_grads(gs: Any, c: Any) -> list[Any]:
    a, w, b = _factors(c)
    g = c.reshape(gs, (*gs.shape, 1, 1))
    return [
        c.sum(g * w * b, (1, 3)) if c.needs(0) else None,
        c.sum(g * a * b, (0,)) if c.needs(1) else None,
        c.sum(g * a * w, (1, 2)) if c.needs(2) else None,
    ]


TRILINEAR = OpSpec(
    "trilinear",
    _trilinear,
    joint=_trilinear_grads,
    args=("i1", "i2", "i3"),
    saves=((0, (1, 2)), (1, (0, 2)), (2, (0, 1))),
    form="{0} · {1} · {2}",
    latex=r"{0}^\top {1}\,{2}",
    derivatives=(r"{g}\,{1}\,{2}", r"{g}\,{0}\,{2}^\top", r"{g}\,{0}^\top {1}"),
    glyph="×××",
    call="nn.functional.bilinear",
    doc="The product of two rows with each matrix of a stack.",
    samples=(S((2, 3), (2, 2), (4, 3, 2)),),
)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input1[i] * weight[o, i, j] * input2[j] + bias[o]`` for the last dimensions of both inputs."""
    a, b = expect_tensor(input1, "bilinear", "input1"), expect_tensor(input2, "bilinear", "input2", 2)
    w = expect_tensor(weight, "bilinear", "weight", 3)
    p, q, shape = a._data.shape, b._data.shape, w._data.shape
    if len(p) != len(q):
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {len(p)} and {len(q)}")
    for d, (m, n) in enumerate(zip(p[:-1], q[:-1], strict=True)):
        if m != n:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {d}: got {m} and {n}")
    for place, (have, need) in enumerate(((p[-1], shape[1]), (q[-1], shape[2])), start=1):
        if have != need:
            raise RuntimeError(
                f"bilinear(): input{place} size does not match weight size: got {have} but expected {need}"
            )
    if bias is not None and bias._data.shape[0] != shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias._data.shape[0]} but expected {shape[0]}"
        )
    rows = apply(TRILINEAR, (reshape(a, (-1, p[-1])), w, reshape(b, (-1, q[-1]))))
    out = view(rows, (*p[:-1], shape[0]))
    return out if bias is None else out + bias


FUNCTIONS: dict[str, Any] = public(embedding, bilinear)
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
