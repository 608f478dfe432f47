"""Writing into a tensor's storage: the one place where values change and versions count up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.node import Raw
from engine.state import state
from engine.tensors import Tensor

OVERLAP = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
    "Please clone() the tensor before performing the operation."
)

PARTIAL_OVERLAP = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
    "location. Please clone() the tensor before performing the operation."
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


def written_at_once(ufunc: np.ufunc, tensor: Tensor, other: Tensor) -> bool:
    """Let numpy write ``ufunc(tensor, other)`` into the tensor itself, where nothing is tracked: a training step.

    Only for two arrays of floats of one dtype and shape with a storage of their own, of which nobody is told; False
    if they are not such. What else there is to an edit, see engine.ops.inplace.
    """
    x, y = tensor._data, other._data
    if state.grad_enabled or state.recorder is not None or type(x) is not np.ndarray or type(y) is not np.ndarray:
        return False
    if x.base is not None or y.base is not None or x.shape != y.shape or x.dtype is not y.dtype or x.dtype.kind != "f":
        return False
    more = tensor._more
    if more is not None and more.inference:
        return False
    ufunc(x, y, x)
    tensor._counter().count += 1
    return True


def check_overlap(array: np.ndarray[Any, Any]) -> None:
    """Raise torch's RuntimeError if elements of the array share a memory location."""
    if array.size and any(step == 0 and n > 1 for step, n in zip(array.strides, array.shape, strict=True)):
        raise RuntimeError(OVERLAP)


def store(tensor: Tensor, data: Raw, name: str) -> None:
    """:func:`write`, told to the recorder: what initialisers, samplers and optimisers do under no_grad."""
    write(tensor, data)
    if state.recorder is not None:
        state.recorder.edited(tensor, name, (), {}, None)


def check_inputs_apart(written: Raw, others: Sequence[Any]) -> None:
    """Raise torch's RuntimeErrors if ``written`` overlaps itself, or an operand is another part of its storage.

    Source: ``get_overlap_status`` in aten/src/ATen/MemoryOverlap.cpp.
    """
    if type(written) is not np.ndarray:
        return
    if 0 in written.strides:
        check_overlap(written)
    for other in others:
        data = other._data if isinstance(other, Tensor) else other
        if type(data) is not np.ndarray or data is written or (data.base is None and written.base is None):
            continue
        if not (_dense(written) and _dense(data)):
            continue
        begin, start = (a.__array_interface__["data"][0] for a in (written, data))
        apart = begin + written.nbytes <= start or start + data.nbytes <= begin
        same = (begin, written.size, written.strides) == (start, data.size, data.strides)
        if not apart and not same:
            raise RuntimeError(PARTIAL_OVERLAP)


def _dense(a: np.ndarray[Any, Any]) -> bool:
    """Whether the elements fill their memory, in any order, once each."""
    step = a.itemsize
    for stride, n in sorted((abs(s), n) for s, n in zip(a.strides, a.shape, strict=True) if n != 1):
        if stride != step:
            return False
        step *= n
    return bool(a.size)
