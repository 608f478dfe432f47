"""HoverCard: the numbers of the card or edge that is pointed at, beside the pointer."""

from __future__ import annotations

import html

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QWidget

from engine.explain.hints import Hint
from gui.base import fonts
from gui.base.theme import Theme

AWAY = 14
"""From what is told about, in pixels."""
WIDEST = 340
CUT = 60
"""Characters of a line."""


class HoverCard(QLabel):
    """Shown over the canvas; the pointer goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(fonts.ui(12))
        self.setMaximumWidth(WIDEST)
        self.pinned = False
        """Asked for by key: it stays until it is sent away."""
        self.hide()

    def tell(self, hint: Hint, around: QRect, theme: Theme) -> None:
        """Show a hint beside a part of the parent, inside the parent."""
        families = ", ".join(f"'{f}'" for f in fonts.mono().families())
        rows = "".join(
            f"<tr><td style='color:{theme.dim.name()};padding-right:10px'>{html.escape(label)}</td>"
            f'<td style="font-family:{families}">{html.escape(_cut(text))}</td></tr>'
            for label, text in hint.rows
        )
        head = f"<b style='font-weight:600'>{html.escape(_cut(hint.heading))}</b>"
        self.setText(f"{head}<table cellspacing='0' cellpadding='1'>{rows}</table>")
        self.setAccessibleName(hint.plain)
        self.setStyleSheet(
            f"background: {theme.card.name()}; color: {theme.text.name()}; border: 1px solid {theme.hairline.name()};"
            f" border-radius: 9px; padding: 7px 11px;"
        )
        self.adjustSize()
        room = self._over.rect().adjusted(6, 6, -6, -6)
        x = min(around.left(), room.right() - self.width())
        below = around.bottom() + AWAY
        y = below if below + self.height() <= room.bottom() else around.top() - AWAY - self.height()
        self.move(QPoint(max(room.left(), x), max(room.top(), y)))
        self.show()
        self.raise_()

    def leave(self) -> bool:
        """Go away; whether it was there."""
        was = self.isVisible()
        self.pinned = False
        self.hide()
        return was


def _cut(text: str) -> str:
    return text if len(text) <= CUT else text[: CUT - 1] + "…"
