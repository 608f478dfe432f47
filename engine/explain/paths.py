"""Every path from the root to a leaf: how many there are, what some of them contribute, and their sum.

Along a path the gradient is multiplied by one local derivative after the other; the leaf's gradient is the sum
over all paths. Paths are counted by a sum over nodes, never one by one: there may be 2 to the power of thousands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.explain.flow import EdgeKey
from engine.explain.functions import node_of
from engine.explain.moment import Moment
from engine.explain.numbers import inline, number
from engine.explain.replay import local_derivative, sent_back
from engine.graph.scenes import OP
from engine.trace import events as ev
from engine.trace.known import NodeInfo, PassInfo
from engine.trace.values import Value

LISTED = 12
"""Paths that are listed."""
LONGEST = 400
"""Nodes of a path up to which its product is worked out."""
LONG_TEXT = 16
"""Characters of a local derivative; a longer one is not written."""

Way = tuple[int, int]
"""An edge of the autograd graph: (node, input index)."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way from the root to the leaf. ``names`` are those of its cards, the root's first."""

    edges: tuple[EdgeKey, ...]
    names: tuple[str, ...]
    factors: tuple[str, ...]
    """What is multiplied: a seed other than one, and the local derivative of each edge; ``""`` for a long one."""
    product: Value | None
    """What comes to the leaf along it; None where it cannot be worked out."""

    @property
    def label(self) -> str:
        """``y → a → w``; the middle of a long one is left out."""
        names = self.names if len(self.names) <= 6 else (*self.names[:3], "…", *self.names[-2:])
        return " → ".join(names)

    @property
    def amount(self) -> str:
        """``2.0 × 1 = 2.0``, or the product alone."""
        if self.product is None:
            return "…"
        result = inline(self.product)
        if not all(self.factors) or not 1 < len(self.factors) <= 4:
            return result
        return f"{' × '.join(self.factors)} = {result}"


@dataclass(frozen=True, slots=True)
class Paths:
    """All paths to a leaf. ``edges`` are those on any of them, and what of the autograd graph each stands for."""

    leaf: str
    root: str
    count: int
    listed: tuple[Path, ...]
    edges: dict[EdgeKey, Way]
    total: Value | None
    """The sum of the listed products, if all paths are listed."""
    gradient: Value | None
    """What the last pass brought to the leaf, if it has."""

    @property
    def count_text(self) -> str:
        """``1 path``, ``33554432 paths``, ``about 1.3e301 paths``."""
        if self.count < 10**12:
            return f"{self.count} path{'' if self.count == 1 else 's'}"
        # A float does not hold such numbers, and a string of so many digits is refused.
        size = math.log10(self.count)
        return f"about {10 ** (size % 1):.1f}e{int(size)} paths"


def paths_to(m: Moment, leaf: str) -> Paths | None:
    """The paths to the entity ``leaf`` (a leaf, or any result); None if no gradient comes to it from a root."""
    entity = m.scenes.entities.get(leaf)
    node = None if entity is None or entity.made >= m.place else node_of(m, entity)
    if entity is None or node is None:
        return None
    goal = (node, entity.output if entity.kind == OP else 0)
    run = m.backward()
    then = m if run is None else replace(m, state=m.trace.state_after(run.began))
    counts: dict[int, int] = {}
    root = None
    for root in () if run is None else run.roots:
        counts = _counts(then, root, goal)
        if counts.get(root):
            break
    else:
        run, then = None, m
        root = _last_result(m, goal)
        counts = {} if root is None else _counts(m, root, goal)
    if root is None or not counts.get(root):
        return None
    listed = tuple(_first(then, run, root, goal, counts))
    total = _sum([p.product for p in listed]) if len(listed) == counts[root] else None
    arrived = None if run is None else _sum([c.value for c in run.arrived.get(goal, ())])
    top = m.node_entity(root)
    return Paths(leaf, "" if top is None else top.key, counts[root], listed, _edges(then, goal, counts), total, arrived)


def factor(m: Moment, node: int, index: int) -> str:
    """The local derivative of a node's input in a few characters; ``""`` where it is no number, or too long."""
    info = m.state.nodes.get(node)
    local = None if info is None else local_derivative(m, info, index)
    if local is None or not local.size:
        return ""
    return number(local.flat[0].item()) if np.all(local == local.flat[0]) else _short(Value.of(local))


def _short(value: Value) -> str:
    text = inline(value)
    return text if len(text) <= LONG_TEXT else ""


def _out(m: Moment, node: int) -> list[tuple[int, int, int]]:
    """The edges of a node: (input index, next node, its input number)."""
    info = m.state.nodes.get(node)
    edges = () if info is None else info.link.edges
    return [(index, target, into) for index, (target, into) in enumerate(edges) if target is not None]


def _below(m: Moment, root: int) -> list[int]:
    """The nodes under a root, each after those that it sends to."""
    order: list[int] = []
    seen = {root}
    stack = [(root, iter(_out(m, root)))]
    while stack:
        node, rest = stack[-1]
        for _, target, _ in rest:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(_out(m, target))))
                break
        else:
            order.append(node)
            stack.pop()
    return order


def _counts(m: Moment, root: int, goal: tuple[int, int]) -> dict[int, int]:
    """For each node from which a path leads to the goal: how many do."""
    counts: dict[int, int] = {}
    for node in _below(m, root):
        ways = sum(
            int(into == goal[1]) if target == goal[0] else counts.get(target, 0) for _, target, into in _out(m, node)
        )
        if ways and node != goal[0]:
            counts[node] = ways
    return counts


