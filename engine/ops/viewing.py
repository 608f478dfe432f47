"""Views: tensors that share storage, version counter and history with a base.

After an in-place edit of the base, a view's grad_fn is stale: the history of the shared storage has
moved on. It is then made anew from the base, as torch does, when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.node import Node, Raw
from engine.ops.dispatch import history, make_node
from engine.ops.spec import OpSpec
from engine.state import state
from engine.tensors import Tensor, wrap

OWN, NO_GRAD, INFERENCE, MULTIPLE, CUSTOM = "own", "no_grad", "inference", "multiple", "custom"
"""Where a view was made: by an ordinary op, under no_grad or inference_mode, by an op with several outputs, by a
custom Function."""

_WHY_NOT = {
    MULTIPLE: (
        " This view is the output of a function that returns multiple views. Such functions do not allow the output "
        "views to be modified inplace. You should replace the inplace operation by an out-of-place one."
    ),
    NO_GRAD: (
        " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving "
        "both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be "
        "tracked) or both outside (if you want the inplace to be tracked)."
    ),
}
_WHY_NOT[CUSTOM] = (
    " This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic "
    "to handle view+inplace would override the custom backward associated with the custom Function, leading to "
    "incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function."
)
_WHY_NOT[INFERENCE] = _WHY_NOT[NO_GRAD].replace("no_grad block", "inference_mode block")


class View:
    """How a view came from its base.

    ``replay`` takes the view again: from a base, or from a gradient of its shape. ``made`` says what
    forbids to edit the view in place, if anything does. ``version`` is that for which the view's grad_fn
    is right; ``own`` whether the view itself was told to require grad, and not only its base.
    """

    __slots__ = ("base", "made", "own", "replay", "version")

    def __init__(self, base: Tensor, replay: Callable[[Any], Any], version: int, made: str) -> None:
        self.base = base
        self.replay = replay
        self.version = version
        self.made = made
        self.own = False

    def current_grad_fn(self, view: Tensor) -> Node | None:
        """The view's grad_fn, made anew if the shared storage was edited since.

        Source: ``VariableHooks::grad_fn`` in torch/csrc/autograd/variable.cpp.
        """
        if view._grad_fn is not None or self.base._track:
            version = view._counter().count
            if self.version != version:
                self.check_edit(view, "its base or another view of its base has been")
                regenerate(view, self)
                self.version = version
        return view._grad_fn

    def check_edit(self, view: Tensor, who: str = "is being") -> None:
        """Raise torch's RuntimeError if a tracked edit of the shared storage must not reach this view.

        Source: ``handle_view_on_rebase`` in torch/csrc/autograd/variable.cpp.
        """
        if self.made == OWN:
            return
        fn = view._grad_fn
        if self.made in (MULTIPLE, CUSTOM) and fn is not None:
            text = f"Output {view._nr} of {fn.short_name()} is a view and {who} modified inplace."
        else:
            text = "A view was created in"
            if fn is not None:
                text = f"Output {view._nr} of {fn.short_name()} is a view of a view which was created in"
            if self.made == INFERENCE:
                text += f" inference mode and {who} modified inplace in normal mode."
            else:
                text += f" no_grad mode and {who} modified inplace with grad mode enabled."
        raise RuntimeError(text + _WHY_NOT[self.made])


def attach_view(out: Tensor, source: Tensor, replay: Callable[[Any], Any], made: str = OWN) -> None:
    """Tell ``out`` whose storage it shares. A view of a view has the first one's base."""
    if source.is_inference():
        # Nothing ever asks such a tensor for a gradient: it is not told whose view it is.
        out._version_counter = source._counter()
        out._extra().inference = True
        return
    if not state.grad_enabled:
        made = INFERENCE if state.inference else NO_GRAD
    base = source
    older = source._more.view if source._more is not None else None
    if older is not None:
        base = older.base
        replay = _Chain(older.replay, replay)
        if made == OWN:
            made = older.made
    counter = out._version_counter = source._counter()
    more = out._extra()
    more.view = View(base, replay, counter.count, made)
    if out._grad_fn is None:
        # It asks for gradients whenever its base does, also when the base begins to do so later.
        out._track = base._track
        counter.follow(out)


class _Chain:
    """Replays one after another; called without recursion, since a view may be the ten-thousandth of a view."""

    __slots__ = ("first", "then")

    def __init__(self, first: Callable[[Any], Any], then: Callable[[Any], Any]) -> None:
        self.first = first
        self.then = then

    def __call__(self, x: Any) -> Any:
        steps = []
        replay: Callable[[Any], Any] = self
        while isinstance(replay, _Chain):
            steps.append(replay.then)
            replay = replay.first
        x = replay(x)
        for step in reversed(steps):
            x = step(x)
        return x


def view_op(spec: OpSpec, source: Tensor, params: dict[str, Any] | None = None) -> Tensor:
    """Call a spec whose output shares the storage of ``source``."""
    array = source._array()
    more = params or {}
    data = spec.forward(array, **more)
    node = history(spec, (source,), params, data)
    out = wrap(data, node)

    def replay(x: Any) -> Any:
        return view_op(spec, x, params) if isinstance(x, Tensor) else spec.forward(x, **more)

    attach_view(out, source, replay)
    if state.recorder is not None:
        state.recorder.applied_to_one(spec, source, more, out, node)
    return out


def view_ops(spec: OpSpec, source: Tensor, params: dict[str, Any], datas: Sequence[Raw]) -> tuple[Tensor, ...]:
    """The same for an op with several outputs, whose views torch forbids to edit in place."""
    node = history(spec, (source,), params, datas[0]) if datas else None
    if node is not None:
        node.shape, node.dtype = [d.shape for d in datas], [d.dtype for d in datas]
    outs = tuple(wrap(data, node, i if node is not None else 0) for i, data in enumerate(datas))
    for out in outs:
        attach_view(out, source, _cannot_replay, MULTIPLE)
    if state.recorder is not None:
        state.recorder.applied(spec, (source,), params, outs, node)
    return outs


def _cannot_replay(x: Any) -> Any:
    raise RuntimeError("a view of several cannot be taken again")


AS_STRIDED = OpSpec(
    "as_strided",
    lambda x, index: np.asarray(x).reshape(-1)[index],
    (lambda g, c: c.put(g, c.param("index"), c.shape(0)),),
    args=("self",),
    form="view of {0}",
    derivatives=(r"\text{{scatter }} {g}",),
    call="Tensor.view",
    doc="A view whose history was made anew from its base.",
)


def regenerate(tensor: Tensor, view: View) -> None:
    """A fresh grad_fn for a view, from its base as it is now; a gradient that is to be retained is so there, too."""
    base = view.base
    if not base._track:
        return
    old, number = tensor._grad_fn, tensor._nr
    index = view.replay(np.arange(base._data.size).reshape(base._data.shape))
    tensor._grad_fn = make_node(AS_STRIDED, (base,), {"index": index}, tensor._data)
    tensor._nr = 0
    tensor._track = True
    if old is not None and old.hooks is not None and tensor._grad_fn is not None and number in old.hooks.retained:
        tensor._grad_fn.side().retained[0] = old.hooks.retained.pop(number)
