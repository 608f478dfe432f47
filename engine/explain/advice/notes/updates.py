"""Which tensors are computed from a leaf's ``.grad``, and which edits move the leaf by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.trace import events as ev


class Updates:
    """Follows gradients into what is computed of them without tracking: ``lr * w.grad``."""

    def __init__(self) -> None:
        self.leaf_of: dict[int, int] = {}
        """Gradient -> its leaf."""
        self.derived: dict[int, int] = {}
        """What was computed from a gradient -> the leaf whose gradient it was."""
        self.same: dict[int, int] = {}
        """Another tensor with a leaf's memory (``w.data``, ``w.detach()``) -> the leaf."""

    def handlers(self) -> dict[type, Callable[[int, Any], None]]:
        return {
            ev.Applied: self._applied,
            ev.GradWritten: self._written,
            ev.GradAssigned: self._assigned,
            ev.Died: self._died,
        }

    def _written(self, place: int, event: ev.GradWritten) -> None:
        self.leaf_of[event.grad] = event.tensor

    def _assigned(self, place: int, event: ev.GradAssigned) -> None:
        if event.grad is not None:
            self.leaf_of[event.grad] = event.tensor

    def _applied(self, place: int, event: ev.Applied) -> None:
        if not self.leaf_of or event.link is not None:
            return
        for operand in event.inputs:
            tensor = operand.tensor
            if tensor is None:
                continue
            leaf = self.leaf_of.get(tensor, self.derived.get(tensor))
            if leaf is not None:
                for out in event.outputs:
                    self.derived[out.tensor] = leaf
        if event.outputs[0].shares is not None and len(event.outputs) == 1:
            base = event.outputs[0].shares
            self.same[event.outputs[0].tensor] = self.same.get(base, base)

    def _died(self, place: int, event: ev.Died) -> None:
        for tensor in event.tensors:
            self.leaf_of.pop(tensor, None)
            self.derived.pop(tensor, None)
            self.same.pop(tensor, None)

    def leaf(self, tensor: int) -> int:
        """The leaf whose memory a tensor shows; the tensor itself if it is nobody's."""
        return self.same.get(tensor, tensor)

    def moved(self, event: ev.Edited) -> int | None:
        """The leaf that an edit moves by its gradient; None for other edits."""
        if event.link is not None:
            return None
        leaf = self.leaf(event.tensor)
        if event.op == "step":
            return leaf
        for operand in event.inputs:
            tensor = operand.tensor
            if tensor is not None and leaf in (self.leaf_of.get(tensor), self.derived.get(tensor)):
                return leaf
        return None
