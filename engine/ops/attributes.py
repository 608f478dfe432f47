"""Small things that tensors know of themselves, and edits of their shape in place: H, new, squeeze_, resize_ ..."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from engine.ops.broadcasting import sum_to
from engine.ops.context import TensorContext
from engine.ops.create import legacy_tensor
from engine.ops.dispatch import tracked
from engine.ops.functions import expect_tensor
from engine.ops.inplace import check, set_history
from engine.ops.shape import (
    SQUEEZE,
    SQUEEZE_DIM,
    SQUEEZE_DIMS,
    TRANSPOSE,
    UNSQUEEZE,
    T,
    inferred,
    permute,
    shape_args,
    squeeze,
    t,
    transpose,
    unsqueeze,
)
from engine.ops.spec import OpSpec
from engine.ops.storage import store
from engine.ops.viewing import view_op
from engine.state import check_bytes, state, warn
from engine.tensors import Tensor

# --- edits of the shape -----------------------------------------------------------------------


def _renamed(spec: OpSpec, number: int) -> OpSpec:
    """The spec under the name that torch gives its in-place form."""
    return replace(spec, name=f"{spec.name}_in_place", grad_fn=f"{spec.grad_fn[:-1]}{number}", samples=())


T_, TRANSPOSE_, UNSQUEEZE_ = (_renamed(spec, 1) for spec in (T, TRANSPOSE, UNSQUEEZE))
SQUEEZE_, SQUEEZE_DIM_, SQUEEZE_DIMS_ = (
    _renamed(spec, number) for spec, number in ((SQUEEZE, 3), (SQUEEZE_DIM, 4), (SQUEEZE_DIMS, 5))
)


def _taken_again(x: Tensor, out: Tensor) -> Tensor:
    """The view ``out`` of ``x``, with the history of the in-place form."""
    spec = {s.name: s for s in (T_, TRANSPOSE_, UNSQUEEZE_, SQUEEZE_, SQUEEZE_DIM_, SQUEEZE_DIMS_)}
    node = out._grad_fn
    return out if node is None else view_op(spec[f"{node.spec.name}_in_place"], x, node.params)


def _edits_shape(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """``tensor.<view>_()``: the tensor itself takes on the shape of its view."""
    name = f"{function.__name__}_"

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check(self, tracked((self,)))
        recorder, state.recorder = state.recorder, None
        try:
            out = _taken_again(self, function(self, *args, **kwargs))
        finally:
            state.recorder = recorder
        if out is self:
            return self
        own = self._more.view if self._more is not None else None
        link = out._more.view if out._more is not None else None
        if own is not None and link is not None:
            own.replay = link.replay
        node = out._grad_fn
        self._data = out._data
        counter = self._counter()
        counter.count += 1
        if own is not None:
            own.version = counter.count
        if node is not None:
            set_history(self, node)
        if recorder is not None:
            recorder.edited(self, name, (self,), {}, node)
        return self

    method.__name__ = name
    method.__doc__ = f"{function.__doc__} In place."
    return method


def _resized(self: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Another shape for the same storage, which grows if it must; RuntimeError for a tensor that requires grad."""
    if self._track:
        raise RuntimeError("cannot resize variables that require grad")
    if shape == self._data.shape:
        return self
    check_bytes(math.prod(shape) * self.element_size())
    self._counter().count += 1
    count = math.prod(shape)
    flat = np.zeros(count, self._data.dtype)
    old = np.ravel(self._array())[:count]
    flat[: old.size] = old
    self._data = self._array().reshape(shape) if count == self._data.size else flat.reshape(shape)
    if state.recorder is not None:
        state.recorder.edited(self, "resize_", (), {}, None)
    return self


def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Another shape for the same storage, in place; what is new is not to be relied on."""
    return _resized(self, shape_args(sizes, "resize_"))


def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """The shape of another tensor, in place."""
    return _resized(self, the_template._data.shape)


def resize(self: Tensor, *sizes: Any) -> Tensor:
    """The same elements in another shape; deprecated."""
    warn("non-inplace resize is deprecated")
    shape = inferred(shape_args(sizes, "resize"), self._data.size)
    out: Tensor = self.reshape(shape)
    return out


def set_(self: Tensor, source: Tensor | None = None) -> Tensor:
    """Takes over another tensor's storage, in place."""
    check(self, self._track)
    self._data = np.zeros(0, self._data.dtype) if source is None else source._array()
    if self._more is not None:
        self._more.accumulator = None  # a graph that was built before leads to what the tensor was
    if state.recorder is not None:
        state.recorder.edited(self, "set_", (), {}, None)
    return self


def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Puts each element through a Python function, in place."""
    if self._track:
        raise RuntimeError("apply_ cannot be used on tensors that require grad")
    data = np.array([callable(v) for v in np.ravel(self._data).tolist()], self._data.dtype)
    store(self, data.reshape(self._data.shape), "apply_")
    return self


def map_(self: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Puts each element, with that of another tensor, through a Python function, in place."""
    if self._track or tensor._track:
        raise TypeError("can't call map_() on Variable that requires grad. Use tensor.detach().map_() instead.")
    other = np.broadcast_to(tensor._data, self._data.shape)
    pairs = zip(np.ravel(self._data).tolist(), np.ravel(other).tolist(), strict=True)
    data = np.array([callable(a, b) for a, b in pairs], self._data.dtype)
    store(self, data.reshape(self._data.shape), "map_")
    return self


