"""Walking: what keys do on the canvas: from card to card along edges, from edge to edge, and what is told there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence

from engine.explain.flow import EdgeKey
from gui.base.change import Change
from gui.canvas import neighbours
from gui.canvas.hover_card import HoverCard
from gui.canvas.pointing import hint_of

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
TOLD = Change.SELECTION | Change.CURSOR | Change.TRACE | Change.THEME | Change.VIEW
"""With which of the session's changes the numbers are told anew."""
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Walking(QObject):
    """The keyboard's side of a canvas view."""

    def __init__(self, view: CanvasView, card: HoverCard) -> None:
        super().__init__(view)
        self._view = view
        self._card = card
        self._anchor: str | None = None
        """The card whose edges are gone through."""
        self._left = False
        """Whether Tab went past the last card: back on the graph it begins anew."""
        view.session.changed.connect(self._on_change)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self._card.pinned and change & TOLD:
            self._tell()

    def wants(self, event: QKeyEvent) -> bool:
        """Arrows walk along edges once something is selected; before that they step."""
        if event.matches(QKeySequence.StandardKey.Copy) or event.matches(QKeySequence.StandardKey.SelectAll):
            return True
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        s = self._view.session
        if s.selection is None and s.edge is None:
            return event.key() == Qt.Key.Key_Escape and self._card.isVisible()
        return event.key() in (*ARROWS, *ENTER, Qt.Key.Key_Escape)

    def press(self, event: QKeyEvent) -> None:
        """A key that is wanted."""
        view, key = self._view, event.key()
        s = view.session
        if event.matches(QKeySequence.StandardKey.Copy):
            view.asked.emit("copy_picture")
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            keys = view.picture.keys
            s.select(keys[0] if keys else None, keys[1:])
        elif key == Qt.Key.Key_Escape:
            self.back_out()
        elif s.edge is not None:
            self._from_edge(s.edge, key)
        elif s.selection is not None and key in ENTER:
            view.inspected.emit(s.selection)
        elif s.selection is not None:
            self._walk(s.selection, key)

    def back_out(self) -> bool:
        """Esc: away with the numbers, then with the paths, then with the selection; whether there was anything."""
        s = self._view.session
        if self._card.leave():
            return True
        if s.paths.on:
            s.paths.show(False)
            return True
        was = s.selection is not None or s.edge is not None
        s.select(None)
        return was

    def in_order(self, direction: int) -> bool:
        """Tab: the next card in the order of the program; past the last one the focus goes on, the selection stays."""
        view = self._view
        keys = view.picture.keys
        if not keys:
            return False
        back, self._left = self._left, False
        if view.session.selection in keys and not back:
            i = keys.index(view.session.selection) + direction
            if not 0 <= i < len(keys):
                self._left = True
                return False
        else:
            i = 0 if direction > 0 else len(keys) - 1
        view.reveal(keys[i])
        return True

    def _walk(self, selected: str, key: int) -> None:
        picture = self._view.picture
        if selected not in picture:
            return
        if key == Qt.Key.Key_Left:
            near = neighbours.leading_to(picture, selected)
        elif key == Qt.Key.Key_Right:
            near = neighbours.made_of(picture, selected)
        else:
            near = neighbours.beside(picture, selected, up=key == Qt.Key.Key_Up)
        if near:
            self._view.reveal(near[0])

    def _from_edge(self, edge: EdgeKey, key: int) -> None:
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.next_edge(-1 if key == Qt.Key.Key_Up else 1)
            return
        end = edge[0] if key == Qt.Key.Key_Left else edge[1]
        if end in self._view.picture:
            self._card.leave()
            self._view.reveal(end)

    # --- edges ------------------------------------------------------------------------------

    def next_edge(self, direction: int) -> None:
        """Select the next edge of the selected card; without one, of the whole graph; and tell its numbers."""
        view = self._view
        s = view.session
        if s.selection is not None:
            self._anchor = s.selection
        elif s.edge is None or (self._anchor is not None and self._anchor not in s.edge[:2]):
            self._anchor = None
        anchored = self._anchor is not None and self._anchor in view.picture
        edges = neighbours.edges_of(view.picture, self._anchor) if anchored and self._anchor else view.picture.edges
        keys = list(dict.fromkeys(edge.key for edge in edges))
        if not keys:
            return
        at = keys.index(s.edge) + direction if s.edge in keys else 0 if direction > 0 else -1
        self._card.pinned = True
        s.select_edge(keys[at % len(keys)])
        self._tell()

    # --- telling ----------------------------------------------------------------------------

    def peek(self) -> None:
        """Tell the numbers of what is selected, or stop telling."""
        if not self._card.leave():
            self._card.pinned = True
            self._tell()

    def _tell(self) -> None:
        view = self._view
        s = view.session
        edge = None if s.edge is None else view.picture.edge(s.edge)
        if edge is not None:
            (x, y), _ = edge.route.at(edge.rest)
            view.show_point(x, y)
            where = QRect(view.mapFromScene(x, y), QSize(1, 1))
            self._card.tell(hint_of(view, edge), where, s.theme)
        elif s.selection is not None and s.selection in view.picture:
            placed = view.picture[s.selection]
            self._card.tell(hint_of(view, placed), view.mapFromScene(placed.rect).boundingRect(), s.theme)
        else:
            self._card.leave()
