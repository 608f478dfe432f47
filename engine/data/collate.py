"""Samples to batches: tensors are stacked, numbers become tensors, containers keep their form.

Source: torch/utils/data/_utils/collate.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.dtypes import float64
from engine.ops.create import as_tensor, tensor
from engine.ops.joining import stack
from engine.tensors import Tensor


def default_collate(batch: Any) -> Any:
    """A list of samples as one batch, with a new first dimension."""
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(list(batch), 0)
    if isinstance(first, np.ndarray):
        return default_collate([as_tensor(b) for b in batch])
    if isinstance(first, np.generic):
        return as_tensor(list(batch))
    if isinstance(first, float):
        return tensor(list(batch), dtype=float64)
    if isinstance(first, int):
        return tensor(list(batch))
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        parts = {key: default_collate([sample[key] for sample in batch]) for key in first}
        return parts if type(first) is dict else _same_kind(first, parts)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(list(part)) for part in zip(*batch, strict=False)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return [default_collate(part) for part in zip(*batch, strict=False)]
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found " + str(type(first))
    )


def _same_kind(first: Any, parts: dict[Any, Any]) -> Any:
    """The parts in a mapping of the samples' own type; in a plain dict if it cannot be made."""
    try:
        return type(first)(parts)
    except TypeError:
        return parts


def default_convert(data: Any) -> Any:
    """numpy arrays as tensors, in containers too; everything else as it is."""
    if isinstance(data, np.ndarray):
        return as_tensor(data)
    if isinstance(data, Mapping):
        return {key: default_convert(value) for key, value in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(part) for part in data))
    if isinstance(data, tuple):
        return [default_convert(part) for part in data]
    if isinstance(data, list):
        return [default_convert(part) for part in data]
    return data
