"""In-place ops: torch's leaf and view rules, version counting, and history that moves with the data."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine import dtypes
from engine.node import Node, Raw
from engine.ops import arithmetic, elementwise
from engine.ops.dispatch import NUMBERS, as_number, make_node, promoted, save_results, tracked
from engine.ops.spec import OpSpec
from engine.ops.viewing import MULTIPLE, NO_GRAD
from engine.state import state
from engine.tensors import Tensor
from engine.views import View

LEAF = "a leaf Variable that requires grad is being used in an in-place operation."
VIEW_OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place operation."
OVERLAP = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
    "Please clone() the tensor before performing the operation."
)


def write(tensor: Tensor, data: Raw) -> None:
    """Put values into a tensor's storage and count its version up. No history."""
    old = tensor._data
    if isinstance(old, np.ndarray):
        if not old.flags.writeable:
            raise RuntimeError(OVERLAP)
        old[...] = data
    else:
        tensor._data = old.dtype.type(data)
    tensor._counter().count += 1


def store(tensor: Tensor, data: Raw, name: str) -> None:
    """:func:`write`, told to the recorder: what initialisers, samplers and optimisers do under no_grad."""
    write(tensor, data)
    if state.recorder is not None:
        state.recorder.edited(tensor, name, (), {}, None)


def check(tensor: Tensor, requires_grad: bool) -> None:
    """torch's rules on what may be edited in place while gradients are tracked.

    Raises RuntimeError. Source: ``check_inplace`` in torch/csrc/autograd/VariableTypeUtils.h.
    """
    if not (requires_grad and state.grad_enabled):
        return
    view = tensor._more.view if tensor._more is not None else None
    if view is not None:
        if view.made == MULTIPLE:
            fn = tensor.grad_fn
            name = fn.name().removesuffix("Backward0") if fn is not None else "view"
            raise RuntimeError(
                f"Output {tensor._nr} of {name}Backward0 is a view and is being modified inplace. This view is the "
                "output of a function that returns multiple views. Such functions do not allow the output views to "
                "be modified inplace. You should replace the inplace operation by an out-of-place one."
            )
        if view.made == NO_GRAD:
            raise RuntimeError(
                "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given "
                "that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
                "moving both the view and the inplace either both inside the no_grad block (if you don't want the "
                "inplace to be tracked) or both outside (if you want the inplace to be tracked)."
            )
        if view.base._track and view.base.is_leaf:
            raise RuntimeError(VIEW_OF_LEAF)
    if tensor._track and tensor._grad_fn is None:
        raise RuntimeError(LEAF)


def inplace(spec: OpSpec, tensor: Tensor, others: Sequence[Any], params: dict[str, Any] | None = None) -> Tensor:
    """``tensor.<op>_(*others)``: compute, write into the storage, rebase the history."""
    inputs = (tensor, *others)
    track = spec.differentiable and tracked(inputs)
    check(tensor, track)
    raws = [x._data if isinstance(x, Tensor) else x for x in inputs]
    target = raws[0].dtype
    if any(type(r) in NUMBERS or r.dtype is not target for r in raws):
        raws = promoted(raws)
        result = dtypes.FROM_NUMPY[raws[0].dtype]
        own = dtypes.FROM_NUMPY[target]
        if result.category > own.category:
            raise RuntimeError(
                f"result type {dtypes.SCALAR_TYPE[result]} can't be cast to the desired output type "
                f"{dtypes.SCALAR_TYPE[own]}"
            )
    try:
        data = spec.forward(*raws, **params) if params else spec.forward(*raws)
    except ValueError:
        from engine.ops.dispatch import broadcast_error

        raise broadcast_error(raws[0].shape, raws[1].shape) from None
    if data.shape != tensor._data.shape:
        raise RuntimeError(
            f"output with shape {list(tensor._data.shape)} doesn't match the broadcast shape {list(data.shape)}"
        )
    node = make_node(spec, inputs, params, (tensor._data,)) if track else None
    if node is not None:
        _save_original(node, tensor)
    write(tensor, data.astype(target) if data.dtype is not target else data)
    if node is not None:
        rebase(tensor, node)
        save_results(node, (tensor,))
    if state.recorder is not None:
        state.recorder.edited(tensor, f"{spec.name}_", inputs, params or {}, tensor._grad_fn if track else None)
    return tensor


def _save_original(node: Node, tensor: Tensor) -> None:
    """The values from before the edit, where the derivative needs them: torch saves a clone, too."""
    if not node.saved or not any(item is tensor for item in node.saved):
        return
    from engine.ops.autograd_ops import clone

    original = clone(tensor)
    node.saved = tuple(original if item is tensor else item for item in node.saved)
    node.versions = None


