"""What the command palette lists: commands, lessons, files, cards, ops, and what was typed as a formula."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gui.base.commands import COMMANDS, key_text
from gui.building.adding import asked
from gui.canvas import finding
from gui.lessons.catalogue import books
from gui.palette.entries import Entry
from gui.palette.ops import op_entries
from gui.palette.palette import CommandPalette, pixels_in

if TYPE_CHECKING:
    from engine.edit.offers import Offer
    from gui.window import MainWindow


def open_palette(window: MainWindow) -> None:
    """Open it; cards, ops and formulas are listed once something was typed."""
    s, does = window.session, window.actions_
    entries = [Entry(c.title, key_text(c), partial(does.run, c.id)) for c in COMMANDS if c.id != "palette"]
    found = [lesson for book in books() for lesson in book.lessons]
    entries += [Entry(f"Lesson: {x.full_title}", "", partial(does.open_lesson, x)) for x in found]
    entries += [Entry(f"Open {Path(n).name}", n, partial(does.open_recent, n)) for n in s.settings.recent]
    entries += [
        Entry(f"Card {f.title}", f.aside, partial(does.go_to_card, f.key), f.words, asked=True)
        for f in finding.cards(window.canvas.view.picture, s.moment)
    ]

    def add(offer: Offer) -> None:
        window.gestures.begin(offer, window.gestures.selected())

    entries += op_entries(add, asked=True)
    pixels = pixels_in(window, s.presenting)
    palette = CommandPalette(entries, window, s.theme, partial(asked, window.builder, window), pixels)
    palette.show()
    palette.field.setFocus()
