"""Numbers that can be dragged: a horizontal drag on a literal changes it, digit by digit of its last place."""

from __future__ import annotations

import re
from dataclasses import dataclass

PIXELS = 6
"""Pixels of drag per unit in the last place."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A plain decimal number of the text, in characters."""

    start: int
    stop: int
    text: str


_PLAIN = re.compile(r"\d+\.?\d*|\.\d+")


def is_draggable(text: str) -> bool:
    """Whether a number literal is a plain decimal (no exponent, no other base)."""
    return _PLAIN.fullmatch(text) is not None


def moved(text: str, steps: int) -> str:
    """The literal ``steps`` units of its last place further. ``1.`` moves by tenths and stays a float.

    Never below zero: the minus sign belongs to the expression around it.
    """
    _, dot, fraction = text.partition(".")
    places = len(fraction) if fraction else 1 if dot else 0
    value = round(float(text) * 10**places) + steps
    value = max(0, value)
    if not dot:
        return str(value)
    body = f"{value / 10**places:.{places}f}"
    if not fraction and body.endswith(".0"):
        return body[:-1]
    return body