def _last_result(m: Moment, goal: tuple[int, int]) -> int | None:
    """Before any pass: the youngest living node that nobody uses and from which a path leads to the goal."""
    used = {target for node, info in m.state.nodes.items() if info.alive for _, target, _ in _out(m, node)}
    tops = [node for node, info in m.state.nodes.items() if info.alive and node not in used and node != goal[0]]
    return next((node for node in reversed(tops) if _counts(m, node, goal).get(node)), None)


def _first(m: Moment, run: PassInfo | None, root: int, goal: tuple[int, int], counts: dict[int, int]) -> Iterator[Path]:
    """The first paths in the order of the nodes' inputs, with what comes along them."""
    told = 0
    texts: dict[tuple[int, int], str] = {}
    seed = _seed(m, run, root)
    stack: list[tuple[tuple[Way, ...], int, int, Any]] = [((), root, 0, seed)]
    while stack and told < LISTED:
        ways, node, into, g = stack.pop()
        if (node, into) == goal:
            told += 1
            yield _path(m, ways, seed, g, texts)
            continue
        sent = None if g is None or len(ways) >= LONGEST else _sent(m, run, node, into, g)
        for index, target, number_ in reversed(_out(m, node)):
            if (target, number_) == goal or (target != goal[0] and target in counts):
                part = None if sent is None or index >= len(sent) else sent[index]
                stack.append(((*ways, (node, index)), target, number_, part))


def _path(m: Moment, ways: tuple[Way, ...], seed: Any, g: Any, texts: dict[Way, str]) -> Path:
    for way in ways[:LONGEST]:
        if way not in texts:
            texts[way] = factor(m, *way)
    edges = [key for way in ways if (key := _key(m, way)) is not None]
    names = [m.name(edges[0][1]), *(m.name(source) for source, _, _ in edges)] if edges else []
    factors = tuple(texts.get(way, "") for way in ways)
    if seed is not None and not np.all(seed == 1):
        factors = (_short(Value.of(np.asarray(seed))), *factors)
    return Path(tuple(edges), tuple(names), factors, None if g is None else Value.of(np.asarray(g)))


def _key(m: Moment, way: Way) -> EdgeKey | None:
    """The edge of the picture along which a node's input gets its gradient."""
    entity = m.node_entity(way[0])
    if entity is None or way[1] >= len(entity.sources):
        return None
    return entity.sources[way[1]], entity.key, way[1]


def _seed(m: Moment, run: PassInfo | None, root: int) -> Any:
    """What the pass starts with; before any pass, a one for a single number."""
    if run is not None:
        for part in run.arrived.get((root, 0), ()):
            if part.source is None and part.value.array is not None:
                return part.value.array[()]
        return None
    info = m.state.nodes.get(root)
    made = None if info is None or not info.outputs else m.state.tensors.get(info.outputs[0])
    if made is None or made.value.array is None or made.value.size != 1:
        return None
    return np.ones_like(made.value.array)[()]


def _sent(m: Moment, run: PassInfo | None, node: int, into: int, g: Any) -> list[Any] | None:
    """What a node sends on if ``g`` alone arrives: by its derivatives, else in proportion to what it did send."""
    info = m.state.nodes.get(node)
    if info is None:
        return None
    received = [g if i == into else None for i in range(max(1, len(info.outputs)))]
    sent = sent_back(m, info, received)
    return sent if sent is not None or run is None else _in_proportion(m, run, info, into, g)


def _in_proportion(m: Moment, run: PassInfo, info: NodeInfo, into: int, g: Any) -> list[Any] | None:
    """A node is linear in what arrives: where ``g`` is a multiple of that, it sends the same multiple."""
    event = m.trace.events[run.ran[info.link.node]] if info.link.node in run.ran else None
    if not isinstance(event, ev.NodeRan) or any(v is not None for i, v in enumerate(event.received) if i != into):
        return None
    whole = event.received[into] if into < len(event.received) else None
    if whole is None or whole.array is None or not np.any(whole.array):
        return None
    at = np.unravel_index(int(np.argmax(np.abs(whole.array))), whole.shape)
    share = np.asarray(g)[at] / whole.array[at]
    if not np.allclose(g, share * whole.array, equal_nan=True):
        return None
    out: list[Any] = [None] * len(info.link.edges)
    for sent in event.sent:
        if sent.value.array is not None:
            out[sent.index] = share * sent.value.array
    return out


def _edges(m: Moment, goal: tuple[int, int], counts: dict[int, int]) -> dict[EdgeKey, Way]:
    """The edges of all paths together."""
    out: dict[EdgeKey, Way] = {}
    for node in counts:
        for index, target, into in _out(m, node):
            key = _key(m, (node, index))
            if key is not None and ((target, into) == goal or (target != goal[0] and target in counts)):
                out[key] = (node, index)
    return out


def _sum(parts: list[Value | None]) -> Value | None:
    arrays = [None if p is None else p.array for p in parts]
    if not arrays or any(a is None for a in arrays):
        return None
    total = arrays[0]
    for a in arrays[1:]:
        assert total is not None
        assert a is not None
        total = total + a
    return Value.of(np.asarray(total))
