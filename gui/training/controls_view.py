"""ControlsView: what the program sets, as sliders and choices. Moving one edits the text."""

from __future__ import annotations

import math
from functools import partial

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSlider, QWidget

from engine.edit.controls import Control, controls, set_choice, set_number, written
from gui.base import fonts
from gui.base.change import Change
from gui.session import Session

NOTCHES = 400
"""Places of a slider."""
TEXT_MS = 120
"""After so long a number that is being moved stands in the text, however long its run takes."""


class Slider(QSlider):
    """A slider whose keys are its own, also those that otherwise step the program."""

    KEYS = frozenset(
        (
            Qt.Key.Key_Left,
            Qt.Key.Key_Right,
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
            Qt.Key.Key_PageUp,
            Qt.Key.Key_PageDown,
            Qt.Key.Key_Home,
            Qt.Key.Key_End,
        )
    )

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in self.KEYS:
            event.accept()
            return True
        return super().event(event)


class Row:
    """One number: its slider keeps its range while it is moved."""

    def __init__(self, control: Control, view: ControlsView) -> None:
        self.control = control
        self.low, self.high = control.low, control.high
        self._view = view
        self.moved = False
        """Whether the drag under way has written already."""
        self.slider = Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, NOTCHES)
        self.slider.setSingleStep(NOTCHES // 80)
        self.slider.setPageStep(NOTCHES // 16)
        self.slider.setAccessibleName(control.label)
        self.slider.setMinimumWidth(60)
        self.word = QLabel()
        self.word.setFont(fonts.mono(11))
        self.word.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.word.setMinimumWidth(46)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderPressed.connect(self._pressed)
        self.slider.sliderReleased.connect(self._released)
        self.follow(control)

    def follow(self, control: Control) -> None:
        """The text says something else."""
        self.control = control
        if not self.low <= control.value <= self.high:
            self.low, self.high = control.low, control.high
        self.word.setText(control.text)
        if not self.slider.isSliderDown():
            self.slider.blockSignals(True)
            self.slider.setValue(self._notch(control.value))
            self.slider.blockSignals(False)
        self.slider.setToolTip(f"{control.label}: {control.text}")

    def _notch(self, value: float) -> int:
        if self.control.decades:
            low = math.log(max(self.low, 1e-12))
            part = (math.log(max(value, 1e-12)) - low) / (math.log(self.high) - low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return round(min(1.0, max(0.0, part)) * NOTCHES)

    def value(self, notch: int) -> float:
        """What a place of the slider means."""
        part = notch / NOTCHES
        if self.control.decades:
            low = max(self.low, 1e-12)
            return float(low * (self.high / low) ** part)
        return self.low + (self.high - self.low) * part

    def _pressed(self) -> None:
        self.moved = False

    def _slid(self, notch: int) -> None:
        if self.slider.isSliderDown():
            self.word.setText(written(self.control, self.value(notch)))
            self._view.write_soon(self)
        else:
            self.write()

    def _released(self) -> None:
        """The last place of a drag is a part of it."""
        value = self.value(self.slider.value())
        if written(self.control, value) != self.control.text:
            self._view.edited.emit(set_number(self.control, value), self.moved)

    def write(self) -> None:
        """Write into the text what the slider says."""
        value = self.value(self.slider.value())
        if written(self.control, value) != self.control.text:
            joins = self.slider.isSliderDown() and self.moved
            self.moved = True
            self._view.edited.emit(set_number(self.control, value), joins)


class ControlsView(QWidget):
    """A row per control. ``edited`` asks for edits of the text, and whether they belong to the last ones."""

    edited = Signal(list, bool)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.rows: dict[str, Row] = {}
        self.choices: dict[str, tuple[QComboBox, Control]] = {}
        self._form: list[tuple[str, str]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 4, 0, 4)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self.setAccessibleName("Settings of the program")
        self._moving: Row | None = None
        """The number that is to be written as soon as the picture has followed."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._write)
        session.changed.connect(self._on_change)
        session.computed.connect(self._has_computed)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.SOURCE in change:
            self.read()

    @Slot()
    def _has_computed(self) -> None:
        # The next run is computed while the window takes in and draws the last one.
        if self._moving is not None:
            self._soon.start(0)

    def write_soon(self, row: Row) -> None:
        """Write a number that is being moved: at once, or when the last one has been computed with.

        Of moves faster than the picture the newest counts. A text follows after ``TEXT_MS`` in any case.
        """
        self._moving = row
        if not self._session.computing:
            self._write()
        elif not self._soon.isActive():
            self._soon.start(TEXT_MS)

    def _write(self) -> None:
        row, self._moving = self._moving, None
        self._soon.stop()
        if row is not None:
            row.write()

    def read(self) -> None:
        """Follow the text."""
        found = controls(self._session.source)
        form = [(c.kind, c.label) for c in found]
        if form != self._form:
            if not found and self._session.source.strip() and not self._parses():
                return
            self._make(found)
            self._form = form
            return
        for control in found:
            if control.kind == "choice":
                choice, _ = self.choices[control.label]
                choice.setCurrentText(control.text)
                self.choices[control.label] = choice, control
            else:
                self.rows[control.label].follow(control)

    def _parses(self) -> bool:
        """A text that is half typed keeps its sliders."""
        try:
            compile(self._session.source, "program", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
        return True

    def _make(self, found: list[Control]) -> None:
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.deleteLater()
        self.rows.clear()
        self.choices.clear()
        for line, control in enumerate(found):
            label = QLabel(control.label)
            label.setFont(fonts.mono(11))
            label.setProperty("role", "dim")
            self._grid.addWidget(label, line, 0)
            if control.kind == "choice":
                choice = QComboBox()
                choice.addItems(control.choices)
                choice.setCurrentText(control.text)
                choice.setFont(fonts.mono(11))
                choice.setAccessibleName(control.label)
                choice.activated.connect(partial(self._choose, control.label))
                label.setBuddy(choice)
                self._grid.addWidget(choice, line, 1, 1, 2)
                self.choices[control.label] = choice, control
            else:
                row = self.rows[control.label] = Row(control, self)
                label.setBuddy(row.slider)
                self._grid.addWidget(row.slider, line, 1)
                self._grid.addWidget(row.word, line, 2)

    def _choose(self, label: str, number: int) -> None:
        _, control = self.choices[label]
        if control.choices[number] != control.text:
            self.edited.emit(set_choice(self._session.source, control, control.choices[number]), False)
