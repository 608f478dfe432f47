"""The ready queue of a backward pass: for how much each node still waits, and in which order the ready ones run."""

from __future__ import annotations

from dataclasses import dataclass

from engine.explain.moment import Moment
from engine.node import ACCUMULATE_SEQUENCE, Node
from engine.queue import ReadyQueue
from engine.trace import events as ev
from engine.trace.known import PassInfo


@dataclass(frozen=True, slots=True)
class Waiting:
    """A node that has not run. ``place``: 1 for the one that runs next, 0 while gradients are missing."""

    arrived: int
    wanted: int
    place: int

    @property
    def text(self) -> str:
        """``1/2`` while it waits; ``next``, ``2nd`` in the queue."""
        return ordinal(self.place) if self.place else f"{self.arrived}/{self.wanted}"


def ordinal(place: int) -> str:
    """``next`` for the first, then ``2nd``, ``3rd`` ..."""
    if place == 1:
        return "next"
    ending = "th" if 10 < place % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


def ready_queue(m: Moment) -> dict[int, Waiting]:
    """The nodes that the pass under way has still to run. Empty where none is under way."""
    run = m.backward()
    began = None if run is None else m.trace.events[run.began]
    if run is None or run.over or not isinstance(began, ev.BackwardBegan):
        return {}
    needed = _needed(m, run)
    wanted = {node: count for node, count in began.waiting if needed is None or node in needed}
    order = {node: i for i, node in enumerate(_order(m, run, began, needed), 1)}
    out = {}
    for node in (*dict.fromkeys(run.roots), *wanted):
        if node not in run.ran and (node in order or node not in run.roots):
            count = wanted.get(node, 0)
            left = max(0, run.waiting.get(node, 0))
            out[node] = Waiting(count - left, count, order.get(node, 0))
    return out


def _order(m: Moment, run: PassInfo, began: ev.BackwardBegan, needed: set[int] | None) -> list[int]:
    """The ready nodes as the engine's own queue would hand them out, after all that it has handed out."""
    waiting = dict(began.waiting)
    numbers: dict[Node, int] = {}
    queue = ReadyQueue()

    def push(number: int) -> None:
        info = m.state.nodes.get(number)
        stand_in = Node((), None, (), None, ACCUMULATE_SEQUENCE if info is None else info.link.sequence)
        numbers[stand_in] = number
        queue.push(stand_in)

    for root in dict.fromkeys(run.roots):
        push(root)
    for number in run.ran:
        # What autograd.grad was asked about is taken from the queue without being run.
        while queue and numbers[queue.take()] != number:
            continue
        info = m.state.nodes.get(number)
        for target, _ in () if info is None else info.link.edges:
            if target is None or target not in waiting or (needed is not None and target not in needed):
                continue
            waiting[target] -= 1
            if not waiting[target]:
                push(target)
    return [numbers[queue.take()] for _ in range(len(queue))]


def _needed(m: Moment, run: PassInfo) -> set[int] | None:
    """For autograd.grad: the nodes from which a gradient leads to what was asked for; None for all."""
    if run.wanted is None:
        return None
    found = {node for tensor in run.wanted if (node := m.state.node_of(tensor)) is not None}
    senders: dict[int, list[int]] = {}
    for number, info in m.state.nodes.items():
        for target, _ in info.link.edges:
            if target is not None:
                senders.setdefault(target, []).append(number)
    stack = list(found)
    while stack:
        for sender in senders.get(stack.pop(), ()):
            if sender not in found:
                found.add(sender)
                stack.append(sender)
    return found
