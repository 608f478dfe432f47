"""The queue of nodes that are ready to run, in torch's order even among equals.

The highest sequence number goes first. All AccumulateGrad nodes share one number; which of them goes
first follows from how the C++ standard library moves items in a binary heap, so this one moves them alike.
"""

from __future__ import annotations

from engine.node import Node


class ReadyQueue:
    """A max-heap on ``node.sequence`` with the item moves of libstdc++'s push_heap and pop_heap."""

    __slots__ = ("_items",)

    def __init__(self) -> None:
        self._items: list[Node] = []

    def __len__(self) -> int:
        return len(self._items)

    def push(self, node: Node) -> None:
        items = self._items
        items.append(node)
        if len(items) > 1:
            self._rise(len(items) - 1, node)

    def pop(self) -> Node:
        items = self._items
        top = items[0]
        last = items.pop()
        n = len(items)
        if n == 0:
            return top
        # The hole left by the top sinks to a leaf along the larger child (the right one among equals);
        # then the last item is put there and rises.
        hole = child = 0
        while child < (n - 1) // 2:
            child = 2 * (child + 1)
            if items[child].sequence < items[child - 1].sequence:
                child -= 1
            items[hole] = items[child]
            hole = child
        if n % 2 == 0 and child == (n - 2) // 2:
            child = 2 * (child + 1)
            items[hole] = items[child - 1]
            hole = child - 1
        self._rise(hole, last)
        return top

    def _rise(self, hole: int, node: Node) -> None:
        items = self._items
        sequence = node.sequence
        while hole > 0:
            parent = (hole - 1) // 2
            if items[parent].sequence >= sequence:
                break
            items[hole] = items[parent]
            hole = parent
        items[hole] = node
