"""What an edit leaves alone stays where it was on the screen; what moves glides there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, QRectF
from pytestqt.qtbot import QtBot

from gui.canvas.view import CanvasView
from gui.window import MainWindow
from tests.graph.test_groups import NESTED, RNN
from tests.support.runs import scenes_of, trace_of

Show = Callable[..., MainWindow]

PROGRAM = """import torch
w = torch.tensor([1.], requires_grad=True)
x = torch.tensor([2.], requires_grad=True)
b = torch.tensor([.5], requires_grad=True)
h = w * x + b
y = torch.tanh(h)
z = w * y
loss = (z - 1) ** 2
loss.backward()
"""


def edit(window: MainWindow, source: str) -> None:
    """Change the text, and let its run end at once."""
    window.session.edit(source)
    window.runner._pause.stop()
    window.session.run_ended(trace_of(source), scenes_of(source), 0.01)


def screen(view: CanvasView) -> dict[str, tuple[float, float]]:
    """Where cards are in the viewport, by title; of several the first."""
    found: dict[str, tuple[float, float]] = {}
    for placed in view.picture.cards:
        at = view.viewportTransform().map(placed.rect.center())
        found.setdefault(placed.card.title, (at.x(), at.y()))
    return found


def apart(a: tuple[float, float], b: tuple[float, float]) -> float:
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]))


@pytest.mark.parametrize(
    ("old", "new", "stay"),
    [
        ("2.]", "7.5]", "w x b h y z loss"),
        ("h", "k", "w x b y z loss"),
        ("loss.backward", "out = loss * 2\nloss.backward", "w x b h y z loss"),
        ("z = w * y", "y = y + x\nz = w * y", "w x b h"),
        ("y = torch.tanh(h)\nz = w * y", "z = w * h", "w x b h"),
        (" ** 2", " ** 4", "w x b h y z loss"),
    ],
    ids=["number", "renamed", "at the end", "inserted", "deleted", "exponent"],
)
def test_what_an_edit_leaves_alone_stays(show: Show, old: str, new: str, stay: str) -> None:
    window = show(PROGRAM, 10_000, width=1920, height=1080)
    view = window.canvas.view
    before, zoom = screen(view), view.zoom
    edit(window, PROGRAM.replace(old, new))
    after = screen(view)
    if view.zoom == zoom:
        assert all(apart(before[title], after[title]) < 3 for title in stay.split())
    else:
        ways = [(after[t][0] / view.zoom - before[t][0] / zoom) for t in stay.split()]
        assert max(ways) - min(ways) < 3, "fitted anew, at the same distances"


def test_what_moves_glides(show: Show) -> None:
    window = show(PROGRAM, 10_000, width=1920, height=1080, still=False)
    view = window.canvas.view
    before = screen(view)
    edit(window, PROGRAM.replace("z = w * y", "y = y + x\nz = w * y"))
    view.settling.at(0.0)
    begun = screen(view)
    view.settling.at(0.5)
    half = screen(view)
    picture = view.picture
    for edge in picture.edges:
        source, target = picture[edge.key[0]].rect, picture[edge.key[1]].rect
        assert abs(edge.route.start[0] - source.right()) < 1.0, "edges go along with their cards"
        assert abs(edge.route.segments[-1][2][0] - target.left()) < 1.0
        assert target.top() <= edge.route.segments[-1][2][1] <= target.bottom()
    view.settling.at(1.0)
    after = screen(view)
    assert all(apart(before[title], begun[title]) < 1 for title in ("w", "x", "b", "h", "z", "loss"))
    assert apart(begun["loss"], after["loss"]) > 5
    for title in before:
        if title in after:
            between = [(a + b) / 2 for a, b in zip(begun[title], after[title], strict=True)]
            assert apart(half[title], (between[0], between[1])) < 1
    assert view.picture.stage is view.pictures.stages.last


def test_nothing_glides_with_reduced_motion(show: Show) -> None:
    window = show(PROGRAM, 10_000)
    view = window.canvas.view
    edit(window, PROGRAM.replace("z = w * y", "y = y + x\nz = w * y"))
    assert view.picture.stage is view.pictures.stages.last


def test_a_step_during_a_glide_goes_on_gliding(show: Show) -> None:
    window = show(PROGRAM, 12, still=False)
    view = window.canvas.view
    edit(window, PROGRAM.replace("z = w * y", "y = y + x\nz = w * y"))
    view.settling.at(0.3)
    on_its_way = screen(view)["y"]
    window.session.move(window.session.cursor + 1)
    assert apart(screen(view)["y"], on_its_way) < 1
    view.settling.at(1.0)
    assert view.picture.stage is view.pictures.stages.last


def test_the_cards_of_a_group_come_out_of_its_pile(show: Show) -> None:
    window = show(NESTED, 10_000, width=1920, height=1080, still=False)
    view = window.canvas.view
    path = next(p for p, group in view.picture.stage.folded.groups.all.items() if group.title == "model()")
    window.session.fold({path: True})
    view.settling.at(1.0)
    pile = screen(view)["model()"]
    window.session.fold({path: False})
    view.settling.at(0.0)
    assert apart(screen(view)["mm"], pile) < 1
    view.settling.at(1.0)
    assert apart(screen(view)["mm"], pile) > 20
    frame = next(f for f in view.picture.frames if f.group.path == path)
    assert frame.rect.contains(view.picture[next(k for k in frame.group.keys)].rect)


def test_another_document_does_not_depend_on_the_last_one(show: Show) -> None:
    def rects(window: MainWindow) -> list[QRectF]:
        return [placed.rect for placed in window.canvas.view.picture.cards]

    source = PROGRAM.replace("z = w * y", "k = (x * b).exp()\nz = w * y + k")
    fresh = rects(show(source, 10_000))
    window = show(PROGRAM, 10_000)
    edit(window, source)
    window.session.open_text(source, "other.py")
    window.runner._pause.stop()
    window.session.run_ended(trace_of(source), scenes_of(source), 0.01)
    window.session.move(10_000)
    assert rects(window) == fresh


def test_the_view_moved_by_hand_stays_with_the_cards(show: Show) -> None:
    window = show(PROGRAM, 10_000)
    view = window.canvas.view
    view.zoom_by(1.5)
    view.pan(QPointF(140, 30))
    before = screen(view)
    edit(
        window,
        PROGRAM.replace("w = torch", "a = torch.ones(1, requires_grad=True)\nw = torch").replace("+ b", "+ b * a"),
    )
    after = screen(view)
    assert sum(apart(before[title], after[title]) < 3 for title in ("w", "x", "b", "h", "y", "z", "loss")) >= 4


def test_a_picture_that_follows_is_not_scrolled_to_where_the_last_one_was(show: Show, qtbot: QtBot) -> None:
    window = show(RNN.format(n=6) + "loss.backward()\n", 1, still=False)
    view = window.canvas.view
    window.session.move(len(window.session.trace) - 20)
    view.folder.all(True)
    qtbot.wait(350)
    active = view.picture.active_rect()
    assert not active.isNull()
    assert view.clear_part().intersects(active)