def rebase(tensor: Tensor, node: Node) -> None:
    """Make ``node`` the tensor's grad_fn; if the tensor is a view, its base gets the node as CopySlices."""
    view = tensor._more.view if tensor._more is not None else None
    if view is None:
        old = tensor._grad_fn
        tensor._grad_fn = node
        tensor._track = True
        number, tensor._nr = tensor._nr, 0
        if tensor.retains_grad:
            if old is not None and old.hooks is not None:
                old.hooks.retained.pop(number, None)
            node.side().retained[0] = weakref.ref(tensor)
        return
    base = view.base
    slices = CopySlices(base, view.replay, node)
    base._grad_fn = slices
    base._nr = 0
    base._track = True
    regenerate(tensor, view)
    view.attr_version = tensor._counter().count


def regenerate(tensor: Tensor, view: View) -> None:
    """A fresh grad_fn for a view, from its base as it is now."""
    base = view.base
    if not base._track:
        return
    index = view.replay(np.arange(base._data.size).reshape(base._data.shape))
    node = make_node(AS_STRIDED, (base,), {"index": index}, (tensor._data,))
    tensor._grad_fn = node
    tensor._nr = 0
    tensor._track = True


AS_STRIDED = OpSpec(
    "as_strided",
    lambda x, index: np.asarray(x).reshape(-1)[index],
    (lambda g, c: c.put(g, c.param("index"), c.shape(0)),),
    args=("self",),
    form="view of {0}",
    derivatives=(r"\text{{scatter }} {g}",),
    call="Tensor.view",
)


class CopySlices(Node):
    """History of a base whose view was edited in place: the view's part of the gradient goes through the
    edit's own backward, the rest passes.

    Source: torch/csrc/autograd/functions/tensor.cpp.
    """

    __slots__ = ("inner", "replay")

    def __init__(self, base: Tensor, replay: Callable[[Any], Any], inner: Node) -> None:
        self.inner = inner
        self.replay = replay
        edge = base._edge()
        self.next = (edge, *inner.next[1:])
        self.numbers = (base._nr, *(inner.numbers or (0,) * len(inner.next))[1:])
        self.saved = ()
        self.versions = None
        self.params = None
        self.shape = base._data.shape
        self.dtype = base._data.dtype
        self.hooks = None
        self.sequence = state.sequence
        state.sequence += 1

    def run(self, received: Sequence[Any], c: Any) -> list[Any]:
        g = received[0]
        if g is None:
            return [None] * len(self.next)
        result = c.copy(g)
        part = self.replay(result)
        inner = self.inner
        c.node = inner
        sent = inner.run([c.copy(part)], c)
        c.node = self
        c.assign(part, sent[0])
        return [result, *sent[1:]]

    def release(self) -> None:
        self.inner.release()


# --- methods ---------------------------------------------------------------------------------


def _operand(value: Any, name: str, argument: str) -> Any:
    from engine.ops.functions import number_or_tensor

    return number_or_tensor(value, name, argument, 1)


def _binary_(spec: OpSpec, name: str) -> Callable[..., Tensor]:
    def method(self: Tensor, other: Any) -> Tensor:
        return inplace(spec, self, (_operand(other, name, "other"),))

    method.__name__ = name
    return method


def _alpha_(spec: OpSpec, sign: int, name: str) -> Callable[..., Tensor]:
    def method(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
        value = _operand(other, name, "other")
        if alpha == 1:
            return inplace(spec, self, (value,))
        return inplace(arithmetic.ADD_SCALED, self, (value,), {"alpha": sign * alpha})

    method.__name__ = name
    return method


def _unary_(spec: OpSpec) -> Callable[[Tensor], Tensor]:
    def method(self: Tensor) -> Tensor:
        return inplace(spec, self, ())

    method.__name__ = f"{spec.name}_"
    return method


def div_(self: Tensor, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    return inplace(arithmetic.DIV_BY_ROUNDING[rounding_mode], self, (_operand(other, "div_", "other"),))


def pow_(self: Tensor, exponent: Any) -> Tensor:
    if isinstance(exponent, Tensor):
        return inplace(arithmetic.POW_TENSOR, self, (exponent,))
    return inplace(arithmetic.POW, self, (), {"exponent": as_number(exponent)})


def clamp_(self: Tensor, min: Any = None, max: Any = None) -> Tensor:
    params = {k: v for k, v in (("min", min), ("max", max)) if v is not None}
    return inplace(elementwise.CLAMP, self, (), params)


def _no_gradient(name: str, forward: Callable[..., Raw], grad_fn: str) -> OpSpec:
    return OpSpec(
        name,
        forward,
        (lambda g, c: c.zeros_like(g),),
        grad_fn=grad_fn,
        args=("self",),
        form=f"{name}({{0}})",
        derivatives=("0",),
        local=True,
        call=f"Tensor.{name}_",
    )


ZERO = _no_gradient("zero", np.zeros_like, "ZeroBackward0")
FILL = _no_gradient("fill", lambda x, value: np.full_like(x, value), "FillBackward0")
COPY = OpSpec(
    "copy",
    lambda x, source: np.broadcast_to(source, x.shape).astype(x.dtype),
    (lambda g, c: c.zeros_like(g), lambda g, c: g),
    grad_fn="CopyBackwards",
    args=("self", "src"),
    form="{1}",
    latex="{1}",
    derivatives=("0", "1"),
    glyph="=",
    call="Tensor.copy_",
)
SPECS = (AS_STRIDED, ZERO, FILL, COPY)


def zero_(self: Tensor) -> Tensor:
    """Sets all elements to 0, in place."""
    return _fill(ZERO, self, None)


def fill_(self: Tensor, value: Any) -> Tensor:
    """Sets all elements to value, in place."""
    if isinstance(value, Tensor):
        if value._data.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value._data.ndim} dimensions."
            )
        return copy_(self, value)
    return _fill(FILL, self, {"value": self._data.dtype.type(value)})


