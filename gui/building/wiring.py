"""Wiring: a line that is pulled from a card, to an input of an op, to another card, or to a free place."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainter

from engine.edit import Proposal, Refused
from engine.edit.building import connect
from engine.edit.ground import Ground
from gui.building.builder import Builder
from gui.building.sketch import Port, Wire, paint_bubble, paint_port, paint_wire
from gui.building.targets import Target, target_at, targets_of
from gui.canvas.view import CanvasView


class Wiring:
    """One pull, from the card ``source``."""

    def __init__(self, builder: Builder, view: CanvasView, source: str) -> None:
        self._builder = builder
        self._view = view
        self.source = source
        self._end = QPointF()
        self.target: Target | None = None
        self.over: str | None = None
        """The card that is pointed at, in place of one of its inputs."""
        self.answer: Proposal | Refused | None = None

    def move(self, point: QPointF) -> None:
        """The pointer is at a point of the scene."""
        self._end = point
        picture = self._view.picture
        target = target_at(picture, point)
        if target is not None and target.key == self.source:
            target = None
        placed = picture.at(point)
        self.over = None
        if target is None and placed is not None and placed.group is None and placed.card.key != self.source:
            self.over = placed.card.key
        if target != self.target:
            self.target = target
            self.answer = None
            if target is not None:
                self.answer = self._builder.ask(partial(_connected, self.source, target))
            self._builder.show(self.answer)

    def drop(self) -> bool:
        """Let go; whether it was an input that was meant."""
        self._builder.show(None)
        if self.target is None:
            return False
        if isinstance(self.answer, Refused):
            self._builder.refuse(self.answer)
        else:
            self._builder.propose(partial(_connected, self.source, self.target))
        return True

    def hint(self) -> str:
        match self.answer:
            case Refused(why=why):
                return why
            case Proposal(says=says):
                return says
        if self.over is not None:
            return "Let go to choose an op of the two"
        return "" if self.target is not None else "Let go to choose an op"

    def paint(self, p: QPainter, zoom: float) -> None:
        view = self._view
        theme = view.session.theme
        if self.source not in view.picture:
            return
        rect = view.picture[self.source].rect
        begin = QPointF(rect.right(), rect.center().y())
        refused = isinstance(self.answer, Refused)
        end = self._end if self.target is None else self.target.at
        paint_wire(p, Wire(begin, end, refused), theme, zoom)
        if self.target is not None and self.target.key in view.picture:
            for target in targets_of(view.picture, view.picture[self.target.key]):
                chosen = target == self.target
                paint_port(p, Port(target.at, wanted=chosen, refused=chosen and refused), theme)
        words = self.hint()
        if words:
            here = QRectF(self._end, QSizeF(1, 1))
            paint_bubble(p, here, words, theme, refused, view.clear_part(), zoom)


def _connected(source: str, target: Target, ground: Ground) -> Proposal | Refused:
    return connect(ground, source, target.key, target.argument)
