"""MainMenu: one action per command of the table, and the menus made of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from gui.base.commands import COMMANDS, MENUS


class MainMenu(QMenu):
    """The app's menu. ``fill`` puts the commands into it and their keys into its window."""

    def fill(self, window: QWidget, do: Callable[[str], None], lessons: QMenu) -> None:
        by_id: dict[str, QAction] = {}
        for command in COMMANDS:
            action = QAction(command.title, window)
            action.setShortcuts([QKeySequence(k) for k in command.keys])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.triggered.connect(lambda _=False, i=command.id: do(i))
            by_id[command.id] = action
            window.addAction(action)
        for name in MENUS:
            part = self.addMenu(name)
            for command in COMMANDS:
                if command.menu == name and command.shown:
                    part.addAction(by_id[command.id])
                if name == "File" and command.id == "open":
                    self.recent = part.addMenu("Open recent")
            if name == "File":
                part.addSeparator()
        self.insertMenu(self.actions()[1], lessons)
