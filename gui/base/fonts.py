"""The bundled fonts: Inter for words, JetBrains Mono for code and numbers, a Chinese face behind both."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

from resources import path

UI = ["Inter", "Chainrule CJK"]
MONO = ["JetBrains Mono", "Chainrule CJK"]

FILES = (
    "Inter-Regular.otf",
    "Inter-Medium.otf",
    "Inter-SemiBold.otf",
    "JetBrainsMono-Regular.ttf",
    "JetBrainsMono-Medium.ttf",
    "JetBrainsMono-SemiBold.ttf",
    "ChainruleCJK-Regular.otf",
)


def load() -> None:
    """Make the bundled fonts known to Qt. A file that cannot be read leaves the system's fonts in its place."""
    for name in FILES:
        QFontDatabase.addApplicationFont(str(path("fonts", name)))


def _font(families: list[str], pixels: float, weight: QFont.Weight) -> QFont:
    font = QFont()
    font.setFamilies(families)
    font.setPixelSize(round(pixels))
    font.setWeight(weight)
    return font


def ui(pixels: float = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The face of words."""
    return _font(UI, pixels, weight)


def mono(pixels: float = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The face of code and numbers."""
    return _font(MONO, pixels, weight)


MEDIUM = QFont.Weight.Medium
SEMIBOLD = QFont.Weight.DemiBold
