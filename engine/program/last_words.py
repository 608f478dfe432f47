"""Last words: a process that is stuck or dies where Python cannot act says in which line the program stood.

faulthandler writes them to standard error from a thread or a signal handler that need no interpreter: also in the
middle of a single long operation.
"""

from __future__ import annotations

import faulthandler
import re
import time

from engine.program.policy import FILENAME
from engine.trace.events import Span
from engine.trace.spans import SpanFinder

TOO_LATE = b"Timeout ("
LINES = 1000
"""Lines of standard error that are worth keeping: a stack is cut off at a hundred."""
OFTEN = 0.5
"""Seconds between two settings of the watchdog: each starts a thread."""

_BEGINNING = re.compile(rb"Timeout \(|Fatal Python error|Current thread|Windows fatal")
_PLACE = re.compile(rb'File "' + re.escape(FILENAME.encode()) + rb'", line (\d+)')


class Watchdog:
    """Ends this process with its last words if a program does not keep its time. ``moved`` gives it more time."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._set = 0.0
        self.start()

    def start(self) -> None:
        self._set = time.monotonic()
        faulthandler.dump_traceback_later(max(0.1, self._end - self._set), exit=True)

    def moved(self, seconds: float) -> None:
        """Time that does not count against the program."""
        self._end += seconds
        if time.monotonic() - self._set > OFTEN:
            self.start()

    def stop(self) -> None:
        faulthandler.cancel_dump_traceback_later()


def was_late(words: bytes) -> bool:
    """Whether it was the watchdog that ended the process."""
    return words.rfind(TOO_LATE) > words.rfind(b"Fatal Python error")


def place(words: bytes, source: str) -> tuple[Span | None, int]:
    """The line in which the program stood, and its number; (None, 0) if nothing is known."""
    beginnings = [found.start() for found in _BEGINNING.finditer(words)]
    found = _PLACE.search(words, beginnings[-1]) if beginnings else None
    if found is None:
        return None, 0
    line = int(found.group(1))
    return SpanFinder(source, FILENAME).line(line), line
