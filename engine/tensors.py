"""Tensor: data, the flag that asks for a gradient, and the link to the op that made it.

``_data`` is a numpy array, or a numpy scalar for a 0-d tensor whose storage nobody shares yet
(arithmetic on scalars is several times faster); :meth:`Tensor._array` turns it into an array when a
view, ``detach()`` or ``numpy()`` needs one. The ops are attached by ``engine.ops``.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import dtypes, printing
from engine.node import AccumulateGrad, Node, Raw, RemovableHandle, SavedResult
from engine.size import Size
from engine.state import state, warn

if TYPE_CHECKING:
    from engine.views import View

_new = object.__new__

NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
    "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
    "Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure "
    "you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more informations."
)
TO_SCALAR = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first."
)


class Version:
    """How often the values were edited in place; shared by all views of one storage."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class More:
    """What few tensors have: hooks, a view's base, the link to a leaf's AccumulateGrad."""

    __slots__ = ("accumulator", "hooks", "inference", "post_hooks", "retains_grad", "view")

    def __init__(self) -> None:
        self.accumulator: weakref.ref[AccumulateGrad] | None = None
        self.hooks: dict[int, Callable[..., Any]] = {}
        self.post_hooks: dict[int, Callable[..., Any]] = {}
        self.retains_grad = False
        self.view: View | None = None
        self.inference = False


