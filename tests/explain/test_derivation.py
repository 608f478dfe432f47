"""The Explain page: the chain rule with its numbers, the ledger, the check."""

from __future__ import annotations

import pytest

from engine.explain.derivation import explain
from engine.explain.flow import flows
from tests.support.runs import FIRST, TRAINING, moment_of, trace_of


def test_step_three_of_the_first_program() -> None:
    e = explain(moment_of(FIRST, 8))
    assert (e.heading, e.detail) == ("a = w + x", "AddBackward0 · line 4 · nothing saved")
    rule = e.rules[0]
    assert rule.symbols == r"\partial y/\partial w \;\text{gets}\; \partial y/\partial a \cdot \partial a/\partial w"
    assert rule.derivative == r"= b \cdot 1"
    assert rule.numbers == r"= 2.0 \times 1.0 = 2.0"
    rows = [(r.label, r.amount, r.kind) for r in e.ledgers[0].rows]
    assert rows == [("via b", "3.0", "past"), ("via a, now", "+ 2.0", "now"), ("next: w.grad", "None → 5.0", "total")]
    assert [(c.target, c.gradient, c.difference, c.agrees) for c in e.checks] == [
        ("w", "5.0000", "5.0000", True),
        ("x", "2.0000", "2.0000", True),
    ]


def test_a_buffer_that_still_waits_says_so() -> None:
    e = explain(moment_of(FIRST, 7))
    assert [r.label for r in e.ledgers[0].rows] == ["via b, now", "waits for 1 more"]
    assert not e.checks, "half a gradient is not compared"


def test_what_a_function_by_name_takes_stands_in_brackets() -> None:
    m = moment_of("import torch\nw = torch.tensor(1.0, requires_grad=True)\nd = w.detach()\n", 2)
    key = next(k for k, e in m.scenes.entities.items() if e.op == "detach")
    assert explain(m, key).formula == r"d = \operatorname{detach}(w)"


def test_a_selected_card() -> None:
    m = moment_of(FIRST, 8)
    key = next(k for k, e in m.scenes.entities.items() if e.op == "mul")
    e = explain(m, key)
    assert e.heading == "y = a · b"
    assert e.formula == r"y = a \cdot b"
    assert "saved a@v0, b@v0" in e.detail


def test_the_check_uses_the_values_of_the_pass_not_the_updated_ones() -> None:
    trace = trace_of(TRAINING)
    for cursor in range(len(trace) + 1):
        for check in explain(moment_of(TRAINING, cursor)).checks:
            assert check.agrees, (cursor, check)


@pytest.mark.parametrize(
    "expression",
    [
        "(x ** 3).sum()",
        "(x.exp() * x.sin()).sum()",
        "torch.sigmoid(x).mean()",
        "(x / (x + 3)).prod()",
        "(x @ x)",
        "x.view(2, 1).t().sum()",
        "(x.unsqueeze(1) + x).sum()",
        "torch.where(x > 1, x, x * 2).sum()",
        "x.norm()",
        "(x * torch.tensor([1., 10.])).sum()",
    ],
)
def test_every_gradient_agrees_with_its_central_difference(expression: str) -> None:
    source = f"import torch\nx = torch.tensor([0.7, 1.3], requires_grad=True)\ny = {expression}\ny.backward()\n"
    m = moment_of(source)
    key = m.scenes.of_tensor(0, m.place)
    checks = explain(m, key).checks
    assert [c.agrees for c in checks] == [True], checks


def test_a_wrong_gradient_would_be_seen() -> None:
    from engine.explain import replay

    m = moment_of(FIRST)
    assert replay.central_difference(m, 0) == pytest.approx(5.0)
    assert replay.central_difference(m, 1) == pytest.approx(2.0)


def test_the_numbers_on_edges() -> None:
    now = [(f.text, f.now) for f in flows(moment_of(FIRST, 8))]
    assert now == [("2.0", False), ("3.0", False), ("3.0", False), ("2.0 × 1", True), ("2.0 × 1", True)]


def test_gradients_fade_when_the_program_computes_on() -> None:
    source = "import torch\nx = torch.ones(1, requires_grad=True)\ny = x * 2\ny.backward()\nprint(1)\nz = x * 3\n"
    trace = trace_of(source)
    assert flows(moment_of(source, len(trace) - 1)), "still to be seen while it prints"
    assert not flows(moment_of(source, len(trace)))


@pytest.mark.parametrize("source", [FIRST, TRAINING, "import torch\nx = torch.ones(2)\n1/0\n", "x = ="])
def test_there_is_a_page_for_every_step(source: str) -> None:
    trace = trace_of(source)
    for cursor in range(len(trace) + 1):
        m = moment_of(source, cursor)
        assert explain(m).heading
        for key, entity in m.scenes.entities.items():
            if entity.made < m.place:
                assert explain(m, key).heading
