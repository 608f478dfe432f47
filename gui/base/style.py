"""The palette and the style sheet of Qt's own widgets, made of a theme's colours."""

from __future__ import annotations

from dataclasses import fields

from PySide6.QtGui import QColor, QPalette

from gui.base.theme import Theme
from resources import path

PICTURES = {"chevron": "chevron-down", "check": "check"}


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
QPushButton[role="primary"]:disabled {{ background: {hairline}; color: {faint}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {forward}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {faint}; }}
QPushButton::menu-indicator, QToolButton::menu-indicator {{ image: none; width: 0; }}
QPushButton[role="more"] {{
    border: 1px solid {hairline}; background: {panel}; image: url("{chevron}"); padding: 7px;
}}
QPushButton[role="more"]:hover {{ border-color: {faint}; }}
QPushButton[role="more"]:focus {{ border-color: {forward}; }}

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
QTableCornerButton::section {{ background: {panel}; border: none; }}
QListView::item {{ padding: 5px 8px; border-radius: 5px; }}
QListView::item:selected {{ background: {forward_soft}; color: {text}; }}
QListView::item:hover {{ background: {window}; }}
QListView::indicator {{
    width: 13px; height: 13px; border: 1.5px solid {dim}; border-radius: 4px; background: {panel};
}}
QListView::indicator:checked {{ border-color: {forward}; image: url("{check}"); }}

QComboBox {{
    background: {window}; color: {text}; border: 1px solid {hairline}; border-radius: 7px; padding: 3px 8px;
}}
QComboBox:focus, QSlider:focus {{ border-color: {forward}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url("{chevron}"); width: 14px; height: 14px; right: 3px; }}
QComboBox QLineEdit {{ background: transparent; border: none; border-radius: 0; padding: 0; }}
QComboBox QAbstractItemView {{ background: {card}; color: {text}; selection-background-color: {forward_soft}; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {hairline}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {forward}; }}
QSlider::handle:horizontal {{
    background: {panel}; border: 1.5px solid {forward}; width: 11px; height: 11px; margin: -5px 0; border-radius: 7px;
}}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ background: {forward_soft}; }}

QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {hairline}; border-radius: 4px; min-height: 28px; min-width: 28px; margin: 1px; }}
QScrollBar::handle:hover {{ background: {faint}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: none; border: none; width: 0; height: 0; }}
"""


def style_sheet(theme: Theme) -> str:
    """The style sheet of the whole window."""
    values = ((f.name, getattr(theme, f.name)) for f in fields(theme))
    colours = {name: value.name() for name, value in values if isinstance(value, QColor)}
    # Style sheets take pictures from files alone; their one tone stands out from every theme's surfaces.
    pictures = {name: path("icons", f"{file}-neutral.svg").as_posix() for name, file in PICTURES.items()}
    return _SHEET.format(**pictures, **colours)
