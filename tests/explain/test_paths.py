"""Paths from the root to a leaf: their number, their products, and that these add up to the gradient."""

from __future__ import annotations

import numpy as np
import pytest

from engine.explain.paths import LISTED, Paths, paths_to
from tests.support.runs import FIRST, moment_of, tensor_named

X = "import torch\nx = torch.tensor(2., requires_grad=True)\n"


def paths(source: str, name: str = "x", cursor: int | None = None) -> Paths:
    m = moment_of(source, cursor)
    found = paths_to(m, m.scenes.of_tensor(tensor_named(m, name), m.place))
    assert found is not None
    return found


def test_the_tutorials_first_program() -> None:
    p = paths(FIRST, "w")
    assert p.count == 2
    assert [(q.label, q.amount) for q in p.listed] == [
        ("y → a → w", "2.0 × 1.0 = 2.0"),
        ("y → b → w", "3.0 × 1.0 = 3.0"),
    ]
    assert p.total == p.gradient
    assert p.count_text == "2 paths"
    assert len(p.edges) == 4


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("y = x * x + x\n", 3),
        ("a = x * 2\nb = a.exp()\nc = a.sin()\ny = b * c + a\n", 3),
        ("for i in range(3):\n    x1 = x if i == 0 else y\n    y = x1.sigmoid() + x1\n", 8),
        ("v = torch.stack([x, x * 2, x ** 2])\ny = (v * v.flip(0)).sum()\n", 6),
        ("a, b = torch.stack([x, x * 3]).unbind()\ny = a * b\n", 4),
        ("v = x * torch.ones(2, 3)\ny = (v @ v.t()).mean()\n", 2),
        ("t = x * 1\nt.mul_(x)\ny = t + x\n", 3),
    ],
)
def test_products_add_up_to_the_gradient(body: str, count: int) -> None:
    p = paths(X + body + "y.backward()\n")
    assert p.count == count == len(p.listed)
    assert p.total is not None
    assert p.gradient is not None
    assert np.allclose(p.total.array, p.gradient.array, rtol=1e-5)
    before = paths(X + body)
    assert before.gradient is None
    assert np.allclose(before.total.array, p.total.array, rtol=1e-5), "the same before backward has run"


def test_tensors_and_a_seed_of_ones_own() -> None:
    source = "import torch\nx = torch.tensor([1., 2.], requires_grad=True)\ny = x ** 2 + x\ny.backward(torch.tensor([1., 10.]))\n"
    p = paths(source)
    assert [q.amount for q in p.listed] == [
        "[1.0, 10.0] × 1.0 × [2.0, 4.0] = [2.0, 40.0]",
        "[1.0, 10.0] × 1.0 = [1.0, 10.0]",
    ]
    assert p.total == p.gradient


def test_values_are_those_of_the_pass() -> None:
    source = X + "y = x * x\ny.backward()\nwith torch.no_grad():\n    x -= 1\n"
    assert [q.amount for q in paths(source).listed] == ["2.0", "2.0"]


def test_a_path_to_a_result() -> None:
    p = paths(X + "a = x * 3\nb = a * a\ny = b + a\ny.backward()\n", "a")
    assert [(q.label, q.amount) for q in p.listed] == [
        ("y → b → a", "1.0 × 6.0 = 6.0"),
        ("y → b → a", "1.0 × 6.0 = 6.0"),
        ("y → a", "1.0"),
    ]


def test_paths_are_counted_not_walked() -> None:
    p = paths(X + "h = x\nfor _ in range(400):\n    h = h * 0.5 + h * 0.5\nh.backward()\n")
    assert p.count == 2**400
    assert len(p.listed) == LISTED
    assert p.total is None, "a part of the paths has no sum that means anything"
    assert p.gradient.item() == pytest.approx(1.0)
    assert p.count_text == "about 2.6e120 paths"
    assert len(p.listed[0].label) < 60


def test_what_no_gradient_reaches_has_no_paths() -> None:
    m = moment_of("import torch\nx = torch.ones(2, requires_grad=True)\nc = torch.ones(2)\ny = x.detach() * c\n")
    for name in ("x", "c", "y"):
        assert paths_to(m, m.scenes.of_tensor(tensor_named(m, name), m.place)) is None
