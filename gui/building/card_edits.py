"""CardEdits: fields over cards, in which values, names and seeds are written, and the deletion of cards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from engine.edit import Proposal, Refused
from engine.edit.backwards import call_backward
from engine.edit.deleting import delete
from engine.edit.ground import Ground
from engine.edit.leaves import set_value, written_value
from engine.edit.renaming import rename
from gui.building.builder import Builder
from gui.building.fields import CardField
from gui.building.removal import Removal
from gui.building.zones import name_box, value_box
from gui.canvas.placed import PlacedCard
from gui.canvas.view import CanvasView


class CardEdits:
    """What is written on cards. ``removal`` is what waits to be confirmed."""

    def __init__(self, builder: Builder, view: CanvasView) -> None:
        self._builder = builder
        self._view = view
        self.field = CardField(view)
        self.removal: Removal | None = None

    def _shown(self, key: str) -> PlacedCard | None:
        """A card in sight: the cursor goes to the step that makes it, its group is opened."""
        view, s = self._view, self._view.session
        if key not in view.picture:
            s.move(s.trace.cursor_of(s.scenes.entities[key].made))
            view.folder.uncover(key)
        if key not in view.picture:
            self._builder.refuse(Refused("This card is not in the picture."))
            return None
        view.reveal(key)
        return view.picture[key]

    def _ask(self, box: QRectF, text: str, says: str, writes: Callable[[Ground, str], Proposal | Refused]) -> None:
        """Open a field over a part of a card; what is written there is shown in the text meanwhile."""

        self._builder.began.emit()

        def take(new: str) -> bool:
            return new == text or self._builder.propose(lambda g: writes(g, new))

        def preview(new: str) -> None:
            self._builder.show(self._builder.ask(lambda g: writes(g, new)) if new and new != text else None)

        self.field.ask(box, text, says, take, preview)

    def change_value(self, key: str) -> bool:
        """Open a field over a card's number, or say why it cannot be written."""
        ground = self._builder.ground()
        text = ground if isinstance(ground, Refused) else written_value(ground, key)
        if isinstance(text, Refused):
            self._builder.refuse(text)
        elif (placed := self._shown(key)) is not None:
            self._ask(value_box(placed), text, "Value", lambda g, new: set_value(g, key, new))
        return True

    def rename(self, key: str) -> bool:
        """Open a field over a card's name, or say why it has none."""
        ground = self._builder.ground()
        if isinstance(ground, Refused):
            self._builder.refuse(ground)
            return True
        name = ground.name(key)
        if name.isidentifier():
            placed = self._shown(key)
            if placed is not None:
                self._ask(name_box(placed), name, "Name", lambda g, new: rename(g, name, new))
        else:
            why = f"{name} is part of something: rename that instead." if name else "This has no name of its own."
            self._builder.refuse(Refused(why))
        return True

    def ask_seed(self, key: str) -> None:
        """Open a field for the seed with which backward() is to be called on a card."""
        placed = self._shown(key)
        if placed is None:
            return
        value = placed.card.data
        ones = "1.0" if value is None else repr(np.ones(value.shape).tolist())
        self._ask(value_box(placed), ones, "Seed", lambda g, new: call_backward(g, key, new))

    # --- deleting ---------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete the selected cards: at once if nothing depends on them, else what goes with them is shown first."""
        keys = self._view.session.selected
        ground = self._builder.ground()
        if isinstance(ground, Refused):
            self._builder.refuse(ground)
            return
        if not keys:
            self._builder.told.emit("Select a card first: a click on it, or Ctrl+G and Tab.", True)
            return
        answer = delete(ground, keys)
        if isinstance(answer, Refused):
            self._builder.refuse(answer)
            return
        removal = Removal.of(ground, keys, answer)
        if not removal.more:
            self._builder.propose(lambda g: delete(g, keys))
            return
        self.removal = removal
        self._builder.show(answer)
        self._view.viewport().update()

    def confirm(self) -> None:
        """Delete what was shown."""
        removal, self.removal = self.removal, None
        if removal is not None:
            self._builder.propose(lambda g: delete(g, removal.keys))

    def paint(self, p: QPainter, zoom: float) -> None:
        if self.removal is not None:
            self.removal.paint(p, self._view, zoom)