def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """Summed over the dimensions along which a tensor of the given size would be broadcast to this one."""
    shape = shape_args(size, "sum_to_size")
    own = self._data.shape
    lead = len(own) - len(shape)
    if lead < 0 or any(n not in (1, m) for n, m in zip(shape, own[lead:], strict=True)):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(own)}}}.")
    out: Tensor = sum_to(self, TensorContext, shape)
    return out


# --- new tensors, types -----------------------------------------------------------------------


def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """A tensor of this one's dtype: of given sizes, or from data."""
    return legacy_tensor(Tensor, self.dtype, args)


def _answers(value: Any, doc: str) -> Callable[..., Any]:
    def method(self: Tensor) -> Any:
        return value

    method.__doc__ = doc
    return method


def is_signed(self: Tensor) -> bool:
    """Whether negative numbers can be held."""
    return self.dtype.is_signed


def is_nonzero(input: Tensor) -> bool:
    """Whether the only element is not 0."""
    return bool(input)


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape."""
    return bool(input._data.shape == other._data.shape)


def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both stand for the same storage in the same way."""
    own, other = self._array(), tensor._array()
    result: bool = own.__array_interface__["data"] == other.__array_interface__["data"] and own.shape == other.shape
    return result


def get_device(input: Tensor) -> int:
    """The number of the GPU; -1 on the CPU."""
    return -1


def itself(input: Tensor) -> Tensor:
    """input itself: what conj, real and the like are for real numbers."""
    return input


def _volatile(self: Tensor) -> bool:
    warn("volatile was removed (Variable.volatile is always False)")
    return False


def _turned(self: Tensor) -> Tensor:
    rank = self._data.ndim
    if rank not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {rank}-D tensor.")
    return permute(self, tuple(range(rank - 1, -1, -1)))


def _imaginary(self: Tensor) -> Tensor:
    raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")


_NEVER = (
    "is_quantized is_sparse is_sparse_csr is_mkldnn is_mps is_meta is_nested is_xla is_xpu is_ipu is_vulkan is_maia "
    "is_mtia"
)

METHODS: dict[str, Any] = {
    **{f"{f.__name__}_": _edits_shape(f) for f in (squeeze, unsqueeze, t, transpose)},
    **{f.__name__: f for f in (resize_, resize_as_, resize, set_, apply_, map_, sum_to_size, new, is_signed)},
    **{f.__name__: f for f in (is_nonzero, is_same_size, is_set_to, get_device)},
    "conj": itself,
    "conj_physical": itself,
    "resolve_conj": itself,
    "resolve_neg": itself,
    "share_memory_": itself,
    "is_conj": _answers(False, "Never: numbers are real here."),
    "is_neg": _answers(False, "Never."),
    "is_distributed": _answers(False, "Never."),
    "is_shared": _answers(False, "Never: a program runs in one process."),
    "is_pinned": _answers(False, "Never: everything is on the CPU."),
    "is_coalesced": _answers(True, "Always: tensors are dense."),
    "ndimension": Tensor.dim,
}
METHODS["swapaxes_"] = METHODS["swapdims_"] = METHODS["transpose_"]


def _of_tensor(name: str, ask: Callable[[Tensor], Any]) -> Callable[[Tensor], Any]:
    """torch.<name>(input), which asks a tensor something."""

    def call(input: Tensor) -> Any:
        return ask(expect_tensor(input, name))

    call.__name__ = name
    return call


_ASKED: dict[str, Callable[[Tensor], Any]] = {
    **dict.fromkeys(("conj", "conj_physical", "real", "resolve_conj", "resolve_neg"), itself),
    **dict.fromkeys(("is_conj", "is_distributed", "is_neg"), lambda x: False),
    "get_device": get_device,
    "imag": _imaginary,
    "is_complex": lambda x: False,
    "is_floating_point": Tensor.is_floating_point,
    "is_inference": Tensor.is_inference,
    "is_nonzero": is_nonzero,
    "is_signed": is_signed,
    "numel": Tensor.numel,
}
FUNCTIONS: dict[str, Any] = {
    **{name: _of_tensor(name, ask) for name, ask in _ASKED.items()},
    "is_same_size": is_same_size,
}
OPERATORS: dict[str, Any] = {
    "H": property(_turned, doc="The transpose of a matrix."),
    "mH": property(lambda self: self.mT, doc="The last two dimensions swapped."),
    "imag": property(_imaginary, doc="Refused: numbers are real."),
    "is_cpu": property(lambda self: True, doc="Whether the storage is on the CPU: always."),
    "name": property(lambda self: None, doc="Nothing."),
    "real": property(itself, doc="The tensor itself: numbers are real."),
    "volatile": property(_volatile, doc="Always False; warns."),
    **{name: property(lambda self: False, doc="Never.") for name in _NEVER.split()},
}
