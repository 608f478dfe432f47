"""Files, lessons, the copy kept aside: no text is ever lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from gui.base import files
from gui.base.settings import Settings, data_folder
from gui.lessons.catalogue import lessons
from gui.window import MainWindow
from tests.gui.conftest import type_in
from tests.support.runs import FIRST

Make = Callable[..., MainWindow]
CTRL = Qt.KeyboardModifier.ControlModifier
Buttons = QMessageBox.StandardButton


def answer(monkeypatch: pytest.MonkeyPatch, button: Buttons) -> list[str]:
    """Answer every question with this button; the questions."""
    asked: list[str] = []

    def reply(box: QMessageBox) -> Buttons:
        asked.append(box.text())
        return button

    monkeypatch.setattr(QMessageBox, "exec", reply)
    return asked


def choose(monkeypatch: pytest.MonkeyPatch, path: Path | None) -> None:
    """Choose this file in every file dialog."""
    chosen = ("" if path is None else str(path), "")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: chosen)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: chosen)


def test_save_and_open(make_window: Make, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = make_window()
    window.text.setFocus()
    type_in(qtbot, window.text, "import torch\nx = 1  # é 梯")
    assert window.windowTitle() == "Untitled * — Chainrule"
    path = tmp_path / "été.py"
    choose(monkeypatch, path)
    qtbot.keyClick(window.text, Qt.Key.Key_S, CTRL)
    assert path.read_text(encoding="utf-8") == "import torch\nx = 1  # é 梯"
    assert window.windowTitle() == "été.py — Chainrule"
    assert window.toast.text() == "Saved été.py"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    qtbot.keyClick(window.text, Qt.Key.Key_O, CTRL)
    assert window.text.toPlainText() == "a = 1\nb = 2\n", "byte order mark and line ends are taken care of"
    assert not window.session.dirty
    assert window.session.settings.recent == [str(path)]
    window._fill_recent()
    assert [a.text() for a in window.menu.recent.actions()] == [str(path)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b"x" * 2_000_001, "larger than 2 MB"),
        (None, "does not exist"),
    ],
)
def test_what_cannot_be_opened(make_window: Make, tmp_path: Path, content: bytes | None, told: str) -> None:
    window = make_window()
    window.session.open_text(FIRST, "first")
    path = tmp_path / "odd.py"
    if content is not None:
        path.write_bytes(content)
    assert not window.actions_.open_file(path)
    assert told in window.toast.text()
    assert window.toast.isVisible()
    assert window.text.toPlainText() == FIRST


def test_a_folder_is_no_program(tmp_path: Path) -> None:
    with pytest.raises(files.CannotRead, match="is a folder"):
        files.read(tmp_path)


def test_what_cannot_be_written(make_window: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = make_window()
    window.text.insertPlainText("x = 1")
    choose(monkeypatch, tmp_path / "missing" / "p.py")
    window.actions_.run("save")
    assert "could not be written" in window.toast.text()
    assert window.session.dirty


@pytest.mark.parametrize(
    ("button", "kept", "closed"),
    [(Buttons.Save, True, True), (Buttons.Discard, False, True), (Buttons.Cancel, False, False)],
)
def test_closing_asks_for_unsaved_text(
    make_window: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, button: Buttons, kept: bool, closed: bool
) -> None:
    window = make_window()
    path = tmp_path / "p.py"
    choose(monkeypatch, path)
    window.text.insertPlainText("x = 1")
    asked = answer(monkeypatch, button)
    assert window.close() is closed
    assert len(asked) == 1
    assert path.exists() is kept


def test_closing_asks_nothing_when_nothing_is_lost(make_window: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    window = make_window()
    window.session.open_text(FIRST, "first")
    asked = answer(monkeypatch, Buttons.Cancel)
    assert window.close()
    assert asked == []


def test_another_program_asks_for_unsaved_text(make_window: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    window = make_window()
    window.text.insertPlainText("x = 1")
    answer(monkeypatch, Buttons.Cancel)
    window.actions_.run("new")
    window.actions_.open_lesson(lessons()[0])
    assert window.text.toPlainText() == "x = 1"
    answer(monkeypatch, Buttons.Discard)
    window.actions_.run("new")
    assert window.text.toPlainText() == "import torch\n\n"


def test_typed_text_is_kept_aside_until_it_is_saved(
    make_window: Make, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window()
    window.text.setFocus()
    type_in(qtbot, window.text, "x = 1")
    aside = data_folder() / "unsaved" / f"{os.getpid()}.json"
    assert json.loads(aside.read_text())["text"] == "x = 1"
    choose(monkeypatch, tmp_path / "p.py")
    window.actions_.run("save")
    assert not aside.exists()


def test_a_broken_copy_does_no_harm(make_window: Make) -> None:
    folder = data_folder() / "unsaved"
    folder.mkdir(parents=True)
    (folder / "999999999.json").write_text("{")
    (folder / "notes.json").write_text('{"text": 1}')
    assert not make_window().actions_.rescue()


def test_broken_settings_fall_back(tmp_path: Path, make_window: Make) -> None:
    path = tmp_path / "settings.ini"
    store = QSettings(str(path), QSettings.Format.IniFormat)
    for key, value in {"theme": "pink", "speed": "fast", "recent": 3, "layout/geometry": "x"}.items():
        store.setValue(key, value)
    store.sync()
    settings = Settings(path)
    assert (settings.theme, settings.speed, settings.recent) == ("system", 1.0, [])
    assert settings.bytes("geometry") is None


APP = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from gui.app import open_window

def type_then_say():
    window = next((w for w in QApplication.topLevelWidgets() if getattr(w, "furnished", False)), None)
    if window is None or not ({typing} or window.toast.text()):
        QTimer.singleShot(100, type_then_say)
        return
    if {typing}:
        window.text.setFocus()
        window.text.selectAll()
        QTest.keyClicks(window.text, "kept = 42")
        window.text.insertPlainText("\\n# 梯度")
    print(repr(window.text.toPlainText()), repr(window.toast.text()), flush=True)

app = QApplication(sys.argv[:1])
QTimer.singleShot(900, type_then_say)
sys.exit(open_window(None))
"""


