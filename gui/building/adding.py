"""The list of what can be added, leaves, numbers, formulas and all ops by what they are for; and formulas by dialog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from engine.edit import Proposal, Refused
from engine.edit.bare import Bare
from engine.edit.building import Operand
from engine.edit.formula import Formula, read, read_on, write
from engine.edit.leaves import add_leaf
from gui.building.builder import Builder
from gui.building.formula_dialog import FormulaDialog, Read, Write
from gui.palette.entries import Entry
from gui.palette.ops import formula_entries, number_entries, op_entries
from gui.palette.palette import AddPalette, pixels_in

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gui.building.gestures import Gestures


def open_list(hands: Gestures, operands: Sequence[Operand], at: QPointF) -> None:
    """Open it; what is chosen takes ``operands`` as its first inputs, and waits for others at a point of the scene."""
    builder, window = hands.builder, hands.view.window()
    leaves = [
        Entry("Leaf", "w = 1.0", lambda: hands.add_leaf(True), detail="A tensor that requires grad"),
        Entry("Constant", "x = 1.0", lambda: hands.add_leaf(False), detail="A tensor that does not require grad"),
        Entry("Formula…", "(w + x) * (w + 1)", hands.formula, detail="An expression whose names become leaves"),
    ]
    ops = op_entries(lambda offer: hands.begin(offer, operands, at), len(operands))
    # With cards at hand their ops come first; what needs none is there all the same.
    entries = [*ops, *leaves] if operands else [*leaves, *ops]

    def ask(typed: str) -> list[Entry] | str:
        return asked(builder, window, typed)

    session = hands.view.session
    palette = AddPalette(entries, window, session.theme, ask, pixels_in(window, session.presenting))
    palette.show()
    palette.field.setFocus()


def asked(builder: Builder, window: QWidget, typed: str) -> list[Entry] | str:
    """What can be done with numbers, or with a formula, that were typed into a palette."""
    ground = builder.ground()
    if isinstance(ground, Refused):
        return []
    numbers = number_entries(typed, lambda text, tracked: builder.propose(lambda g: add_leaf(g, text, tracked)))
    return numbers or formula_entries(
        typed,
        ground,
        lambda formula: builder.propose(lambda g: write(g, formula)),
        lambda text: open_formula(builder, window, text),
    )


def open_formula(builder: Builder, window: QWidget, text: str = "") -> None:
    """Ask for a formula and the values of its names; it becomes lines of the program."""
    ground = builder.ground()
    if isinstance(ground, Refused):
        builder.refuse(ground)
        return

    def lines(formula: Formula, values: Mapping[str, str], tracked: Set[str]) -> Proposal | Refused:
        return write(ground, formula, values, tracked)

    _ask(builder, window, lambda typed: read_on(ground, typed), lines, text)


def open_bare(builder: Builder, window: QWidget, bare: Bare) -> None:
    """Ask for the values of the names that a bare expression of the program has; leaves are put before it."""
    if bare.ground.source != builder.session.source:
        return

    def lines(formula: Formula, values: Mapping[str, str], tracked: Set[str]) -> Proposal | Refused:
        return replace(bare, formula=formula).write(values, tracked)

    _ask(builder, window, lambda typed: read(typed, bare.known), lines, bare.formula.text)


def _ask(builder: Builder, window: QWidget, reads: Read, writes: Write, text: str) -> None:
    s = builder.session
    dialog = FormulaDialog(reads, writes, s.theme, window, text, pixels_in(window, s.presenting))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    of = s.source

    def take() -> None:
        if isinstance(dialog.answer, Proposal) and s.source == of:
            builder.write(dialog.answer)

    dialog.accepted.connect(take)
    dialog.open()
