"""Groups on the canvas: frames, collapsing and opening them, and what a collapsed one shows while gradients pass."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from engine.trace import events as ev
from gui.canvas.groups import CHEVRON, TITLE
from gui.canvas.menus import menu_for
from gui.canvas.placed import PlacedCard, PlacedEdge
from gui.canvas.pointing import hint_of
from gui.export import export_picture
from gui.palette.palette import CommandPalette
from gui.window import MainWindow
from tests.graph.test_groups import MLP, NESTED, NEURONS, RNN, TWICE
from tests.support.runs import FIRST, scenes_of, trace_of

Show = Callable[..., MainWindow]


def cards(window: MainWindow) -> dict[str, PlacedCard]:
    """By title; of several the last."""
    return {placed.card.title: placed for placed in window.canvas.view.picture.cards}


def frames(window: MainWindow) -> list[str]:
    return sorted(frame.group.title for frame in window.canvas.view.picture.frames)


def edges(window: MainWindow, source: str, target: str) -> list[PlacedEdge]:
    picture = window.canvas.view.picture
    found = [e for e in picture.edges if picture[e.key[0]].card.title == source]
    return [e for e in found if picture[e.key[1]].card.title == target]


def chevron(window: MainWindow, title: str) -> QPoint:
    view = window.canvas.view
    frame = next(f for f in view.picture.frames if f.group.title == title)
    return view.mapFromScene(frame.rect.topLeft()) + QPoint(round(CHEVRON / 2), round(TITLE / 2)) * view.zoom


def click(window: MainWindow, qtbot: QtBot, at: QPoint, double: bool = False) -> None:
    port = window.canvas.view.viewport()
    if double:
        qtbot.mouseDClick(port, Qt.MouseButton.LeftButton, pos=at)
    else:
        qtbot.mouseClick(port, Qt.MouseButton.LeftButton, pos=at)


def middle(window: MainWindow, title: str) -> QPoint:
    return window.canvas.view.mapFromScene(cards(window)[title].rect.center())


def shut(window: MainWindow, *titles: str) -> None:
    """Collapse groups by their titles."""
    found = window.canvas.view.picture.stage.folded.groups.all
    window.session.fold({path: True for path, group in found.items() if group.title in titles})


@pytest.mark.parametrize("source", [NESTED, MLP, RNN.format(n=4)])
def test_frames_hold_their_cards_and_no_others(show: Show, source: str) -> None:
    window = show(source, 10_000, width=1920, height=1080)
    picture = window.canvas.view.picture
    folded = picture.stage.folded
    assert frames(window)
    for frame in picture.frames:
        inside = {placed.entity.key for placed in picture.cards if frame.rect.contains(placed.rect)}
        touched = {placed.entity.key for placed in picture.cards if frame.rect.intersects(placed.rect)}
        assert inside == touched == {folded.card[key] for key in frame.group.keys}
    for a, b in combinations(picture.frames, 2):
        if a.group.path != b.group.path[: len(a.group.path)]:
            assert not a.rect.intersects(b.rect)


def test_a_frame_comes_with_the_first_op_in_it(show: Show) -> None:
    window = show(NESTED, 2)
    seen = []
    for cursor in range(3, 9):
        window.session.move(cursor)
        seen.append(frames(window))
    assert seen == [
        ["model()"],
        ["model()", "scale()"],
        ["model()", "scale()"],
        ["model()", "scale()", "scale()"],
        ["model()", "scale()", "scale()"],
        ["model()", "scale()", "scale()"],
    ]


def test_the_first_program_has_none(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 9)
    assert frames(window) == []
    before = [placed.rect for placed in window.canvas.view.picture.cards]
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_G)
    assert [placed.rect for placed in window.canvas.view.picture.cards] == before


def test_chevron_title_and_pile_collapse_and_open(show: Show, qtbot: QtBot) -> None:
    window = show(NESTED, 10_000, width=1920, height=1080)
    everything = set(cards(window))
    click(window, qtbot, chevron(window, "model()"))
    assert frames(window) == ["loss_fn()"]
    pile = cards(window)["model()"]
    assert pile.group is not None
    assert (pile.card.aside, pile.card.value) == ("6 ops ›", "[2×1] 0.9998 … 0.9998")
    click(window, qtbot, middle(window, "model()"))
    assert window.session.selection == pile.entity.key, "one click selects, as on any card"
    click(window, qtbot, middle(window, "model()"), double=True)
    assert frames(window) == ["loss_fn()", "model()", "scale()", "scale()"]
    assert set(cards(window)) == everything
    title = chevron(window, "loss_fn()") + QPoint(round(40 * window.canvas.view.zoom), 0)
    click(window, qtbot, title, double=True)
    assert frames(window) == ["model()", "scale()", "scale()"]
    opener = window.canvas.view.mapFromScene(cards(window)["loss_fn()"].rect.topRight()) + QPoint(-6, 6)
    click(window, qtbot, opener)
    assert frames(window) == ["loss_fn()", "model()", "scale()", "scale()"]


def test_the_same_key_collapses_and_opens(show: Show, qtbot: QtBot) -> None:
    window = show(NESTED, 10_000)
    view = window.canvas.view
    window.session.select(next(c.card.key for c in view.picture.cards if c.card.title == "tanh"))
    for title, expected in (("model()", ["loss_fn()"]), ("tanh", ["loss_fn()", "model()", "scale()", "scale()"])):
        qtbot.keyClick(view, Qt.Key.Key_G)
        assert frames(window) == expected
        assert view.picture[window.session.selection or ""].card.title == title
    qtbot.keyClick(view, Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    assert frames(window) == []
    assert {"model()", "loss_fn()"} <= set(cards(window))
    qtbot.keyClick(view, Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
    assert len(frames(window)) == 4


def test_the_menu_names_the_groups_around(show: Show, qtbot: QtBot) -> None:
    window = show(RNN.format(n=3), 10_000)
    view = window.canvas.view
    menu = QMenu()
    view.folder.fill(menu, cards(window)["h"], QPoint())
    texts = [action.text().split("\t")[0] for action in menu.actions()]
    assert texts == ["Collapse step 3 of 3", "Collapse all 3: steps 1 to 3", "Collapse all groups", "Open all groups"]
    menu.actions()[1].trigger()
    assert "steps 1 to 3" in cards(window)
    menu = QMenu()
    view.folder.fill(menu, cards(window)["steps 1 to 3"], QPoint())
    assert menu.actions()[0].text().startswith("Open steps 1 to 3")
    menu.actions()[0].trigger()
    shown = [c.card.title for c in view.picture.cards if c.group is not None]
    assert shown == ["step 1 of 3", "step 2 of 3", "step 3 of 3"], "one after the other they can be opened"
    click(window, qtbot, view.mapFromScene(cards(window)["step 2 of 3"].rect.center()), double=True)
    assert frames(window) == ["step 2 of 3"]


def test_gradients_go_through_a_collapsed_group_with_their_numbers(show: Show) -> None:
    source = RNN.format(n=3) + "loss.backward()\n"
    window = show(source, 0)
    shut(window, "steps 1 to 3")
    session, picture = window.session, window.canvas.view.picture
    seen = set()
    for cursor, step in enumerate(session.trace.steps, 1):
        event = session.trace.events[step.main]
        if not isinstance(event, ev.NodeRan):
            continue
        session.move(cursor)
        picture = window.canvas.view.picture
        active = [placed.card.title for placed in picture.active]
        for key in session.scenes.of_node(event.node):
            assert picture[key].active
        for edge in picture.edges:
            if edge.flow is not None and edge.flow.now:
                seen.add((picture[edge.key[0]].card.title, picture[edge.key[1]].card.title))
        assert active
    assert seen == {("U", "steps 1 to 3"), ("W", "steps 1 to 3"), ("steps 1 to 3", "sum"), ("sum", "loss")}
    m = session.moment
    for name in ("U", "W"):
        (edge,) = edges(window, name, "steps 1 to 3")
        value = m.state.grad(next(t for (_, n), b in m.state.names.items() for _, t in b.tensors if n == name))
        assert value is not None
        assert value.array is not None
        assert edge.flow is not None
        assert edge.flow.size == pytest.approx(float(abs(value.array).max())), "the sum of what its parts sent"
    (pile,) = [placed for placed in picture.cards if placed.group is not None]
    assert pile.card.value == "[1×3] 0.9999 … 0.9999"
    assert pile.card.grad == "[1×3] 2.0 … 2.0"


def test_a_collapsed_group_grows_with_the_run(show: Show) -> None:
    window = show(NESTED, 0)
    shut(window, "model()")
    seen = []
    for cursor in range(2, 10):
        window.session.move(cursor)
        card = cards(window).get("model()")
        seen.append(("" if card is None else card.card.value, len(edges(window, "x", "model()"))))
    assert seen == [("", 0), *[("…", 1)] * 5, *[("[2×1] 0.9998 … 0.9998", 1)] * 2], "no result before there is one"


def test_an_operand_taken_twice_has_two_edges_that_can_be_told_apart(show: Show) -> None:
    window = show(TWICE, 10_000)
    for titles, source, target in (
        ((), "mul", "b"),
        (("double()",), "mul", "double()"),
        (("double()",), "double()", "z"),
    ):
        shut(window, *titles)
        one, other = edges(window, source, target)
        assert one.key[2] < other.key[2]
        assert one.route.segments[-1][2][1] < other.route.segments[-1][2][1] - 4, "ports in the order of the arguments"
        (x, y), _ = one.route.at(0.5)
        (u, v), _ = other.route.at(0.5)
        assert abs(x - u) + abs(y - v) > 2


def test_what_lies_in_a_collapsed_group_is_found(show: Show, qtbot: QtBot) -> None:
    window = show(RNN.format(n=3), 10_000)
    shut(window, "steps 1 to 3")
    window.do("palette")
    palette = QApplication.activePopupWidget()
    assert isinstance(palette, CommandPalette)
    qtbot.keyClicks(palette.field, "card add")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert frames(window) == ["step 1 of 3"]
    assert window.canvas.view.picture[window.session.selection or ""].card.title == "add"
    assert {"step 2 of 3", "step 3 of 3"} <= set(cards(window))


def test_an_edge_of_a_collapsed_group_tells_what_it_stands_for(show: Show) -> None:
    window = show(RNN.format(n=3) + "loss.backward()\n", 10_000)
    shut(window, "steps 1 to 3")
    (edge,) = edges(window, "W", "steps 1 to 3")
    assert len(edge.uses) == 3
    rows = dict(hint_of(window.canvas.view, edge).rows)
    assert rows["input"] == "1 of mm"
    for placed in window.canvas.view.picture.edges:
        assert hint_of(window.canvas.view, placed).heading
        assert not menu_for(window.canvas.view, placed).isEmpty()


def test_an_exported_picture_has_the_same_groups_collapsed(show: Show, tmp_path: Path) -> None:
    window = show(NESTED, 10_000)
    s, view = window.session, window.canvas.view
    sizes = []
    for folds in ({}, {("function model",): True}):
        s.fold(folds)
        export_picture(s.moment, s.theme, tmp_path / "graph.png", s.functions, view.pictures)
        sizes.append(QImage(str(tmp_path / "graph.png")).width())
    assert sizes[1] < sizes[0] * 0.7


def test_what_is_collapsed_stays_so_in_the_next_epoch_and_after_an_edit(show: Show) -> None:
    window = show(MLP, 10_000)
    shut(window, "0: Linear(2, 16)")
    for cursor in (20, 40, len(window.session.trace)):
        window.session.move(cursor)
        assert "0: Linear(2, 16)" in cards(window)
        assert "2: Linear(16, 1)" in frames(window)
    session = window.session
    edited = MLP.replace(" ** 2", " ** 4")
    session.edit(edited)
    window.runner._pause.stop()
    session.run_ended(trace_of(edited), scenes_of(edited), 0.01)
    assert "0: Linear(2, 16)" in cards(window)
    session.open_text(NESTED, "another.py")
    assert not session.folds, "another document has settings of its own"


def test_a_large_graph_starts_with_its_neurons_collapsed(show: Show) -> None:
    window = show(NEURONS.format(n=8), 10_000, width=1920, height=1080)
    picture = window.canvas.view.picture
    assert sum(placed.group is not None for placed in picture.cards) == 17
    assert len(picture.cards) < 100
    QApplication.processEvents()
    assert not window.canvas.view.viewport().grab().isNull()
