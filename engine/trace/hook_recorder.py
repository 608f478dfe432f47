"""HookRecorder: the part of the recorder that tells of hooks, retained gradients, and numbers that leave the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.node import Node
from engine.tensors import Tensor
from engine.trace import events as ev
from engine.trace.values import Value

LONGEST = 40
"""Characters of what a tensor was turned into."""


class HookRecorder:
    """Mixed into the recorder, which knows the numbers of tensors and nodes."""

    tensor: Callable[[Tensor], int]
    node: Callable[[Node], int]
    emit: Callable[[ev.AnyEvent], None]
    value_of: Callable[[Any], Value | None]
    where: Callable[[], ev.Span | None]
    changed: Callable[[], None]

    def __init__(self) -> None:
        self._hooks: set[int] = set()

    def hook_added(
        self,
        handle: int,
        hook: Any,
        kind: str,
        tensor: Tensor | None = None,
        node: Node | None = None,
        number: int = 0,
    ) -> None:
        """``tensor`` is a leaf; everything else has a node."""
        self._hooks.add(handle)
        name = getattr(hook, "__name__", type(hook).__name__)
        self.emit(
            ev.HookAdded(
                hook=handle,
                kind=kind,
                label="" if name == "<lambda>" else name,
                tensor=None if tensor is None else self.tensor(tensor),
                node=None if node is None else self.node(node),
                number=number,
                span=self.where(),
            )
        )

    def hook_removed(self, handle: int) -> None:
        """A hook that nobody announced (that of a module's forward, of an optimiser) leaves as quietly."""
        if handle in self._hooks:
            self._hooks.discard(handle)
            self.emit(ev.HookRemoved(hook=handle, span=self.where()))

    def hook_ran(self, handle: int, node: Node, before: Sequence[Any], after: Sequence[Any]) -> None:
        """The gradients, as tensors or raw, before and after one hook."""
        self.changed()
        if handle in self._hooks:
            was, now = [self.value_of(g) for g in before], [self.value_of(g) for g in after]
            self.emit(ev.HookRan(hook=handle, node=self.node(node), before=was, after=now))

    def retained(self, tensor: Tensor) -> None:
        self.emit(ev.Retained(tensor=self.tensor(tensor), span=self.where()))

    def taken(self, tensor: Tensor, how: str, result: Any) -> None:
        """``result`` is a Python number, or anything larger, of which nothing is said."""
        text = repr(result)[:LONGEST] if isinstance(result, (bool, int, float)) else ""
        self.emit(ev.Taken(tensor=self.tensor(tensor), how=how, text=text, span=self.where()))
