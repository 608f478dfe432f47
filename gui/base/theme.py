"""Colours by meaning: light and dark, each also in high contrast."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication


@dataclass(frozen=True, slots=True)
class Theme:
    """One colour per meaning. Pairs hold text at WCAG AA on their surface (faint is for what may be missed), in high
    contrast at AAA; the meanings stay apart for colour-blind eyes."""

    name: str
    dark: bool
    forward: QColor
    gradient: QColor
    accumulated: QColor
    leaf: QColor
    untracked: QColor
    error: QColor
    window: QColor
    panel: QColor
    canvas: QColor
    card: QColor
    text: QColor
    dim: QColor
    faint: QColor
    line: QColor
    """The current line of the program."""
    hairline: QColor
    on_accent: QColor
    """Text on a filled accent."""
    keyword: QColor
    string: QColor
    comment: QColor
    literal: QColor
    gradient_soft: QColor
    accumulated_soft: QColor
    forward_soft: QColor
    error_soft: QColor
    gradient_past: QColor
    """A gradient that has passed."""
    selection: QColor
    grid: QColor


def _theme(name: str, dark: bool, **colours: str) -> Theme:
    return Theme(name=name, dark=dark, **{key: QColor(value) for key, value in colours.items()})


LIGHT = _theme(
    "light",
    False,
    forward="#0B62A8",
    gradient="#C2410C",
    accumulated="#701A75",
    leaf="#0A7D5C",
    untracked="#9AA2AE",
    error="#8F1D2C",
    window="#F6F7F9",
    panel="#FFFFFF",
    canvas="#FBFCFD",
    card="#FFFFFF",
    text="#1B1F24",
    dim="#666E7A",
    faint="#9AA2AE",
    line="#FFF4D6",
    hairline="#E2E5EA",
    on_accent="#FFFFFF",
    keyword="#7A3E9D",
    string="#0A7D5C",
    comment="#666E7A",
    literal="#0B62A8",
    gradient_soft="#FDEEE4",
    accumulated_soft="#F2EAF7",
    forward_soft="#E6F1FA",
    error_soft="#FDECEA",
    gradient_past="#E4AE97",
    selection="#CFE4F6",
    grid="#E3E7EC",
)

DARK = _theme(
    "dark",
    True,
    forward="#62B0F2",
    gradient="#FF9357",
    accumulated="#E3C4F7",
    leaf="#4CC9A0",
    untracked="#6B7480",
    error="#F87171",
    window="#15181C",
    panel="#1C2025",
    canvas="#171A1F",
    card="#20252B",
    text="#E8EBEF",
    dim="#9BA4B0",
    faint="#6B7480",
    line="#3A3216",
    hairline="#2C323A",
    on_accent="#15181C",
    keyword="#C99BEA",
    string="#4CC9A0",
    comment="#929CA8",
    literal="#62B0F2",
    gradient_soft="#3A2419",
    accumulated_soft="#2F2338",
    forward_soft="#17293A",
    error_soft="#3B1F1E",
    gradient_past="#8A583E",
    selection="#23405A",
    grid="#262B32",
)

LIGHT_CONTRAST = _theme(
    "light contrast",
    False,
    forward="#042C5C",
    gradient="#8A3000",
    accumulated="#850B80",
    leaf="#035734",
    untracked="#4A515B",
    error="#5A0A0A",
    window="#FFFFFF",
    panel="#FFFFFF",
    canvas="#FFFFFF",
    card="#FFFFFF",
    text="#000000",
    dim="#33383F",
    faint="#4A515B",
    line="#FFF0B8",
    hairline="#6A727D",
    on_accent="#FFFFFF",
    keyword="#850B80",
    string="#035734",
    comment="#33383F",
    literal="#042C5C",
    gradient_soft="#FFE6D6",
    accumulated_soft="#F4E3F7",
    forward_soft="#D9EBFB",
    error_soft="#FFE3E3",
    gradient_past="#B05A30",
    selection="#A9D3FA",
    grid="#D5DAE1",
)

DARK_CONTRAST = _theme(
    "dark contrast",
    True,
    forward="#9CC8F8",
    gradient="#FDB07E",
    accumulated="#F1E2FB",
    leaf="#32F0A0",
    untracked="#AEB7C2",
    error="#FAC6C8",
    window="#000000",
    panel="#000000",
    canvas="#000000",
    card="#000000",
    text="#FFFFFF",
    dim="#D5DAE0",
    faint="#AEB7C2",
    line="#332A00",
    hairline="#848E9A",
    on_accent="#000000",
    keyword="#F1E2FB",
    string="#32F0A0",
    comment="#D5DAE0",
    literal="#9CC8F8",
    gradient_soft="#3D1F0C",
    accumulated_soft="#35203F",
    forward_soft="#0C2B45",
    error_soft="#450F14",
    gradient_past="#C97F58",
    selection="#144E7D",
    grid="#2A2F36",
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK, LIGHT_CONTRAST, DARK_CONTRAST)}


def chosen(name: str, contrast: str = "off") -> Theme:
    """The theme of two settings: ``light``, ``dark``, or ``system`` for what the desktop has; high contrast ``on``,
    ``off`` or ``system``."""
    dark = _desktop_is_dark() if name == "system" else name == "dark"
    if contrast == "on" or (contrast == "system" and _desktop_has_contrast()):
        return DARK_CONTRAST if dark else LIGHT_CONTRAST
    return DARK if dark else LIGHT


def _desktop_is_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def _desktop_has_contrast() -> bool:
    """Qt tells it from 6.10 on."""
    hints = getattr(QGuiApplication.styleHints(), "accessibility", None)
    return hints is not None and hints().contrastPreference() == Qt.ContrastPreference.HighContrast


def mix(a: QColor, b: QColor, t: float) -> QColor:
    """The colour a fraction ``t`` of the way from a to b."""
    return QColor.fromRgbF(
        a.redF() + (b.redF() - a.redF()) * t,
        a.greenF() + (b.greenF() - a.greenF()) * t,
        a.blueF() + (b.blueF() - a.blueF()) * t,
        a.alphaF() + (b.alphaF() - a.alphaF()) * t,
    )


def faded(colour: QColor, alpha: float) -> QColor:
    """The same colour, ``alpha`` of its opacity."""
    out = QColor(colour)
    out.setAlphaF(colour.alphaF() * alpha)
    return out
