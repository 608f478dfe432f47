"""torch's switches: the default dtype and the old default type, threads, determinism. Few have an effect here."""

from __future__ import annotations

from typing import Any

from engine.dtypes import dtype
from engine.ops.create import LEGACY, LegacyType
from engine.state import state, warn_once

DEFAULT_TENSOR_TYPE = (
    "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
    "torch.set_default_device() as alternatives."
)


def set_default_dtype(d: dtype) -> None:
    """float32, float64 or float16: what floating data becomes when no dtype is given."""
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    state.default_dtype = d


def get_default_dtype() -> dtype:
    """What floating data becomes when no dtype is given."""
    return state.default_dtype


def set_default_tensor_type(t: Any) -> None:
    """The old form of set_default_dtype: a type such as torch.DoubleTensor, or its name."""
    kind = LEGACY.get(t.removeprefix("torch.")) if isinstance(t, str) else t
    if kind is None:
        raise TypeError(f"invalid type name: {t}")
    if not isinstance(kind, LegacyType) or not kind.tensor_dtype.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    warn_once(DEFAULT_TENSOR_TYPE)
    state.default_dtype = kind.tensor_dtype


def get_num_threads() -> int:
    """How many threads compute: one."""
    return 1


def set_num_threads(number: int) -> None:
    """Accepted without effect; RuntimeError unless positive."""
    if number < 1:
        raise RuntimeError("set_num_threads expects a positive integer")


def accepted(*args: Any, **kwargs: Any) -> None:
    """Accepted without effect."""


def never() -> bool:
    """False: everything is computed in one way, on one processor."""
    return False