@contextmanager
def started_app(typing: bool) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The app itself in a process, and what it says of its text; killed without a word in the end."""
    with subprocess.Popen(
        [sys.executable, "-c", APP.replace("{typing}", str(typing))],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_text_survives_a_kill_of_the_app() -> None:
    with started_app(typing=True) as (_, said):
        assert "kept = 42" in said
    with started_app(typing=False) as (process, said):
        assert said.startswith(repr("kept = 42\n# 梯度"))
        assert "Your unsaved program is back" in said
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0, "a polite kill ends the app in order"
    with started_app(typing=False) as (_, said):
        assert said.startswith(repr("kept = 42\n# 梯度")), "it is kept until it is saved or given up"


def test_what_a_running_app_keeps_is_not_taken_from_it(tmp_path: Path) -> None:
    own, other = files.Autosave(tmp_path), files.Autosave(tmp_path)
    other._own = tmp_path / "unsaved" / f"{os.getppid()}.json"
    other.keep("theirs", None)
    assert own.rescue() is None
    assert other._own.exists()


def test_the_newest_copy_wins(tmp_path: Path) -> None:
    keeper = files.Autosave(tmp_path)
    for number, text in ((900_000_001, "old"), (900_000_002, "new")):
        keeper._own = tmp_path / "unsaved" / f"{number}.json"
        keeper.keep(text, "/a/b.py")
        time.sleep(0.01)
    found = files.Autosave(tmp_path).rescue()
    assert found is not None
    assert (found.text, found.file) == ("new", "/a/b.py")
    assert files.Autosave(tmp_path).rescue() is None
