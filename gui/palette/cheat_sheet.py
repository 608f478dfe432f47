"""CheatSheet: all keys at a glance."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui.base import fonts
from gui.base.commands import BUILD, COMMANDS, EDIT, FILE, GO, HELP, RUN, VIEW, Command, key_text

EXTRA = (
    ("Wheel, pinch", "zoom at the pointer"),
    ("Drag beside cards", "pan"),
    ("Drag from a card", "pull a line"),
    ("Drag a number", "change it and watch"),
    ("Double-click", "rename, rewrite, add"),
    ("Tab, arrows", "walk from card to card"),
    ("Tab, Ctrl+. in text", "complete"),
    ("Wheel on timeline", "look closer"),
)

MOST = 2
"""Keys that are shown of each command."""
COLUMNS = ((FILE, EDIT, RUN, HELP), (BUILD,), (GO,), (VIEW,))


def keys_of(command: Command) -> str:
    """The keys of a command, the first ones where there are many."""
    texts = [key_text(Command(command.id, command.title, command.menu, (k,))) for k in command.keys[:MOST]]
    return ", ".join(dict.fromkeys(texts))


class CheatSheet(QDialog):
    """Columns of keys, from the command table; they scroll where the window is small."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAccessibleName("Keys")
        page = QWidget()
        page.setProperty("role", "panel")
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, 8, 0)
        columns.setSpacing(26)
        for menus in COLUMNS:
            column = QVBoxLayout()
            for menu in menus:
                self._section(column, menu, [c for c in COMMANDS if c.menu == menu and c.keys])
            if menus == (BUILD,):
                self._mouse(column)
            column.addStretch(1)
            column.setSpacing(4)
            columns.addLayout(column)
        close = QPushButton("Close")
        close.setProperty("role", "outlined")
        close.clicked.connect(self.accept)
        note = QLabel("Plain keys act while the program is not being edited; Alt+← and Alt+→ step there, too.")
        note.setProperty("role", "dim")
        foot = QHBoxLayout()
        foot.addWidget(note, 1)
        foot.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 22, 26, 20)
        box.setSpacing(16)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(page)
        box.addWidget(area, 1)
        box.addLayout(foot)
        # As large as it needs to be, as far as the window has room.
        wanted = page.sizeHint() + QSize(2 * 26 + 14, foot.sizeHint().height() + 22 + 20 + 16 + 4)
        self.resize(wanted.boundedTo(parent.window().size()))

    @staticmethod
    def _section(column: QVBoxLayout, title: str, commands: list[Command]) -> None:
        if not commands:
            return
        head = QLabel(title)
        head.setFont(fonts.ui(13, fonts.SEMIBOLD))
        column.addWidget(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(3)
        for i, command in enumerate(commands):
            keys = QLabel(keys_of(command))
            keys.setFont(fonts.mono(12))
            keys.setProperty("role", "dim")
            grid.addWidget(QLabel(command.title), i, 0)
            grid.addWidget(keys, i, 1, Qt.AlignmentFlag.AlignRight)
        column.addLayout(grid)
        column.addSpacing(10)

    @staticmethod
    def _mouse(column: QVBoxLayout) -> None:
        head = QLabel("Mouse and more")
        head.setFont(fonts.ui(13, fonts.SEMIBOLD))
        column.addWidget(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(3)
        for i, (what, does) in enumerate(EXTRA):
            where = QLabel(what)
            where.setProperty("role", "dim")
            grid.addWidget(QLabel(does[:1].upper() + does[1:]), i, 0)
            grid.addWidget(where, i, 1, Qt.AlignmentFlag.AlignRight)
        column.addLayout(grid)
