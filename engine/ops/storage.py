"""Writing into a tensor's storage: the one place where values change and versions count up."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.state import state
from engine.tensors import Tensor

OVERLAP = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
    "Please clone() the tensor before performing the operation."
)


def write(tensor: Tensor, data: Raw, filling: bool = False) -> None:
    """Put values into a tensor's storage and count its version up. No history.

    Raises RuntimeError if one memory location stands for several elements (after ``expand``), unless all
    elements get the same value (``filling``).
    """
    old = tensor._data
    if isinstance(old, np.ndarray):
        if 0 in old.strides and not filling:
            check_overlap(old)
        old[...] = data
    else:
        tensor._data = old.dtype.type(data)
    tensor._counter().count += 1


def check_overlap(array: np.ndarray[Any, Any]) -> None:
    """Raise torch's RuntimeError if elements of the array share a memory location."""
    if any(step == 0 and n > 1 for step, n in zip(array.strides, array.shape, strict=True)):
        raise RuntimeError(OVERLAP)


def store(tensor: Tensor, data: Raw, name: str) -> None:
    """:func:`write`, told to the recorder: what initialisers, samplers and optimisers do under no_grad."""
    write(tensor, data)
    if state.recorder is not None:
        state.recorder.edited(tensor, name, (), {}, None)
