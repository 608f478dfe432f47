"""Formula: LaTeX as a picture, drawn by ziamath, shrunk or broken where the panel is narrow."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

SMALLEST = 0.8
"""Below this share of its natural size a formula is broken into lines instead of shrunk."""
BREAKS = re.compile(r"(?= ?\\;\\text\{gets\})|(?= \\cdot )|(?<=.)(?= = )")
INDENT = 16.0


@lru_cache(maxsize=1)
def _ziamath() -> Any:
    """Imported late (it parses fonts), and quietly: it still calls importlib.resources.path."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import ziamath
    # QtSvg knows SVG 1.2: with SVG 2's <symbol> it would draw no glyph at all.
    ziamath.config.svg2 = False
    return ziamath


@lru_cache(maxsize=512)
def svg(latex: str, pixels: float, colour: str) -> tuple[bytes, float, float] | None:
    """SVG, width and height; None for LaTeX that cannot be drawn."""
    ziamath = _ziamath()
    try:
        drawn = ziamath.Latex(latex, size=pixels, color=colour)
        width, height = drawn.getsize()
        return drawn.svg().encode(), float(width), float(height)
    except Exception:
        return None


class Formula(QWidget):
    """One or more lines of mathematics."""

    def __init__(self, latex: str, spoken: str, pixels: float, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._latex = latex
        self._pixels = pixels
        self._colour = colour
        self.setAccessibleName(spoken)
        self.setToolTip(spoken)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _lines(self, room: float) -> list[tuple[bytes, float, float, float]]:
        """SVG, width, height and indent of each line."""
        whole = svg(self._latex, self._pixels, self._colour)
        if whole is None:
            return []
        drawn, w, h = whole
        if w <= room:
            return [(drawn, w, h, 0.0)]
        if w * SMALLEST <= room:
            share = room / w
            return [(drawn, w * share, h * share, 0.0)]
        return self._broken(room)

    def _broken(self, room: float) -> list[tuple[bytes, float, float, float]]:
        """Lines that fit, broken before signs; a part that is too long by itself is shrunk."""
        lines: list[str] = []
        for part in BREAKS.split(self._latex):
            joined = lines[-1] + part if lines else part
            drawn = svg(joined, self._pixels, self._colour)
            indent = INDENT if len(lines) > 1 else 0.0
            if lines and drawn is not None and drawn[1] + indent <= room:
                lines[-1] = joined
            else:
                lines.append(part)
        out = []
        for i, line in enumerate(lines):
            drawn = svg(line.strip().removeprefix(r"\;"), self._pixels, self._colour)
            indent = INDENT if i else 0.0
            if drawn is not None:
                share = min(1.0, (room - indent) / drawn[1])
                out.append((drawn[0], drawn[1] * share, drawn[2] * share, indent))
        return out

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        lines = self._lines(max(40.0, float(width)))
        return round(sum(h for _, _, h, _ in lines) + 5 * max(0, len(lines) - 1) + 6)

    def sizeHint(self) -> QSize:
        whole = svg(self._latex, self._pixels, self._colour)
        return QSize(120 if whole is None else min(400, round(whole[1])), 24 if whole is None else round(whole[2]) + 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        lines = self._lines(max(40.0, float(self.width())))
        if not lines:
            p.setPen(Qt.GlobalColor.gray)
            p.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self._latex)
        y = 3.0
        for drawn, w, h, indent in lines:
            QSvgRenderer(QByteArray(drawn)).render(p, QRectF(indent, y, w, h))
            y += h + 5
        p.end()
