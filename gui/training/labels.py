"""The words of the training page."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from gui.base import fonts


def section(word: str) -> QLabel:
    """A heading."""
    label = QLabel(word)
    label.setProperty("role", "section")
    label.setContentsMargins(0, 10, 0, 0)
    return label


def small() -> QLabel:
    """A line under a plot."""
    label = QLabel()
    label.setFont(fonts.ui(12))
    label.setProperty("role", "dim")
    return label
