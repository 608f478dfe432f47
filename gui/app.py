"""Starting the app. Nothing of Qt is imported before it is known that a window is wanted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


QUIET_MS = 1200
"""After the first program, when nothing is waited for."""


def main(arguments: list[str] | None = None) -> int:
    """The entry point: ``chainrule [FILE]`` opens the window, the other commands need none."""
    from gui.cli import run

    return run(sys.argv[1:] if arguments is None else arguments)


def open_window(file: str | None) -> int:
    """Show the window and stay until it is closed. The window paints first; all else follows."""
    from pathlib import Path

    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from gui.base import fonts
    from gui.base.settings import Settings
    from gui.window import MainWindow

    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Chainrule")
    app.setOrganizationName("Chainrule")
    app.setStyle("Fusion")
    fonts.load()
    app.setFont(fonts.ui(13))
    settings = Settings()
    window = MainWindow(settings)
    window.show()

    def begin() -> None:
        from gui.base.crash import CrashLog
        from gui.base.settings import data_folder
        from gui.player import Player
        from gui.runner import Runner
        from gui.session import Session

        session = Session(settings)
        runner = Runner(session)
        runner.warm_up()
        window.furnish(session, runner, Player(session))
        log = CrashLog(data_folder(), lambda text: window.tell(text, error=True))
        last_fault = log.take()
        log.install()
        opened = file is not None and window.actions_.open_file(Path(file))
        if not opened and not window.actions_.rescue():
            window.actions_.open_default()
        if last_fault is not None:
            window.tell("The last session ended with a fault of Chainrule. Your text was kept.", error=True)

        QTimer.singleShot(QUIET_MS, window.preload)

    window.painted.connect(begin, Qt.ConnectionType.QueuedConnection)
    _quit_on_signals(app)
    code = app.exec()
    if window.furnished:
        window.runner.close()
    return code


def _quit_on_signals(app: QApplication) -> None:
    """Ctrl+C in a terminal, or a polite kill, ends the app; the autosave stays for the next start."""
    import signal

    from PySide6.QtCore import QTimer

    for name in (signal.SIGINT, signal.SIGTERM):
        # Not quit(): that would close the window, and the window would ask about unsaved text.
        signal.signal(name, lambda *_: app.exit(0))
    # Python runs its handlers only between its own instructions: let it have some now and then.
    beat = QTimer(app)
    beat.timeout.connect(lambda: None)
    beat.start(400)


if __name__ == "__main__":
    sys.exit(main())
