"""The queue of nodes that are ready to run, in torch's order even among equals.

The highest sequence number goes first. All AccumulateGrad nodes share one number; which of them goes
first follows from how the C++ standard library moves items in a binary heap, so this one moves them alike.
"""

from __future__ import annotations

from engine.node import Node


class ReadyQueue(list[Node]):
    """A max-heap on ``node.sequence`` with the item moves of libstdc++'s push_heap and pop_heap."""

    __slots__ = ()

    def push(self, node: Node) -> None:
        n = len(self)
        self.append(node)
        if n and self[(n - 1) // 2].sequence < node.sequence:
            self._rise(n, node)

    def take(self) -> Node:
        last = self.pop()
        n = len(self)
        if n == 0:
            return last
        top = self[0]
        if n == 1:
            self[0] = last
            return top
        # The hole left by the top sinks to a leaf along the larger child (the right one among equals);
        # then the last item is put there and rises.
        hole = child = 0
        while child < (n - 1) // 2:
            child = 2 * (child + 1)
            if self[child].sequence < self[child - 1].sequence:
                child -= 1
            self[hole] = self[child]
            hole = child
        if n % 2 == 0 and child == (n - 2) // 2:
            child = 2 * (child + 1)
            self[hole] = self[child - 1]
            hole = child - 1
        self._rise(hole, last)
        return top

    def _rise(self, hole: int, node: Node) -> None:
        sequence = node.sequence
        while hole > 0:
            parent = (hole - 1) // 2
            if self[parent].sequence >= sequence:
                break
            self[hole] = self[parent]
            hole = parent
        self[hole] = node
