"""Ops and formulas as entries of palettes."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.edit import Refused
from engine.edit.catalogue import catalogue
from engine.edit.formula import Formula, read_on
from engine.edit.ground import Ground
from engine.edit.numbers import read_numbers
from engine.edit.offers import Offer
from gui.palette.entries import Entry

WRITTEN = re.compile(r"[-+*/^()=@²³·×√]")
"""What a formula has and a word has not."""
NUMERIC = re.compile(r"(?=.*\d)[-+\d.,/\s\[\]]+")
"""What can only be meant as numbers."""


def op_entries(choose: Callable[[Offer], object], inputs: int = 0, asked: bool = False) -> list[Entry]:
    """All ops that take so many inputs, at least; ``choose`` is called with the one that is taken."""

    def entry(offer: Offer) -> Entry:
        words = " ".join((*offer.inputs, offer.template))
        return Entry(offer.name, offer.formula, lambda: choose(offer), words, asked, offer.group, offer.doc)

    return [entry(offer) for offer in catalogue() if len(offer.inputs) >= inputs]


def formula_entries(
    typed: str, ground: Ground, write: Callable[[Formula], object], more: Callable[[str], object]
) -> list[Entry] | str:
    """What can be done with a formula that was typed: add it as it is, or choose the values of its leaves first.

    Where it is none yet, what is wrong with it.
    """
    if not WRITTEN.search(typed) or isinstance(read_numbers(typed), str):
        return []
    formula = read_on(ground, typed)
    if isinstance(formula, Refused):
        return formula.why
    leaves = ", ".join(f"{name} = {value}" for name, value in formula.offered().items())
    many = "leaf" if len(formula.unknown) == 1 else "leaves"
    shown = f"{formula.name} = {formula.expression}" if formula.name else formula.expression
    made = f"With new {many} {leaves}" if leaves else "Of what the program has"
    entries = [Entry(f"Add {shown}", "formula", lambda: write(formula), detail=made)]
    if leaves:
        choose = Entry(
            "Choose the values…", "", lambda: more(typed), detail=f"Numbers for {', '.join(formula.unknown)}"
        )
        entries.append(choose)
    return entries


def number_entries(typed: str, add: Callable[[str, bool], object]) -> list[Entry] | str:
    """What can be done with numbers that were typed: a leaf, or a constant; ``add`` gets them, and which it is.

    Where they are none as they are written, why.
    """
    numbers = read_numbers(typed)
    if isinstance(numbers, Refused):
        return numbers.why if NUMERIC.fullmatch(typed) else []
    return [
        Entry(f"Leaf {numbers}", "", lambda: add(numbers, True), detail="A tensor that requires grad"),
        Entry(f"Constant {numbers}", "", lambda: add(numbers, False), detail="A tensor that does not require grad"),
    ]
