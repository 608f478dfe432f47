"""Colours by meaning, in light and dark, and the palette and style sheet made of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette


@dataclass(frozen=True, slots=True)
class Theme:
    """One colour per meaning. Pairs hold text at WCAG AA on their surface (faint is for what may be missed)."""

    name: str
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

    @property
    def dark(self) -> bool:
        return self.name == "dark"


def _theme(name: str, **colours: str) -> Theme:
    return Theme(name=name, **{key: QColor(value) for key, value in colours.items()})


LIGHT = _theme(
    "light",
    forward="#0B62A8",
    gradient="#C2410C",
    accumulated="#7A3E9D",
    leaf="#0A7D5C",
    untracked="#9AA2AE",
    error="#B42318",
    window="#F6F7F9",
    panel="#FFFFFF",
    canvas="#FBFCFD",
    card="#FFFFFF",
    text="#1B1F24",
    dim="#69717D",
    faint="#9AA2AE",
    line="#FFF4D6",
    hairline="#E2E5EA",
    on_accent="#FFFFFF",
    keyword="#7A3E9D",
    string="#0A7D5C",
    comment="#8A929E",
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
    forward="#62B0F2",
    gradient="#FF9357",
    accumulated="#C99BEA",
    leaf="#4CC9A0",
    untracked="#6B7480",
    error="#FF8A80",
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
    comment="#7C8591",
    literal="#62B0F2",
    gradient_soft="#3A2419",
    accumulated_soft="#2F2338",
    forward_soft="#17293A",
    error_soft="#3B1F1E",
    gradient_past="#8A583E",
    selection="#23405A",
    grid="#262B32",
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def chosen(name: str) -> Theme:
    """The theme of a setting: ``light``, ``dark``, or ``system`` for what the desktop has."""
    if name == "system":
        return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
    return THEMES[name]


def palette(theme: Theme) -> QPalette:
    """The palette of Qt's own widgets."""
    p = QPalette()
    role = QPalette.ColorRole
    for where, colour in (
        (role.Window, theme.panel),
        (role.Base, theme.panel),
        (role.AlternateBase, theme.window),
        (role.Text, theme.text),
        (role.WindowText, theme.text),
        (role.Button, theme.panel),
        (role.ButtonText, theme.text),
        (role.ToolTipBase, theme.card),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.faint),
        (role.Highlight, theme.selection),
        (role.HighlightedText, theme.text),
        (role.Link, theme.forward),
        (role.Mid, theme.hairline),
        (role.Light, theme.panel),
        (role.Dark, theme.hairline),
        (role.Shadow, theme.hairline),
    ):
        p.setColor(where, colour)
    disabled = QPalette.ColorGroup.Disabled
    for where in (role.Text, role.WindowText, role.ButtonText):
        p.setColor(disabled, where, theme.faint)
    return p


_SHEET = """
QMainWindow, QWidget#root {{ background: {window}; }}
QWidget[role="panel"], QDialog {{ background: {panel}; }}
QLabel {{ background: transparent; color: {text}; }}
QLabel[role="dim"] {{ color: {dim}; }}
QLabel[role="faint"] {{ color: {faint}; }}
QLabel[role="section"] {{ color: {dim}; font-size: 12px; font-weight: 500; }}
QLabel[role="heading"] {{ font-size: 15px; font-weight: 600; }}
QFrame[role="hairline"] {{ background: {hairline}; border: none; }}
QSplitter::handle {{ background: {hairline}; }}
QSplitter::handle:hover {{ background: {faint}; }}
QToolTip {{ background: {card}; color: {text}; border: 1px solid {hairline}; padding: 5px 8px; }}

QPushButton, QToolButton {{
    background: transparent; border: 1px solid transparent; border-radius: 8px; padding: 5px 10px; color: {text};
}}
QPushButton[role="outlined"] {{ border-color: {hairline}; background: {panel}; color: {dim}; }}
QPushButton[role="outlined"]:hover {{ color: {text}; border-color: {faint}; }}
QPushButton[role="primary"] {{ background: {gradient}; color: {on_accent}; font-weight: 600; }}
QPushButton:hover, QToolButton:hover {{ background: {window}; }}
QPushButton[role="primary"]:hover {{ background: {gradient}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {forward}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {faint}; }}
QPushButton::menu-indicator, QToolButton::menu-indicator {{ image: none; width: 0; }}

QPushButton[role="tab"] {{
    border: none; border-radius: 4px; padding: 4px 2px; margin: 0 8px 0 0; color: {faint}; font-weight: 500;
    background: transparent;
}}
QPushButton[role="tab"]:hover {{ color: {dim}; }}
QPushButton[role="tab"]:checked {{ color: {text}; font-weight: 600; }}
QPushButton[role="tab"]:focus {{ text-decoration: underline; }}

QPushButton[role="chip"] {{ border: 1px solid {hairline}; border-radius: 13px; padding: 4px 12px; color: {dim}; }}
QPushButton[role="chip"]:hover {{ border-color: {faint}; }}
QPushButton[role="chip"][phase="forward"]:checked {{ background: {forward_soft}; border-color: {forward_soft};
    color: {forward}; font-weight: 600; }}
QPushButton[role="chip"][phase="backward"]:checked {{ background: {gradient_soft}; border-color: {gradient_soft};
    color: {gradient}; font-weight: 600; }}
QPushButton[role="chip"][phase="update"]:checked {{ background: {accumulated_soft};
    border-color: {accumulated_soft}; color: {accumulated}; font-weight: 600; }}

QMenu {{ background: {card}; border: 1px solid {hairline}; border-radius: 8px; padding: 5px; }}
QMenu::item {{ padding: 6px 26px 6px 14px; border-radius: 5px; color: {text}; }}
QMenu::item:selected {{ background: {forward_soft}; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::separator {{ height: 1px; background: {hairline}; margin: 5px 8px; }}

QLineEdit {{
    background: {window}; color: {text}; border: 1px solid {hairline}; border-radius: 7px; padding: 5px 9px;
    selection-background-color: {selection}; selection-color: {text};
}}
QLineEdit:focus {{ border-color: {forward}; }}
QPlainTextEdit, QTextEdit, QTableView, QListView, QTreeView, QScrollArea {{
    background: {panel}; color: {text}; border: none; selection-background-color: {selection};
    selection-color: {text};
}}
QHeaderView::section {{ background: {panel}; color: {faint}; border: none; padding: 3px 8px; font-size: 12px; }}
QTableView {{ gridline-color: {hairline}; }}
QListView::item {{ padding: 5px 8px; border-radius: 5px; }}
QListView::item:selected {{ background: {forward_soft}; color: {text}; }}
QListView::item:hover {{ background: {window}; }}

QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {hairline}; border-radius: 4px; min-height: 28px; min-width: 28px; margin: 1px; }}
QScrollBar::handle:hover {{ background: {faint}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: none; border: none; width: 0; height: 0; }}
"""


def style_sheet(theme: Theme) -> str:
    """The style sheet of the whole window."""
    colours = {f.name: getattr(theme, f.name).name() for f in fields(theme) if f.name != "name"}
    return _SHEET.format(**colours)


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
