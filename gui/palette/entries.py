"""Entries of palettes: what can be chosen, and how well it fits what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

FUZZY = 50
"""From here on letters fit that do not stand together."""
OPS = 20
"""Ops stand behind commands that fit as well…"""
EXACT = -1
"""…but for one that was typed by its whole name."""
IN_GROUP, IN_DETAIL = 15, 20


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that a palette can do. ``words`` are searched like the title, but not shown.

    ``group`` is the heading under which it stands, ``detail`` a line of help below its title; ``aside`` stands at the
    right: a key, a file, a formula.
    """

    title: str
    aside: str
    run: Callable[[], object]
    words: str = ""
    asked: bool = False
    """Whether it is listed only once something was typed that fits."""
    group: str = ""
    detail: str = ""


def matches(query: str, text: str) -> int | None:
    """How well a text fits: 0 is best, None not at all. Letters must come in order."""
    query, text = query.lower().strip(), text.lower()
    if not query:
        return 0
    if query in text:
        return text.index(query)
    place, cost = -1, FUZZY
    for letter in query.replace(" ", ""):
        after = text.find(letter, place + 1)
        if after < 0:
            return None
        cost += after - place - 1
        place = after
    return cost


def fits(query: str, entry: Entry) -> int | None:
    """How well an entry fits. What is asked for must stand in it as it was typed, an op's words anywhere."""
    query = query.lower()
    if entry.detail:
        return _fits_op(query, entry)
    if not entry.asked:
        return matches(query, entry.title)
    if not query:
        return None
    text = f"{entry.title} {entry.aside} {entry.words}".lower()
    return text.index(query) if query in text else None


def _fits_op(query: str, entry: Entry) -> int | None:
    title = entry.title.lower()
    if not query:
        return None if entry.asked else 0
    if title == query:
        return EXACT
    if title.startswith(query):
        return OPS
    if query in title:
        return OPS + 1 + title.index(query)
    whole = f"{title} {entry.aside} {entry.group} {entry.words}".lower()
    cost = OPS + IN_GROUP
    for word in query.split():
        if word not in whole:
            if word not in entry.detail.lower():
                return None
            cost = OPS + IN_DETAIL
    return cost


def best(query: str, entries: Iterable[Entry]) -> list[Entry]:
    """What fits, the best first; without a query as they come."""
    found = [(cost, i, e) for i, e in enumerate(entries) if (cost := fits(query.strip(), e)) is not None]
    if query.strip():
        found.sort(key=lambda f: f[:2])
    return [entry for _, _, entry in found]