class Tensor:
    """A dense CPU tensor with torch's behaviour."""

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_data",
        "_grad",
        "_grad_fn",
        "_more",
        "_nr",
        "_track",
        "_version_counter",
    )

    _data: Raw
    _track: bool
    _grad_fn: Node | None
    _nr: int
    _grad: Tensor | None
    _version_counter: Version | None
    _more: More | None

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __new__(cls, *args: Any, device: Any = None) -> Tensor:
        from engine.ops.create import legacy_tensor

        out: Tensor = legacy_tensor(cls, dtypes.float32, args)
        return out

    # --- the inside -------------------------------------------------------------------------

    def _array(self) -> np.ndarray[Any, Any]:
        """The storage as an array that others may share; a scalar becomes one first."""
        data = self._data
        if isinstance(data, np.ndarray):
            return data
        array = np.array(data)
        self._data = array
        if self._grad_fn is not None and self._grad_fn.saved:
            for item in self._grad_fn.saved:
                if type(item) is SavedResult and item.version is self._version_counter:
                    item.data = array
        return array

    def _counter(self) -> Version:
        if self._version_counter is None:
            self._version_counter = Version()
        return self._version_counter

    def _extra(self) -> More:
        if self._more is None:
            self._more = More()
        return self._more

    def _edge(self) -> Node | None:
        """Where this tensor's gradient goes: grad_fn, AccumulateGrad for a leaf, None if not tracked."""
        if not self._track:
            return None
        fn = self.grad_fn
        if fn is not None:
            return fn
        more = self._more
        if more is None:
            more = self._more = More()
        node = more.accumulator and more.accumulator()
        if node is None:
            node = AccumulateGrad(self)
            more.accumulator = weakref.ref(node)
        return node

    # --- flags and links --------------------------------------------------------------------

    @property
    def grad_fn(self) -> Node | None:
        if self._more is not None and self._more.view is not None:
            return self._more.view.current_grad_fn(self)
        return self._grad_fn

    @property
    def is_leaf(self) -> bool:
        return self._grad_fn is None

    @property
    def output_nr(self) -> int:
        return self._nr

    @property
    def requires_grad(self) -> bool:
        return self._track

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not self.is_leaf:
            if value:
                return
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable "
                "in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if value and not self.dtype.is_floating_point:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        changed = self._track != bool(value)
        self._track = bool(value)
        if changed and state.recorder is not None:
            state.recorder.flagged(self)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Tensor | None:
        if (
            self._grad is None
            and self._grad_fn is not None
            and not (self._more is not None and self._more.retains_grad)
        ):
            warn(NON_LEAF_GRAD)
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
                )
            if value.dtype is not self.dtype:
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype '{value.dtype.c_name}' to a tensor "
                    f"with grad_dtype '{dtypes.SCALAR_TYPE[self.dtype]}'. The gradient must match the tensor's "
                    "grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute "
                    "with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging "
                    "the dtypes of a tensor and its gradient may break downstream systems that assume they match."
                )
            if value._data.shape != self._data.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value._data.shape)}' to a tensor of size "
                    f"'{list(self._data.shape)}'. Please ensure that the gradient and the tensor are the same size"
                )
        old = self._grad
        self._grad = value
        if state.recorder is not None and value is not old:
            state.recorder.grad_assigned(self, value)

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    @property
    def data(self) -> Tensor:
        from engine.ops.autograd_ops import alias_data

        return alias_data(self)

    @data.setter
    def data(self, value: Tensor) -> None:
        from engine.ops.autograd_ops import set_data

        set_data(self, value)

    @property
    def _version(self) -> int:
        if self._more is not None and self._more.inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self._version_counter is None else self._version_counter.count

    @property
    def _base(self) -> Tensor | None:
        return self._more.view.base if self._more is not None and self._more.view is not None else None

    def _is_view(self) -> bool:
        return self._base is not None

    def is_inference(self) -> bool:
        return self._more is not None and self._more.inference

    @property
    def retains_grad(self) -> bool:
        return self._more is not None and self._more.retains_grad

    def retain_grad(self) -> None:
        if not self._track:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        fn = self.grad_fn
        if fn is None or self.retains_grad:
            return
        self._extra().retains_grad = True
        fn.side().retained[self._nr] = weakref.ref(self)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        if not self._track:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        fn = self.grad_fn
        if fn is None:
            return RemovableHandle(self._extra().hooks, hook)
        return RemovableHandle(fn.side().tensor.setdefault(self._nr, {}), hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        if not self._track:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return RemovableHandle(self._extra().post_hooks, hook)

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        from engine import autograd

        autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    # --- shape and type ---------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        return Size(self._data.shape)

    def size(self, dim: int | None = None) -> Any:
        return Size(self._data.shape) if dim is None else self._data.shape[self._dim(dim)]

    @property
    def ndim(self) -> int:
        return int(self._data.ndim)

    def dim(self) -> int:
        return int(self._data.ndim)

    def numel(self) -> int:
        return int(self._data.size)

    nelement = numel

    def element_size(self) -> int:
        return int(self._data.dtype.itemsize)

    @property
    def itemsize(self) -> int:
        return self.element_size()

    @property
    def nbytes(self) -> int:
        return int(self._data.nbytes)

    def stride(self, dim: int | None = None) -> Any:
        strides = tuple(s // self._data.dtype.itemsize for s in self._data.strides)
        return strides if dim is None else strides[self._dim(dim)]

    def is_contiguous(self) -> bool:
        return bool(self._data.flags.c_contiguous)

    def data_ptr(self) -> int:
        return int(self._array().__array_interface__["data"][0])

    @property
    def dtype(self) -> dtypes.dtype:
        return dtypes.FROM_NUMPY[self._data.dtype]

    def is_floating_point(self) -> bool:
        return bool(self._data.dtype.kind == "f")

    @staticmethod
    def is_complex() -> bool:
        return False

    def _dim(self, dim: int) -> int:
        return wrap_dim(dim, self._data.ndim)

    # --- Python's protocol ------------------------------------------------------------------

    def item(self) -> bool | int | float:
        if self._data.size != 1:
            raise RuntimeError(f"a Tensor with {self._data.size} elements cannot be converted to Scalar")
        value: bool | int | float = self._data.item()
        return value

    def tolist(self) -> Any:
        return self._data.tolist()

    def __bool__(self) -> bool:
        if self._data.size != 1:
            many = "more than one value" if self._data.size else "no values"
            raise RuntimeError(f"Boolean value of Tensor with {many} is ambiguous")
        return bool(self._data.item())

    def _to_number(self) -> bool | int | float:
        if self._track:
            warn(TO_SCALAR)
        if self._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        value: bool | int | float = self._data.item()
        return value

    def __float__(self) -> float:
        return float(self._to_number())

    def __int__(self) -> int:
        return int(self._to_number())

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
        if isinstance(element, (Tensor, bool, int, float)):
            return bool((element == self).any().item())
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self, *, tensor_contents: str | None = None) -> str:
        return printing.tensor_text(self)

    def __format__(self, spec: str) -> str:
        if self._data.ndim == 0 and type(self) is Tensor:
            return self._data.item().__format__(spec)
        return object.__format__(self, spec)

    def __dir__(self) -> list[str]:
        return sorted(name for name in dir(type(self)) if not name.startswith("_"))

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if self._grad_fn is not None:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
                "moment.  If you were attempting to deepcopy a module, this may be because of a torch.nn.utils."
                "weight_norm usage, see https://github.com/pytorch/pytorch/pull/103001"
            )
        copy = leaf(self._data.copy(), self._track, type(self))
        memo[id(self)] = copy
        return copy


def wrap(data: Raw, grad_fn: Node | None = None, number: int = 0) -> Tensor:
    """A tensor around ``data`` (array or numpy scalar), the output ``number`` of ``grad_fn``."""
    t = _new(Tensor)
    t._data = data
    t._track = grad_fn is not None
    t._grad_fn = grad_fn
    t._nr = number
    t._grad = None
    t._version_counter = None
    t._more = None
    return t


def leaf(data: Raw, requires_grad: bool = False, cls: type[Tensor] = Tensor) -> Tensor:
    """A new leaf of class ``cls`` around ``data``."""
    t = _new(cls)
    t._data = data
    t._track = requires_grad
    t._grad_fn = None
    t._nr = 0
    t._grad = None
    t._version_counter = None
    t._more = None
    return t


def wrap_dim(dim: int, rank: int) -> int:
    """``dim`` counted from the front; IndexError with torch's text if it is out of range."""
    span = rank or 1
    if not -span <= dim < span:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})")
    return dim % span
