"""Gestures: what mouse and keys do on the canvas to build: pull lines, drag numbers, write on cards, fill new ops."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QMenu

from engine.edit import Refused
from engine.edit.bare import Bare
from engine.edit.building import Operand
from engine.edit.leaves import add_constant, add_leaf, number_at
from engine.edit.literals import Literal, is_draggable
from engine.edit.offers import Offer
from gui.base.change import Change
from gui.building import adding, card_menu, commands
from gui.building.builder import Builder
from gui.building.card_edits import CardEdits
from gui.building.filling import ENTER, Filling
from gui.building.sketch import paint_words
from gui.building.wiring import Wiring
from gui.building.zones import Zone, zone_at
from gui.canvas.hands import Hands
from gui.canvas.placed import PlacedCard, PlacedEdge
from gui.canvas.pointing import MORE
from gui.canvas.view import CanvasView
from gui.editor.number_drag import NumberDrag
from gui.editor.text import ProgramText

EMPTY = "Double-click to add a leaf or an op, or write PyTorch on the left."
STILL = 4
"""Pixels that a click may wander."""


class Gestures(Hands):
    """The hands of the canvas. One thing at a time is under way: a pull, a drag, an op to be filled, or a removal."""

    def __init__(self, builder: Builder, view: CanvasView, text: ProgramText) -> None:
        self.builder = builder
        self.view = view
        self._text = text
        self.cards = CardEdits(builder, view)
        self.filling = Filling(builder, view)
        self.wiring: Wiring | None = None
        self._drag: NumberDrag | None = None
        self._pressed: tuple[QPoint, PlacedCard] | None = None
        self._edge: tuple[str, int] | None = None
        """The edge that is to be selected again when the run shows it: whose input it is, and which one."""
        view.session.changed.connect(self._on_change)

    def _on_change(self, change: Change) -> None:
        s = self.view.session
        if (Change.VIEW in change and s.functions) or (Change.DOCUMENT in change and s.fresh_document):
            self.give_up()
        if Change.TRACE in change and not s.running:
            self._select_edge()
        if Change.TRACE in change:
            self.filling.forget_lost()
            if self.cards.removal is not None:
                self.give_up()

    def give_up(self) -> None:
        """Leave whatever is under way; nothing has been changed by it."""
        self.filling.give_up()
        self.wiring = self.cards.removal = self._drag = self._pressed = None
        self.builder.show(None)
        self.view.viewport().update()

    # --- mouse ------------------------------------------------------------------------------

    def _point(self, event: QMouseEvent) -> QPointF:
        return self.view.mapToScene(event.position().toPoint())

    def _builds(self) -> bool:
        """Whether cards are those of tensors, which the text makes."""
        return not self.view.session.functions

    def press(self, event: QMouseEvent) -> bool:
        self._pressed = None
        if self.cards.removal is not None:
            self.give_up()
        if event.button() != Qt.MouseButton.LeftButton or not self._builds():
            return False
        here = event.position().toPoint()
        placed = self.view.card_at(here)
        if self.filling.op is not None:
            self.filling.click(self._point(event), placed)
            return True
        if placed is not None and placed.group is None and not event.modifiers() & MORE:
            self._pressed = (here, placed)
        return False

    def move(self, event: QMouseEvent) -> bool:
        if self.filling.op is not None:
            self.filling.hover(self._point(event))
            return True
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return False
        start, placed = self._pressed
        here = event.position().toPoint()
        if self._drag is None and self.wiring is None:
            if (here - start).manhattanLength() < STILL:
                return False
            self._begin(start, placed)
        if self._drag is not None:
            self._drag.to(here.x() - start.x())
        elif self.wiring is not None:
            self.wiring.move(self._point(event))
            self.view.viewport().update()
        return True

    def _begin(self, start: QPoint, placed: PlacedCard) -> None:
        """A drag has begun on a card: of its number, or of a line from it."""
        self.view.pointing.let_go()
        if not self.builder.begin():
            self._pressed = None
            return
        if zone_at(placed, self.view.mapToScene(start), self.view.zoom) is Zone.VALUE:
            self._drag = self._number(placed)
        if self._drag is not None:
            self.view.viewport().setCursor(Qt.CursorShape.SizeHorCursor)
        else:
            self.view.viewport().setCursor(Qt.CursorShape.CrossCursor)
            self.wiring = Wiring(self.builder, self.view, placed.card.key)

    def _number(self, placed: PlacedCard) -> NumberDrag | None:
        """A drag of the number that a card shows, if it is written as one."""
        ground = self.builder.ground()
        span = None if isinstance(ground, Refused) else number_at(ground, placed.card.key)
        span = None if span is None else self.builder.place(span)
        if span is None:
            return None
        text = self._text.toPlainText()[span.start : span.stop]
        return NumberDrag(self._text, Literal(span.start, span.stop, text)) if is_draggable(text) else None

    def release(self, event: QMouseEvent) -> bool:
        self._pressed = None
        if self._drag is None and self.wiring is None:
            return self.filling.op is not None
        self.view.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        wiring, self.wiring, self._drag = self.wiring, None, None
        if wiring is not None:
            self._drop(wiring, self._point(event))
        self.view.viewport().update()
        return True

    def _drop(self, wiring: Wiring, point: QPointF) -> None:
        """A line is let go: into an input, or over a card or a free place, where an op is chosen for it."""
        wiring.move(point)
        home = self.view.picture.at(point)
        if wiring.drop() or (home is not None and home.card.key == wiring.source):
            return
        operands = [Operand(wiring.source)]
        if wiring.over is not None:
            operands.append(Operand(wiring.over))
        self.open_list(operands, point if wiring.over is None else self.filling.free_place(operands))

    def double_click(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton or self.filling.op is not None:
            return False
        if not self._builds():
            self.builder.refuse(commands.FUNCTIONS)
            return True
        placed = self.view.card_at(event.position().toPoint())
        if placed is None:
            self.open_list([], self._point(event))
            return True
        zone = zone_at(placed, self._point(event), self.view.zoom)
        if zone is Zone.NAME:
            return self.cards.rename(placed.card.key)
        return zone is Zone.VALUE and self.cards.change_value(placed.card.key)

    # --- keys -------------------------------------------------------------------------------

    def wants(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            held = self.wiring is not None or self._drag is not None
            return held or self.filling.op is not None or self.cards.removal is not None
        if self.cards.removal is not None:
            return event.key() in ENTER
        return self.filling.wants(event)

    def key(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
        elif self.cards.removal is not None:
            self.cards.confirm()
        else:
            self.filling.key(event)
        self.view.viewport().update()

    # --- commands ---------------------------------------------------------------------------

    def begin(self, offer: Offer, operands: Sequence[Operand], at: QPointF | None = None) -> None:
        """Add an op: at once if nothing is missing, else it waits on the canvas for its inputs."""
        self.give_up()
        self.filling.begin(offer, operands, at)

    def selected(self) -> list[Operand]:
        """The selected cards as inputs, in the order in which they were selected."""
        return [Operand(key) for key in self.view.session.selected]

    def add(self) -> None:
        """Choose something to add to the selected cards, or to nothing."""
        chosen = self.selected()
        self.open_list(chosen, self.filling.free_place(chosen))

    def open_list(self, operands: Sequence[Operand], at: QPointF) -> None:
        """The list of what can be added, for operands that are there already, at a point of the scene."""
        if not self.builder.begin():
            return
        adding.open_list(self, operands, at)

    def formula(self) -> None:
        """Write a formula whose names become leaves."""
        adding.open_formula(self.builder, self.view.window())

    def make_leaves(self, bare: Bare) -> None:
        """Put leaves before an expression of the program whose names nothing stands for."""
        adding.open_bare(self.builder, self.view.window(), bare)

    def add_leaf(self, tracked: bool) -> None:
        """A new tensor of one number."""
        self.builder.propose(add_leaf if tracked else add_constant)

    def select_edge_after(self, name: str, argument: int) -> None:
        """Select an edge once the run of the edited text is shown: by the name of the card that it leads to."""
        self._edge = name, argument

    def _select_edge(self) -> None:
        ground = self.builder.ground()
        if self._edge is None or isinstance(ground, Refused):
            return
        (name, argument), self._edge = self._edge, None
        key = ground.card(name)
        for edge in self.view.picture.edges if key is not None else ():
            if len(edge.uses) == 1 and edge.uses[0][1:] == (key, argument):
                self.view.session.select_edge(edge.key)

    def delete(self) -> None:
        """Delete what is selected, or what was shown to be deleted."""
        if self.cards.removal is not None:
            self.cards.confirm()
        else:
            self.cards.delete()

    def table(self) -> dict[str, Callable[[], object]]:
        """What the commands do that build, by their names in the command table."""
        return commands.table(self)

    # --- painting and menus -----------------------------------------------------------------

    def paint(self, p: QPainter, zoom: float) -> None:
        s = self.view.session
        if not s.scenes.entities and s.problem is None and not s.running and self.filling.op is None:
            paint_words(p, self.view.clear_part().center(), EMPTY, s.theme, zoom)
        if self.wiring is not None:
            self.wiring.paint(p, zoom)
        self.cards.paint(p, zoom)
        self.filling.paint(p, zoom)

    def fill(self, menu: QMenu, thing: PlacedCard | PlacedEdge | None, here: QPoint) -> None:
        if self._builds():
            card_menu.fill(menu, self, thing, self.view.mapToScene(here))
