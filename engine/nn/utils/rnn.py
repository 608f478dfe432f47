"""torch.nn.utils.rnn: sequences of different lengths in one tensor, padded or packed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from engine.ops.create import as_tensor
from engine.ops.filled import full
from engine.ops.joining import cat, stack
from engine.ops.picking import index_select
from engine.ops.shape import transpose
from engine.tensors import Tensor, leaf

__all__ = [
    "PackedSequence",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None = None
    unsorted_indices: Tensor | None = None


class PackedSequence(_Packed):
    """All first steps of several sequences, then all second ones ...; ``batch_sizes`` says how many of each."""

    __slots__ = ()

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if unsorted_indices is None and sorted_indices is not None:
            unsorted_indices = leaf(np.argsort(sorted_indices._data))
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with its data in another dtype."""
        return PackedSequence(self.data.to(*args, **kwargs), *self[1:])


def permuted(x: Tensor, permutation: Tensor | None, dim: int = 1) -> Tensor:
    """``x`` in another order along dim; as it is without a permutation."""
    return x if permutation is None else index_select(x, dim, permutation)


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """A padded batch as a PackedSequence."""
    counts = np.array(as_tensor(lengths)._data, np.int64)
    order = None
    if not enforce_sorted:
        places = np.argsort(-counts, kind="stable")
        counts, order = counts[places], leaf(places)
        input = permuted(input, order, 0 if batch_first else 1)
    if batch_first:
        input = transpose(input, 0, 1)
    _check_lengths(input, counts)
    sizes = [int((counts > t).sum()) for t in range(int(counts[0]))]
    data = cat([input[t, :n] for t, n in enumerate(sizes)], 0)
    return PackedSequence(data, leaf(np.array(sizes)), order)


def _check_lengths(input: Tensor, counts: np.ndarray[Any, Any]) -> None:
    batch = input._data.shape[1]
    if counts.size != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {counts.size} (batch_size={batch})"
        )
    if counts.size and counts[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if np.any(np.diff(counts) > 0):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you "
            "do not need ONNX exportability."
        )


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """A PackedSequence as a padded batch, and the lengths."""
    sizes = sequence.batch_sizes.tolist()
    longest = len(sizes)
    if total_length is not None:
        if total_length < longest:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {longest}"
            )
        longest = total_length
    batch, rest = sizes[0], tuple(sequence.data.shape[1:])
    kind = sequence.data.dtype
    rows = []
    for part in sequence.data.split(sizes, 0):
        missing = batch - part.shape[0]
        rows.append(cat([part, full((missing, *rest), padding_value, dtype=kind)], 0) if missing else part)
    rows += [full((batch, *rest), padding_value, dtype=kind)] * (longest - len(sizes))
    out = stack(rows, 1 if batch_first else 0)
    lengths = leaf(np.array([sum(n > i for n in sizes) for i in range(batch)]))
    back = sequence.unsorted_indices
    if back is None:
        return out, lengths
    return permuted(out, back, 0 if batch_first else 1), lengths[back]


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Sequences of different lengths in one tensor, filled up with padding_value."""
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    parts = tuple(sequences)
    if not parts:
        raise RuntimeError("received an empty list of sequences")
    longest = max(p.shape[0] for p in parts)
    rows = []
    for p in parts:
        missing = longest - p.shape[0]
        filler = full((missing, *p.shape[1:]), padding_value, dtype=p.dtype)
        both = [filler, p] if padding_side == "left" else [p, filler]
        rows.append(cat(both, 0) if missing else p)
    return stack(rows, 0 if batch_first else 1)


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences of different lengths as a PackedSequence."""
    lengths = [s.shape[0] for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a padded batch, without padding."""
    rows = padded_sequences if batch_first else transpose(padded_sequences, 0, 1)
    return [row[:n] for row, n in zip(rows, lengths.tolist(), strict=True)]


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a PackedSequence."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
