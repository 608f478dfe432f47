"""Programs run in a real worker behind the window: what is typed is run, and what goes wrong is told."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from engine.program.budget import Limits
from gui.window import MainWindow
from tests.gui.conftest import type_in, wait_for_run
from tests.support.runs import FIRST

Make = Callable[..., MainWindow]
Run = Callable[..., None]

ENDLESS = "import torch\nx = torch.ones(1)\nwhile True:\n    pass\n"


def titles(window: MainWindow) -> set[str]:
    return {c.card.title for c in window.canvas.view.picture.cards}


@pytest.fixture
def first(make_window: Make, run: Run) -> MainWindow:
    """A window that has run the first program, its text in focus."""
    window = make_window()
    run(window, FIRST)
    window.text.setFocus()
    window.text.moveCursor(QTextCursor.MoveOperation.End)
    return window


def wait_for_problem(qtbot: QtBot, window: MainWindow) -> str:
    wait_for_run(qtbot, window)
    assert window.session.problem is not None
    assert window.problem.isVisible()
    return window.problem.message.text()


def test_typing_runs_the_program(first: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(first.text, "z = y * 2")
    assert not first.canvas.stale.isVisible(), "nothing flickers while one types"
    wait_for_run(qtbot, first)
    assert first.session.trace.source == FIRST + "z = y * 2"
    first.session.move(len(first.session.trace))
    assert "z" in titles(first)


def test_the_cursor_stays_on_its_step_while_the_end_is_written(first: MainWindow, qtbot: QtBot) -> None:
    first.session.move(3)
    qtbot.keyClicks(first.text, "z = y * 2")
    wait_for_run(qtbot, first)
    assert first.session.cursor == 3


def test_a_syntax_error_keeps_the_last_picture(first: MainWindow, qtbot: QtBot) -> None:
    before = titles(first)
    qtbot.keyClicks(first.text, "z = (y *")
    message = wait_for_problem(qtbot, first)
    assert message == "SyntaxError: '(' was never closed"
    assert first.problem.title.text() == "Line 9 · This is not Python yet"
    assert first.text.error_lines == {9}
    assert titles(first) == before
    assert first.canvas.stale.isVisible()
    qtbot.keyClicks(first.text, "2)")
    wait_for_run(qtbot, first)
    assert not first.problem.isVisible()
    assert first.text.error_lines == set()
    assert not first.canvas.stale.isVisible()


def test_an_unknown_name_keeps_the_last_picture(first: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(first.text, "z = yy * 2")
    assert wait_for_problem(qtbot, first) == "NameError: name 'yy' is not defined"
    assert first.text.error_lines == {9}
    assert "y" in titles(first)
    assert first.canvas.stale.isVisible()


def test_what_is_left_out_keeps_the_last_picture(first: MainWindow, qtbot: QtBot) -> None:
    before = titles(first)
    type_in(qtbot, first.text, "z = y * 2\ntorch.compile(z)")
    assert (
        wait_for_problem(qtbot, first) == "torch.compile is not part of Chainrule: programs are run as they are written"
    )
    assert first.problem.title.text() == "Line 10 · Not available here"
    assert first.problem.hint.text() == "Leave this line out, or replace it."
    assert first.text.error_lines == {10}
    assert titles(first) == before
    assert first.canvas.stale.isVisible()


def test_an_error_of_torch_shows_the_way_to_it(first: MainWindow, qtbot: QtBot) -> None:
    type_in(qtbot, first.text, "y.backward()\ny.backward()")
    message = wait_for_problem(qtbot, first)
    assert message.startswith("RuntimeError: Trying to backward through the graph a second time")
    assert first.text.error_lines == {10}
    assert not first.canvas.stale.isVisible()
    assert len(first.session.trace) > 11


def test_an_endless_loop_is_stopped(make_window: Make, run: Run) -> None:
    window = make_window()
    window.runner.limits = Limits(seconds=0.5)
    run(window, ENDLESS)
    assert window.session.problem is not None
    assert window.problem.title.text().startswith("Line ")
    assert "0.5 seconds" in window.problem.message.text()
    assert window.text.error_lines <= {3, 4}


def test_a_run_can_be_cancelled(make_window: Make, qtbot: QtBot) -> None:
    window = make_window()
    window.session.open_text(ENDLESS, "endless")
    qtbot.waitUntil(lambda: window.runner._active, timeout=10_000)
    qtbot.waitUntil(lambda: window.header.isVisible() and window.session.running)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.session.running
    assert "cancelled" in window.toast.text()
    window.session.open_text(FIRST, "first")
    wait_for_run(qtbot, window)
    assert len(window.session.trace) == 11


def test_typing_during_a_run_gives_it_up(make_window: Make, qtbot: QtBot) -> None:
    window = make_window()
    window.session.open_text(ENDLESS, "endless")
    qtbot.waitUntil(lambda: window.runner._active, timeout=10_000)
    window.text.setFocus()
    window.text.selectAll()
    qtbot.keyClicks(window.text, "print(6 * 7)")
    wait_for_run(qtbot, window)
    assert window.output.toPlainText().strip() == "42"
    assert window.session.problem is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("z = torch.zeros(10**9)", "you tried to allocate 4000000000 bytes"),
        ("z = 9**9**9", "digits"),
        ("z = [0] * 10**12", "elements"),
        ("import nothing_known", "No module named 'nothing_known'"),
        ("z = (1).__class__.__subclasses__()", "__subclasses__"),
    ],
)
def test_too_much_or_forbidden_is_told_at_its_line(first: MainWindow, qtbot: QtBot, line: str, told: str) -> None:
    qtbot.keyClicks(first.text, line)
    message = wait_for_problem(qtbot, first)
    assert told in message, message
    assert first.text.error_lines == {9}
    assert first.canvas.stale.isVisible()
    assert first.text.toPlainText() == FIRST + line


def test_a_worker_killed_from_outside(first: MainWindow, qtbot: QtBot) -> None:
    before = titles(first)
    first.text.selectAll()
    qtbot.keyClicks(first.text, "while True: pass")
    qtbot.waitUntil(lambda: first.runner._active, timeout=10_000)
    worker = first.runner._worker
    assert worker is not None
    os.kill(worker.process.processId(), signal.SIGKILL)
    message = wait_for_problem(qtbot, first)
    assert "signal 9" in message
    assert titles(first) == before
    assert first.canvas.stale.isVisible()
    assert first.text.toPlainText() == "while True: pass"
    first.text.selectAll()
    qtbot.keyClicks(first.text, "print('again')")
    wait_for_run(qtbot, first)
    assert first.output.toPlainText().strip() == "again"


def test_an_idle_worker_killed_from_outside_is_replaced(first: MainWindow, qtbot: QtBot) -> None:
    worker = first.runner._worker
    assert worker is not None
    os.kill(worker.process.processId(), signal.SIGKILL)
    qtbot.waitUntil(lambda: first.runner._worker is not worker, timeout=5000)
    assert first.session.problem is None, "nobody's program was harmed"
    qtbot.keyClicks(first.text, "print(1)")
    wait_for_run(qtbot, first)
    assert first.session.problem is None


def test_a_long_run_is_shown_while_it_goes_on(make_window: Make, qtbot: QtBot) -> None:
    window = make_window()
    source = "import torch\nx = torch.ones(1, requires_grad=True)\nfor i in range(10**9):\n    y = x * 2\n"
    window.runner.limits = Limits(events=4_000_000)
    window.session.open_text(source, "long")
    qtbot.waitUntil(lambda: len(window.session.trace) > 10, timeout=20_000)
    assert window.session.running
    assert "running" in window.timeline.count.text().lower() or "…" in window.timeline.count.text()
    first = len(window.session.trace)
    qtbot.keyClick(window, Qt.Key.Key_Home)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert window.session.cursor == 1, "it can be stepped meanwhile"
    qtbot.waitUntil(lambda: len(window.session.trace) > first, timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.session.running


def test_run_now(first: MainWindow, qtbot: QtBot) -> None:
    trace = first.session.trace
    qtbot.keyClick(first.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait_for_run(qtbot, first)
    assert first.session.trace is not trace
    assert first.text.toPlainText() == FIRST


def test_a_faulty_message_is_no_end_of_the_window(first: MainWindow, qtbot: QtBot) -> None:
    worker = first.runner._worker
    assert worker is not None
    first.runner.take(worker, b"\xff" * 64)
    qtbot.keyClicks(first.text, "print(1)")
    wait_for_run(qtbot, first)
    assert first.session.problem is None


def test_a_long_run_of_an_edited_program_is_shown_and_followed(first: MainWindow, qtbot: QtBot) -> None:
    first.session.move(len(first.session.trace))
    first.text.selectAll()
    type_in(qtbot, first.text, "import torch\nx = torch.ones(1, requires_grad=True)\nwhile True:\ny = x * 2")
    qtbot.waitUntil(lambda: first.session.running and len(first.session.trace) > 20, timeout=15_000)
    seen = first.session.cursor
    assert seen > 20
    assert first.session.problem is None
    qtbot.waitUntil(lambda: first.session.cursor > seen, timeout=15_000)
    qtbot.keyClick(first, Qt.Key.Key_Escape)
    assert not first.session.running
    assert "y" in titles(first)
    assert not first.canvas.stale.isVisible()


def test_a_cancelled_run_that_was_not_shown_leaves_the_last_picture_marked(first: MainWindow, qtbot: QtBot) -> None:
    before = titles(first)
    first.text.selectAll()
    type_in(qtbot, first.text, "while True:\npass")
    qtbot.waitUntil(lambda: first.runner._active, timeout=10_000)
    qtbot.keyClick(first, Qt.Key.Key_Escape)
    assert titles(first) == before
    assert first.canvas.stale.isVisible()
    qtbot.keyClicks(first.text, " ")
    assert not first.session.cancelled
    first.runner.cancel()


def test_an_error_before_anything_is_made_keeps_the_last_picture(first: MainWindow, qtbot: QtBot) -> None:
    before = titles(first)
    first.text.selectAll()
    type_in(qtbot, first.text, "import torch\nx = torch.tensor([1.], requires_gard=True)")
    assert "requires_gard" in wait_for_problem(qtbot, first)
    assert titles(first) == before
    assert first.canvas.stale.isVisible()


@pytest.mark.skipif(sys.platform != "linux", reason="the operating system's limits")
@pytest.mark.parametrize(
    ("source", "told", "line"),
    [
        ("kept = []\nwhile True:\n    kept.append([0.0] * 10**7)", "MemoryError", 3),
        ("while True:\n    print('line')", "characters of output", 2),
        # No signal is heard in there: the worker ends itself and says where.
        ("x = 1\nprint(all(range(1, 10**13)))", "a single operation took too long", 2),
    ],
)
def test_a_program_that_takes_too_much_is_told_at_its_line_and_the_next_run_works(
    make_window: Make, run: Run, source: str, told: str, line: int
) -> None:
    window = make_window()
    seconds = 20.0 if told == "MemoryError" else 0.5
    window.runner.limits = Limits(seconds=seconds, memory_bytes=600 * 2**20, output_chars=50_000)
    run(window, source, 40_000)
    assert window.session.problem is not None
    assert told in window.problem.message.text().replace("\u200b", "")
    assert window.problem.title.text().startswith("Line ")
    assert abs(window.session.problem.line - line) <= 1
    assert window.text.error_lines == {window.session.problem.line}
    run(window, "print(6 * 7)")
    assert window.session.problem is None
    assert window.output.toPlainText().strip() == "42"


def test_the_cursor_stays_on_its_line_when_one_is_put_in_above(make_window: Make, run: Run, qtbot: QtBot) -> None:
    source = "import torch\nx = torch.ones(1)\ny = x * 2\nz = y + 1\nw = z * z\n"
    window = make_window()
    run(window, source)
    session = window.session

    def line() -> str:
        step = session.trace.step(session.cursor)
        span = None if step is None else step.span
        return "" if span is None else session.trace.source[span.start : span.stop]

    session.move(0)
    while "y + 1" not in line():
        session.move(session.cursor + 1)
    window.text.replace_all(source.replace("y = x", "v = x + 3\ny = x"))
    wait_for_run(qtbot, window)
    assert "y + 1" in line()
    window.do("undo")
    wait_for_run(qtbot, window)
    assert "y + 1" in line()
