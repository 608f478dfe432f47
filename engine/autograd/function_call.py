"""One call of a custom Function: the node that it leaves behind, and what becomes of its outputs.

Source: torch/csrc/autograd/python_function.cpp and custom_function.cpp.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.node import Node, SavedResult
from engine.ops.context import Context
from engine.ops.inplace import VIEW_OF_LEAF, rebase
from engine.ops.viewing import CUSTOM, MULTIPLE, attach_view
from engine.packing import attend
from engine.state import state, warn
from engine.tensors import Tensor, wrap

LEAF = "a leaf Variable that requires grad has been used in an in-place operation."
DIRTY_NO_INPUT = (
    "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated should be "
    "passed to ctx.mark_dirty()."
)
DIRTY_NOT_RETURNED = (
    "Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified "
    "inplace must all be outputs of the Function."
)
DIRTY_VIEW = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more "
    "than one Tensor. This is not supported by the current autograd engine. You should either make sure the input is "
    "not a view (using .clone() for example) or make your Function only return one Tensor (potentially splitting it "
    "into two Functions: one doing the inplace that returns a single Tensor and a second one that does the other "
    "operations). You can ask on the forum https://discuss.pytorch.org/ if you need help to do this change."
)
SAVED_INPUT = (
    "An input that has been returned as-is as output is being saved for backward. This is not supported if you "
    "override setup_context. You should return and save a view of the input instead, e.g. with x.view_as(x) or setup "
    "ctx inside the forward function itself."
)


class FunctionNode(Node):
    """The node that a call of a custom Function leaves behind. What ``ctx`` knows can be asked of it, too."""

    function: Any = None
    ctx: Any = None
    tensors: tuple[int, ...] = ()
    """Which of the arguments were tensors: the others have no edge."""
    count: int = 0
    """How many arguments there were."""
    unreal: frozenset[int] = frozenset()
    """Outputs that are no tensors, or whose zeros nobody wants: backward gets None for them."""

    def short_name(self) -> str:
        return type(self).__name__.removesuffix("Backward")

    def saved_name(self, slot: int) -> str:
        return f"saved_tensors[{slot}]"

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{type(self).__name__} object at {id(self):#x}>"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ctx, name)

    def output_count(self) -> int:
        return len(self.shape)

    def run(self, received: Sequence[Any], c: Context) -> list[Any]:
        grads = [self._given(g, number, c) for number, g in enumerate(received)]
        returned = self.function.user_backward()(self.ctx, *grads)
        results = returned if isinstance(returned, tuple) else (returned,)
        if len(results) > self.count and all(r is None for r in results[self.count :]):
            results = results[: self.count]
        if len(results) != self.count:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {self.count}, got "
                f"{len(results)})"
            )
        for i, result in enumerate(results):
            if i not in self.tensors and result is not None:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position {i + 1}, but the "
                    "corresponding forward input was not a Variable"
                )
            if result is not None and not isinstance(result, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(result).__name__})")
        return [None if results[i] is None else c.unwrapped(results[i]) for i in self.tensors]

    def _given(self, g: Any, number: int, c: Context) -> Any:
        """What backward gets for output ``number``: zeros for a gradient that nobody sent, unless it refused them."""
        if g is not None:
            return c.wrapped(g)
        if number in self.unreal or not self.ctx._materialize:
            return None
        return wrap(np.zeros(self.shape[number], self.dtype[number])[()])


class Call:
    """One call of a Function: from what forward returned to tensors with a history."""

    def __init__(self, node_class: type[FunctionNode], function: Any, args: tuple[Any, ...]) -> None:
        self.node_class = node_class
        self.function = function
        self.args = args
        self.inputs = [a for a in args if isinstance(a, Tensor)]
        self.tracked = state.grad_enabled and any(x._track for x in self.inputs)

    def finish(self, output: Any, ctx: Any, own_setup: bool, number: int) -> Any:
        """The outputs, each with its place in the graph."""
        results = output if isinstance(output, tuple) else (output,)
        dirty = _tensors(ctx.dirty_tensors, "mark_dirty can only accept variables, but argument ")
        for x in dirty:
            if self.tracked and _among(x, self.inputs) and x._more is not None and x._more.view is not None:
                x._more.view.check_edit(x)
                if x._more.view.base.is_leaf and x._more.view.base.requires_grad:
                    raise RuntimeError(VIEW_OF_LEAF)
            x._counter().count += 1
        fixed = _tensors(ctx.non_differentiable, "mark_non_differentiable only accepts variable arguments, but got ")
        node = self._make_node(ctx, results, fixed, number) if self.tracked else None
        saved = ctx.to_save or ()
        if own_setup and any(_among(x, results) and _among(x, saved) for x in self.inputs):
            raise RuntimeError(SAVED_INPUT)
        made = [
            self._placed(r, i, node, len(results), dirty, fixed) if isinstance(r, Tensor) else r
            for i, r in enumerate(results)
        ]
        if not all(_among(x, results) for x in dirty):
            raise RuntimeError(DIRTY_NOT_RETURNED)
        if node is not None:
            self._save(node, saved)
        ctx.to_save = None
        self._tell(made, dirty, node)
        return tuple(made) if isinstance(output, tuple) else made[0]

    def _make_node(self, ctx: Any, results: Sequence[Any], fixed: Sequence[Tensor], number: int) -> FunctionNode:
        node = self.node_class(
            tuple(x._edge() for x in self.inputs),
            (),
            [r._data.shape if isinstance(r, Tensor) else () for r in results],
            [r._data.dtype if isinstance(r, Tensor) else None for r in results],
            number,
            numbers=tuple(x._nr for x in self.inputs),
            function=self.function,
            ctx=ctx,
            tensors=tuple(i for i, a in enumerate(self.args) if isinstance(a, Tensor)),
            count=len(self.args),
            unreal=frozenset(
                i
                for i, r in enumerate(results)
                if not isinstance(r, Tensor) or (not ctx._materialize_non_diff_grads and _among(r, fixed))
            ),
        )
        ctx._node = weakref.ref(node)
        return node

    def _placed(
        self,
        out: Tensor,
        number: int,
        node: FunctionNode | None,
        count: int,
        dirty: Sequence[Tensor],
        fixed: Sequence[Tensor],
    ) -> Tensor:
        """An output with its history. Source: ``_process_backward_mode_ad`` in custom_function.cpp."""
        is_input, is_dirty = _among(out, self.inputs), _among(out, dirty)
        if node is None or _among(out, fixed) or out._data.dtype.kind != "f":
            if is_input:
                return out if is_dirty and not out._track else out.detach() if out._track else _alias(out, None, 0)
            if out._track and not out._is_view():
                out.detach_()
            return out
        if is_dirty:
            if not is_input:
                if out._is_view():
                    raise RuntimeError(DIRTY_NO_INPUT)
                warn(DIRTY_NO_INPUT)
            if out._track and out.is_leaf:
                raise RuntimeError(LEAF)
            if is_input and out._is_view() and count > 1:
                raise RuntimeError(DIRTY_VIEW)
            rebase(out, node)
            out._nr = out._nr if out._is_view() else number
            return out
        if is_input:
            return _alias(out, node, number)
        out._grad_fn, out._nr, out._track = node, number, True
        view = None if out._more is None else out._more.view
        if view is not None:
            view.made = MULTIPLE if count > 1 else CUSTOM
            view.version = out._counter().count
        return out

    @staticmethod
    def _save(node: FunctionNode, saved: Sequence[Any]) -> None:
        """Keep what save_for_backward was given; an output without its grad_fn, which is this node."""
        kept: list[Any] = []
        versions = []
        for i, item in enumerate(saved):
            if item is None:
                versions.append(0)
                kept.append(None)
                continue
            if not isinstance(item, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type(item).__name__}"
                )
            counter = item._counter()
            versions.append(counter.count)
            own = item._grad_fn is node
            kept.append(SavedResult(item._data, counter, counter.count, item._nr) if own else item)
        node.saved = tuple(kept)
        node.versions = tuple(versions)
        if state.watched:
            attend(node)

    def _tell(self, made: Sequence[Any], dirty: Sequence[Any], node: FunctionNode | None) -> None:
        recorder = state.recorder
        if recorder is None:
            return
        spec = self.node_class.spec
        params = {f"args[{i}]": a for i, a in enumerate(self.args) if not isinstance(a, Tensor)}
        edited = [x for x in made if _among(x, dirty)]
        for x in edited:
            recorder.edited(x, f"{spec.name}.apply", self.inputs, params, None if node is None else x._grad_fn)
        fresh = [x for x in made if isinstance(x, Tensor) and not _among(x, edited)]
        if fresh:
            recorder.applied(spec, self.inputs, params, fresh, node)


def _tensors(marked: Sequence[Any] | None, message: str) -> list[Tensor]:
    """What was marked; RuntimeError with torch's (unfinished) text if it is no tensor."""
    for x in marked or ():
        if not isinstance(x, Tensor):
            raise RuntimeError(message)
    return list(marked or ())


def _among(x: Any, things: Sequence[Any]) -> bool:
    return any(x is thing for thing in things)


def _alias(x: Tensor, node: Node | None, number: int) -> Tensor:
    """An input that was returned as it is: a view of it, which can have another history."""
    out = wrap(x._array(), node, number)
    attach_view(out, x, lambda base: base)
    link = None if out._more is None else out._more.view
    if link is not None and node is not None:
        link.made = CUSTOM
    return out
