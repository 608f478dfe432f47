"""What a tensor is without autograd: numbers in a shape, and Python's protocol for them.

``_data`` is a numpy array, or a numpy scalar for a 0-d tensor whose storage nobody shares yet
(arithmetic on scalars is several times faster).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from engine import dtypes
from engine.node import Raw
from engine.refusals import Absent
from engine.size import Size
from engine.state import state, warn_once

if TYPE_CHECKING:
    from engine.tensors import Tensor

TO_SCALAR = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first."
)


class TensorBase:
    """Shape, type and the conversions of a tensor."""

    __slots__ = ()

    if TYPE_CHECKING:
        _data: Raw
        _track: bool

        def _array(self) -> np.ndarray[Any, Any]: ...
        def unbind(self, dim: int = 0) -> tuple[Tensor, ...]: ...

    # --- shape and type ---------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The sizes of all dimensions."""
        return Size(self._data.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        return Size(self._data.shape) if dim is None else self._data.shape[self._dim(dim)]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return int(self._data.ndim)

    def dim(self) -> int:
        """The number of dimensions."""
        return int(self._data.ndim)

    def numel(self) -> int:
        """The number of elements."""
        return int(self._data.size)

    nelement = numel

    def element_size(self) -> int:
        """Bytes of one element."""
        return int(self._data.dtype.itemsize)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.element_size()

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return int(self._data.nbytes)

    def stride(self, dim: int | None = None) -> Any:
        """How many elements further in storage the next one of each dimension is."""
        strides = tuple(s // self._data.dtype.itemsize for s in self._data.strides)
        return strides if dim is None else strides[self._dim(dim)]

    def is_contiguous(self) -> bool:
        """Whether the elements lie in storage one after another."""
        return bool(self._data.flags.c_contiguous)

    def storage_offset(self) -> int:
        """How many elements of the storage come before the tensor's first one."""
        base = self._array()
        while isinstance(base.base, np.ndarray):
            base = base.base
        before = self.data_ptr() - int(base.__array_interface__["data"][0])
        return before // self.element_size()

    def data_ptr(self) -> int:
        """Where in memory the first element is."""
        return int(self._array().__array_interface__["data"][0])

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of the elements."""
        return dtypes.FROM_NUMPY[self._data.dtype]

    def is_floating_point(self) -> bool:
        """Whether the elements are float16, float32 or float64."""
        return bool(self._data.dtype.kind == "f")

    @staticmethod
    def is_complex() -> bool:
        """Never: numbers are real here."""
        return False

    def _dim(self, dim: int) -> int:
        return wrap_dim(dim, self._data.ndim)

    # --- Python's protocol ------------------------------------------------------------------

    def item(self) -> bool | int | float:
        """The only element as a Python number; RuntimeError if there are more or fewer."""
        if self._data.size != 1:
            raise RuntimeError(f"a Tensor with {self._data.size} elements cannot be converted to Scalar")
        value: bool | int | float = self._data.item()
        self._taken("item", value)
        return value

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self._taken("tolist", self._data.tolist())

    def __bool__(self) -> bool:
        if self._data.size != 1:
            many = "more than one value" if self._data.size else "no values"
            raise RuntimeError(f"Boolean value of Tensor with {many} is ambiguous")
        return bool(self._data.item())

    def _to_number(self) -> bool | int | float:
        if self._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        value: bool | int | float = self._data.item()
        return value

    def _taken(self, how: str, value: Any) -> Any:
        """``value``, told to the recorder: a number that was tracked until now."""
        if self._track and state.recorder is not None:
            state.recorder.taken(cast("Tensor", self), how, value)
        return value

    def __float__(self) -> float:
        if self._track and state.grad_enabled:
            warn_once(TO_SCALAR)
        return float(self._taken("float", float(self._to_number())))

    def __int__(self) -> int:
        return int(self._taken("int", int(self._to_number())))

    def __index__(self) -> int:
        if self._data.dtype.kind not in "iub" or self._data.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._data.item())

    def __len__(self) -> int:
        if self._data.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return int(self._data.shape[0])

    def __iter__(self) -> Iterator[Tensor]:
        if self._data.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __contains__(self, element: Any) -> bool:
        if isinstance(element, (TensorBase, bool, int, float)):
            equal: Any = self == element
            return bool(equal.any().item())
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")

    def __hash__(self) -> int:
        return id(self)

    def __dir__(self) -> list[str]:
        absent = {name for cls in type(self).__mro__ for name, value in vars(cls).items() if type(value) is Absent}
        return sorted(name for name in dir(type(self)) if not name.startswith("_") and name not in absent)


def read_only(name: str) -> Callable[[TensorBase, Any], None]:
    """The setter of a property that must not be set."""

    def refuse(self: TensorBase, value: Any) -> None:
        raise AttributeError(f"attribute '{name}' of 'torch._C.TensorBase' objects is not writable")

    return refuse


for _name in ("shape", "ndim", "dtype", "itemsize", "nbytes"):
    setattr(TensorBase, _name, getattr(TensorBase, _name).setter(read_only(_name)))


def wrap_dim(dim: int, rank: int) -> int:
    """``dim`` counted from the front; IndexError with torch's text if it is out of range."""
    span = rank or 1
    if not -span <= dim < span:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})")
    return dim % span
