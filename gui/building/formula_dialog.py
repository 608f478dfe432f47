"""FormulaDialog: a formula is typed, its unknown names get values, and the lines that it becomes are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.edit import Proposal, Refused
from engine.edit.formula import Formula
from gui.base import fonts
from gui.base.theme import Theme

Read = Callable[[str], Formula | Refused]
Write = Callable[[Formula, Mapping[str, str], Set[str]], Proposal | Refused]
WIDTH, EDGE = 520, 8
LONGEST = 50
"""Letters of a formula that is shown on one line."""
ROWS, FEWEST = 6, 2
"""Names that are shown at once where there is room, and where there is little."""


class FormulaDialog(QDialog):
    """``answer`` is what it would write, as long as that is possible; Enter accepts it.

    ``read`` understands a formula, ``write`` makes edits of it, of values of names, and of the names that require grad.
    """

    def __init__(
        self, read: Read, write: Write, theme: Theme, parent: QWidget, text: str = "", pixels: float = 13
    ) -> None:
        super().__init__(parent)
        self._read, self._write = read, write
        self._theme = theme
        self._pixels = pixels
        self.setWindowTitle("Formula")
        self.setAccessibleName("Formula")
        self.answer: Proposal | Refused = Refused("")
        self._formula: Formula | None = None
        self._values: dict[str, str] = {}
        """What was written for names, also for those that are not in the formula now."""
        self._constants: set[str] = set()
        """Names that are not to require grad."""
        self.rows: dict[str, tuple[QLineEdit, QCheckBox]] = {}
        self.field = QLineEdit(text)
        self.field.setFont(fonts.mono(pixels + 1))
        self.field.setPlaceholderText("(w + x) * (w + 1)   or   y = sigmoid(w*x + b)")
        self.field.setAccessibleName("Formula")
        self._names = QWidget()
        self._grid = QGridLayout(self._names)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._names.setProperty("role", "panel")
        self._area.setWidget(self._names)
        self.preview = QLabel()
        self.preview.setObjectName("preview")
        self.preview.setFont(fonts.mono(pixels - 1))
        self.preview.setTextFormat(Qt.TextFormat.PlainText)
        self.preview.setWordWrap(True)
        self.preview.setAccessibleName("The lines that are added")
        self.preview.setStyleSheet(
            f"QLabel#preview {{ background: {theme.window.name()}; color: {theme.text.name()};"
            f" border: 1px solid {theme.hairline.name()}; border-radius: 7px; padding: 8px 10px; }}"
        )
        self.said = QLabel()
        self.said.setFont(fonts.ui(pixels))
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Add to the program")
        self.ok.setDefault(True)
        self.ok.setProperty("role", "outlined")
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setProperty("role", "outlined")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        buttons.setStyleSheet(f"QPushButton {{ font-size: {round(pixels)}px; }}")
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 16)
        box.setSpacing(12)
        box.addWidget(self.field)
        box.addWidget(self._area, 1)
        box.addWidget(self.said)
        box.addWidget(self.preview)
        box.addStretch(0)
        box.addWidget(buttons)
        self._area.hide()
        self.setMinimumWidth(min(round(WIDTH * pixels / 13), parent.window().width() - 40))
        self.field.textChanged.connect(self._on_text)
        self._on_text()
        self.field.setFocus()

    @Slot()
    def _on_text(self) -> None:
        """Read the formula anew; its names get rows."""
        formula = self._read(self.field.text())
        if isinstance(formula, Refused):
            self._formula = None
            self._show(formula)
            return
        self._formula = formula
        if list(self.rows) != list(formula.unknown):
            self._fill(formula)
        else:
            for name, value in formula.values.items():
                if name in self.rows and name not in self._values:
                    self.rows[name][0].setText(value)
        self._on_values()

    def _fill(self, formula: Formula) -> None:
        for widget in self._names.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self.rows = {}
        for row, (name, offered) in enumerate(formula.offered().items()):
            label = QLabel(name)
            label.setFont(fonts.mono(self._pixels))
            value = QLineEdit(self._values.get(name, offered))
            value.setFont(fonts.mono(self._pixels))
            value.setAccessibleName(f"Value of {name}")
            label.setBuddy(value)
            tracked = QCheckBox("requires grad")
            tracked.setFont(fonts.ui(self._pixels))
            tracked.setAccessibleName(f"{name} requires grad")
            tracked.setChecked(name not in self._constants)
            value.textEdited.connect(self._on_values)
            tracked.toggled.connect(self._on_values)
            for column, widget in enumerate((label, value, tracked)):
                self._grid.addWidget(widget, row, column)
                widget.show()  # its place is counted at once
            self.rows[name] = (value, tracked)
        self._area.setVisible(bool(self.rows))
        high = self._names.sizeHint().height() // max(1, len(self.rows))
        self._area.setMinimumHeight(high * min(len(self.rows), FEWEST))
        self._area.setMaximumHeight(high * min(len(self.rows), ROWS))

    @Slot()
    def _on_values(self) -> None:
        """Work out what would be written."""
        if self._formula is None:
            return
        offered = self._formula.offered()
        for name, (value, tracked) in self.rows.items():
            if value.text() != offered[name]:
                self._values[name] = value.text()
            else:
                self._values.pop(name, None)
            if tracked.isChecked():
                self._constants.discard(name)
            else:
                self._constants.add(name)
        values = {name: value.text() for name, (value, _) in self.rows.items()}
        self._show(self._write(self._formula, values, self.rows.keys() - self._constants))

    def _show(self, answer: Proposal | Refused) -> None:
        """Show the lines that would be added, or why there are none."""
        self.answer = answer
        possible = isinstance(answer, Proposal)
        self.ok.setEnabled(possible)
        self.preview.setVisible(possible)
        notes = " ".join(self._formula.notes) if self._formula is not None else ""
        if isinstance(answer, Proposal):
            self.preview.setText("\n".join(edit.text.strip("\n") for edit in answer.edits))
            self.said.setText(notes)
        else:
            self.said.setText(answer.why)
            place = self._place(answer)
            self.preview.setVisible(bool(place))
            self.preview.setText(place)
        empty = not self.field.text().strip()
        colour = self._theme.dim if possible or empty else self._theme.error
        self.said.setStyleSheet(f"color: {colour.name()};")
        self.said.setVisible(bool(self.said.text()))
        self._grow()

    def _place(self, answer: Refused) -> str:
        """The formula with the part marked that a refusal is about; nothing where that is all of it."""
        text, span = self.field.text(), answer.span
        # Once a formula has been read, a refusal is about the program.
        if self._formula is not None or span is None or span.stop - span.start >= len(text) or len(text) > LONGEST:
            return ""
        return f"{text}\n{' ' * span.start}{'^' * max(1, span.stop - span.start)}"

    def showEvent(self, event: QShowEvent) -> None:
        # The words know their height only when they have been given their fonts.
        self.resize(self.minimumWidth(), 0)
        self._grow()
        super().showEvent(event)

    def _grow(self) -> None:
        """Be as high as what is shown needs, as far as the window has room; never less high than before."""
        layout, window = self.layout(), self.parentWidget()
        if layout is None or window is None:
            return
        layout.activate()
        wide = max(self.width(), self.minimumWidth()) if self.isVisible() else self.minimumWidth()
        high = layout.totalHeightForWidth(wide)
        self.resize(wide, min(max(self.height() if self.isVisible() else 0, high), window.height() - 2 * EDGE))
        below = self.geometry().bottom() - window.mapToGlobal(window.rect().bottomLeft()).y() + EDGE
        if self.isVisible() and below > 0:
            self.move(self.x(), self.y() - below)
