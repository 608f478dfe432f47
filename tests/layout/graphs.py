"""Graphs to lay out: short programs written as text, random ones, and families like those of real programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from engine.layout import Edge

CARD = (190.0, 90.0)


@dataclass(frozen=True)
class Graph:
    nodes: list[str]
    edges: list[Edge]
    sizes: dict[str, tuple[float, float]]


def program(text: str) -> Graph:
    """``w x; a = w x`` has leaves w and x, and a with operands w and x. New operands are constants, made in place."""
    nodes: list[str] = []
    edges: list[Edge] = []
    for statement in text.split(";"):
        name, _, operands = (part.strip() for part in statement.partition("="))
        if not operands:
            nodes += name.split()
            continue
        for index, operand in enumerate(operands.split()):
            if operand not in nodes:
                nodes.append(operand)
            edges.append(Edge(operand, name, index))
        nodes.append(name)
    return Graph(nodes, edges, dict.fromkeys(nodes, CARD))


def prefix(graph: Graph, count: int) -> Graph:
    """What the program made first."""
    nodes = graph.nodes[:count]
    edges = [edge for edge in graph.edges if edge.source in nodes and edge.target in nodes]
    return Graph(nodes, edges, {name: graph.sizes[name] for name in nodes})


FIRST = "w x; a = w x; b = w 1; y = a b"
SQUARE = "w x b t; m = w x; p = m b; d = p t; s = d 2; loss = s"
LINEAR = "weight bias x y; wt = weight; pred = bias x wt; loss = pred y"
DIAMOND = "x; a = x; b = x; y = a b"
RESIDUAL = "x W; h0 = x W" + "".join(f"; s{i} = h{i}; h{i + 1} = s{i} h{i}" for i in range(5))
CHAIN = "x" + "".join(f"; c{i + 1} = {f'c{i}' if i else 'x'}" for i in range(6))
MLP = "h0" + "".join(f"; W{i} b{i}; m{i} = h{i} W{i}; a{i} = m{i} b{i}; h{i + 1} = a{i}" for i in range(3))
SHARED = "x w; a = x w; b = a; c = b; y = c x x; z = y a"


def rnn(steps: int) -> str:
    lines = ["Wx Wh b h0"]
    for t in range(1, steps + 1):
        lines += [
            f"x{t}",
            f"u{t} = x{t} Wx",
            f"v{t} = h{t - 1} Wh",
            f"s{t} = u{t} v{t}",
            f"z{t} = s{t} b",
            f"h{t} = z{t}",
        ]
        lines += [f"l{t} = h{t}", f"acc{t} = {f'acc{t - 1}' if t > 2 else 'l1'} l{t}"] if t > 1 else ["l1 = h1"]
    return "; ".join(lines)


def tree(leaves: int) -> str:
    """Leaves joined two by two from the middle outwards; every third result goes through one more op."""
    pool = [f"x{i}" for i in range(leaves)]
    lines = [" ".join(pool)]
    made = 0
    while len(pool) > 1:
        middle = (len(pool) * 5 // 8) or 1
        left, right = pool.pop(middle - 1), pool.pop(middle - 1)
        lines.append(f"n{made} = {left} {right}")
        if made % 3 == 0:
            lines.append(f"f{made} = n{made}")
        pool.insert(made % (len(pool) + 1), f"f{made}" if made % 3 == 0 else f"n{made}")
        made += 1
    return "; ".join(lines)


def scalar_mlp(inputs: int, hidden: int, samples: int) -> str:
    """One hidden layer, number by number, as in micrograd."""
    lines = [f"b{j} " + " ".join(f"w{j}_{i}" for i in range(inputs)) for j in range(hidden)]
    lines.append("c " + " ".join(f"v{j}" for j in range(hidden)))
    for s in range(samples):
        lines.append(" ".join(f"x{s}_{i}" for i in range(inputs)))
        for j in range(hidden):
            total = f"b{j}"
            for i in range(inputs):
                lines.append(f"m{s}_{j}_{i} = w{j}_{i} x{s}_{i}; s{s}_{j}_{i} = {total} m{s}_{j}_{i}")
                total = f"s{s}_{j}_{i}"
            lines.append(f"h{s}_{j} = {total}")
        total = "c"
        for j in range(hidden):
            lines.append(f"o{s}_{j} = h{s}_{j} v{j}; t{s}_{j} = {total} o{s}_{j}")
            total = f"t{s}_{j}"
        lines.append(f"loss{s} = {f'loss{s - 1} {total}' if s else total}")
    return "; ".join(lines)


def diamonds(count: int) -> str:
    lines = ["x0 acc0 shared"]
    for k in range(count):
        w = "shared" if k % 3 == 2 else f"w{k}"
        lines += [f"m{k} = x{k} {w}; t{k} = x{k}; a{k} = m{k} t{k}; x{k + 1} = a{k} x{k}; acc{k + 1} = acc{k} x{k + 1}"]
    return "; ".join(lines)


CLASSROOM: dict[str, str] = {
    "first": FIRST,
    "x+x": "x; y = x x",
    "square": SQUARE,
    "linear": LINEAR,
    "diamond": DIAMOND,
    "residual": RESIDUAL,
    "chain": CHAIN,
    "mlp": MLP,
    "shared": SHARED,
    "rnn": rnn(4),
    "three": "w x; a = w x; u; v = u; k",
    "fan": "x" + "".join(f"; a{i} = x" for i in range(7)) + "; s = " + " ".join(f"a{i}" for i in range(7)),
}

FAMILIES: dict[str, Callable[[], str]] = {
    "tree": lambda: tree(20),
    "tensor mlp": lambda: (
        "h0" + "".join(f"; W{i} b{i}; m{i} = h{i} W{i}; a{i} = m{i} b{i}; h{i + 1} = a{i}" for i in range(12))
    ),
    "scalar mlp": lambda: scalar_mlp(2, 3, 2),
    "diamonds": lambda: diamonds(8),
    "rnn": lambda: rnn(6),
}


@st.composite
def graphs(draw: st.DrawFn, most: int = 12) -> Graph:
    """Any acyclic graph: several components, isolated nodes, an operand used twice, cards of any size."""
    count = draw(st.integers(0, most))
    nodes = [f"n{i}" for i in range(count)]
    edges = []
    for i in range(1, count):
        for index, source in enumerate(draw(st.lists(st.integers(0, i - 1), max_size=3))):
            edges.append(Edge(f"n{source}", f"n{i}", index))
    side = st.integers(20, 240)
    return Graph(nodes, edges, {name: (float(draw(side)), float(draw(side))) for name in nodes})
