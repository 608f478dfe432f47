"""AdviceBody: the words of one piece of advice: message, causes, why, what to do, and the line as it could be."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.explain.advice import Advice
from gui.base import fonts
from gui.base.theme import Theme

PRESS = frozenset((Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space))
BADGE = 18
"""The diameter of a cause's number."""


def label(text: str, font: QFont, colour: QColor, selectable: bool = False) -> QLabel:
    """Words that wrap; never taken for HTML."""
    out = QLabel(text)
    out.setTextFormat(Qt.TextFormat.PlainText)
    out.setFont(font)
    families = ", ".join(f"'{f}'" for f in font.families())
    out.setStyleSheet(f"color: {colour.name()}; font-size: {font.pixelSize()}px; font-family: {families};")
    out.setWordWrap(True)
    if selectable:
        out.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        out.setCursor(Qt.CursorShape.IBeamCursor)
    return out


def breakable(text: str) -> str:
    """With places (zero-width spaces) where a word that is too long for a narrow panel may be broken."""
    return re.sub(r"\S{24,}", lambda m: re.sub(r"([._(,=])(?=\w)", "\\1\u200b", m[0]), text)


class CauseRow(QWidget):
    """A guilty statement: its number, its line, its word. A click, Enter or Space goes there."""

    wanted = Signal()

    def __init__(self, number: int, line: int, word: str, theme: Theme, colour: QColor) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("cause")
        self.setAccessibleName(f"Line {line}: {word}")
        self.setToolTip("Go to the line")
        badge = QLabel(str(number))
        badge.setFixedSize(BADGE, BADGE)
        badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        badge.setFont(fonts.ui(11, fonts.SEMIBOLD))
        badge.setStyleSheet(
            f"background: {colour.name()}; color: {theme.on_accent.name()}; border-radius: {BADGE // 2}px;"
            " font-size: 11px; font-weight: 600;"
        )
        words = label(f"line {line} · {word}", fonts.ui(12), theme.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 4, 2)
        row.setSpacing(8)
        row.addWidget(badge, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1)
        self.setStyleSheet(
            f"QWidget#cause {{ border: 1px solid transparent; border-radius: 6px; }}"
            f" QWidget#cause:hover {{ background: {theme.panel.name()}; }}"
            f" QWidget#cause:focus {{ border-color: {theme.forward.name()}; }}"
        )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.wanted.emit()
        event.accept()

    def event(self, event: QEvent) -> bool:
        # Space would play, were it not said that it is meant for this.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in PRESS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in PRESS:
            self.wanted.emit()
            event.accept()
        else:
            super().keyPressEvent(event)


class AdviceBody(QWidget):
    """Made anew for each piece of advice."""

    wanted = Signal(object)
    """The span of a cause that is to be shown."""

    def __init__(self) -> None:
        super().__init__()
        self.causes: list[CauseRow] = []
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)

    def write(self, advice: Advice, source: str, theme: Theme, colour: QColor) -> None:
        """Show advice on ``source``; a warning comes with torch's text, an error's stands elsewhere."""
        self.clear()
        if advice.message and not advice.error:
            _put(self._box, label(breakable(advice.message), fonts.mono(12), theme.dim, selectable=True))
        _put(self._box, label(breakable(advice.why), fonts.ui(13), theme.text))
        if advice.causes:
            rows = QVBoxLayout()
            rows.setSpacing(0)
            self._box.addLayout(rows)
            for number, cause in enumerate(advice.causes, 1):
                line = source.count("\n", 0, cause.span.start) + 1
                row = CauseRow(number, line, cause.word, theme, colour)
                row.wanted.connect(partial(self.wanted.emit, cause.span))
                self.causes.append(row)
                _put(rows, row)
        if advice.todo:
            _put(self._box, label(advice.todo, fonts.ui(13), theme.text))
        if advice.code:
            _put(self._box, _code(advice.code, theme))

    def clear(self) -> None:
        self.causes = []
        _empty(self._box)


def _code(text: str, theme: Theme) -> QFrame:
    """A line of the program as it could be, on a ground of its own; it can be copied."""
    frame = QFrame()
    frame.setObjectName("code")
    frame.setStyleSheet(
        f"QFrame#code {{ background: {theme.card.name()}; border: 1px solid {theme.hairline.name()};"
        " border-radius: 6px; }"
    )
    box = QVBoxLayout(frame)
    box.setContentsMargins(8, 5, 8, 5)
    # A no-break space keeps the indentation of the lines.
    shown = "\n".join(line.replace("    ", "\u00a0" * 4) if line[:1] == " " else line for line in text.split("\n"))
    box.addWidget(label(shown, fonts.mono(12), theme.forward, selectable=True))
    return frame


def _put(box: QVBoxLayout, widget: QWidget) -> None:
    """Add a widget that counts at once when the height is asked for."""
    box.addWidget(widget)
    widget.show()


def _empty(box: QVBoxLayout) -> None:
    while (item := box.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif isinstance(inner, QVBoxLayout):
            _empty(inner)
