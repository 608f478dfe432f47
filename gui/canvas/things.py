"""Things: the cards and edges of the canvas for screen readers, cards first, in the order of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect

from engine.explain.flow import EdgeKey
from gui.canvas.placed import PlacedCard, PlacedEdge
from gui.canvas.pointing import hint_of

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView


class Things:
    """What the view's picture shows, by number."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view

    def _numbers(self) -> tuple[int, int]:
        picture = self._view.picture
        return int(np.count_nonzero(picture.shown)), int(np.count_nonzero(picture.drawn))

    def count(self) -> int:
        return sum(self._numbers())

    def thing(self, number: int) -> PlacedCard | PlacedEdge:
        """The card or edge of a number."""
        picture = self._view.picture
        cards, _ = self._numbers()
        if number < cards:
            return picture[picture.stage.keys[int(np.flatnonzero(picture.shown)[number])]]
        edge = picture.edge(picture.stage.edges[int(np.flatnonzero(picture.drawn)[number - cards])])
        assert edge is not None
        return edge

    def name(self, number: int) -> str:
        thing = self.thing(number)
        kind = "edge" if isinstance(thing, PlacedEdge) else "group" if thing.group else "card"
        return f"{kind} {hint_of(self._view, thing).plain}"

    def rect(self, number: int) -> QRect:
        thing = self.thing(number)
        view = self._view
        if isinstance(thing, PlacedCard):
            return view.mapFromScene(thing.rect).boundingRect()
        (x, y), _ = thing.route.at(thing.rest)
        place = view.mapFromScene(x, y)
        return QRect(place.x() - 12, place.y() - 12, 24, 24)

    def selected(self, number: int) -> bool:
        thing, s = self.thing(number), self._view.session
        return thing.key == s.edge if isinstance(thing, PlacedEdge) else thing.card.key in s.selected

    def at(self, point: QPoint) -> int:
        match self._view.pointing.thing_at(point):
            case PlacedCard() as placed:
                return self._of_card(placed.card.key)
            case PlacedEdge() as edge:
                return self._of_edge(edge.key)
        return -1

    def at_hand(self) -> int:
        """The number of what is selected; -1 for nothing that is shown."""
        picture, s = self._view.picture, self._view.session
        if s.selection is not None and s.selection in picture:
            return self._of_card(s.selection)
        if s.edge is not None and picture.edge(s.edge) is not None:
            return self._of_edge(s.edge)
        return -1

    def _of_card(self, key: str) -> int:
        picture = self._view.picture
        return int(np.count_nonzero(picture.shown[: picture.stage.index[key]]))

    def _of_edge(self, key: EdgeKey) -> int:
        picture = self._view.picture
        return self._numbers()[0] + int(np.count_nonzero(picture.drawn[: picture.stage.edge_index[key]]))
