"""The stage: what is where, at a cursor and on the way to it; zoom, pan, selection by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QVariantAnimation
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.canvas.camera import FOLLOW_LEAST, GLIDE_MS
from gui.palette.palette import CommandPalette
from gui.window import MainWindow
from tests.support.runs import FIRST, TRAINING

Show = Callable[..., MainWindow]

CUT = """import torch
x = torch.tensor([2.], requires_grad=True)
y = (x ** 2).detach()
with torch.no_grad():
    z = x * 3
"""


def titles(window: MainWindow) -> set[str]:
    return {c.card.title for c in window.canvas.view.picture.cards}


def key(window: MainWindow, title: str) -> str:
    return next(c.card.key for c in window.canvas.view.picture.cards if c.card.title == title)


def test_cards_appear_as_the_program_makes_them(show: Show) -> None:
    window = show(FIRST, 0)
    seen = []
    for cursor in range(6):
        window.session.move(cursor)
        seen.append(titles(window))
    assert seen == [
        set(),
        {"w"},
        {"w", "x"},
        {"w", "x", "a"},
        {"w", "x", "a", "1", "b"},
        {"w", "x", "a", "1", "b", "y"},
    ]


def test_places_stay_within_a_scene(show: Show) -> None:
    window = show(FIRST, 3)
    before = {c.card.key: c.rect for c in window.canvas.view.picture.cards}
    window.session.move(11)
    after = {c.card.key: c.rect for c in window.canvas.view.picture.cards}
    assert all(after[k] == rect for k, rect in before.items())


def test_epochs_look_alike(show: Show) -> None:
    window = show(TRAINING)
    places = []
    for turn in (1, 3):
        trace = window.session.trace
        cursor = max(c for c, s in enumerate(trace.steps, 1) if s.turn == (turn,))
        window.session.move(cursor)
        places.append([(c.card.title, c.rect) for c in window.canvas.view.picture.cards])
    assert places[0] == places[1]


def test_nothing_overlaps(show: Show) -> None:
    for source in (FIRST, TRAINING, CUT):
        window = show(source, 10_000)
        rects = [c.rect for c in window.canvas.view.picture.cards]
        for i, a in enumerate(rects):
            for b in rects[i + 1 :]:
                assert not a.intersects(b)


def test_a_gradient_on_its_way(show: Show) -> None:
    window = show(FIRST, still=False)
    window.session.move(8, 0.0)
    picture = window.canvas.view.picture
    assert picture.moving
    w = picture[key(window, "w")].card
    assert w.waiting == "Σ 3.0", "what travels has not arrived"
    window.session.advance(1.0)
    picture = window.canvas.view.picture
    assert not picture.moving
    assert picture[key(window, "w")].card.waiting == "Σ 3.0 + 2.0"
    now = {(e.key[0], e.key[1]): e.flow.text for e in picture.edges if e.flow is not None and e.flow.now}
    assert set(now.values()) == {"2.0 × 1"}
    assert set(now) == {(key(window, "w"), key(window, "a")), (key(window, "x"), key(window, "a"))}


def test_what_moves_is_painted_where_it_is(show: Show) -> None:
    """The picture differs between two moments of the motion, only inside the motion's own rectangle."""
    window = show(FIRST, still=False)
    view = window.canvas.view
    images = []
    for progress in (0.3, 0.7):
        window.session.move(8, progress)
        QApplication.processEvents()
        images.append(view.viewport().grab().toImage())
    assert images[0] != images[1]
    area = view.mapFromScene(view._motion.boundingRect()).boundingRect().adjusted(-2, -2, 2, 2)
    a, b = (i.convertToFormat(QImage.Format.Format_RGB32) for i in images)
    step = 7
    for x in range(0, a.width(), step):
        for y in range(0, a.height(), step):
            if not area.contains(x, y):
                assert a.pixel(x, y) == b.pixel(x, y), (x, y)


def test_cut_edges(show: Show) -> None:
    window = show(CUT, 10_000)
    cuts = {(e.cut) for e in window.canvas.view.picture.edges}
    assert cuts == {"", "detach", "no_grad", "constant"}
    ghosts = [c.card.title for c in window.canvas.view.picture.cards if c.ghost]
    assert ghosts == ["pow"], "the operand of a detached result is dead but still shown"


