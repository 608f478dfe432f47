"""Graphs like those that autograd makes, of any size: expressions, networks by tensors and by numbers, recurrences."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Dag:
    """Nodes are 0 to ``len(labels)`` - 1; edges lead from operands to results."""

    labels: list[str]
    edges: list[tuple[int, int]]

    @property
    def sizes(self) -> dict[int, tuple[float, float]]:
        return {i: (max(56.0, 16 + 8.0 * len(label)), 40.0) for i, label in enumerate(self.labels)}


class _Growing:
    """Adds nodes until there are about as many as asked for."""

    def __init__(self, count: int) -> None:
        self.labels: list[str] = []
        self.edges: list[tuple[int, int]] = []
        self.count = count

    def node(self, label: str, *operands: int) -> int:
        self.labels.append(label)
        self.edges += [(operand, len(self.labels) - 1) for operand in operands]
        return len(self.labels) - 1

    def full(self, room: int = 0) -> bool:
        return len(self.labels) + room >= self.count


def _expression(dag: _Growing, seed: int) -> None:
    chance = random.Random(seed)
    pool = [dag.node(f"x{i}") for i in range(max(2, (dag.count + 1) * 10 // 26))]
    while not (len(pool) == 1 and dag.full()):
        if len(pool) > 1 and (chance.random() < 0.62 or dag.full(len(pool))):
            u = pool.pop(chance.randrange(len(pool)))
            v = pool.pop(chance.randrange(len(pool)))
            pool.append(dag.node(chance.choice(["add", "mul", "sub", "div"]), u, v))
        elif dag.full():
            break
        else:
            i = chance.randrange(len(pool))
            pool[i] = dag.node(chance.choice(["tanh", "exp", "relu", "pow"]), pool[i])


def _mlp_of_tensors(dag: _Growing, seed: int) -> None:
    h = dag.node("input")
    while not dag.full(7):
        weight, bias = dag.node("weight"), dag.node("bias")
        h = dag.node("relu", dag.node("add", dag.node("matmul", h, weight), bias))
    target = dag.node("target")
    dag.node("mean", dag.node("pow 2", dag.node("sub", h, target)))


def _mlp_of_numbers(dag: _Growing, seed: int) -> None:
    widths = [2, 16, 16, 1] if dag.count >= 700 else [2, 4, 1] if dag.count >= 80 else [2, 1]
    shapes = list(itertools.pairwise(widths))
    layers = [[([dag.node("w") for _ in range(a)], dag.node("b")) for _ in range(b)] for a, b in shapes]
    room = sum(2 * a * b + b for a, b in shapes) + 6
    total = None
    while total is None or not dag.full(room):
        h = [dag.node("x"), dag.node("x")]
        for number, layer in enumerate(layers):
            out = []
            for weights, bias in layer:
                s = bias
                for w, x in zip(weights, h, strict=True):
                    s = dag.node("+", s, dag.node("*", w, x))
                out.append(dag.node("relu", s) if number < len(layers) - 1 else s)
            h = out
        loss = dag.node("relu", dag.node("+1", dag.node("*-y", h[0])))
        total = loss if total is None else dag.node("+", total, loss)
    dag.node("*1/n", total)


def _diamonds(dag: _Growing, seed: int) -> None:
    x, total, shared = dag.node("x"), dag.node("0"), dag.node("w")
    number = 0
    while not dag.full(6):
        w = shared if number % 10 == 9 else dag.node("w")
        m, t = dag.node("mul", x, w), dag.node("tanh", x)
        x = dag.node("add", dag.node("add", m, t), x)
        total = dag.node("add", total, x)
        number += 1
    dag.node("mean", total)


def _rnn(dag: _Growing, seed: int) -> None:
    w_x, w_h, bias, h = dag.node("W_xh"), dag.node("W_hh"), dag.node("bias"), dag.node("h0")
    total = None
    while total is None or not dag.full(8):
        x = dag.node("x_t")
        z = dag.node("add", dag.node("matmul", x, w_x), dag.node("matmul", h, w_h))
        h = dag.node("tanh", dag.node("add", z, bias))
        loss = dag.node("sum", h)
        total = loss if total is None else dag.node("add", total, loss)


FAMILIES: dict[str, Callable[[_Growing, int], None]] = {
    "expression": _expression,
    "MLP of tensors": _mlp_of_tensors,
    "MLP of numbers": _mlp_of_numbers,
    "diamonds": _diamonds,
    "unrolled RNN": _rnn,
}


def dag(family: str, count: int, seed: int = 0) -> Dag:
    """A graph of about ``count`` nodes; ``seed`` matters to expressions only. No edge is there twice."""
    growing = _Growing(count)
    FAMILIES[family](growing, seed)
    return Dag(growing.labels, list(dict.fromkeys(growing.edges)))
