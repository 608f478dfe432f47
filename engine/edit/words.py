"""Words: what stands in the sentences of gestures."""

from __future__ import annotations

from collections.abc import Iterable

MOST = 4
"""Names that are listed."""


def listed(names: Iterable[str]) -> str:
    """``w``, ``w and x``, ``w, x and y``; of many the first few, and how many others."""
    found = list(names)
    if len(found) > MOST:
        found = [*found[: MOST - 1], f"{len(found) - MOST + 1} others"]
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def cut(text: str, most: int = 32) -> str:
    """A text on one line, cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
