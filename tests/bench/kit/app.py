"""The real window, offscreen, for benches."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 120.0
"""Seconds after which a run counts as stuck."""


@dataclass(frozen=True, slots=True)
class App:
    """The application with its window, showing the default lesson."""

    app: Any
    session: Any
    runner: Any
    player: Any
    window: Any

    def settle(self) -> None:
        """Let the run under way end. Raises RuntimeError if it does not."""
        end = time.monotonic() + PATIENCE
        s = self.session
        while (s.fresh_document or s.running or s.stale) and time.monotonic() < end:
            self.app.processEvents()
        if s.stale or s.running:
            raise RuntimeError("the program did not run")


def open_app(width: int = 1440, height: int = 900) -> App:
    """A window as a user has it, with settings of its own."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from gui.base import fonts
    from gui.base.settings import Settings
    from gui.player import Player
    from gui.runner import Runner
    from gui.session import Session
    from gui.window import MainWindow

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    app.setStyle("Fusion")
    fonts.load()
    app.setFont(fonts.ui(13))
    settings = Settings(Path(tempfile.mkdtemp()) / "settings.ini")
    session = Session(settings)
    runner = Runner(session)
    player = Player(session)
    window = MainWindow(settings)
    window.furnish(session, runner, player)
    window.resize(width, height)
    window.show()
    window.actions_.open_default()
    found = App(app, session, runner, player, window)
    found.settle()
    return found
