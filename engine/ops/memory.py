"""What lies under tensors: ``storage()`` and ``untyped_storage()``, to look at; views of one tensor have the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.device import CPU, Device
from engine.dtypes import FROM_NUMPY, dtype
from engine.state import warn_once
from engine.tensors import Tensor

TYPED = (
    "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage class. "
    "This should only matter to you if you are using storages directly.  To access UntypedStorage directly, use "
    "tensor.untyped_storage() instead of tensor.storage()"
)


class UntypedStorage:
    """The bytes of a tensor and of all its views."""

    __slots__ = ("_elements",)
    __module__ = "torch.storage"
    device: Device = CPU

    def __init__(self, elements: np.ndarray[Any, Any]) -> None:
        self._elements = elements

    def _units(self) -> np.ndarray[Any, Any]:
        return self._elements.view(np.uint8)

    def data_ptr(self) -> int:
        """Where in memory the storage begins."""
        return int(self._elements.__array_interface__["data"][0])

    def nbytes(self) -> int:
        """How many bytes there are."""
        return int(self._elements.nbytes)

    def size(self) -> int:
        """How many elements there are; of bytes, how many bytes."""
        return len(self)

    def tolist(self) -> list[Any]:
        """The elements as Python numbers."""
        numbers: list[Any] = self._units().tolist()
        return numbers

    def __len__(self) -> int:
        return len(self._units())

    def __getitem__(self, index: int) -> Any:
        return self._units()[index].item()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def _title(self) -> str:
        return f"torch.storage.UntypedStorage(device=cpu) of size {len(self)}"

    def __repr__(self) -> str:
        return "".join(f" {v}\n" for v in self.tolist()) + f"[{self._title()}]"


class TypedStorage(UntypedStorage):
    """The elements of a tensor and of all its views, in the order in which they lie."""

    __slots__ = ()
    __module__ = "torch.storage"

    @property
    def dtype(self) -> dtype:
        """The type of the elements."""
        return FROM_NUMPY[self._elements.dtype]

    def _units(self) -> np.ndarray[Any, Any]:
        return self._elements

    def _title(self) -> str:
        return f"torch.storage.TypedStorage(dtype={self.dtype}, device=cpu) of size {len(self)}"


def _elements(x: Tensor) -> np.ndarray[Any, Any]:
    """All elements of the storage that the tensor is a part of."""
    whole = x._array()
    while isinstance(whole.base, np.ndarray) and whole.base.dtype == whole.dtype:
        whole = whole.base
    order = sorted(range(whole.ndim), key=lambda d: -whole.strides[d])
    return whole.transpose(order).reshape(-1)


def storage(self: Tensor) -> TypedStorage:
    """The elements that lie under the tensor."""
    warn_once(TYPED)
    return TypedStorage(_elements(self))


def untyped_storage(self: Tensor) -> UntypedStorage:
    """The bytes that lie under the tensor."""
    return UntypedStorage(_elements(self))


def dim_order(self: Tensor) -> tuple[int, ...]:
    """The dimensions in the order in which they lie in storage, the slowest first."""
    strides = self._array().strides
    return tuple(sorted(range(len(strides)), key=lambda d: -strides[d]))


METHODS: dict[str, Any] = {f.__name__: f for f in (storage, untyped_storage, dim_order)}
FUNCTIONS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {
    "grad_dtype": property(lambda self: self.dtype, doc="The dtype of the tensor's gradient."),
}
