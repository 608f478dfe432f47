"""What autograd does, as it stands on the canvas at a cursor and on the way to it: what is where, by setting the time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from pytestqt.qtbot import QtBot

from engine.explain.valves import Side
from gui.base.layers import Layers
from gui.base.settings import Settings
from gui.canvas import paint_effects
from gui.canvas.effects import Decor
from gui.canvas.neighbours import ports_of
from gui.canvas.paint_cards import log_size
from gui.canvas.paint_copies import strands
from gui.canvas.picture import Picture
from gui.canvas.placed import PlacedCard, PlacedEdge
from gui.window import MainWindow
from tests.explain.test_effects import SECOND, THRICE, TWICE
from tests.support.runs import FIRST
from tests.trace.test_hooks import HOOKS

Show = Callable[..., MainWindow]

STRETCHED = """import torch
w = torch.ones(2, 3, requires_grad=True)
b = torch.tensor(0.5, requires_grad=True)
y = w + b
z = y.sum()
z.backward()
"""
SIGNS = """import torch
w = torch.tensor(3., requires_grad=True)
b = torch.tensor(0.5, requires_grad=True)
y = w * 1000 - b
y.backward()
"""
LEAVING = """import torch
x = torch.tensor([1., 3.], requires_grad=True)
s = x.sum().item()
i = x.argmax()
q = x.detach().numpy()
"""
CLASH = """import torch
w = torch.tensor([1.], requires_grad=True)
a = w * 2
y = a.exp()
y.add_(1)
y.sum().backward()
"""


def picture(window: MainWindow) -> Picture:
    return window.canvas.view.picture


def card(window: MainWindow, title: str) -> PlacedCard:
    return next(c for c in picture(window).cards if c.card.title == title)


def decor(window: MainWindow, title: str) -> Decor:
    found = picture(window).effects.at(card(window, title).entity)
    assert found is not None
    return found


def edge(window: MainWindow, source: str, target: str) -> PlacedEdge:
    ends = card(window, source).card.key, card(window, target).card.key
    return next(e for e in picture(window).edges if e.key[:2] == ends)


# --- gradients on their way -------------------------------------------------------------------


def test_a_gradient_carries_upstream_times_local_and_what_that_makes(show: Show) -> None:
    window = show(THRICE, 9, still=False)
    flow = edge(window, "a", "c").flow
    assert flow is not None
    assert (flow.text, flow.sum) == ("1.0 × 2", "= 2.0")
    window.session.move(10)
    flow = edge(window, "a", "c").flow
    assert flow is not None
    assert (flow.text, flow.sum, flow.now) == ("2.0", "", False)


def test_width_and_sign_of_a_gradient(show: Show) -> None:
    window = show(SIGNS, 10_000)
    minus, plus = edge(window, "b", "y").flow, edge(window, "w", "mul").flow
    assert minus is not None
    assert plus is not None
    assert (minus.negative, plus.negative) == (True, False)
    widths = [log_size(size) for size in (0.0, 1e-3, 1.0, 1e3, 1e30, float("inf"), float("nan"))]
    assert widths == [*sorted(widths[:6]), 1.0]


@pytest.mark.parametrize(("progress", "seen"), [(0.0, "Σ 6.0"), (0.5, "Σ 6.0"), (0.85, "Σ 6.0 + 7.389")])
def test_a_sum_grows_when_the_gradient_is_there(show: Show, progress: float, seen: str) -> None:
    window = show(THRICE, still=False)
    window.session.move(10, progress)
    arrival = decor(window, "x").arrival
    assert arrival is not None
    parts = paint_effects.shown_parts(arrival, progress)
    assert " ".join(text for _, text in parts).startswith(seen)
    window.session.advance(1.0)
    arrival = decor(window, "x").arrival
    assert arrival is not None
    assert arrival.text == "Σ 6.0 + 7.389 = 13.39 · 1 to come"


def test_sums_hang_on_their_cards_and_on_no_other(show: Show) -> None:
    window = show(THRICE, 10)
    for placed in picture(window).cards:
        found = picture(window).effects.at(placed.entity)
        if found is not None and found.arrival is not None:
            box = paint_effects.tray_box(placed.rect, found.arrival)
            assert box.intersects(placed.rect)
            assert abs(box.center().x() - placed.rect.center().x()) < 0.5
            others = [c.rect for c in picture(window).cards if c.card.key != placed.card.key]
            assert not any(box.intersects(r) for r in others)


def test_one_write_to_grad_old_plus_incoming_is_new(show: Show) -> None:
    window = show(TWICE, still=False)
    writes = []
    for cursor in range(1, len(window.session.trace) + 1):
        window.session.move(cursor, 0.0)
        if window.session.moment.written() is None:
            continue
        arrival = decor(window, "w").arrival
        before = card(window, "w").card.grad
        window.session.advance(1.0)
        after = card(window, "w").card
        assert arrival is not None
        assert arrival.write
        writes.append((before, arrival.text, after.grad, after.grad_note))
    assert writes == [
        ("None", "None → 2.0", "2.0", ""),
        ("2.0", "2.0 + 3.0 = 5.0 · call 2", "5.0", "2 calls"),
        ("None", "None → 4.0", "4.0", ""),
    ]


# --- hooks and what stays ---------------------------------------------------------------------


def test_a_hook_is_a_valve_where_the_gradient_passes(show: Show) -> None:
    window = show(HOOKS, 5)
    (valve,) = decor(window, "a").valves
    assert (valve.side, valve.ran, valve.change) == (Side.IN, False, "")
    (port,) = ports_of(picture(window), card(window, "a").card.key)
    at = paint_effects.valve_at(card(window, "a").rect, valve.side, [port])
    assert at == port
    assert at.x() == card(window, "a").rect.right()
    window.session.move(6)
    (valve,) = decor(window, "a").valves
    assert (valve.ran, valve.now, valve.change) == (True, True, "1.0 → 10.0")
    (after,) = decor(window, "x").valves
    assert paint_effects.valve_at(card(window, "x").rect, after.side, []).x() == card(window, "x").rect.left()


def test_retained_gradients_stay_and_say_so(show: Show) -> None:
    source = "import torch\nx = torch.tensor(2., requires_grad=True)\na = x * 3\na.retain_grad()\ny = a * a\ny.backward()\nz = x + 1\n"
    window = show(source, 3)
    assert card(window, "a").card.grad_note == "retain_grad"
    window.session.move(10_000)
    assert (card(window, "a").card.grad, card(window, "a").card.grad_note) == ("12.0", "retained")
    assert card(window, "y").card.grad == "None", "what only passed through is gone when something new is computed"


# --- pins, cuts, exits ------------------------------------------------------------------------


def test_a_clash_shows_both_versions(show: Show) -> None:
    window = show(CLASH, 10_000)
    texts = {p.text: p.broken for c in picture(window).cards for p in c.card.pins}
    assert texts["result@v0 → v1"]


def test_numbers_that_leave_the_graph_are_shown_in_their_step(show: Show) -> None:
    window = show(LEAVING, 2)
    assert decor(window, "sum").exits == ("item() → 4.0",)
    assert picture(window).dying == [card(window, "sum").rect], "nothing holds the sum any longer"
    window.session.move(3)
    assert all(picture(window).effects.at(c.entity) is None for c in picture(window).cards)


# --- copies -----------------------------------------------------------------------------------


def test_copies_part_and_sums_meet(show: Show) -> None:
    window = show(STRETCHED, 3)
    e = edge(window, "b", "y")
    copies = picture(window).effects.copies(e.key[1], e.key[2])
    assert copies is not None
    assert copies.text(backward=False) == "1 → 6"
    lines = strands(e.route, copies)
    assert len({(round(line[0].x()), round(line[0].y())) for line in lines}) == 1, "one value leaves the operand"
    middle = len(lines[0]) * 2 // 3
    assert len({round(line[middle].y(), 1) for line in lines}) == len(lines) == 5
    window.session.move(6)
    flow = edge(window, "b", "y").flow
    assert flow is not None
    assert flow.copies is not None
    assert flow.copies.text(backward=True) == "Σ 6 → 1"
    assert edge(window, "w", "y").flow.copies is None  # type: ignore[union-attr]


def test_a_sum_copies_its_gradient(show: Show) -> None:
    window = show(STRETCHED, 5)
    flow = edge(window, "y", "z").flow
    assert flow is not None
    assert flow.copies is not None
    assert flow.copies.text(backward=True) == "1 → 6"


# --- switches ---------------------------------------------------------------------------------


def test_the_ready_queue_is_a_switch_that_is_remembered(show: Show, qtbot: QtBot) -> None:
    window = show(THRICE, 8)
    assert decor(window, "b").waiting is None
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_Q)
    said = {}
    for placed in picture(window).cards:
        found = picture(window).effects.at(placed.entity)
        if found is not None and found.waiting is not None:
            said[placed.card.title] = found.waiting.text
            assert paint_effects.counter_box(placed.rect, found.waiting.text).intersects(placed.rect)
    assert said == {"c": "next", "b": "2nd", "a": "1/2", "x": "0/3"}
    settings = window.session.settings
    assert settings.layers == Layers(queue=True)
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_Q)
    assert decor(window, "b").waiting is None
    assert settings.layers == Layers()


def test_higher_derivatives_can_be_hidden(show: Show, qtbot: QtBot) -> None:
    window = show(SECOND, 10_000)
    orders = {c.card.order for c in picture(window).cards}
    assert orders == {1, 2}
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_H)
    titles = [c.card.title for c in picture(window).cards]
    assert {c.card.order for c in picture(window).cards} == {1}
    assert set(titles) == {"x", "w", "a", "b", "c", "mul"}, "the numbers that only they used are hidden with them"
    assert not window.session.layers.higher


def test_layers_survive_a_restart(tmp_path: Path) -> None:
    Settings(tmp_path / "s.ini").layers = Layers(queue=True, higher=False)
    assert Settings(tmp_path / "s.ini").layers == Layers(queue=True, higher=False)


# --- life and death ---------------------------------------------------------------------------


def test_the_living_nodes_are_counted_under_the_picture(show: Show) -> None:
    source = "import torch\nw = torch.ones(1, requires_grad=True)\ntotal = 0\nfor i in range(2):\n    loss = w * i\n    total = total + loss\n"
    window = show(source, 10_000)
    assert window.canvas.alive.text() == "4 nodes alive"
    window.session.move(2)
    assert window.canvas.alive.text() == "1 node alive"
    assert window.canvas.alive.isVisible()


def test_what_dies_with_a_step_is_within_the_motion(show: Show) -> None:
    window = show(LEAVING, 2)
    (rect,) = picture(window).dying
    assert window.canvas.view._motion.boundingRect().contains(rect)


@pytest.mark.parametrize("source", [FIRST, THRICE, HOOKS, STRETCHED, SECOND, CLASH, LEAVING])
def test_everything_is_painted_in_both_views(show: Show, source: str) -> None:
    window = show(source, 0, still=False)
    window.session.set_layers(Layers(queue=True))
    for functions in (False, True):
        window.session.set_functions(functions)
        for cursor in range(1, len(window.session.trace) + 1):
            window.session.move(cursor, 0.6)
            window.session.advance(1.0)
            motion = window.canvas.view._motion.boundingRect()
            for placed in picture(window).active:
                found = picture(window).effects.at(placed.entity)
                if found is not None and found.arrival is not None:
                    box = paint_effects.tray_box(placed.rect, found.arrival)
                    assert QRectF(motion).contains(box), cursor
    assert not window.canvas.view.viewport().grab().isNull()


# --- no_grad ----------------------------------------------------------------------------------


def test_one_region_around_what_hangs_together_without_grad(show: Show) -> None:
    source = (
        "import torch\nx = torch.tensor([1., 3.], requires_grad=True)\nwith torch.no_grad():\n    a = x * 3\n"
        "    b = a + 1\n    c = b * b\ny = x * 2\n"
    )
    window = show(source, 10_000)
    (region,) = picture(window).regions
    rects = {c.card.title: c.rect for c in picture(window).cards}
    assert all(region.contains(rects[name]) for name in "abc")
    assert not any(region.intersects(rects[name]) for name in "xy")
    window.session.move(2)
    assert picture(window).regions == [rects["a"]]
    window.session.move(1)
    assert picture(window).regions == []


HIGHER = """import torch
x = torch.tensor(2., requires_grad=True)
y = x ** 3
g, = torch.autograd.grad(y, x, create_graph=True)
h, = torch.autograd.grad(g, x)
"""


def test_a_graph_of_second_order_is_a_layer_of_its_own(show: Show, qtbot: QtBot) -> None:
    window = show(HIGHER, 2)
    assert picture(window).layers == [], "nothing of it has been made"
    window.session.move(len(window.session.trace))
    ((title, ground),) = picture(window).layers
    assert title == "second-order graph"
    inside = [placed for placed in picture(window).cards if ground.contains(placed.rect)]
    assert {placed.card.title for placed in inside} == {"pow", "mul", "g", "3", "seed"}
    assert not any(ground.intersects(card(window, name).rect) for name in ("x", "y", "h"))
    window.do("higher")
    assert picture(window).layers == []
    window.do("higher")