def test_select_by_click_and_by_keys(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    view = window.canvas.view
    place = view.mapFromScene(view.picture[key(window, "a")].rect.center())
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.session.selection == key(window, "a")
    assert window.explain.widget() is not None
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert window.session.selection == key(window, "y"), "an arrow walks along an edge once a card is selected"
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert window.session.selection == key(window, "a")
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert window.session.selection == key(window, "b")
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert window.session.selection is None
    assert window.session.cursor == 11
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert window.session.selection == key(window, "w")
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert window.session.selection == key(window, "x")


def test_tab_leaves_the_graph_with_what_is_selected_and_begins_anew_when_it_comes_back(
    show: Show, qtbot: QtBot
) -> None:
    window = show(FIRST, 11)
    view = window.canvas.view
    view.setFocus()
    view.reveal(view.picture.keys[-1])
    last = window.session.selection
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert not view.hasFocus()
    assert window.session.selection == last
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert window.session.selection == view.picture.keys[0]


def test_the_whole_graph_is_seen_again_after_a_presentation(show: Show) -> None:
    window = show(FIRST, 11)
    view = window.canvas.view
    before = view.zoom
    window.do("present")
    view.zoom_in()
    window.do("present")
    QApplication.processEvents()
    assert view.zoom == before
    assert view.shows_all()


def test_a_click_on_the_ground_selects_nothing(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    window.session.select(key(window, "a"))
    qtbot.mouseClick(window.canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert window.session.selection is None


def test_zoom_keeps_the_point_under_the_pointer(show: Show) -> None:
    window = show(FIRST, 11)
    view = window.canvas.view
    at = QPointF(200, 150)
    before = view.mapToScene(at.toPoint())
    view.set_zoom(view.zoom * 1.7, at)
    after = view.mapToScene(at.toPoint())
    assert (before - after).manhattanLength() < 3


def test_zoom_commands(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    view = window.canvas.view
    ctrl = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window, Qt.Key.Key_0, ctrl)
    assert view.zoom == pytest.approx(1.0)
    qtbot.keyClick(window, Qt.Key.Key_Equal, ctrl)
    assert view.zoom == pytest.approx(1.25)
    qtbot.keyClick(window, Qt.Key.Key_Minus, ctrl)
    assert view.zoom == pytest.approx(1.0)
    view.zoom_by(3)
    qtbot.keyClick(window, Qt.Key.Key_F)
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert seen.contains(view.picture.bounds)


def test_drag_pans(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    view = window.canvas.view
    before = view.middle()
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    for x in (40, 60, 80):
        at = QPointF(x, 20)
        held, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        move = QMouseEvent(
            QEvent.Type.MouseMove, at, view.viewport().mapToGlobal(at), Qt.MouseButton.NoButton, held, none
        )
        QApplication.sendEvent(view.viewport(), move)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(80, 20))
    assert view.middle().x() - before.x() == pytest.approx(-60 / view.zoom, abs=2)
    assert window.session.selection is None


def test_the_view_follows_a_graph_that_is_too_large_to_read(show: Show) -> None:
    source = "import torch\nx = torch.ones(1, requires_grad=True)\n" + "x = x * 1.1\n" * 30 + "x.backward()\n"
    window = show(source, 2)
    view = window.canvas.view
    for cursor in (5, 20, 31, 40):
        window.session.move(cursor)
        QApplication.processEvents()
        seen = view.mapToScene(view.viewport().rect()).boundingRect()
        active = view.picture.active_rect()
        assert active.isNull() or seen.intersects(active), cursor
        assert view.zoom >= FOLLOW_LEAST


def test_at_a_step_without_a_card_a_presentation_shows_the_newest(show: Show) -> None:
    source = "import torch\nx = torch.ones(1, requires_grad=True)\n" + "x = x * 1.1\n" * 30 + "print(x)\n"
    window = show(source, 33)
    view = window.canvas.view
    assert view.picture.active_rect().isNull()
    window.do("present")
    QApplication.processEvents()
    assert view.clear_part().contains(view.picture.newest_rect())
    window.session.move(0)
    view.fit()
    assert view.seen().contains(view.picture.bounds.topLeft()), "before the first step it is the beginning"


def test_a_ring_leaves_the_badge_of_a_derivative_whole(show: Show) -> None:
    source = "import torch\nx = torch.tensor(3., requires_grad=True)\ny = x ** 3\n"
    window = show(source + "g, = torch.autograd.grad(y, x, create_graph=True)\ng.backward()\n", width=1600, height=1000)
    view, s = window.canvas.view, window.session
    s.move(len(s.trace))
    placed = next(c for c in view.picture.cards if c.card.order > 1)
    view.set_zoom(2.0)
    view.centre(placed.rect.topRight())
    at = view.mapFromScene(placed.rect.topRight() + QPointF(-40.0, -8.0))
    s.select(None)
    before = view.viewport().grab().toImage().pixelColor(at)
    s.select(placed.card.key)
    assert view.viewport().grab().toImage().pixelColor(at) == before == s.theme.accumulated


def test_a_jump_to_another_scene_ends_the_way_to_the_last_one(show: Show, qtbot: QtBot) -> None:
    head = "import torch\nx = torch.ones(1)\n" + "x = x * 1.1\n" * 30
    loop = "w = torch.ones(1, requires_grad=True)\nfor i in range(3):\n    y = w * 2\n    y.backward()\n"
    window = show(head + loop, 2)
    view = window.canvas.view
    window.session.settings.reduced_motion = False
    window.session.move(28)
    assert view._glide.state() == QVariantAnimation.State.Running
    window.session.move(len(window.session.trace))
    qtbot.wait(GLIDE_MS + 60)
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert all(seen.intersects(card.rect) for card in view.picture.cards)


@pytest.mark.parametrize(
    "source",
    [
        "import torch\n",
        "x = 1\n",
        "import torch\nx = torch.ones(1)\n",
        "import torch\n" + "v" * 80 + " = torch.ones(2, requires_grad=True) * 2\n",
        "import torch\nx = torch.tensor([float('nan'), float('inf'), -float('inf'), 1e-300], requires_grad=True)\ny = x * 2\ny.sum().backward()\n",
        "import torch\nx = torch.zeros(1000, 1000, requires_grad=True)\ny = (x + 1).mean()\ny.backward()\n",
        "import torch\nx = torch.ones(0, 3, requires_grad=True)\ny = x.sum()\ny.backward()\n",
        "import torch\nx = torch.ones(2, 3, 4, requires_grad=True)\na, b = x.unbind(0)\n(a * b).sum().backward()\n",
    ],
)
def test_odd_programs_are_drawn(show: Show, source: str) -> None:
    window = show(source)
    for cursor in range(len(window.session.trace) + 1):
        window.session.move(cursor)
        QApplication.processEvents()
    assert not window.canvas.view.viewport().grab().isNull()


@pytest.mark.parametrize(
    ("typed", "wanted"), [("card y", "y"), ("mulback", "y"), ("line 4", "a"), ("a · b", "y"), ("3.0", "a")]
)
def test_cards_are_found_by_name_op_line_and_value(show: Show, qtbot: QtBot, typed: str, wanted: str) -> None:
    window = show(FIRST, 6)
    window.do("palette")
    palette = QApplication.activePopupWidget()
    assert isinstance(palette, CommandPalette)
    qtbot.keyClicks(palette.field, typed)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.session.selection == key(window, wanted)
    assert window.canvas.view.hasFocus()


def test_the_legend_explains_hollow_lines_where_there_are_some(show: Show) -> None:
    window = show(FIRST, 17, width=1440)
    assert "negative" not in window.canvas._legend.words
    window = show("import torch\nx = torch.tensor(2., requires_grad=True)\n(-x * 3).backward()\n", 1, width=1440)
    assert "negative" not in window.canvas._legend.words, "not before there is one"
    window.session.move(len(window.session.trace))
    assert "negative" in window.canvas._legend.words
