"""Icons: bundled SVGs, tinted with a colour of the theme."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from resources import path


@lru_cache(maxsize=256)
def _svg(name: str, colour: str, filled: bool) -> bytes:
    text = path("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    if filled:
        text = text.replace('fill="none"', f'fill="{colour}"', 1)
    return text.encode()


def pixmap(name: str, colour: QColor, size: int = 18, ratio: float = 2.0, filled: bool = False) -> QPixmap:
    """An icon as a picture of ``size`` logical pixels."""
    image = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(_svg(name, colour.name(), filled))).render(
        painter, QRectF(0, 0, size * ratio, size * ratio)
    )
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


def icon(name: str, colour: QColor, disabled: QColor | None = None, filled: bool = False) -> QIcon:
    """An icon for buttons and menus."""
    out = QIcon(pixmap(name, colour, filled=filled))
    if disabled is not None:
        out.addPixmap(pixmap(name, disabled, filled=filled), QIcon.Mode.Disabled)
    return out
