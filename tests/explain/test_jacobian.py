"""Jacobians by replay: those of a step, and those of any two cards, held to differences and to the gradients sent."""

from __future__ import annotations

import numpy as np
import pytest

from engine.explain.jacobian import Jacobian, grids, jacobian, product
from engine.explain.moment import Moment
from engine.trace import events as ev
from tests.support.runs import moment_of

LAYER = """import torch
W = torch.tensor([[1., 2.], [3., 4.], [5., 6.]], requires_grad=True)
x = torch.tensor([1., -1.], requires_grad=True)
y = W @ x
s = torch.softmax(y, 0)
L = (s * torch.tensor([1., 2., 3.])).sum()
L.backward()
"""
SHARED = """import torch
x = torch.tensor([1., 2.], requires_grad=True)
a = x * x
b = a + x.flip(0)
c = torch.stack([b.sum(), b.prod()])
d = x.detach() * 3
"""


def of(m: Moment, one: str, other: str) -> Jacobian | None:
    named = {m.name(e.key): e for e in m.scenes.members(m.scene)}
    return jacobian(m, named[one], named[other])


def grid(j: Jacobian | None) -> list[list[float]]:
    assert j is not None
    assert j.grid.array is not None
    return [[round(float(x), 5) for x in row] for row in j.grid.array]


def test_each_product_is_what_was_sent() -> None:
    seen = 0
    trace = moment_of(LAYER).trace
    for cursor in range(1, len(trace) + 1):
        m = moment_of(LAYER, cursor)
        if not isinstance(m.main, ev.NodeRan):
            continue
        for sent in m.main.sent:
            found = product(m, m.main, sent)
            if found is not None and found.upstream is not None and found.sent is not None:
                seen += 1
                assert np.allclose(found.upstream.array @ found.grid.array, found.sent.array, atol=1e-6)
    assert seen == 5


def test_the_grid_of_a_matrix_product_is_the_matrix() -> None:
    m = next(m for c in range(1, 20) if (m := moment_of(LAYER, c)).step is not None and _runs(m, "y"))
    assert isinstance(m.main, ev.NodeRan)
    found = product(m, m.main, m.main.sent[1])
    assert grid(found) == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert found is not None
    assert (found.target, found.source) == ("y", "x")


def _runs(m: Moment, name: str) -> bool:
    return isinstance(m.main, ev.NodeRan) and m.node_name(m.main.node) == name


@pytest.mark.parametrize("order", [("x", "c"), ("c", "x")])
def test_two_cards_whichever_is_named_first(order: tuple[str, str]) -> None:
    # b = [x0² + x1, x1² + x0] = [3, 5]; c = [b0 + b1, b0 · b1]
    assert grid(of(moment_of(SHARED), *order)) == [[3.0, 5.0], [2.0 * 5 + 3 * 1, 1 * 5 + 3 * 4.0]]


def test_paths_that_meet_add_up() -> None:
    assert grid(of(moment_of(SHARED), "x", "b")) == [[2.0, 1.0], [1.0, 4.0]]
    assert grid(of(moment_of(SHARED), "a", "b")) == [[1.0, 0.0], [0.0, 1.0]]


def test_where_no_gradient_leads_there_is_none() -> None:
    m = moment_of(SHARED)
    assert of(m, "x", "d") is None
    assert of(m, "b", "d") is None


def test_single_numbers_and_large_tensors_have_no_grid_at_a_step() -> None:
    source = "import torch\nx = torch.tensor(2., requires_grad=True)\ny = x * 3\ny.backward()\n"
    assert grids(moment_of(source, 3), ()) == []
    large = "import torch\nx = torch.ones(100, requires_grad=True)\ny = x * 3\ny.sum().backward()\n"
    assert all(grids(moment_of(large, c), ()) == [] for c in range(1, 6))


def test_what_the_page_shows() -> None:
    m = moment_of(LAYER)
    keys = {m.name(e.key): e.key for e in m.scenes.members(m.scene)}
    assert [word for word, _ in grids(m, (keys["s"],))] == ["Row × grid: what s sends to y"]
    assert [word for word, _ in grids(m, (keys["x"], keys["s"]))] == ["Jacobian ∂s / ∂x"]
    assert grids(m, (keys["x"],)) == []
