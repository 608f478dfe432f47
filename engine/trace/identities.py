"""Identities: what tensors and nodes are called in records; it announces those that nobody told of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.node import AccumulateGrad, Node, SavedResult
from engine.tensors import Tensor
from engine.trace import records as rc
from engine.trace.marks import Mark, take_over
from engine.trace.records import tag
from engine.trace.spans import SpanFinder
from engine.trace.writing import Writer

_CREATED, _ACCUMULATOR = tag(rc.Created), tag(rc.Accumulator)


class Identities(Writer):
    """The part of the recorder that knows tensors and nodes.

    What announces writes a record of its own: it comes before anything is looked up in the batch's tables.
    """

    def __init__(self, full: Callable[[Any], None], spans: SpanFinder | None) -> None:
        super().__init__(full, spans)
        take_over(self._marks)
        self._tensors = 0
        """How many tensors have a number."""
        self._nodes = 0
        self._storage: dict[int, set[int]] = {}
        """By the id of an array: the tensors that may look at it."""

    def tensor(self, t: Tensor) -> int:
        """The tensor's number; one that nobody announced is announced now."""
        try:
            return t._mark
        except AttributeError:
            self._announce(t, "", 2)
            return t._mark

    def _mark_tensor(self, t: Tensor) -> int:
        number = t._mark = self._tensors
        self._tensors = number + 1
        mark = self._marks[number] = Mark(t, self._append)
        mark.number = number
        return number

    def _mark_node(self, node: Node) -> int:
        number = node.mark = self._nodes
        self._nodes = number + 1
        mark = self._marks[-1 - number] = Mark(node, self._append)
        mark.number = -1 - number
        return number

    def _mark_both(self, out: Tensor, node: Node) -> tuple[int, int]:
        """The numbers of an op's result and of its node."""
        number = out._mark = self._tensors
        self._tensors = number + 1
        mark = self._marks[number] = Mark(out, self._append)
        mark.number = number
        name = node.mark = self._nodes
        self._nodes = name + 1
        mark = self._marks[-1 - name] = Mark(node, self._append)
        mark.number = -1 - name
        return number, name

    def _announce(self, t: Tensor, how: str, depth: int) -> None:
        number = self._mark_tensor(t)
        if isinstance(t._data, np.ndarray):
            self._storage.setdefault(storage_of(t._data), set()).add(number)
        if self._later:
            self._flush_later()
        self._append((_CREATED, self._span(depth + 1), number, how, self._value(t._data), t._track))

    def node(self, node: Node) -> int:
        """The node's number; a leaf's AccumulateGrad is announced when it is first seen."""
        if node.mark is not None:
            return node.mark
        number = self._mark_node(node)
        if type(node) is AccumulateGrad:
            leaf = self.tensor(node.variable)
            if self._later:
                self._flush_later()
            self._append((_ACCUMULATOR, 0, number, leaf))
        return number

    def _operands(self, inputs: Sequence[Any]) -> list[Any]:
        return [self._operand(x) for x in inputs]

    def _operand(self, x: Any) -> Any:
        """A tensor, a number, or something else of which nothing is said."""
        if isinstance(x, Tensor):
            number = self.tensor(x)
            counter = x._version_counter
            return number if counter is None or not counter.count else (number, counter.count)
        return (None, plain_number(x)) if isinstance(x, (int, float)) else None

    def _link(self, node: Node) -> tuple[Any, ...]:
        """A node with what it leads to and what it saved."""
        edges: list[int | None] = []
        for target in node.next:
            if target is None:
                edges.append(None)
            else:
                mark = target.mark
                edges.append(self.node(target) if mark is None else mark)
        number = self._mark_node(node) if node.mark is None else node.mark
        saved = node.saved
        pins: list[Any] | None = None
        count = 0
        if saved:
            pins = []
            versions = node.versions
            for item in saved:
                if item is None:
                    pins.append(None)
                elif isinstance(item, Tensor):
                    try:
                        mark = item._mark
                    except AttributeError:
                        mark = self.tensor(item)
                    pins.append((mark, versions[count]) if versions and versions[count] else mark)
                elif type(item) is SavedResult:
                    pins.append(-1 - item.expected)
                else:
                    pins.append((None, plain_number(item)) if isinstance(item, (int, float)) else None)
                count += 1
        kind = self._kinds.get(type(node))
        if kind is None or kind[1] < count:
            kind = self._kind(node, count)
        return number, kind[0], edges, node.numbers, pins, node.sequence

    def _share(self, things: Sequence[Any]) -> None:
        """Remember whose storage may be seen by others."""
        for t in things:
            if isinstance(t, Tensor) and isinstance(t._data, np.ndarray):
                self._storage.setdefault(storage_of(t._data), set()).add(self.tensor(t))

    def _sharers(self, tensor: Tensor, number: int) -> list[tuple[int, Tensor]]:
        """The other tensors that see an edit."""
        out: list[tuple[int, Tensor]] = []
        key = storage_of(tensor._data)
        live = self._storage.get(key, ())
        if len(live) == 1 and number in live:
            return out
        for other in sorted(live):
            t = self._marks[other]() if other in self._marks else None
            if t is None or not isinstance(t._data, np.ndarray) or storage_of(t._data) != key:
                self._storage[key].discard(other)
            elif other != number:
                out.append((other, t))
        return out


def storage_of(array: np.ndarray[Any, Any]) -> int:
    """A number that all views of one storage share while it lives."""
    base: Any = array
    while isinstance(base.base, np.ndarray):
        base = base.base
    return id(base)


def version_of(t: Tensor) -> int:
    return 0 if t._version_counter is None else t._version_counter.count


def plain_number(x: float) -> float | int | bool:
    """A Python number that fits into a record."""
    if isinstance(x, int):
        return x if type(x) is bool or -(1 << 63) <= x < 1 << 64 else float(x)
    return float(x)
