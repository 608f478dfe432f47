"""Budgets: how much a program may compute, hold and print. Checked before the work is done."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from engine.trace import spans as recording
from engine.trace.spans import SpanFinder, Stack

# Not from engine.trace: engine.trace may be torch's function, where that was imported first.
RECORDING = str(Path(recording.__file__).parent)
LATER = 0.02
"""Seconds until the alarm rings again where it must wait."""


class Limits(msgspec.Struct, frozen=True):
    """What one run may use. Times in seconds, sizes in bytes."""

    seconds: float = 30.0
    tensor_bytes: int = 512 * 2**20
    memory_bytes: int = 2 * 2**30
    """The whole process, held by the operating system where it can."""
    output_chars: int = 2_000_000
    plot_bytes: int = 64 * 2**20
    events: int = 2_000_000
    digits: int = 20_000
    items: int = 20_000_000
    """Elements of a list or characters of a text that one operation may make."""


class BudgetExceeded(BaseException):
    """The program used up a budget. No Exception, so that ``except Exception`` does not hide it."""

    def __init__(self, message: str, hint: str, stack: Stack) -> None:
        super().__init__(message)
        self.hint = hint
        self.stack = stack
        """The calls of the program that were under way, the innermost last."""


@dataclass(slots=True)
class Loop:
    """A loop that is under way: how often it has turned."""

    turns: int = 0


class Budget:
    """Counts what a run uses; raises BudgetExceeded when it is too much."""

    CHECK_EVERY = 256

    def __init__(self, limits: Limits, spans: SpanFinder | None = None) -> None:
        self.limits = limits
        self._spans = spans
        self.deadline = time.monotonic() + limits.seconds
        self._ticks = 0
        self._printed = 0
        self._plotted = 0
        self._events = 0
        self._over: BudgetExceeded | None = None
        self.busy = False
        """An event is being sent: the alarm waits, for half a message must not go out."""

    def _stop(self, message: str, hint: str, frame: FrameType | None = None) -> BudgetExceeded:
        """Where the program stands is noted now: what is raised may be replaced on its way out."""
        stack = [] if self._spans is None else self._spans.stack(frame or sys._getframe(1))
        self._over = BudgetExceeded(message, hint, stack)
        return self._over

    def tick(self) -> None:
        """Called at every loop turn and call of a guard that may run long."""
        self._ticks += 1
        if self._over is not None:
            raise self._over.with_traceback(None)
        if self._ticks % self.CHECK_EVERY == 0:
            self.check_time()

    def check_time(self, frame: FrameType | None = None) -> None:
        if time.monotonic() > self.deadline:
            raise self._stop(
                f"Stopped after {self.limits.seconds:g} seconds.",
                "Does the loop here ever end? If the program needs more time, make it smaller: fewer steps, less data.",
                frame,
            )

    @contextlib.contextmanager
    def alarm(self) -> Iterator[None]:
        """Have the operating system watch the clock where a single call may run for long (a pattern, a sort).

        Only the main thread can be woken, and not on Windows; elsewhere whoever waits for the process ends it.
        """
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            yield
            return

        def ring(number: int, frame: FrameType | None) -> None:
            if self.busy or self._recording(frame):
                signal.setitimer(signal.ITIMER_REAL, LATER)
                return
            # Again, if the program swallows what is raised now.
            signal.setitimer(signal.ITIMER_REAL, max(0.05, self.deadline - time.monotonic()) + 0.1, 0.5)
            self.check_time(frame)

        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, max(0.001, self.deadline - time.monotonic()) + 0.1, 0.5)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _recording(self, frame: FrameType | None) -> bool:
        """Whether a record is being written: half of one must not stay."""
        while frame is not None and (self._spans is None or frame.f_code.co_filename != self._spans.filename):
            if frame.f_code.co_filename.startswith(RECORDING):
                return True
            frame = frame.f_back
        return False

    def events(self, count: int) -> None:
        """Count recorded events."""
        self._events += count
        if self._over is not None:
            raise self._over.with_traceback(None)
        if self._events > self.limits.events:
            raise self._stop(
                f"Stopped after {self.limits.events:,} recorded events.",
                "Record less: fewer steps, or larger tensors instead of many single numbers.",
            )
        self.check_time()

    def printing(self, chars: int) -> None:
        self._printed += chars
        if self._printed > self.limits.output_chars:
            raise self._stop(
                f"Stopped after {self.limits.output_chars:,} characters of output.", "Print less, or less often."
            )

    def plotting(self, size: int) -> None:
        """Refuse to send more of plots than the run may."""
        self._plotted += size
        if self._plotted > self.limits.plot_bytes:
            raise self._stop(
                f"Stopped after {self.limits.plot_bytes >> 20} MB of plots.", "Draw fewer figures, or fewer points."
            )

    def items(self, count: int, what: str) -> None:
        """Refuse to make ``count`` elements at once."""
        if count > self.limits.items:
            raise self._stop(
                f"{what} would have {count:,} elements; {self.limits.items:,} are allowed.", "Use a smaller size."
            )

    def counted(self, values: Iterable[Any]) -> Iterator[Any]:
        """``values``, with the clock watched while they are drawn."""
        for value in values:
            self.tick()
            yield value

    def integer(self, bits: float, what: str) -> None:
        """Refuse to compute a whole number of about ``bits`` bits."""
        digits = bits * 0.30103
        if digits > self.limits.digits:
            raise self._stop(
                f"{what} would have about {digits:,.0f} digits; {self.limits.digits:,} are allowed.",
                "Use floating point (2.0 ** n), or smaller numbers.",
            )
