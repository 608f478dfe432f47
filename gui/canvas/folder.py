"""Folder: collapsing and opening groups on the canvas, by pointer, key and menu."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QMenu

from engine.graph.groups import Group, Path
from gui.base.commands import BY_ID, key_text
from gui.canvas.groups import PlacedFrame, around, around_group
from gui.canvas.placed import PlacedCard

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

OPENER = 34.0
"""Width of the part of a collapsed group's card that opens it with one click."""


class Folder(QObject):
    """What is done with the groups of a canvas view. Which ones are collapsed is the session's to know."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        view.viewport().installEventFilter(self)

    # --- pointer ----------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Clicks on chevrons and double clicks on titles and piles; all else is left to others."""
        if not isinstance(event, QMouseEvent):
            return False
        here = event.position().toPoint()
        left = event.button() == Qt.MouseButton.LeftButton
        if event.type() == QEvent.Type.MouseButtonPress and left:
            return self._toggle(self.handle_at(here))
        if event.type() == QEvent.Type.MouseButtonDblClick and left:
            return self._toggle(self.handle_at(here) or self._title_at(here))
        if event.type() == QEvent.Type.MouseMove and not event.buttons() and self.handle_at(here) is not None:
            self._view.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
            return True
        return False

    def handle_at(self, point: QPoint) -> Path | None:
        """The group whose chevron lies under a point of the viewport."""
        at = self._view.mapToScene(point)
        placed = self._view.picture.at(at)
        if placed is not None:
            r = placed.rect
            opener = QRectF(r.right() - OPENER, r.top(), OPENER, OPENER)
            return placed.group.path if placed.group is not None and opener.contains(at) else None
        frame = self._frame_at(at, lambda f: f.chevron)
        return None if frame is None else frame.group.path

    def _title_at(self, point: QPoint) -> Path | None:
        at = self._view.mapToScene(point)
        placed = self._view.picture.at(at)
        if placed is not None:
            return None if placed.group is None else placed.group.path
        frame = self._frame_at(at, lambda f: f.strip)
        return None if frame is None else frame.group.path

    def _frame_at(self, at: QPointF, part: Callable[[PlacedFrame], QRectF]) -> PlacedFrame | None:
        """The innermost frame of which a part lies at a point of the scene."""
        return next((f for f in reversed(self._view.picture.frames) if part(f).contains(at)), None)

    # --- what is done -----------------------------------------------------------------------

    def _toggle(self, path: Path | None) -> bool:
        if path is not None:
            folded = self._view.picture.stage.folded
            if path in folded.closed:
                self.open(folded.groups.all[path])
            else:
                self.collapse(path)
        return path is not None

    def collapse(self, path: Path) -> None:
        self._view.session.fold({path: True})

    def open(self, group: Group) -> None:
        """Open a group; of a run its parts appear, each still collapsed but for those that somebody opened."""
        folds = self._view.session.folds
        self._view.session.fold({group.path: False, **{p: True for p in group.parts if folds.get(p, True)}})

    def uncover(self, key: str) -> None:
        """Open the groups in which an entity lies."""
        folded = self._view.picture.stage.folded
        chain = folded.groups.chain(key)
        if any(group.path in folded.closed for group in chain):
            parts = {p: True for group in chain if group.path in folded.closed for p in group.parts}
            self._view.session.fold({**parts, **{group.path: False for group in chain}})

    def all(self, collapse: bool) -> bool:
        """Collapse or open all groups; whether there are any."""
        groups = self._view.picture.stage.folded.groups.all
        self._view.session.fold(dict.fromkeys(groups, collapse))
        return bool(groups)

    def here(self) -> bool:
        """Open the group that is selected, or collapse the one around what is selected; whether there is one.

        Without a selection what the step is about counts.
        """
        picture, selected = self._view.picture, self._view.session.selection
        placed = picture[selected] if selected is not None and selected in picture else None
        if placed is None:
            placed = picture.active[0] if picture.active else None
        if placed is None:
            return False
        if placed.group is not None:
            self.open(placed.group)
            return True
        paths = [p for p in around(picture.stage.folded, placed.entity.key) if not self._group(p).parts]
        if paths:
            self.collapse(paths[0])
        return bool(paths)

    def _group(self, path: Path) -> Group:
        return self._view.picture.stage.folded.groups.all[path]

    # --- menu -------------------------------------------------------------------------------

    def fill(self, menu: QMenu, placed: PlacedCard | None, point: QPoint) -> None:
        """Add what can be done with groups to the menu of a card, or of a place on the ground."""
        folded = self._view.picture.stage.folded
        if placed is not None:
            paths = around(folded, placed.entity.key)
            if placed.group is not None:
                menu.addAction(f"Open {placed.group.title}\t{_key('fold')}", partial(self.open, placed.group))
        else:
            frame = self._frame_at(self._view.mapToScene(point), lambda f: f.rect)
            paths = [] if frame is None else around_group(folded, frame.group)
        for number, path in enumerate(paths):
            group = folded.groups.all[path]
            what = f"all {len(group.parts)}: {group.title}" if group.parts else group.title
            hint = "" if number or (placed is not None and placed.group is not None) else f"\t{_key('fold')}"
            menu.addAction(f"Collapse {what}{hint}", partial(self.collapse, path))
        if folded.groups.all:
            for id in ("fold_all", "unfold_all"):
                menu.addAction(f"{BY_ID[id].title}\t{_key(id)}", partial(self._view.asked.emit, id))


def _key(id: str) -> str:
    return key_text(BY_ID[id])
