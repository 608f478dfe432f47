"""TensorPage: the selected tensor whole: text as torch prints it, heat map, facts."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.explain.captions import where_text
from engine.explain.names import title
from engine.explain.numbers import number
from engine.graph.scenes import CONSTANT
from engine.printing import data_text
from engine.trace import events as ev
from engine.trace.values import Value
from gui.base import fonts
from gui.base.change import Change
from gui.base.heat_map import heat_map
from gui.inspector.explain import _label, _section
from gui.session import Session

MOST = 40_000
"""Elements of a tensor that are printed."""


class HeatMap(QWidget):
    """A value as squares, with its scale."""

    def __init__(self, value: Value, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = value
        self._session = session
        rows = 1 if len(value.shape) < 2 else min(16, value.size // max(1, value.shape[-1]))
        self._tall = min(190, max(22, 14 * rows))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        low, high = value.extremes()
        self.setAccessibleName(f"Heat map from {number(low)} to {number(high)}")

    def sizeHint(self) -> QSize:
        return QSize(160, self._tall + 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self._session.theme
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        heat_map(p, QRectF(0.5, 0.5, self.width() - 1, self._tall), self._value, t)
        low, high = self._value.extremes()
        p.setFont(fonts.mono(11))
        p.setPen(t.dim)
        line = QRectF(0, self._tall + 4, self.width(), 16)
        p.drawText(line, Qt.AlignmentFlag.AlignLeft, number(low))
        p.drawText(line, Qt.AlignmentFlag.AlignRight, number(high))
        p.end()


class TensorPage(QScrollArea):
    """The tensor of the selected card, or of the step at hand."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Tensor")
        session.changed.connect(self._on_change)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if change & (Change.CURSOR | Change.TRACE | Change.SELECTION | Change.THEME) and self.isVisible():
            self.write()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.write()

    def _tensor(self) -> int | None:
        """Which tensor is meant."""
        s = self._session
        m = s.moment
        if s.selection is not None and s.selection in m.scenes.entities:
            chosen = m.scenes.entities[s.selection]
            return chosen.tensor if chosen.kind != CONSTANT and chosen.made < m.place else None
        match m.main:
            case ev.Applied() as event:
                return event.outputs[0].tensor
            case ev.Created() | ev.Edited() | ev.GradAssigned() as event:
                return event.tensor
            case ev.NodeRan() as event:
                written = m.written()
                if written is not None:
                    return written.tensor
                entity = m.node_entity(event.node)
                return None if entity is None else entity.tensor
        return None

    def write(self) -> None:
        s = self._session
        t = s.theme
        m = s.moment
        page = QWidget()
        page.setProperty("role", "panel")
        box = QVBoxLayout(page)
        box.setContentsMargins(18, 14, 18, 18)
        box.setSpacing(5)
        tensor = self._tensor()
        info = None if tensor is None else m.state.tensors.get(tensor)
        if tensor is None or info is None:
            box.addWidget(_label("Select a card to see its numbers.", fonts.ui(13), t.dim.name()))
        else:
            key = m.scenes.of_tensor(tensor, m.place)
            name = title(m.scenes, m.scenes.entities[key], m.place) if key else "tensor"
            box.addWidget(_label(name, fonts.ui(15, fonts.SEMIBOLD), t.text.name()))
            facts = [where_text(m, tensor), "leaf" if info.leaf else "result"]
            facts.append("requires grad" if info.requires_grad else "not tracked")
            facts.append(f"version {info.version}")
            box.addWidget(_label(" · ".join(facts), fonts.ui(12), t.dim.name()))
            self._value(box, "Value", info.value)
            grad = m.state.grad(tensor)
            if grad is not None:
                self._value(box, ".grad", grad)
            elif info.requires_grad:
                box.addSpacing(10)
                box.addWidget(_section(".grad", t))
                box.addWidget(_label("None", fonts.mono(13), t.faint.name()))
            self._sharing(box, tensor)
        box.addStretch(1)
        old = self.takeWidget()
        self.setWidget(page)
        if old is not None:
            old.deleteLater()

    def _value(self, box: QVBoxLayout, word: str, value: Value) -> None:
        t = self._session.theme
        box.addSpacing(10)
        box.addWidget(_section(word, t))
        if value.array is None:
            low, high = value.extremes()
            text = f"Too large to keep: {list(value.shape)}, from {number(low)} to {number(high)}."
            box.addWidget(_label(text, fonts.ui(13), t.dim.name()))
            return
        if value.size > 1:
            box.addWidget(HeatMap(value, self._session))
        if value.size <= MOST:
            words = QLabel(data_text(value.array, []))
            words.setFont(fonts.mono(12))
            words.setStyleSheet(f"color: {t.text.name()}; font-family: 'JetBrains Mono'; font-size: 12px;")
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            box.addWidget(words)

    def _sharing(self, box: QVBoxLayout, tensor: int) -> None:
        others = self._session.moment.sharers(tensor)
        if others:
            box.addSpacing(8)
            text = f"Shares its storage with {', '.join(others)}: an in-place edit of one is seen by all."
            box.addWidget(_label(text, fonts.ui(12), self._session.theme.dim.name()))
