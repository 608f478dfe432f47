"""What the program printed up to the cursor, and its names with their values."""

from __future__ import annotations

import html
from bisect import bisect_left

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QShowEvent, QTextOption
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QTextEdit, QWidget

from engine.explain.numbers import compact
from engine.trace import events as ev
from engine.trace.trace import Trace
from gui.base import fonts
from gui.base.change import Change
from gui.session import Session

MOST_EVENTS = 2000
"""Events of output before the cursor that are shown."""
LATER = 40
"""Events of output after the cursor that are shown faintly."""
MARGIN = 16
"""Around the text, as its heading has it."""


class Output(QTextEdit):
    """Printed so far in full colour, what the rest of the program will print faintly."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFont(fonts.mono(12))
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setAccessibleName("Output")
        self.document().setDocumentMargin(MARGIN)
        self._shown: tuple[object, ...] | None = None
        session.changed.connect(self._on_change)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self._session.turns.later(self._on_change, change, aside=True):
            return
        if change & (Change.CURSOR | Change.TRACE | Change.THEME | Change.MODE) and self.isVisible():
            self.write()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._shown = None
        self.write()

    def write(self) -> None:
        s = self._session
        t = s.theme
        numbers = s.trace.outputs
        count = bisect_left(numbers, s.trace.stop(s.cursor))
        past = [_event(s.trace, n) for n in numbers[max(0, count - MOST_EVENTS) : count]]
        later = [_event(s.trace, n) for n in numbers[count : count + LATER]]
        step = s.trace.step(s.cursor)
        now = s.trace.events[step.main] if step is not None else None
        fresh = now if isinstance(now, (ev.Printed, ev.Warned)) else None
        key = (s.trace, count, len(later), fresh is None, t.name, s.presenting)
        if key == self._shown:
            return
        self._shown = key
        parts = [_span(_text(e), t.error if isinstance(e, ev.Warned) else t.text, e is fresh) for e in past]
        if not past and not later:
            parts.append(_span("Nothing is printed.", t.faint))
        if later:
            parts.append(_span("after this step:\n" + "".join(_text(e) for e in later), t.faint))
        size = 20 if s.presenting else 12
        self.setHtml(f"<div style='white-space:pre-wrap;font-size:{size}px'>{''.join(parts)}</div>")
        self._scroll("".join(_text(e) for e in past).count("\n"), bool(later))

    def _scroll(self, lines: int, more: bool) -> None:
        """Bring the line printed last into sight, with what comes next below it."""
        bar = self.verticalScrollBar()
        if not more:
            bar.setValue(bar.maximum())
            return
        block = self.document().findBlockByNumber(max(0, lines - 1))
        bottom = self.document().documentLayout().blockBoundingRect(block).bottom()
        bar.setValue(round(bottom - self.viewport().height() * 0.7))


def _event(trace: Trace, number: int) -> ev.Printed | ev.Warned:
    event = trace.events[number]
    assert isinstance(event, (ev.Printed, ev.Warned))
    return event


def _span(text: str, colour: QColor, strong: bool = False) -> str:
    weight = 500 if strong else 400
    return (
        f"<span style='color:{colour.name()};font-weight:{weight}'>{html.escape(text).replace(chr(10), '<br>')}</span>"
    )


def _text(event: ev.Printed | ev.Warned) -> str:
    return event.text if isinstance(event, ev.Printed) else f"{event.category}: {event.message}\n"


class Variables(QTableWidget):
    """The program's names at the cursor."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self._session = session
        self.setHorizontalHeaderLabels(["Name", "Value", "grad"])
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFont(fonts.mono(12))
        self.setAccessibleName("Variables")
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self._keys: list[str | None] = []
        self.itemSelectionChanged.connect(self._selected)
        session.changed.connect(self._on_change)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self._session.turns.later(self._on_change, change, aside=True):
            return
        if change & (Change.CURSOR | Change.TRACE | Change.THEME) and self.isVisible():
            self.write()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.write()

    def write(self) -> None:
        m = self._session.moment
        rows: list[tuple[str, str, str, str | None]] = []
        for (scope, name), binding in m.state.names.items():
            prefix = f"{scope}: " if scope else ""
            if binding.text is not None and not binding.tensors:
                rows.append((prefix + name, binding.text, "", None))
            for path, tensor in binding.tensors:
                info = m.state.tensors.get(tensor)
                if info is None:
                    continue
                grad = m.state.grad(tensor)
                text = compact(grad) if grad is not None else "None" if info.requires_grad else ""
                rows.append((prefix + name + path, compact(info.value), text, m.scenes.of_tensor(tensor, m.place)))
        self.blockSignals(True)
        self.setRowCount(len(rows))
        self._keys = [key for *_, key in rows]
        theme = self._session.theme
        colours = (theme.text, theme.forward, theme.gradient)
        for i, row in enumerate(rows):
            for k, (text, colour) in enumerate(zip(row[:3], colours, strict=True)):
                item = QTableWidgetItem(text)
                item.setForeground(colour if text != "None" else theme.faint)
                item.setToolTip(text)
                self.setItem(i, k, item)
        self.blockSignals(False)

    @Slot()
    def _selected(self) -> None:
        row = self.currentRow()
        if 0 <= row < len(self._keys) and self._keys[row] is not None:
            self._session.select(self._keys[row])
