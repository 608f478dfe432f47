"""Remarks: what surprises in a step although nothing is wrong."""

from __future__ import annotations

import pytest

from engine.explain.advice.remarks import remarks
from engine.explain.derivation import explain
from tests.support.runs import FIRST, TRAINING, moment_of, trace_of

HEAD = "import torch\ndef P(v): return torch.tensor(v, requires_grad=True)\n"


def said(program: str) -> list[str]:
    source = HEAD + program
    return [r for cursor in range(len(trace_of(source)) + 1) for r in remarks(moment_of(source, cursor))]


@pytest.mark.parametrize(
    ("program", "text"),
    [
        (
            "b = P([1., 2.])\n(torch.ones(3, 2) + b).sum().backward()\n",
            "b ([2]) was stretched to [3×2]: each element was used 3 times, so its gradient is the sum of 3.",
        ),
        (
            "x = P(3.)\n(x * x + x).backward()\n",
            "x was used 3 times, so 3 gradients add up: 1.0 + 3.0 + 3.0 = 7.0. One write puts the sum into x.grad.",
        ),
        (
            "x = P(3.)\n(x + x).backward()\n",
            "x was used 2 times, so 2 gradients add up: 1.0 + 1.0 = 2.0. One write puts the sum into x.grad.",
        ),
        (
            "x = P(2.)\na = x * 2\nb = a.exp()\nc = a.sin()\n(b * c + a).backward()\n",
            "a was used 3 times, so 3 gradients add up: 1.0 - 35.69 - 41.32 = -76.01. The node runs once, with the sum.",
        ),
        (
            "x = P(2.)\nx.register_hook(lambda g: g * 10)\n(x * 3).backward()\n",
            "A hook changed the gradient of x: 3.0 came, 30.0 goes on.",
        ),
        (
            "x = P(2.)\ny = x * 3\ny.register_hook(lambda g: g * 10)\ny.retain_grad()\n(y * 2).backward()\n",
            "A hook changed the gradient of y: 2.0 came, 20.0 goes on.",
        ),
        ("x = P([0., 1.])\ntorch.relu(x).sum().backward()\n", "relu has a corner at 0; torch takes the slope 0 there."),
        ("x = P([0., 1.])\nx.abs().sum().backward()\n", "abs has a corner at 0; torch takes the slope 0 there."),
        (
            "x = P([0., 2.])\nx.clamp(min=0).sum().backward()\n",
            "clamp has a corner at min=0; torch takes the slope 1 there.",
        ),
        ("x = P([2., 2., 1.])\nx.max().backward()\n", "2 elements share the largest value; they share the gradient."),
    ],
)
def test_a_surprise_is_remarked_on(program: str, text: str) -> None:
    assert said(program) == [text]


@pytest.mark.parametrize(
    "program",
    [
        "x = P([1., 2.])\n(x * 3).sum().backward()\n",
        "w = P([[1.], [2.]])\n(torch.ones(3, 2) @ w).sum().backward()\n",
        "x = P([0.5, 1.])\ntorch.relu(x).sum().backward()\n",
        "x = P([2., 3.])\nx.max().backward()\n",
    ],
)
def test_what_does_not_surprise_gets_no_remark(program: str) -> None:
    assert said(program) == []


def test_remarks_stand_on_the_page_of_their_step() -> None:
    pages = [explain(moment_of(FIRST, c)).notes for c in range(len(trace_of(FIRST)) + 1)]
    assert [n for n in pages if n] == [
        ("w was used 2 times, so 2 gradients add up: 3.0 + 2.0 = 5.0. One write puts the sum into w.grad.",)
    ]


def test_there_is_a_remark_or_none_at_every_step_of_training() -> None:
    for cursor in range(len(trace_of(TRAINING)) + 1):
        for text in remarks(moment_of(TRAINING, cursor)):
            assert text.startswith("model.bias ([1]) was stretched to [3×1]")