def _fill(spec: OpSpec, self: Tensor, params: dict[str, Any] | None) -> Tensor:
    track = tracked((self,))
    check(self, track)
    node = make_node(spec, (self,), params, (self._data,)) if track else None
    write(self, params["value"] if params else 0)
    if node is not None:
        rebase(self, node)
    if state.recorder is not None:
        state.recorder.edited(self, f"{spec.name}_", (self,), params or {}, self._grad_fn if track else None)
    return self


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Copies the elements of src, broadcast and cast to this tensor's type, in place."""
    from engine.ops.functions import expect_tensor

    source = expect_tensor(src, "copy_", "other")
    track = tracked((self, source))
    check(self, track)
    try:
        np.broadcast_to(source._data, self._data.shape)
    except ValueError:
        raise RuntimeError(_expand_text(self._data.shape, source._data.shape)) from None
    node = make_node(COPY, (self, source), None, (self._data,)) if track else None
    write(self, source._data)
    if node is not None:
        rebase(self, node)
    if state.recorder is not None:
        state.recorder.edited(self, "copy_", (self, source), {}, self._grad_fn if track else None)
    return self


def _expand_text(target: tuple[int, ...], source: tuple[int, ...]) -> str:
    if len(source) > len(target):
        return f"output with shape {list(target)} doesn't match the broadcast shape {list(source)}"
    for back in range(1, len(source) + 1):
        if source[-back] not in (1, target[-back]):
            return (
                f"The size of tensor a ({target[-back]}) must match the size of tensor b ({source[-back]}) at "
                f"non-singleton dimension {len(target) - back}"
            )
    return "shapes do not match"


_NAMES: dict[str, OpSpec] = {"mul": arithmetic.MUL, "remainder": arithmetic.REMAINDER, "fmod": arithmetic.FMOD}

METHODS: dict[str, Any] = {f"{name}_": _binary_(spec, f"{name}_") for name, spec in _NAMES.items()}
METHODS["multiply_"] = METHODS["mul_"]
METHODS["add_"] = _alpha_(arithmetic.ADD, 1, "add_")
METHODS["sub_"] = METHODS["subtract_"] = _alpha_(arithmetic.SUB, -1, "sub_")
METHODS["floor_divide_"] = _binary_(arithmetic.FLOOR_DIVIDE, "floor_divide_")
METHODS.update(
    {
        f"{spec.name}_": _unary_(spec)
        for spec in (
            *elementwise.ANALYTIC,
            *elementwise.KINKED,
            elementwise.ROUND,
            arithmetic.NEG,
            arithmetic.RECIPROCAL,
        )
    }
)
METHODS.update(
    div_=div_,
    divide_=div_,
    true_divide_=div_,
    pow_=pow_,
    clamp_=clamp_,
    clip_=clamp_,
    zero_=zero_,
    fill_=fill_,
    copy_=copy_,
)
FUNCTIONS: dict[str, Any] = {"relu_": METHODS["relu_"], "zero_": zero_}


def _operator(name: str) -> Callable[[Tensor, Any], Any]:
    method = METHODS[name]

    def call(self: Tensor, other: Any) -> Any:
        if isinstance(other, (Tensor, int, float)):
            return method(self, other)
        return NotImplemented

    return call


OPERATORS: dict[str, Any] = {
    "__iadd__": _operator("add_"),
    "__isub__": _operator("sub_"),
    "__imul__": _operator("mul_"),
    "__itruediv__": _operator("div_"),
    "__ifloordiv__": _operator("floor_divide_"),
    "__imod__": _operator("remainder_"),
    "__ipow__": _operator("pow_"),
}
