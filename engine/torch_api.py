"""The names that a program finds under ``import torch``."""

from __future__ import annotations

from typing import Any

from engine import autograd, dtypes, nn, optim
from engine.dtypes import bool_, dtype
from engine.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from engine.ops.autograd_ops import STRIDED, Device
from engine.ops.create import LEGACY
from engine.ops.norms import vector_norm
from engine.ops.table import FUNCTIONS
from engine.printing import get_printoptions, set_printoptions
from engine.random import Generator
from engine.size import Size
from engine.state import state
from engine.tensors import Tensor

__version__ = "2.13.0"


def is_tensor(obj: Any) -> bool:
    """Whether obj is a tensor."""
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """How many elements input has."""
    return input.numel()


def set_default_dtype(d: dtype) -> None:
    """float32, float64 or float16: what floating data becomes when no dtype is given."""
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    state.default_dtype = d


def get_default_dtype() -> dtype:
    """What floating data becomes when no dtype is given."""
    return state.default_dtype


class _Names:
    """A namespace such as torch.autograd or torch.linalg."""

    def __init__(self, name: str, **names: Any) -> None:
        self.__name__ = name
        self.__dict__.update(names)

    def __repr__(self) -> str:
        return f"<module '{self.__name__}'>"


_autograd = _Names("torch.autograd", **{name: getattr(autograd, name) for name in autograd.__all__})
_linalg = _Names("torch.linalg", norm=vector_norm, vector_norm=vector_norm)
_cuda = _Names("torch.cuda", is_available=lambda: False, device_count=lambda: 0)

NAMES: dict[str, Any] = {
    **FUNCTIONS,
    **LEGACY,
    **{d.name: d for d in dtypes.ALL},
    **{d.alias: d for d in dtypes.ALL if d.alias},
    "Generator": Generator,
    "Size": Size,
    "Tensor": Tensor,
    "__version__": __version__,
    "autograd": _autograd,
    "bool": bool_,
    "cuda": _cuda,
    "device": Device,
    "dtype": dtype,
    "e": 2.718281828459045,
    "enable_grad": enable_grad,
    "get_default_dtype": get_default_dtype,
    "get_printoptions": get_printoptions,
    "inf": float("inf"),
    "inference_mode": inference_mode,
    "is_grad_enabled": is_grad_enabled,
    "is_inference_mode_enabled": is_inference_mode_enabled,
    "is_tensor": is_tensor,
    "linalg": _linalg,
    "nan": float("nan"),
    "newaxis": None,
    "nn": nn,
    "no_grad": no_grad,
    "numel": numel,
    "optim": optim,
    "pi": 3.141592653589793,
    "set_default_dtype": set_default_dtype,
    "set_grad_enabled": set_grad_enabled,
    "set_printoptions": set_printoptions,
    "strided": STRIDED,
}
