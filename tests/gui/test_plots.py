"""The loss panel: there when the program trains, grown as far as the cursor. Figures of the program's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QDialog, QPushButton
from pytestqt.qtbot import QtBot

from engine.explain.captions import caption
from engine.explain.moment import Moment
from gui.plots.curves import smoothed
from gui.window import MainWindow
from tests.gui.conftest import wait_for_run
from tests.support.runs import FIRST, TRAINING

Show = Callable[..., MainWindow]


def test_only_a_program_that_trains_has_one(show: Show) -> None:
    assert not show(FIRST).loss.isVisible()
    assert show(TRAINING).loss.isVisible()


def test_the_curve_grows_with_the_cursor(show: Show) -> None:
    window = show(TRAINING, 0)
    points = window.loss.series[0].points
    curve = window.loss.plot.curves[0]
    lengths = []
    for point in points:
        window.session.move(point.cursor - 1)
        before = 0 if curve.getData()[0] is None else len(curve.getData()[0])
        window.session.move(point.cursor)
        lengths.append((before, len(curve.getData()[0])))
    assert lengths == [(i, i + 1) for i in range(5)]
    assert list(curve.getData()[1]) == pytest.approx([p.value for p in points])
    assert window.loss.accessibleDescription().startswith("epoch 4 · ")


def at_turn(window: MainWindow, turn: float) -> QPoint:
    plot = window.loss.plot.plot
    return plot.mapFromScene(plot.getPlotItem().vb.mapViewToScene(QPointF(turn, 5.0)))


def test_clicking_and_dragging_move_the_whole_app(show: Show, qtbot: QtBot) -> None:
    window = show(TRAINING, 0)
    QApplication.processEvents()
    viewport = window.loss.plot.plot.viewport()
    points = window.loss.series[0].points
    for turn in (3, 1):
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=at_turn(window, turn + 0.2))
        assert window.session.cursor == points[turn].cursor
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=at_turn(window, 0.1))
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(at_turn(window, 4)),
        QPointF(viewport.mapToGlobal(at_turn(window, 4))),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(viewport, move)
    assert window.session.cursor == points[4].cursor


def test_the_pointer_is_told_the_exact_number(show: Show, qtbot: QtBot) -> None:
    window = show(TRAINING, 0)
    QApplication.processEvents()
    window.loss.plot.pointed.emit(2.3)
    assert window.loss.said.text() == f"epoch 2 · loss {window.loss.series[0].points[2].value:.4g}"
    window.loss.plot.pointed.emit(None)
    assert window.loss.said.text() == ""


DIVERGING = """import torch
w = torch.tensor([1.0], requires_grad=True)
for step in range(30):
    loss = ((w * 3 - 6) ** 4).sum()
    loss.backward()
    with torch.no_grad():
        w -= 10.0 * w.grad
        w.grad.zero_()
"""


def test_a_loss_that_explodes_is_shown_as_that(show: Show) -> None:
    window = show(DIVERGING)
    window.session.move(len(window.session.trace))
    QApplication.processEvents()
    assert window.loss.isVisible()
    assert window.loss.plot.label.toPlainText() == "step 29 · nan"
    assert window.loss.plot.logarithmic
    (low, high) = window.loss.plot.plot.viewRange()[1]
    assert 0 < high - low < 60, "decades, not 1e30"


def test_a_logarithmic_axis_and_smoothing_are_remembered(show: Show, qtbot: QtBot) -> None:
    window = show(TRAINING)
    qtbot.mouseClick(window.loss.log, Qt.MouseButton.LeftButton)
    assert window.loss.plot.logarithmic
    qtbot.mouseClick(window.loss.smooth, Qt.MouseButton.LeftButton)
    window.session.move(len(window.session.trace))
    shown = window.loss.plot.curves[0].getData()[1]
    assert list(shown) == pytest.approx(list(smoothed(np.log10([p.value for p in window.loss.series[0].points]))))
    assert window.session.settings.panel("loss_log", False)


def test_smoothing_keeps_a_constant_and_nan() -> None:
    assert list(smoothed(np.full(5, 3.0))) == pytest.approx([3.0] * 5)
    assert np.isnan(smoothed(np.array([1.0, np.nan, 1.0]))).tolist() == [False, True, False]


def test_earlier_runs_stay_as_faint_curves_with_what_differed(show: Show, qtbot: QtBot) -> None:
    window = show(TRAINING, 20)
    for rate in range(1, 8):
        window.text.replace_all(TRAINING.replace("lr=0.01", f"lr=0.0{rate + 1}"))
        wait_for_run(qtbot, window)
    assert len(window.loss.earlier) == 5
    assert window.loss.said.text() == "lr 0.07 → 0.08"
    first = window.loss.earlier[0]
    assert "lr=0.03" in first.source
    assert len(first.values) == 5
    window.session.open_text(TRAINING, "Another")
    wait_for_run(qtbot, window)
    assert window.loss.earlier == []


FIGURES = """import torch
import matplotlib.pyplot as plt
x = torch.linspace(-1, 1, 9)
plt.plot(x, x ** 2, label="square")
plt.title("A parabola")
plt.legend()
plt.show()
for i in range(3):
    plt.bar([1, 2], [i + 1, 1])
    plt.show()
