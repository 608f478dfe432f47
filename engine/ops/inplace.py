"""In-place ops: torch's leaf and view rules, version counting, and history that moves with the data."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.node import Node, Raw
from engine.ops.autograd_ops import clone
from engine.ops.dispatch import (
    NUMBERS,
    as_number,
    broadcast_error,
    broadcast_shape,
    check_cast,
    checked_scalar,
    history,
    make_node,
    promoted,
    save_results,
    tracked,
)
from engine.ops.functions import expect_tensor, invalid_type, wrapped_number
from engine.ops.spec import OpSpec
from engine.ops.storage import check_inputs_apart, write
from engine.ops.viewing import AS_STRIDED, regenerate
from engine.packing import pack
from engine.state import next_sequence, state
from engine.tensors import Tensor, wrap

LEAF = "a leaf Variable that requires grad is being used in an in-place operation."
VIEW_OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place operation."
INFERENCE = (
    "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal "
    "tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
)


def check(tensor: Tensor, requires_grad: bool) -> None:
    """torch's rules on what may be edited in place while gradients are tracked.

    Raises RuntimeError. Source: ``check_inplace`` in torch/csrc/autograd/VariableTypeUtils.h.
    """
    more = tensor._more
    if more is not None and more.inference and not state.inference:
        raise RuntimeError(INFERENCE)
    if not (requires_grad and state.grad_enabled):
        return
    view = None if more is None else more.view
    if view is not None:
        view.check_edit(tensor)
        if tensor._track and view.base.is_leaf:
            raise RuntimeError(VIEW_OF_LEAF)
    if tensor._track and tensor.is_leaf:
        raise RuntimeError(LEAF)


def inplace(spec: OpSpec, tensor: Tensor, others: Sequence[Any], params: dict[str, Any] | None = None) -> Tensor:
    """``tensor.<op>_(*others)``: compute, write into the storage, move the history."""
    inputs = (tensor, *others)
    check(tensor, spec.differentiable and tracked(inputs))
    if others:
        check_inputs_apart(tensor._data, others)
    raws: Sequence[Any] = [x._data if isinstance(x, Tensor) else x for x in inputs]
    kind = tensor._data.dtype
    for raw in raws:
        if type(raw) in NUMBERS or raw.dtype is not kind:
            raws = promoted(raws)
            break
    try:
        data = spec.forward(*raws, **params) if params else spec.forward(*raws)
    except ValueError:
        raise broadcast_error(raws[0].shape, raws[1].shape) from None
    except (NotImplementedError, RuntimeError):
        # A result that could not be written is told before one that cannot be computed.
        check_cast(raws[0].dtype, kind)
        raise
    if data.dtype is not kind:
        check_cast(data.dtype, kind)
        data = data.astype(kind)
    if data.shape != tensor._data.shape:
        check_shape(tensor, data.shape)
    return commit(spec, tensor, inputs, params, data, f"{spec.name}_")


def commit(
    spec: OpSpec,
    tensor: Tensor,
    inputs: Sequence[Any],
    params: dict[str, Any] | None,
    data: Raw,
    name: str,
    filling: bool = False,
) -> Tensor:
    """Write the new values of ``tensor``, the first of ``inputs``; if tracked, make the op its history.

    ``name`` is told to the recorder; for ``filling`` see :func:`write`. The checks are the caller's.
    """
    # What is packed is not the tensor itself, but the copy of what it was before.
    saving, state.saving = state.saving, None
    node = history(spec, inputs, params, tensor._data)
    if node is not None:
        save_original(node, tensor)
    state.saving = saving
    if node is not None and saving is not None:
        pack(node)
    write(tensor, data, filling)
    if node is not None:
        rebase(tensor, node)
        if spec.result_slots:
            save_results(node, tensor)
    if state.recorder is not None:
        state.recorder.edited(tensor, name, inputs, params or {}, None if node is None else tensor._grad_fn)
    return tensor


def save_original(node: Node, tensor: Tensor) -> None:
    """The values from before the edit, where the derivative needs them: torch saves a clone, too.

    Only in the place of the edited tensor: as the other operand it is saved itself, and found to be modified.
    """
    for slot, (index, _) in enumerate(node.spec.plan):
        if index == 0 and node.saved and node.saved[slot] is tensor:
            saved, versions = list(node.saved), list(node.versions or (0,) * len(node.saved))
            saved[slot], versions[slot] = clone(tensor), 0
            node.saved, node.versions = tuple(saved), tuple(versions)


# --- history ---------------------------------------------------------------------------------


def rebase(tensor: Tensor, node: Node) -> None:
    """Make ``node`` the tensor's grad_fn; if the tensor is a view, its base gets the node as CopySlices.

    Source: ``rebase_history`` in torch/csrc/autograd/variable.cpp.
    """
    view = tensor._more.view if tensor._more is not None else None
    if view is None:
        set_history(tensor, node)
        return
    set_history(view.base, CopySlices.of(view.base, view.replay, node))
    regenerate(tensor, view)
    view.version = tensor._counter().count


def set_history(tensor: Tensor, node: Node) -> None:
    """Make ``node`` the grad_fn of a tensor, which asks for gradients from now on."""
    old, number = tensor._grad_fn, tensor._nr
    tensor._grad_fn = node
    tensor._nr = 0
    if not tensor._track:
        tensor._follow_requires_grad(True)
    if tensor.retains_grad:
        if old is not None and old.hooks is not None:
            old.hooks.retained.pop(number, None)
        node.side().retained[0] = weakref.ref(tensor)


class CopySlices(Node):
    """History of a base whose view was edited in place.

    The view's part of the gradient goes through the edit's own backward, the rest passes.
    Source: torch/csrc/autograd/functions/tensor.cpp.
    """

    inner: Any = None
    replay: Any = None
    namespace = "torch::autograd::"

    @classmethod
    def of(cls, base: Tensor, replay: Callable[[Any], Any], inner: Node) -> CopySlices:
        """The node for an edit, with history ``inner``, of the view that ``replay`` takes from ``base``."""
        numbers = inner.numbers or (0,) * len(inner.next)
        return cls(
            (base._edge(), *inner.next[1:]),
            (),
            base._data.shape,
            base._data.dtype,
            next_sequence(),
            numbers=(base._nr, *numbers[1:]),
            inner=inner,
            replay=replay,
        )

    def run(self, received: Sequence[Any], c: Any) -> list[Any]:
        g = received[0]
        if g is None:
            return [None] * len(self.next)
        result = c.copy(g)
        part = self.replay(result)
        # The edge from the view is not among those that the pass looks at: whatever it asks for, all is computed.
        needed, c.needed = c.needed, None
        if c.creates_graph:
            index = self.replay(np.arange(result._data.size).reshape(self.shape))
            c.view = make_node(AS_STRIDED, (wrap(result._data, self),), {"index": index}, part._data)
        sent = self.inner.run([c.copy(part)], c)
        c.needed, c.view = needed, None
        c.assign(part, sent[0])
        return [result, *sent[1:]]

    def release(self) -> None:
        self.inner.release()


# --- filling and copying ---------------------------------------------------------------------


def _without_gradient(name: str, forward: Callable[..., Raw], grad_fn: str, doc: str) -> OpSpec:
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
        doc=doc,
    )


ZERO = _without_gradient("zero", np.zeros_like, "ZeroBackward0", "Sets all elements to 0.")
FILL = _without_gradient(
    "fill", lambda x, value: np.full_like(x, value), "FillBackward2", "Sets all elements to value."
)
FILL_TENSOR = OpSpec(
    "fill_tensor",
    lambda x, value: np.full_like(x, value),
    (lambda g, c: c.zeros_like(g), lambda g, c: c.sum(g)),
    grad_fn="FillBackward3",
    args=("self", "value"),
    form="fill({0}, {1})",
    latex="{1}",
    derivatives=("0", r"\textstyle\sum {g}"),
    local=True,
    call="Tensor.fill_",
    doc="Sets all elements to the value of a 0-d tensor.",
)
COPY = OpSpec(
    "copy",
    lambda x, source: np.broadcast_to(source, x.shape).astype(x.dtype),
    (lambda g, c: c.zeros_like(g), lambda g, c: g),
    grad_fn="CopyBackwards",
    namespace="torch::autograd::",
    args=("self", "src"),
    form="{1}",
    latex="{1}",
    derivatives=("0", "1"),
    glyph="=",
    call="Tensor.copy_",
    doc="Copies the elements of src, broadcast and cast to this tensor's type.",
)


def zero_(self: Tensor) -> Tensor:
    """Sets all elements to 0, in place."""
    check(self, tracked((self,)))
    return commit(ZERO, self, (self,), None, self._data.dtype.type(0), "zero_", filling=True)


def fill_(self: Tensor, value: Any) -> Tensor:
    """Sets all elements to value, in place."""
    if isinstance(value, Tensor):
        return _fill_with_tensor(self, value)
    if not isinstance(value, (int, float)):
        raise invalid_type("fill_", value, "Tensor value", "Number value")
    filler = checked_scalar(as_number(value), self._data.dtype, self.dtype.storage_name)
    check(self, tracked((self,)))
    return commit(FILL, self, (self,), {"value": filler.item()}, filler, "fill_", filling=True)


def _fill_with_tensor(self: Tensor, value: Tensor) -> Tensor:
    if value._data.ndim:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value._data.ndim} dimensions."
        )
    check(self, tracked((self, value)))
    return commit(FILL_TENSOR, self, (self, value), None, value._data, "fill_")


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Copies the elements of src, broadcast and cast to this tensor's type, in place."""
    source = wrapped_number(src) if isinstance(src, (int, float)) else expect_tensor(src, "copy_", "other")
    check(self, tracked((self, source)))
    if source is not self:
        check_inputs_apart(self._data, (source,))
    check_shape(self, broadcast_shape(self._data.shape, source._data.shape))
    return commit(COPY, self, (self, source), None, source._data, "copy_")


def check_shape(tensor: Tensor, result: tuple[int, ...]) -> None:
    """Raise torch's RuntimeError if a result of this shape cannot be written into the tensor."""
    if tensor._data.shape != result:
        raise RuntimeError(
            f"output with shape {list(tensor._data.shape)} doesn't match the broadcast shape {list(result)}"
        )
