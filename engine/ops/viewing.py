"""Making views: outputs that share storage, version counter and base with their input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.node import Raw
from engine.ops.dispatch import make_node, tracked
from engine.ops.spec import OpSpec
from engine.state import state
from engine.tensors import Tensor, wrap
from engine.views import View

OWN, NO_GRAD, MULTIPLE = "own", "no_grad", "multiple"
"""Where a view was made: by an ordinary op, under no_grad, by an op with several outputs."""


def attach_view(out: Tensor, source: Tensor, replay: Callable[[Any], Any], made: str) -> None:
    """Tell ``out`` whose storage it shares. A view of a view has the first one's base."""
    out._version_counter = source._counter()
    older = source._more.view if source._more is not None else None
    if older is None:
        base, chain = source, replay
    else:
        base, before = older.base, older.replay

        def chain(x: Any) -> Any:
            return replay(before(x))

        if older.made != OWN:
            made = older.made
    if not state.grad_enabled and made == OWN:
        made = NO_GRAD
    out._extra().view = View(base, chain, out._version_counter.count, made)


def view_op(spec: OpSpec, source: Tensor, params: dict[str, Any] | None) -> Tensor:
    """Call a spec whose output shares the storage of ``source``."""
    array = source._array()
    data = spec.forward(array, **params) if params else spec.forward(array)
    node = make_node(spec, (source,), params, (data,)) if spec.differentiable and tracked((source,)) else None
    out = wrap(data, node)

    def replay(x: Any) -> Any:
        if isinstance(x, Tensor):
            return view_op(spec, x, params)
        return spec.forward(x, **params) if params else spec.forward(x)

    attach_view(out, source, replay, OWN)
    if state.recorder is not None:
        state.recorder.applied(spec, (source,), params or {}, (out,), node)
    return out


def view_ops(spec: OpSpec, source: Tensor, params: dict[str, Any], datas: Sequence[Raw]) -> tuple[Tensor, ...]:
    """The same for an op with several outputs, whose views torch forbids to edit in place."""
    node = make_node(spec, (source,), params, datas) if tracked((source,)) else None
    if node is not None and len(datas) == 1:
        node.shape, node.dtype = [datas[0].shape], [datas[0].dtype]
    outs = []
    for i, data in enumerate(datas):
        out = wrap(data, node, i)
        attach_view(out, source, _cannot_replay, MULTIPLE)
        outs.append(out)
    if state.recorder is not None:
        state.recorder.applied(spec, (source,), params, outs, node)
    return tuple(outs)


def _cannot_replay(x: Any) -> Any:
    raise RuntimeError("a view of several cannot be taken again")