"""


def test_figures_come_with_the_cursor(show: Show, qtbot: QtBot) -> None:
    window = show(FIGURES, 0)
    window.resize(1280, 800)
    page = window.figures
    assert window.output_tabs.stack.currentWidget() is page
    assert page.title.text() == "Nothing is drawn yet."
    trace = window.session.trace
    drawn = [c for c in range(1, len(trace) + 1) if "draws" in caption(Moment.at(trace, window.session.scenes, c)).text]
    assert len(drawn) == 4
    window.session.move(drawn[0])
    assert [f.axes[0].title for f in page.figures] == ["A parabola"]
    window.session.move(drawn[2])
    assert len(page.figures) == 2, "a loop's figure takes the place of the last turn's"
    heights = page.figures[1].axes[0].artists[0].y
    assert heights is not None
    assert heights.array is not None
    assert heights.array.tolist() == [2.0, 1.0]
    qtbot.mouseClick(page.previous, Qt.MouseButton.LeftButton)
    assert page.title.text() == "Figure 1 of 2"
    window.session.move(0)
    assert page.figures == []


def test_a_figure_is_enlarged(show: Show) -> None:
    window = show(FIGURES)
    window.figures.enlarge()
    big = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    assert len(big) == 1
    big[0].close()


def test_no_figures_no_page(show: Show) -> None:
    window = show(FIRST)
    button = next(b for b in window.output_tabs.findChildren(QPushButton) if b.text() == "Figures")
    assert not button.isVisible()
    assert window.output_tabs.stack.currentWidget() is window.output


KINDS = """import torch
import matplotlib.pyplot as plt
import numpy as np
x = np.linspace(0.1, 2, 12)
X, Y = np.meshgrid(x, x)
ax = plt.gca()
ax.plot(x, x, 'r--o'); ax.scatter(x, x, c=x, s=20); ax.bar(x, x, width=0.1); ax.barh(x, x)
ax.hist(x, bins=4); ax.fill_between(x, x, 0); ax.axhline(1.0); ax.axvline(1.0); ax.errorbar(x, x, yerr=x)
ax.contour(X, Y, X * Y); ax.contourf(X, Y, X * Y); ax.text(1, 1, "here"); ax.arrow(0, 0, 1, 1)
ax.set_xlim(0, 2); ax.set_yscale("log"); ax.legend(); ax.grid(True)
plt.show()
plt.imshow(torch.rand(4, 4), cmap="gray")
plt.show()
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_kind_of_artist_is_drawn(show: Show, theme: str) -> None:
    window = show(KINDS, theme=theme)
    assert window.session.problem is None
    drawn = {a.kind for f in window.figures.figures for axes in f.axes for a in axes.artists}
    assert {"line", "scatter", "bar", "hist", "fill", "hline", "contour", "filled contour", "text", "image"} <= drawn
    image = window.figures.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colours) > 8
