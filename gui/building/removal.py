"""Removal: what would go with the cards that are to be deleted, shown before it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen

from engine.edit import Proposal
from engine.edit.ground import Ground
from gui.base.theme import faded
from gui.building.sketch import cards_around, paint_bubble
from gui.canvas.paint_cards import radius
from gui.canvas.view import CanvasView


@dataclass(frozen=True, slots=True)
class Removal:
    """``keys`` are to be deleted; ``others`` are the cards that would go with them."""

    keys: tuple[str, ...]
    others: tuple[str, ...]
    says: str
    more: bool
    """Whether other lines go than those of the cards themselves."""

    @classmethod
    def of(cls, ground: Ground, keys: Sequence[str], proposal: Proposal) -> Removal:
        """By the parts of the text that the proposal takes away."""
        gone = [edit.span for edit in proposal.edits if not edit.text.strip() and edit.span.stop > edit.span.start]
        others = tuple(
            entity.key
            for entity in ground.scenes.entities.values()
            if entity.key not in keys
            and entity.span is not None
            and any(span.start <= entity.span.start and entity.span.stop <= span.stop for span in gone)
        )
        own = {ground.line(span) for key in keys if (span := ground.entity(key).span) is not None}
        lines = {
            ground.syntax.line_of(at)
            for span in gone
            for at in range(span.start, span.stop)
            if not ground.source[at].isspace()
        }
        return cls(tuple(keys), others, proposal.says, bool(others) or bool(lines - own))

    def paint(self, p: QPainter, view: CanvasView, zoom: float) -> None:
        theme = view.session.theme
        shown = [view.picture[key] for key in (*self.keys, *self.others) if key in view.picture]
        for placed in shown:
            r = radius(placed.card)
            p.setBrush(faded(theme.error, 0.14))
            p.setPen(QPen(theme.error, 2.0, Qt.PenStyle.DashLine))
            p.drawRoundedRect(placed.rect, r, r)
        if shown:
            rect = shown[0].rect
            words = f"{self.says}. Enter deletes, Esc keeps everything."
            paint_bubble(p, rect, words, theme, True, view.clear_part(), zoom, cards_around(view, rect))
