"""Marks: the numbers by which a recorder knows tensors and nodes, without keeping them alive."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from engine.node import Node
from engine.tensors import Tensor


class Mark(weakref.ref[Any]):
    """A weak reference that knows the number of what it refers to: a tensor's, or ``-1 - number`` of a node's."""

    __slots__ = ("number",)

    number: int


class Marks:
    """Gives numbers and keeps the marks; each is handed to ``died`` when what it stands for is gone.

    The number stands on the tensor or node itself, where it is found fastest. It is that of the Marks that were
    made last: these take the numbers of earlier ones away.
    """

    _latest: dict[int, Mark] = {}

    def __init__(self, died: Callable[[Mark], None]) -> None:
        for mark in list(Marks._latest.values()):
            thing = mark()
            if isinstance(thing, Tensor):
                del thing._mark
            elif isinstance(thing, Node):
                thing.mark = None
        self.died = died
        self.marks: dict[int, Mark] = {}
        Marks._latest = self.marks
        self.tensors = 0
        """How many tensors have a number."""
        self.nodes = 0

    def tensor(self, tensor: Tensor) -> int:
        """A number for a tensor."""
        number = tensor._mark = self.tensors
        self.tensors = number + 1
        mark = self.marks[number] = Mark(tensor, self.died)
        mark.number = number
        return number

    def node(self, node: Node) -> int:
        """A number for a node."""
        number = node.mark = self.nodes
        self.nodes = number + 1
        mark = self.marks[-1 - number] = Mark(node, self.died)
        mark.number = -1 - number
        return number
