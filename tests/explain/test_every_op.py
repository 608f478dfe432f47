"""The Explain page of every op of the table: nothing missing, nothing wrong, every formula drawn."""

from __future__ import annotations

import re

import latex2mathml.converter
import numpy as np
import pytest

from engine.explain import latex
from engine.explain.derivation import explain
from engine.explain.moment import Moment
from engine.explain.page import Explanation
from engine.explain.replay import local_derivative, sent_back
from engine.ops import TABLE
from engine.ops.spec import OpSpec
from engine.trace import events as ev
from gui.inspector.formula import svg
from tests.support.op_traces import moment_of_sample

UNDIFFERENTIABLE = ("floor_divide", "remainder_of_number", "heaviside", "igamma", "igammac")
"""Ops whose derivative torch has not implemented: backward() refuses."""
SPECS = [s for s in TABLE.values() if s.differentiable and s.name not in UNDIFFERENTIABLE]
_drawn: set[str] = set()
"""LaTeX commands that have been drawn."""


def check_latex(text: str) -> None:
    """Every formula is understood; it is drawn if it has a command that no other had (drawing takes its time)."""
    assert text
    assert "None" not in text
    latex2mathml.converter.convert(text)
    commands = set(re.findall(r"\\[a-zA-Z]+", text)) - _drawn
    if commands:
        _drawn.update(commands)
        assert svg(text, 17.0, "#000000") is not None, text


def check_page(m: Moment, page: Explanation, sent: list[ev.Sent]) -> None:
    assert page.heading
    assert "Backward" in page.detail
    assert len(page.rules) == min(3, len(sent)), "a rule for each input that gets a gradient"
    for rule, part in zip(page.rules, sent, strict=False):
        assert rule.target
        for text in (rule.symbols, rule.derivative, rule.numbers):
            check_latex(text)
        assert rule.numbers.endswith(f"= {latex.value(part.value)}"), "the last number is what was sent"
    for check in page.checks:
        assert check.agrees, check


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_page_of_an_op(spec: OpSpec) -> None:
    for index in range(len(spec.samples)):
        end = moment_of_sample(spec, index)
        if end is None:
            continue
        for cursor in range(1, len(end.trace) + 1):
            m = Moment.at(end.trace, end.scenes, cursor)
            event = m.main
            node = m.state.nodes.get(event.node) if isinstance(event, ev.NodeRan) else None
            if not isinstance(event, ev.NodeRan) or node is None:
                continue
            check_page(m, explain(m), event.sent)
            card = m.node_entity(event.node)
            assert card is not None
            check_latex(explain(m, card.key).formula)
            _check_numbers(m, event)


def _check_numbers(m: Moment, event: ev.NodeRan) -> None:
    """What is worked out again from the trace is what backward sent, and so is local derivative times upstream."""
    node = m.state.nodes[event.node]
    received = [None if v is None else v.array[()] for v in event.received]
    again = sent_back(m, node, received)
    assert again is not None
    for part in event.sent:
        assert np.allclose(again[part.index], part.value.array, rtol=1e-6, equal_nan=True)
        local = local_derivative(m, node, part.index)
        if local is not None and local.shape == part.value.shape == event.received[0].shape:
            assert np.allclose(local * event.received[0].array, part.value.array, rtol=1e-6, equal_nan=True)


LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy_with_logits")


@pytest.mark.parametrize("loss", LOSSES)
def test_an_average_divides_by_the_number_that_is_written(loss: str) -> None:
    from tests.support.runs import moment_of

    source = (
        "import torch\nx = torch.tensor([[0.3, 0.9, 0.4], [0.1, 0.2, 0.6]], requires_grad=True)\n"
        "t = torch.tensor([[0., 1., 1.], [0., 1., 0.]])\n"
        f"y = torch.nn.functional.{loss}(x, t{{}})\ny.backward()\n"
    )
    pages = {}
    for how in ("", ", reduction='sum'"):
        m = moment_of(source.format(how))
        step = next(c for c in range(len(m.trace)) if isinstance(Moment.at(m.trace, m.scenes, c).main, ev.NodeRan))
        at = Moment.at(m.trace, m.scenes, step)
        pages[how] = explain(at).rules[0].numbers, at.main.sent[0].value.array
    (mean, by_mean), (total, by_sum) = pages.values()
    share = by_sum[by_mean != 0] / by_mean[by_mean != 0]
    assert np.allclose(share, 6)
    assert re.search(r"\\frac\{[\d.]+\}\{6\}", mean)
    assert "frac" not in total
