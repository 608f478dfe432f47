"""Fold: what takes in a run's events in order, each kind with a method of its own.

The methods are found by the event's class: in a chain of cases each kind would cost those before it, and most events
concern few of those that look at all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from engine.trace.events import AnyEvent, Event

Method = TypeVar("Method", bound=Callable[[Any, int, Any], None])


def on(*kinds: type[Event]) -> Callable[[Method], Method]:
    """Marks the method of a fold that takes in events of these kinds: ``(number of the event, event)``."""

    def marked(method: Method) -> Method:
        method.__dict__["kinds"] = kinds
        return method

    return marked


class Fold:
    """Ignores events of kinds for which no method is marked."""

    __slots__ = ()

    _on: ClassVar[dict[type, Callable[[Any, int, Any], None]]] = {}

    def __init_subclass__(cls) -> None:
        cls._on = {**cls._on}
        for method in vars(cls).values():
            for kind in getattr(method, "kinds", ()):
                cls._on[kind] = method

    def feed_all(self, place: int, events: Iterable[AnyEvent]) -> None:
        """Take in events, the first of which has the number ``place``."""
        on = self._on.get
        for event in events:
            take = on(type(event))
            if take is not None:
                take(self, place, event)
            place += 1
