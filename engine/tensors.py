"""Tensor: data, the flag that asks for a gradient, and the link to the op that made it.

``_data`` is a numpy array, or a numpy scalar for a 0-d tensor whose storage nobody shares yet
(arithmetic on scalars is several times faster); :meth:`Tensor._array` turns it into an array when a
view, ``detach()`` or ``numpy()`` needs one. The ops are attached by ``engine.ops``.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from engine import printing
from engine.node import AccumulateGrad, HookTable, Node, Raw, RemovableHandle, SavedResult
from engine.state import state, warn
from engine.tensor_base import TensorBase, read_only

if TYPE_CHECKING:
    from engine.device import Device
    from engine.ops.viewing import View

_new = object.__new__

NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
    "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
    "Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure "
    "you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information."
)


class Version(msgspec.Struct, eq=False):
    """How often the values were edited in place; shared by all views of one storage.

    ``followers`` are the views that have no history of their own and ask for gradients when their base does.
    """

    count: int = 0
    followers: list[weakref.ref[Tensor]] | None = None
    limit: int = 8

    def follow(self, view: Tensor) -> None:
        """Remember a view; forget those that are gone whenever the list has doubled."""
        if self.followers is None:
            self.followers = []
        elif len(self.followers) >= self.limit:
            self.followers = [r for r in self.followers if r() is not None]
            self.limit = max(8, 2 * len(self.followers))
        self.followers.append(weakref.ref(view))


class More:
    """What few tensors have: hooks, a view's base, the link to a leaf's AccumulateGrad."""

    __slots__ = ("accumulator", "hooks", "inference", "post_hooks", "retains_grad", "view")

    def __init__(self) -> None:
        self.accumulator: weakref.ref[AccumulateGrad] | None = None
        self.hooks: HookTable | None = None
        self.post_hooks: HookTable | None = None
        self.retains_grad = False
        self.view: View | None = None
        self.inference = False


class Tensor(TensorBase):
    """A dense CPU tensor with torch's behaviour."""

    __module__ = "torch"

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_data",
        "_grad",
        "_grad_fn",
        "_mark",
        "_more",
        "_nr",
        "_track",
        "_version_counter",
    )

    _data: Raw
    _track: bool
    _grad_fn: Node | None
    _mark: int
    """The number by which a recorder knows the tensor; there is none before it has been told of it."""
    _nr: int
    _grad: Tensor | None
    _version_counter: Version | None
    _more: More | None

    if TYPE_CHECKING:
        # Attached by engine.ops: what the engine's own code uses of it.
        T: Tensor
        data: Tensor
        device: Device

        def __new__(cls, *args: Any, device: Any = None) -> Tensor: ...
        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, key: Any) -> Tensor: ...
        def __setitem__(self, key: Any, value: Any) -> None: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __iadd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __isub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __imul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __pos__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __eq__(self, other: Any) -> Tensor: ...  # type: ignore[override]  # elementwise, unlike object's
        def __ne__(self, other: Any) -> Tensor: ...  # type: ignore[override]  # elementwise, unlike object's
        def abs(self) -> Tensor: ...
        def any(self, dim: Any = None, keepdim: bool = False) -> Tensor: ...
        def clamp(self, min: Any = None, max: Any = None) -> Tensor: ...
        def clone(self) -> Tensor: ...
        def detach(self) -> Tensor: ...
        def detach_(self) -> Tensor: ...
        def expand(self, *shape: Any) -> Tensor: ...
        def expand_as(self, other: Tensor) -> Tensor: ...
        def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Tensor: ...
        def gather(self, dim: int, index: Tensor) -> Tensor: ...
        def logical_not(self) -> Tensor: ...
        def masked_fill(self, mask: Tensor, value: Any) -> Tensor: ...
        def masked_select(self, mask: Tensor) -> Tensor: ...
        def mean(self, dim: Any = None, keepdim: bool = False) -> Tensor: ...
        def norm(self, p: Any = "fro", dim: Any = None, keepdim: bool = False) -> Tensor: ...
        def reshape(self, *shape: Any) -> Tensor: ...
        def sum(self, dim: Any = None, keepdim: bool = False) -> Tensor: ...
        def to(self, *args: Any, **kwargs: Any) -> Tensor: ...
        def transpose(self, dim0: int, dim1: int) -> Tensor: ...
        def view(self, *shape: Any) -> Tensor: ...

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
        """The version counter, made when it is first needed."""
        if self._version_counter is None:
            self._version_counter = Version()
        return self._version_counter

    def _extra(self) -> More:
        """The side table, made when it is first needed."""
        if self._more is None:
            self._more = More()
        return self._more

    def _edge(self) -> Node | None:
        """Where this tensor's gradient goes: grad_fn, AccumulateGrad for a leaf, None if not tracked."""
        if not self._track:
            return None
        more = self._more
        if more is None:
            more = self._extra()
        fn = self._grad_fn if more.view is None else more.view.current_grad_fn(self)
        if fn is not None or (more.view is not None and not more.view.own):
            # A view without history asks for gradients because its base does, and passes none on.
            return fn
        node = None if more.accumulator is None else more.accumulator()
        if node is None:
            node = AccumulateGrad.of(self)
            more.accumulator = weakref.ref(node)
        return node

    def _follow_requires_grad(self, value: bool) -> None:
        """Set the flag, for this tensor and for the views of it that have no history of their own."""
        self._track = value
        if state.recorder is not None:
            state.recorder.flagged(self)
        counter = self._version_counter
        if counter is None or counter.followers is None:
            return
        for reference in counter.followers:
            view = reference()
            link = None if view is None or view._more is None else view._more.view
            if view is not None and link is not None and link.base is self and view._grad_fn is None:
                view._follow_requires_grad(value or link.own)

    # --- flags and links --------------------------------------------------------------------

    @property
    def grad_fn(self) -> Node | None:
        """The backward function of the op that made the tensor; None for a leaf."""
        if self._more is not None and self._more.view is not None:
            return self._more.view.current_grad_fn(self)
        return self._grad_fn

    @property
    def is_leaf(self) -> bool:
        """Whether no op made the tensor as far as gradients are concerned."""
        return self.grad_fn is None

    @property
    def output_nr(self) -> int:
        """Which output of its grad_fn the tensor is."""
        return self._nr

    @property
    def requires_grad(self) -> bool:
        """Whether operations on the tensor are recorded."""
        return self._track

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        self._set_requires_grad(value, "only Tensors of floating point and complex dtype can require gradients")

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Switch the flag; the tensor itself."""
        self._set_requires_grad(bool(requires_grad), "only Tensors of floating point dtype can require gradients")
        return self

    def _set_requires_grad(self, value: bool, not_floating: str) -> None:
        if not self.is_leaf:
            if value:
                return
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable "
                "in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if value and not self.dtype.is_floating_point:
            raise RuntimeError(not_floating)
        if value and self.is_inference() and not state.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        view = None if self._more is None else self._more.view
        if view is not None:
            view.own = value
            value = value or view.base._track
        if self._track != value:
            self._follow_requires_grad(value)

    @property
    def grad(self) -> Tensor | None:
        """What backward passes have added up for this tensor; warns where it stays empty."""
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
                    f"with grad_dtype '{self.dtype.scalar_type}'. The gradient must match the tensor's "
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
    def _version(self) -> int:
        """How often the values were edited in place."""
        if self._more is not None and self._more.inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self._version_counter is None else self._version_counter.count

    @property
    def _base(self) -> Tensor | None:
        """The tensor of which this one is a view; None if it is none."""
        return self._more.view.base if self._more is not None and self._more.view is not None else None

    def _is_view(self) -> bool:
        """Whether the tensor is a view of another one."""
        return self._base is not None

    def is_inference(self) -> bool:
        """Whether the tensor was made in inference mode."""
        return self._more is not None and self._more.inference

    @property
    def retains_grad(self) -> bool:
        """Whether an intermediate tensor was told to keep its gradient."""
        return self._more is not None and self._more.retains_grad

    def retain_grad(self) -> None:
        """Let the gradient of an intermediate tensor stay in its ``.grad``."""
        if not self._track:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        fn = self.grad_fn
        if fn is None or self.retains_grad:
            return
        self._extra().retains_grad = True
        fn.side().retained[self._nr] = weakref.ref(self)
        if state.recorder is not None:
            state.recorder.retained(self)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """``hook(grad)`` runs when the tensor's gradient is known; what it returns replaces it."""
        if not self._track:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        fn = self.grad_fn
        if fn is None:
            more = self._extra()
            more.hooks = {} if more.hooks is None else more.hooks
            handle = RemovableHandle(more.hooks, hook)
        else:
            handle = RemovableHandle(fn.side().tensor.setdefault(self._nr, {}), hook)
        if state.recorder is not None:
            leaf = self if fn is None else None
            state.recorder.hook_added(handle.id, hook, "tensor", leaf, fn, self._nr)
        return handle

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """``hook(leaf)`` runs when the leaf's ``.grad`` is up to date."""
        if not self._track:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        more = self._extra()
        more.post_hooks = {} if more.post_hooks is None else more.post_hooks
        handle = RemovableHandle(more.post_hooks, hook)
        if state.recorder is not None:
            state.recorder.hook_added(handle.id, hook, "accumulated", self)
        return handle

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradients of this tensor to the ``.grad`` of the leaves it was made of."""
        # The pass is built on the ops, which are built on this file.
        from engine import autograd

        autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    # --- Python's protocol ------------------------------------------------------------------

    def __repr__(self) -> str:
        return printing.tensor_text(self)

    def __format__(self, spec: str) -> str:
        if self._data.ndim == 0 and type(self) is Tensor:
            return format(self._data.item(), spec)
        return object.__format__(self, spec)

    def __getstate__(self) -> Any:
        state: Any = object.__getstate__(self)
        # A copy is another tensor: whoever records does not know it yet.
        return (state[0], {name: value for name, value in state[1].items() if name != "_mark"})


for _name in ("grad_fn", "is_leaf", "output_nr"):
    setattr(Tensor, _name, getattr(Tensor, _name).setter(read_only(_name)))


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
