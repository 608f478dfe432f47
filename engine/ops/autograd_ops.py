"""Ops about the graph itself: detach, .data, clone, and conversions that keep or copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import dtypes
from engine.device import CPU, FORMATS, STRIDED, Device, expect_cpu
from engine.ops.dispatch import apply
from engine.ops.functions import expect_tensor
from engine.ops.spec import OpSpec, S
from engine.state import state
from engine.tensors import Tensor, wrap

DETACH = OpSpec(
    "detach",
    lambda x: x,
    args=("self",),
    form="{0}.detach()",
    latex=r"\operatorname{{detach}}({0})",
    doc="The same values, cut from the graph: no gradient returns. Shares storage and version counter.",
    call="Tensor.detach",
)
DATA = OpSpec(
    "data",
    lambda x: x,
    args=("self",),
    form="{0}.data",
    doc="The same storage without history and with a version counter of its own: edits go unnoticed.",
    call="Tensor.data",
)
CLONE = OpSpec(
    "clone",
    lambda x, order="K": x.copy("C" if 0 in x.strides else order) if x.ndim else x.copy(),
    (lambda g, c: g,),
    args=("self",),
    form="clone({0})",
    latex="{0}",
    derivatives=("1",),
    glyph="⧉",
    local=True,
    doc="A copy that stays connected to the graph.",
    samples=(S((2, 3)),),
)
TO_INTEGER = OpSpec(
    "to_integer",
    lambda x, dtype: x.astype(dtype.numpy),
    args=("self",),
    form="{0}.to({dtype})",
    glyph="int",
    doc="The same values as integers: the graph ends here.",
    call="Tensor.to",
    samples=(S((2, 3), dtypes.int64),),
)
TO_COPY = OpSpec(
    "to",
    lambda x, dtype: x.astype(dtype.numpy),
    (lambda g, c: g,),
    grad_fn="ToCopyBackward0",
    args=("self",),
    form="{0}.to({dtype})",
    latex="{0}",
    derivatives=("1",),
    local=True,
    doc="The same values in another dtype.",
    call="Tensor.to",
    samples=(S((2, 3), dtypes.float32),),
)


def _shared(spec: OpSpec, x: Tensor, share_version: bool) -> Tensor:
    out = wrap(x._array())
    if share_version:
        out._version_counter = x._counter()
    if x.is_inference():
        out._extra().inference = True
    if state.recorder is not None:
        state.recorder.applied(spec, (x,), {}, (out,), None)
    return out


def detach(input: Tensor) -> Tensor:
    """The same values, cut from the graph. An edit through it is noticed by the graph."""
    return _shared(DETACH, input, True)


def alias_data(input: Tensor) -> Tensor:
    """``tensor.data``: an edit through it is not noticed."""
    return _shared(DATA, input, False)


def set_data(input: Tensor, value: Tensor) -> None:
    """``tensor.data = value``: the tensor takes over the other's storage; its version stays.

    Raises TypeError if value is no tensor.
    """
    if not isinstance(value, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
    if value.dtype is not input.dtype and input._track and not value.dtype.is_floating_point:
        raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
    input._data = value._array() if value._data.ndim else value._data
    if state.recorder is not None:
        state.recorder.edited(input, "data=", (input, value), {}, None)


def keep_data(input: Tensor) -> None:
    """``del tensor.data``: torch's RuntimeError."""
    raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")


def detach_(input: Tensor) -> Tensor:
    """Cuts this tensor itself from the graph: it becomes a leaf."""
    if input._is_view():
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
            "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
            "detach_() cannot be called on these gradients. To fix this error, please refer to the Optimizer."
            "zero_grad() function in torch/optim/optimizer.py as the solution."
        )
    input._grad_fn = None
    input._nr = 0
    input._follow_requires_grad(False)
    return input


def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy that stays connected to the graph; its elements lie in order if the memory_format says so."""
    in_order = memory_format is FORMATS["contiguous_format"]
    return apply(CLONE, (expect_tensor(input, "clone"),), {"order": "C"} if in_order else None)


def to_dtype(input: Tensor, dtype: dtypes.dtype, copy: bool = False) -> Tensor:
    """input in ``dtype``: itself if nothing changes."""
    if input.dtype is dtype:
        return clone(input) if copy else input
    return apply(TO_COPY if dtype.is_floating_point else TO_INTEGER, (input,), {"dtype": dtype})


def to(input: Tensor, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, **rest: Any) -> Tensor:
    """input with another dtype or device; the CPU is the only device."""
    for a in args:
        if isinstance(a, Tensor):
            dtype = a.dtype
        elif isinstance(a, (str, Device)):
            device = a
        elif isinstance(a, (dtypes.dtype, type)):
            dtype = a
    expect_cpu(device)
    if dtype is None:
        return clone(input) if copy else input
    return to_dtype(input, dtypes.as_dtype(dtype, "to"), copy)


def type_(input: Tensor, dtype: Any = None) -> Any:
    """The type's name, or a copy of another type (``x.type(torch.float64)``, ``x.type('torch.DoubleTensor')``)."""
    if dtype is None:
        return f"torch.{input.dtype.legacy}"
    if isinstance(dtype, str):
        for d in dtypes.ALL:
            if dtype == f"torch.{d.legacy}":
                return to_dtype(input, d)
        raise ValueError(f"invalid type: '{dtype}'")
    return to_dtype(input, dtypes.as_dtype(getattr(dtype, "tensor_dtype", dtype), "type"))


def type_as(input: Tensor, other: Tensor) -> Tensor:
    """input in the dtype of other."""
    return to_dtype(input, other.dtype)


def _cast(dtype: dtypes.dtype) -> Callable[..., Tensor]:
    def method(self: Tensor, memory_format: Any = None) -> Tensor:
        return to_dtype(self, dtype)

    return method


def cpu(input: Tensor, memory_format: Any = None) -> Tensor:
    """input itself: everything is on the CPU."""
    return input


def cuda(input: Tensor, device: Any = None) -> Tensor:
    """Raises torch's error of a build without CUDA."""
    raise AssertionError("Torch not compiled with CUDA enabled")


METHODS: dict[str, Any] = {
    **{f.__name__: f for f in (detach, detach_, clone, to, type_as, cpu, cuda)},
    "type": type_,
    "double": _cast(dtypes.float64),
    "float": _cast(dtypes.float32),
    "half": _cast(dtypes.float16),
    "long": _cast(dtypes.int64),
    "int": _cast(dtypes.int32),
    "short": _cast(dtypes.int16),
    "char": _cast(dtypes.int8),
    "byte": _cast(dtypes.uint8),
    "bool": _cast(dtypes.bool_),
}
FUNCTIONS: dict[str, Any] = {"clone": clone, "detach": detach}
OPERATORS: dict[str, Any] = {
    "data": property(
        alias_data, set_data, keep_data, doc="The same storage without history; an edit through it goes unnoticed."
    ),
    "device": property(lambda self: CPU, doc="Where the storage is: always the CPU."),
    "is_cuda": property(lambda self: False, doc="Whether the storage is on a GPU: never."),
    "layout": property(lambda self: STRIDED, doc="How the storage is laid out: always strided."),
}
