"""Padding: a constant, the reflected or repeated edge, or the other end around a tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import apply, array, checked_scalar
from engine.ops.functions import expect_tensor, public
from engine.ops.picking import add_at
from engine.ops.spec import OpSpec, S
from engine.tensors import Tensor

UNSUPPORTED = (
    "Padding size {} is not supported for {}D input tensor.\nSupported combinations for non-constant padding:\n"
    "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
    "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
    "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
)

Pairs = tuple[tuple[int, int], ...]
"""How much is added (or, negative, taken away) before and after, per dimension from the first on."""


def _pairs(pad: Sequence[int], rank: int) -> Pairs:
    """torch counts from the last dimension: (before, after) of the last, then of the one before it ..."""
    given = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    return ((0, 0),) * (rank - len(given)) + tuple(reversed(given))


def _constant(x: Raw, pairs: Pairs, value: float = 0) -> Raw:
    data = array(x)
    for d, (low, high) in enumerate(pairs):
        data = data[(slice(None),) * d + (slice(max(0, -low), data.shape[d] - max(0, -high)),)]
    around = [(max(0, low), max(0, high)) for low, high in pairs]
    return np.pad(data, around, constant_values=value) if any(map(any, around)) else data.copy()


def _opposite(pairs: Pairs) -> Pairs:
    return tuple((-low, -high) for low, high in pairs)


CONSTANT_PAD = OpSpec(
    "constant_pad_nd",
    _constant,
    (lambda g, c: c.pad_by(g, _opposite(c.param("pairs"))),),
    args=("self",),
    form="pad({0})",
    latex=r"\operatorname{{pad}} {0}",
    derivatives=(r"\text{{the inner part of }} {g}",),
    doc="A constant around the input; negative sizes take away.",
    samples=(S((2, 3), [1, 2]), S((2, 3), [-1, 1, 2, 0], 3.0)),
)


def pad_by(x: Tensor, pairs: Pairs) -> Tensor:
    """Zeros around ``x``."""
    return apply(CONSTANT_PAD, (x,), {"pairs": pairs})


def _check_lengths(pad: Sequence[int], rank: int) -> None:
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * rank:
        raise RuntimeError(
            "Length of pad should be no more than twice the number of dimensions of the input. Pad length is "
            f"{len(pad)} while the input has {rank} dimensions."
        )


def constant_pad_nd(input: Tensor, pad: Sequence[int], value: Any = 0) -> Tensor:
    """``value`` around the input: ``pad`` gives how much before and after, from the last dimension on."""
    x = expect_tensor(input, "constant_pad_nd")
    shape = x._data.shape
    _check_lengths(pad, len(shape))
    pairs = _pairs(pad, len(shape))
    if any(n + min(low, 0) + min(high, 0) < 0 for (low, high), n in zip(pairs, shape, strict=True)):
        raise RuntimeError("narrow(): length must be non-negative.")
    filler = checked_scalar(value, x._data.dtype, x.dtype.storage_name)
    return apply(CONSTANT_PAD, (x,), {"pairs": pairs, "value": filler.item()})


# --- from the input itself --------------------------------------------------------------------


def _last_dims(index: tuple[Any, ...]) -> tuple[Any, ...]:
    """The numpy index that takes the given places of the last dimensions."""
    grid: tuple[Any, ...] = np.ix_(*index)
    return (..., *grid)


def _moved(name: str, grad_fn: str, doc: str) -> OpSpec:
    """Padding by the input's own elements: an index that takes some of them several times."""
    return OpSpec(
        name,
        lambda x, index, mode: np.asarray(x)[_last_dims(index)],
        (lambda g, c: c.add_padding(g, c.param("index"), c.shape(0)),),
        grad_fn=grad_fn,
        args=("self",),
        form="pad({0})",
        derivatives=(r"\text{{fold }} {g}",),
        doc=doc,
    )


_KINDS = {
    (mode, rank): _moved(
        f"{mode}_pad{rank}d",
        f"{'Reflection' if mode == 'reflect' else 'Replication'}Pad{rank}DBackward0",
        f"The input's {'mirrored inside' if mode == 'reflect' else 'edge'} around it.",
    )
    for mode in ("reflect", "replicate")
    for rank in (1, 2, 3)
}
CIRCULAR_PAD = _moved("circular_pad", "CopySlices", "The input's other end around it.")


def _add_padding(g: Raw, index: tuple[Any, ...], shape: tuple[int, ...]) -> Raw:
    return add_at(array(g), _last_dims(index), shape)


PAD_GRAD = OpSpec(
    "add_padding",
    _add_padding,
    (lambda g, c: c.index(g, _last_dims(c.param("index"))),),
    grad_fn="PadBackwardBackward0",
    args=("self",),
    form="fold({0})",
    derivatives=("{g}",),
    doc="Adds padding back onto the elements that it was made of.",
)


def add_padding(g: Tensor, index: tuple[Any, ...], shape: tuple[int, ...]) -> Tensor:
    """The gradient of padding by the input's own elements."""
    return apply(PAD_GRAD, (g,), {"index": index, "shape": shape})


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """The input with more around it; ``mode`` is 'constant', 'reflect', 'replicate' or 'circular'."""
    x = expect_tensor(input, "pad")
    pad = list(pad)
    rank = x._data.ndim
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * rank:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {rank}"
        )
    if mode == "constant":
        return constant_pad_nd(x, pad, 0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    n = len(pad) // 2
    if not (n in (1, 2, 3) and rank in (n + 1, n + 2)):
        raise NotImplementedError(UNSUPPORTED.format(len(pad), rank))
    index = _sources(x._data.shape, _pairs(pad, rank)[-n:], mode)
    spec = CIRCULAR_PAD if mode == "circular" else _KINDS[mode, n]
    return apply(spec, (x,), {"index": index, "mode": mode})


def _sources(shape: tuple[int, ...], pairs: Pairs, mode: str) -> tuple[Any, ...]:
    """Which element of each dimension stands at each place of the result."""
    out = []
    for d, (low, high) in enumerate(pairs, start=len(shape) - len(pairs)):
        n = shape[d]
        places = np.arange(-low, n + high)
        if mode == "reflect":
            if low >= n or high >= n:
                raise RuntimeError(
                    "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                    f"({low}, {high}) at dimension {d} of input {list(shape)}"
                )
            places = np.abs(places)
            places = np.where(places >= n, 2 * (n - 1) - places, places)
        elif mode == "replicate":
            places = np.clip(places, 0, n - 1)
        else:
            if low > n or high > n:
                raise RuntimeError("Padding value causes wrapping around more than once.")
            places = places % n
        out.append(places)
    return tuple(out)


HELPERS: dict[str, tuple[Any, Any]] = {
    "add_padding": (_add_padding, add_padding),
    "pad_by": (_constant, pad_by),
}
FUNCTIONS: dict[str, Any] = public(constant_pad_nd)
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
