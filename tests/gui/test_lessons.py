"""The lessons: the tutorial's sections, verbatim, in menu, panel and palette."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from gui.lessons.catalogue import PROMPTS, TUTORIAL, blocks, books, default_lesson, lesson_of, lessons
from gui.window import MainWindow
from resources import path
from tests.gui.conftest import put, wait_for_run
from tests.support.runs import trace_of

Make = Callable[..., MainWindow]
ALL = [lesson for book in books() for lesson in book.lessons]


def test_every_block_of_the_tutorial_is_a_lesson_verbatim() -> None:
    found = blocks(path("lessons", TUTORIAL).read_text(encoding="utf-8"))
    assert len(found) == len(lessons()) == 12
    for block, lesson in zip(found, lessons(), strict=True):
        assert block.code in lesson.source
        assert lesson.title == block.title


def test_every_prompt_belongs_to_a_lesson() -> None:
    assert set(PROMPTS) <= {lesson.title for lesson in lessons()}


@pytest.mark.parametrize("lesson", ALL, ids=lambda lesson: lesson.title)
def test_every_lesson_runs_by_itself(lesson: object) -> None:
    trace = trace_of(lesson.source)  # type: ignore[attr-defined]
    assert trace.failure is None
    assert len(trace) > 0


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.title)
def test_every_lesson_is_stepped_both_ways_in_the_window(make_window: Make, lesson: object) -> None:
    window = make_window(1280, 720)
    put(window, lesson.source)  # type: ignore[attr-defined]
    total = len(window.session.trace)
    stride = max(1, total // 60)
    captions = []
    for cursor in range(0, total + 1, stride):
        window.session.move(cursor)
        QApplication.processEvents()
        captions.append(window.canvas.caption.text())
    back = []
    for cursor in range(0, total + 1, stride)[::-1]:
        window.session.move(cursor)
        QApplication.processEvents()
        back.append(window.canvas.caption.text())
    assert back[::-1] == captions


def test_the_first_start_shows_the_tutorials_first_program(make_window: Make, qtbot: QtBot) -> None:
    window = make_window()
    window.actions_.open_default()
    wait_for_run(qtbot, window)
    assert window.text.toPlainText() == default_lesson().source
    assert "backward(" in default_lesson().source
    assert window.canvas.hint.isVisible()
    step = window.session.trace.steps[window.session.cursor]
    assert step.phase.value == "backward", "paused before backward"


def test_choosing_a_lesson_from_the_panel(make_window: Make, qtbot: QtBot) -> None:
    window = make_window()
    window.program_tabs.show_page(1)
    panel = window.lessons.list
    rows = [i for i in range(panel.count()) if panel.item(i).flags() & Qt.ItemFlag.ItemIsSelectable]
    assert len(rows) == len(ALL)
    place = panel.visualItemRect(panel.item(rows[3])).center()
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.session.source == lessons()[3].source
    assert window.text.isVisible(), "the program is shown"
    assert window.windowTitle() == f"{lessons()[3].full_title} — Chainrule"
    window.program_tabs.show_page(1)
    panel.setFocus()
    qtbot.keyClick(panel, Qt.Key.Key_Down)
    qtbot.keyClick(panel, Qt.Key.Key_Return)
    assert window.session.source == lessons()[4].source


def test_the_menu_holds_the_lessons(make_window: Make) -> None:
    window = make_window()
    menu = next(a.menu() for a in window.menu.actions() if a.text() == "Lessons")
    assert [a.text() for a in menu.actions()] == [book.title for book in books()]
    assert _entries(menu) == [lesson.title for lesson in ALL]


def _entries(menu: QMenu) -> list[str]:
    return [text for a in menu.actions() for text in (_entries(a.menu()) if a.menu() else [a.text()])]


def test_a_lesson_of_our_own_says_what_it_is_for(make_window: Make) -> None:
    window = make_window()
    window.program_tabs.show_page(1)
    for lesson in books()[1].lessons + books()[2].lessons:
        assert len(lesson.about) > 60, lesson.title
        assert lesson.prompt, lesson.title
    cut = next(x for x in ALL if x.title == "Cutting one path")
    window.actions_.open_lesson(cut)
    assert window.lessons.about.text() == cut.about
    assert (cut.prompt, cut.answer) == ("is x.grad 4 or 2?", "2: the detached factor counts as a constant.")
    window.actions_.open_lesson(lessons()[0])
    assert not window.lessons.about.isVisible()


def test_the_prompt_of_a_lesson_goes_with_its_text(make_window: Make) -> None:
    window = make_window()
    lesson = next(x for x in lessons() if x.prompt)
    window.actions_.open_lesson(lesson)
    assert window.explain.prompt == lesson.prompt == lesson_of(lesson.source).prompt
    window.text.insertPlainText("# mine\n")
    assert window.explain.prompt is None


def test_the_answer_is_shown_when_it_is_asked_for(make_window: Make, qtbot: QtBot) -> None:
    window = make_window()
    cut = next(x for x in ALL if x.title == "Cutting one path")
    window.actions_.open_lesson(cut)
    wait_for_run(qtbot, window)

    def said() -> str:
        return " ".join(label.text() for label in window.explain.findChildren(QLabel))

    qtbot.waitUntil(lambda: "Show the answer" in said())
    assert cut.answer not in said()
    label = next(x for x in window.explain.findChildren(QLabel) if "Show the answer" in x.text())
    label.linkActivated.emit("answer")
    assert cut.answer in said()
    window.actions_.open_lesson(lessons()[0])
    window.actions_.open_lesson(cut)
    assert not window.explain.answered, "and is hidden again the next time"
