"""Marks: the numbers by which a recorder knows tensors and nodes, without keeping them alive."""

from __future__ import annotations

import weakref
from typing import Any

from engine.node import Node
from engine.tensors import Tensor


class Mark(weakref.ref[Any]):
    """A weak reference that knows the number of what it refers to: a tensor's, or ``-1 - number`` of a node's.

    The number stands on the tensor or node, too, where it is found fastest.
    """

    __slots__ = ("number",)

    number: int


_latest: dict[int, Mark] = {}
"""The marks of the recorder that was made last: its numbers stand on tensors and nodes."""


def take_over(marks: dict[int, Mark]) -> None:
    """Take away the numbers that another recorder gave; from now on they are those in ``marks``."""
    global _latest
    for mark in list(_latest.values()):
        thing = mark()
        if isinstance(thing, Tensor) and hasattr(thing, "_mark"):
            del thing._mark
        elif isinstance(thing, Node):
            thing.mark = None
    _latest = marks
