"""Filling: an op that stands on the canvas until it has its inputs: clicked cards, pulled lines, typed numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from engine.edit.building import Operand
from engine.edit.offers import Offer
from gui.building.builder import Builder
from gui.building.pending import NUMBER, PendingOp
from gui.building.sketch import SIZE, Port, Wire, cards_around, paint_bubble, paint_card, paint_port, paint_wire
from gui.canvas.placed import PlacedCard
from gui.canvas.view import CanvasView

BESIDE, GAP = 60.0, 16.0
"""Between its operands and an op that is added by key, and around it."""
TRIES = 12
"""Places that are tried for it, down and across."""
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
TYPED = ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
"""Modifiers with which a key types nothing."""


class Filling:
    """``op`` is the one that waits, if one does."""

    def __init__(self, builder: Builder, view: CanvasView) -> None:
        self._builder = builder
        self._view = view
        self.op: PendingOp | None = None
        self._over: str | None = None
        """The card that would be its next input."""

    def begin(self, offer: Offer, operands: Sequence[Operand], at: QPointF | None) -> None:
        """Add an op: at once if nothing is missing, else it waits for its inputs at a point of the scene."""
        given = list(operands[: len(offer.inputs)])
        self.op = PendingOp(offer, self.free_place(given) if at is None else at, [*given])
        self._view.setFocus()
        if self.op.next is None:
            self._finish(self.op)
        self._view.viewport().update()

    def give_up(self) -> None:
        self.op = self._over = None

    def forget_lost(self) -> None:
        """Another run is shown: an op whose inputs are not in it is given up."""
        keys = [] if self.op is None else [o.key for o in self.op.operands if o is not None and o.key is not None]
        if any(key not in self._view.session.scenes.entities for key in keys):
            self.give_up()
            self._builder.show(None)

    def free_place(self, operands: Sequence[Operand]) -> QPointF:
        """A place in sight: right of the operands where nothing stands in the way, else where most is free."""
        picture, seen = self._view.picture, self._view.clear_part()
        rects = [picture[o.key].rect for o in operands if o.key is not None and o.key in picture]
        wide, high = SIZE
        room = seen.adjusted(wide / 2 + GAP, high / 2 + GAP, -wide / 2 - GAP, -high / 2 - GAP)
        wanted = room.center()
        if rects:
            right = max(r.right() for r in rects) + BESIDE + wide / 2
            wanted = QPointF(right, sum(r.center().y() for r in rects) / len(rects))
        if room.width() <= 0 or room.height() <= 0:
            return seen.center()
        x, y = min(max(wanted.x(), room.left()), room.right()), min(max(wanted.y(), room.top()), room.bottom())
        tried = [QPointF(x, y)]
        tried += [QPointF(x, room.top() + room.height() * i / TRIES) for i in range(TRIES + 1)]
        tried += [QPointF(room.left() + room.width() * i / TRIES, room.bottom()) for i in range(TRIES + 1)]
        return min(tried, key=lambda at: (self._covered(at), (at - wanted).manhattanLength()))

    def _covered(self, at: QPointF) -> float:
        """How much of the cards in the picture an op at a point would lie on."""
        wide, high = SIZE
        box = QRectF(at.x() - wide / 2 - GAP, at.y() - high / 2 - GAP, wide + 2 * GAP, high + 2 * GAP)
        shared = [box.intersected(c.rect) for c in self._view.picture.cards_in(box)]
        return sum(r.width() * r.height() for r in shared)

    # --- mouse ------------------------------------------------------------------------------

    def hover(self, point: QPointF) -> None:
        """Show what the card under the pointer would make of the op."""
        op = self.op
        if op is None:
            return
        placed = self._view.picture.at(point)
        over = placed.card.key if placed is not None and placed.group is None else None
        if over != self._over:
            self._over = over
            self._preview(None if over is None else Operand(over))
        self._view.viewport().update()

    def click(self, point: QPointF, placed: PlacedCard | None) -> None:
        """A card is the next input, and a click on the op itself a number; a click beside everything gives up."""
        if self.op is None:
            return
        if placed is not None and placed.group is None:
            self._fill(self.op, Operand(placed.card.key))
        elif self.op.rect.adjusted(-GAP, 0, 0, 0).contains(point):
            self._fill(self.op, Operand(text=self.op.typed or "1"))
        else:
            self.give_up()
            self._builder.show(None)
        self._view.viewport().update()

    # --- keys -------------------------------------------------------------------------------

    def wants(self, event: QKeyEvent) -> bool:
        if self.op is None or event.modifiers() & TYPED:
            return False
        # Letters are taken, too: while an op waits they are no commands.
        return event.key() in (*ENTER, Qt.Key.Key_Backspace, Qt.Key.Key_Delete) or (
            event.text().isprintable() and bool(event.text())
        )

    def key(self, event: QKeyEvent) -> None:
        """A number is typed and taken with Enter; without one, Enter takes the selected card."""
        op = self.op
        if op is None:
            return
        selected = self._view.session.selection
        if event.key() in ENTER:
            if op.typed:
                self._fill_number(op)
            elif selected is not None:
                self._fill(op, Operand(selected))
        elif event.key() not in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            if event.text() in NUMBER:
                op.typed += event.text()
            else:
                self._builder.told.emit(f"{op.offer.name} waits for its input. Esc gives it up.", True)
        elif op.typed:
            op.typed = op.typed[:-1]
        else:
            op.empty()
        if self.op is op:
            self._preview(Operand(text=op.typed) if op.typed else None)

    def _fill_number(self, op: PendingOp) -> None:
        try:
            float(op.typed)
        except ValueError:
            self._builder.told.emit(f"{op.typed} is no number.", True)
            op.typed = ""
        else:
            self._fill(op, Operand(text=op.typed))

    # --- inputs -----------------------------------------------------------------------------

    def _preview(self, last: Operand | None) -> None:
        gesture = None if self.op is None or last is None else self.op.gesture(last)
        self._builder.show(None if gesture is None else self._builder.ask(gesture))

    def _fill(self, op: PendingOp, operand: Operand) -> None:
        op.fill(operand)
        self._over = None
        if op.next is None:
            self._finish(op)

    def _finish(self, op: PendingOp) -> None:
        """Write it. Where it is refused its last input is asked for again."""
        gesture = op.gesture()
        assert gesture is not None
        if self._builder.propose(gesture) or not op.empty():
            self.give_up()

    # --- painting ---------------------------------------------------------------------------

    def paint(self, p: QPainter, zoom: float) -> None:
        op, view, theme = self.op, self._view, self._view.session.theme
        if op is None:
            return
        paint_card(p, op.rect, op.offer.name, theme)
        for i, (port, operand) in enumerate(zip(op.ports, op.operands, strict=True)):
            wanted = i == op.next
            text = "" if operand is None else operand.text
            source = None if operand is None else operand.key
            if source is not None and source in view.picture:
                text = view.session.moment.name(source)
            elif wanted:
                text = f"{op.typed}▏" if op.typed else ""
                source = self._over
            paint_port(p, Port(port, op.offer.inputs[i], text, operand is not None, wanted), theme)
            if source is not None and source in view.picture:
                rect = view.picture[source].rect
                paint_wire(p, Wire(QPointF(rect.right(), rect.center().y()), port), theme, zoom)
        paint_bubble(p, op.rect, op.hint(), theme, False, view.clear_part(), zoom, cards_around(view, op.rect))
