"""TensorPage: the selected tensor whole: its numbers, those of its gradient, what both were, who shares its storage."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.explain.captions import where_text
from engine.explain.history import grad_changes, sharing, value_changes
from engine.explain.moment import Moment
from engine.explain.names import title
from engine.graph.scenes import CONSTANT
from engine.trace import events as ev
from gui.base import fonts
from gui.base.change import Change
from gui.inspector.history import HistoryList
from gui.inspector.value_view import ValueView
from gui.session import Session

MOST = 8
"""Tensors of one storage that are listed."""


class TensorPage(QScrollArea):
    """The tensor of the selected card, or of the step at hand. ``moved`` asks for a cursor."""

    moved = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Tensor")
        page = QWidget()
        page.setProperty("role", "panel")
        self._box = QVBoxLayout(page)
        self._box.setContentsMargins(18, 14, 18, 18)
        self._box.setSpacing(5)
        self._name = self._words("heading")
        self._facts = self._words("dim")
        self.value = ValueView(session, "Value")
        self.grad = ValueView(session, "Gradient")
        self.versions = HistoryList(session, grad=False)
        self.grads = HistoryList(session, grad=True)
        self._sections = [
            self._section("Value", self.value),
            self._section(".grad", self.grad),
            self._section("Versions over the run", self.versions),
            self._section(".grad over the run", self.grads),
        ]
        self._storage = self._words("dim")
        self._others = QVBoxLayout()
        self._others.setSpacing(0)
        self._box.addLayout(self._others)
        self._box.addStretch(1)
        for history in (self.versions, self.grads):
            history.moved.connect(self.moved)
        self.setWidget(page)
        session.changed.connect(self._on_change)

    def _words(self, role: str) -> QLabel:
        label = QLabel()
        label.setProperty("role", role)
        label.setWordWrap(True)
        self._box.addWidget(label)
        return label

    def _section(self, word: str, content: QWidget) -> QWidget:
        whole = QWidget()
        box = QVBoxLayout(whole)
        box.setContentsMargins(0, 10, 0, 0)
        box.setSpacing(6)
        head = QLabel(word)
        head.setProperty("role", "section")
        box.addWidget(head)
        box.addWidget(content)
        self._box.addWidget(whole)
        return whole

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self._session.turns.later(self._on_change, change):
            return
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
        """Show the tensor as it is at the cursor."""
        m = self._session.moment
        tensor = self._tensor()
        info = None if tensor is None else m.state.tensors.get(tensor)
        for section in self._sections:
            section.setVisible(info is not None)
        if tensor is None or info is None:
            self._name.setText("")
            self._facts.setText("Select a card to see its numbers.")
            self._share(m, None)
            return
        key = m.scenes.of_tensor(tensor, m.place)
        self._name.setText(title(m.scenes, m.scenes.entities[key], m.place) if key else "tensor")
        facts = [where_text(m, tensor), "leaf" if info.leaf else "result"]
        facts.append("requires grad" if info.requires_grad else "not tracked")
        facts.append(f"version {info.version}")
        self._facts.setText(" · ".join(facts))
        self.value.show_value(info.value)
        grad = m.state.grad(tensor)
        self.grad.show_value(grad)
        self._sections[1].setVisible(grad is not None or info.requires_grad)
        for history, places, section in (
            (self.versions, value_changes(m, tensor), self._sections[2]),
            (self.grads, grad_changes(m, tensor), self._sections[3]),
        ):
            section.setVisible(len(places) > 0)
            if len(places):
                history.show_history(m, tensor, places)
        self._share(m, tensor)

    def _share(self, m: Moment, tensor: int | None) -> None:
        """Who sees an edit in place of this tensor."""
        while (item := self._others.takeAt(0)) is not None:
            button = item.widget()
            if button is not None:
                button.deleteLater()
        others = [] if tensor is None else sharing(m, tensor)
        names = ", ".join(name.partition(" = ")[0] for _, name in others[:MOST])
        self._storage.setText(f"Shares its storage with {names}: an in-place edit of one is seen by all.")
        self._storage.setVisible(bool(others))
        for key, name in others[:MOST]:
            button = QPushButton(name)
            button.setFont(fonts.mono(12))
            button.setStyleSheet("text-align: left; padding: 3px 6px;")
            button.setAccessibleName(f"Select {name}")
            button.clicked.connect(partial(self._select, key))
            self._others.addWidget(button)

    def _select(self, key: str, _: bool = False) -> None:
        self._session.select(key)
