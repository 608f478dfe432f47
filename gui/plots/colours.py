"""matplotlib's colours, as far as programs name them."""

from __future__ import annotations

import re

from PySide6.QtGui import QColor

CYCLE = (
    "#1f77b4",
    "#ff7f0e",
    "#2ca02c",
    "#d62728",
    "#9467bd",
    "#8c564b",
    "#e377c2",
    "#7f7f7f",
    "#bcbd22",
    "#17becf",
)
"""C0 to C9, and tab:blue to tab:cyan, in matplotlib's order."""
TAB = ("blue", "orange", "green", "red", "purple", "brown", "pink", "gray", "olive", "cyan")
LETTERS = {
    "r": "#ff0000",
    "g": "#008000",
    "b": "#0000ff",
    "c": "#00bfbf",
    "m": "#bf00bf",
    "y": "#bfbf00",
    "k": "#000000",
    "w": "#ffffff",
}
LEAST_CONTRAST = 60
"""Difference of lightness, of 255, below which a colour is lost on the panel."""


def colour(given: str | list[float], number: int, panel: QColor, alpha: float | None = None) -> QColor:
    """What a program asked for, else colour ``number`` of the cycle; never one that cannot be seen on the panel."""
    out = _named(given) if isinstance(given, str) else QColor.fromRgbF(*(min(1.0, max(0.0, c)) for c in given[:4]))
    if out is None or not out.isValid():
        out = QColor(CYCLE[number % len(CYCLE)])
    if abs(out.lightness() - panel.lightness()) < LEAST_CONTRAST and out.hslSaturation() < 40:
        out = QColor(255 - out.red(), 255 - out.green(), 255 - out.blue())
    if alpha is not None:
        out.setAlphaF(min(1.0, max(0.0, alpha)))
    return out


def _named(text: str) -> QColor | None:
    name = text.strip().lower()
    if not name:
        return None
    if name in LETTERS:
        return QColor(LETTERS[name])
    if re.fullmatch(r"c\d", name):
        return QColor(CYCLE[int(name[1])])
    if name.startswith("tab:"):
        tab = name[4:].replace("grey", "gray")
        return QColor(CYCLE[TAB.index(tab)]) if tab in TAB else None
    if re.fullmatch(r"0?\.\d+|[01]", name):
        return QColor.fromRgbF(*(float(name),) * 3)
    return QColor(name)
