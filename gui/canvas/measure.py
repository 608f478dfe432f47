"""How large cards and chips are: measured with the fonts that paint them."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtGui import QFont, QFontMetricsF

from gui.base import fonts

PAD = 16.0
"""From a card's side to its words."""
PAD_OP = 20.0
"""The same on the side where the op badge sits."""
HEADER = 24.0
"""Height of a card's middle of its title, from the top."""
ROW = 22.0
VALUE_ROW = 47.0
"""Middle of the row of the value, from the top."""
HEIGHT = 92.0
SAVED = 25.0
"""What a row of saved tensors adds."""
SAVED_WORD, PIN, PIN_GAP = 42.0, 10.0, 10.0
"""Widths in that row: of the word before the pins, of a pin without its text, and between two of them."""
LABEL = 38.0
"""Width of the words ``value`` and ``grad``."""
LEAST, MOST = 190.0, 256.0
THUMB = 40.0
"""Width of a heat map beside a value."""
CHIP_HEIGHT = 22.0
BADGE = 12.5
"""Radius of an op's badge, and half its height where it is a pill."""


class Faces:
    """The fonts of the canvas, made once."""

    def __init__(self) -> None:
        self.title = fonts.mono(15)
        self.aside = fonts.mono(12)
        self.label = fonts.ui(11)
        self.value = fonts.mono(14, fonts.MEDIUM)
        self.note = fonts.ui(11)
        self.pin = fonts.mono(11)
        self.chip = fonts.mono(12, fonts.MEDIUM)
        self.glyph = fonts.ui(14, fonts.SEMIBOLD)
        self.small_glyph = fonts.ui(9, fonts.SEMIBOLD)
        self.sum = fonts.mono(11)
        self.big = fonts.mono(26, fonts.MEDIUM)
        self.region = fonts.ui(11, fonts.MEDIUM)


@lru_cache(maxsize=1)
def faces() -> Faces:
    return Faces()


@lru_cache(maxsize=8192)
def _width(text: str, font_key: str) -> float:
    return QFontMetricsF(getattr(faces(), font_key)).horizontalAdvance(text)


def width(text: str, face: str) -> float:
    """Width of a text in one of the faces, in scene pixels."""
    return _width(text, face)


def elided(text: str, face: str, room: float) -> str:
    """The text, cut with an ellipsis if it is wider than ``room``."""
    if width(text, face) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle] + "…", face) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low] + "…"


def glyph_face(glyph: str) -> str:
    """Signs are larger than words."""
    return "glyph" if len(glyph) <= 2 else "small_glyph"


def badge_half(glyph: str) -> float:
    """Half the width of an op's badge: a circle for a sign, a pill for a word."""
    return max(BADGE, width(glyph, glyph_face(glyph)) / 2 + 6)


def left_pad(glyph: str) -> float:
    """From a card's left side to its words; an op's badge reaches into the card."""
    return max(PAD_OP, badge_half(glyph) + 7) if glyph else PAD


def card_size(title: str, aside: str, pins: list[str], has_thumb: bool, glyph: str) -> tuple[float, float]:
    """The size of a card by the words that stay the same while values change."""
    left = left_pad(glyph)
    head = left + PAD + width(title, "title") + 18 + width(aside, "aside")
    row = left + LABEL + 98 + (THUMB + 10 if has_thumb else 0) + PAD
    saved = left + SAVED_WORD + sum(PIN + width(p, "pin") + PIN_GAP for p in pins) + PAD if pins else 0.0
    wide = min(MOST, max(LEAST, head, row, min(saved, MOST)))
    return math.ceil(wide / 8) * 8.0, HEIGHT + (SAVED if pins else 0.0)


CHIP_MAP = 30.0
"""Width of the heat map on a chip."""


CHIP_ROW = 15.0
"""What a second line adds to a chip."""


def chip_width(text: str, has_map: bool = False) -> float:
    return width(text, "chip") + 18 + (CHIP_MAP + 6 if has_map else 0)


def font_of(face: str) -> QFont:
    font = getattr(faces(), face)
    assert isinstance(font, QFont)
    return font
