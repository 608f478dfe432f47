"""What the canvas says at each step of a backward pass: sums, writes, hooks, the queue."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.explain.arrivals import Role, arrival
from engine.explain.moment import Moment
from engine.explain.ready import ordinal, ready_queue
from engine.explain.valves import Side, valves
from engine.trace import events as ev
from engine.trace.steps import Phase
from tests.support.runs import FIRST, moment_of
from tests.trace.test_hooks import HOOKS, MODULE

THRICE = """import torch
x = torch.tensor(2., requires_grad=True)
a = x * 3
b = x.exp()
c = a * x
y = a + b + c
y.backward()
"""
TWICE = """import torch
w = torch.tensor(1., requires_grad=True)
(w * 2).backward()
(w * 3).backward()
w.grad = None
(w * 4).backward()
"""
MANY = """import torch
x = torch.tensor(1., requires_grad=True)
y = 0
for i in range(41):
    y = y + x
y.backward()
"""
SECOND = """import torch
x = torch.ones(1, requires_grad=True)
w = torch.ones(1, requires_grad=True)
a = x * w
b = a * w
c = b * x
g, = torch.autograd.grad(c, x, create_graph=True)
(g * w).backward()
"""


def said(m: Moment) -> dict[str, str]:
    """By the names of cards, what arrives there."""
    out = {}
    for entity in m.scenes.members(m.scene):
        if entity.made < m.place and (a := arrival(m, entity)) is not None:
            out[m.name(entity.key)] = a.text
    return out


def queue(m: Moment) -> dict[str, str]:
    return {m.node_name(node): waiting.text for node, waiting in ready_queue(m).items()}


def backward_cursors(source: str) -> list[int]:
    trace = moment_of(source).trace
    return [c for c, s in enumerate(trace.steps, 1) if s.phase is Phase.BACKWARD]


def test_the_running_sum_with_what_is_still_to_come() -> None:
    steps = [said(moment_of(THRICE, c)).get("x") for c in backward_cursors(THRICE)]
    assert steps == [
        None,
        None,
        "Σ 6.0 · 2 to come",
        "Σ 6.0 + 7.389 = 13.39 · 1 to come",
        "Σ 6.0 + 7.389 + 9.0 = 22.39",
        "None → 22.39",
    ]


def test_past_and_present_terms_are_told_apart() -> None:
    m = moment_of(FIRST, 8)
    w = next(e for e in m.scenes.members(m.scene) if m.name(e.key) == "w")
    found = arrival(m, w)
    assert found is not None
    assert found.parts == ((Role.SIGN, "Σ"), (Role.PAST, "3.0"), (Role.NOW, "+ 2.0"), (Role.TOTAL, "= 5.0"))


def test_many_terms_are_counted() -> None:
    source = "import torch\nx = torch.tensor(2., requires_grad=True)\ny = x + x + x + x + x + x\ny.backward()\n"
    texts = [said(moment_of(source, c)).get("x") for c in backward_cursors(source)]
    assert texts[-2] == "Σ 4.0 from 4 + 2.0 = 6.0"


def test_each_call_adds_in_one_write() -> None:
    cursors = backward_cursors(TWICE)
    assert [said(moment_of(TWICE, c)).get("w") for c in cursors] == [
        "Σ 2.0",
        "None → 2.0",
        "Σ 3.0",
        "2.0 + 3.0 = 5.0 · call 2",
        "Σ 4.0",
        "None → 4.0",
    ]


def test_sums_of_tensors_say_their_shape() -> None:
    source = "import torch\nx = torch.ones(2, 3, requires_grad=True)\ny = (x * x).sum()\ny.backward()\n"
    texts = [said(moment_of(source, c)).get("x") for c in backward_cursors(source)]
    assert texts[1] == "Σ 2 × [2×3] = [2×3] 2.0 … 2.0"


def test_valves_say_what_they_changed() -> None:
    seen: dict[str, list[tuple[str, bool, str]]] = {}
    for cursor in backward_cursors(HOOKS):
        m = moment_of(HOOKS, cursor)
        for entity in m.scenes.members(m.scene):
            for valve in valves(m, entity):
                seen.setdefault(m.name(entity.key), []).append((valve.side, valve.now, valve.change))
    assert seen["a"] == [(Side.IN, False, "")] + [(Side.IN, True, "1.0 → 10.0")] + [(Side.IN, False, "1.0 → 10.0")] * 2
    assert seen["w"][2] == (Side.IN, True, "30.0 → 5.0")
    assert seen["x"][-1] == (Side.AFTER, False, "")
    m = moment_of(HOOKS, backward_cursors(HOOKS)[-1] + 1)
    (after,) = [v for e in m.scenes.members(m.scene) for v in valves(m, e) if v.side is Side.AFTER]
    assert after.now, "it runs with what it prints"
    assert "y" not in seen


def test_valves_stand_there_before_backward_and_go_with_the_hook() -> None:
    m = moment_of(HOOKS, 4)
    assert [v.label for e in m.scenes.members(m.scene) for v in valves(m, e)] == ["hook", "hook", "tenfold"]
    m = moment_of(HOOKS)
    assert [v.label for e in m.scenes.members(m.scene) for v in valves(m, e)] == ["hook", "tenfold"]


def test_the_valve_of_a_module() -> None:
    m = moment_of(MODULE, backward_cursors(MODULE)[-2])
    found = [v for e in m.scenes.members(m.scene) for v in valves(m, e)]
    assert [(v.side, v.label, v.ran) for v in found] == [(Side.OUT, "halve", True)]


def test_the_ready_queue() -> None:
    cursors = backward_cursors(THRICE)
    assert queue(moment_of(THRICE, cursors[0])) == {"add": "next", "c": "2nd", "a": "0/2", "b": "0/1", "x": "0/3"}
    assert queue(moment_of(THRICE, cursors[1])) == {"c": "next", "a": "1/2", "b": "2nd", "x": "0/3"}
    assert queue(moment_of(THRICE, cursors[4])) == {"x": "next"}
    assert queue(moment_of(THRICE)) == {}


@pytest.mark.parametrize(
    "source",
    [
        THRICE,
        FIRST,
        HOOKS,
        MODULE,
        "import torch\nx = torch.ones(3, requires_grad=True)\na, b = x.sum(), (x * x).sum()\ntorch.autograd.backward([a, b])\n",
        SECOND,
    ],
)
def test_what_is_said_to_run_next_runs_next(source: str) -> None:
    cursors = backward_cursors(source)
    for cursor, following in pairwise(cursors):
        m = moment_of(source, cursor)
        event = moment_of(source, following).main
        assert isinstance(event, ev.NodeRan)
        if m.step is not None and event.run == m.step.run:
            places = {w.place: node for node, w in ready_queue(m).items()}
            assert places[1] == event.node


def test_ordinals() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 21, 22, 103)] == [
        "next", "2nd", "3rd", "4th", "11th", "12th", "21st", "22nd", "103rd",
    ]  # fmt: skip


def test_a_sum_of_many_says_how_many() -> None:
    """Beyond what is added up anew each time, it is the same sum."""
    m = moment_of(MANY, 0)
    said = []
    for cursor in range(1, len(m.trace) + 1):
        at = Moment.at(m.trace, m.scenes, cursor)
        x = m.scenes.entities[next(k for k in m.scenes.entities if m.scenes.entities[k].names)]
        shown = arrival(at, x)
        if shown is not None and not shown.write:
            said.append(shown.text)
    assert any("from 39" in text and text.endswith("= 40.0 · 1 to come") for text in said), said
