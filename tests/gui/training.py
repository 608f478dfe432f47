"""Hands for the training page."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from gui.window import MainWindow


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Let the page read to the end, and draw."""
    qtbot.waitUntil(lambda: not window.session.readings.busy)
    window.training._write_if_dirty()


def slide(qtbot: QtBot, window: MainWindow, label: str, by: int) -> None:
    """Drag a slider's handle by a few pixels, with the mouse."""
    slider = window.training.controls.rows[label].slider
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    )
    start = handle.center()
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for k in range(1, 6):
        qtbot.mouseMove(slider, start + QPoint(by * k // 5, 0))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=start + QPoint(by, 0))
