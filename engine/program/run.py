"""Running one program in this process: text in, events out."""

from __future__ import annotations

import ast
import bisect
import gc
import linecache
import time
import warnings
from collections.abc import Callable
from functools import partial
from types import CodeType

import numpy as np

from engine.program import failures
from engine.program.budget import Budget, BudgetExceeded, Limits
from engine.program.guards import Guards
from engine.program.notebook import shown
from engine.program.patterns import Refusal
from engine.program.policy import FILENAME, Policy, is_reserved
from engine.program.telling import Teller
from engine.random import Generator
from engine.state import fresh_state
from engine.trace import codec
from engine.trace import events as ev
from engine.trace.recorder import Recorder
from engine.trace.spans import SpanFinder

Emit = Callable[[ev.AnyEvent], None]


def compile_program(source: str) -> CodeType:
    """The program's text as code that only calls guards; raises SyntaxError or Refusal."""
    with warnings.catch_warnings():
        # Python's remarks on syntax go to a terminal, and look for the text in a file.
        warnings.simplefilter("ignore", SyntaxWarning)
        tree = ast.parse(source, FILENAME)
        tree = Policy(shown(tree, source)).visit(tree)
        ast.fix_missing_locations(tree)
        return compile(tree, FILENAME, "exec", dont_inherit=True)


def _unreadable_line(source: str) -> int:
    """The first line with which a text is too deeply nested for Python, or holds what Python does not read."""

    def bad(count: int) -> bool:
        try:
            compile_program("\n".join(lines[:count]))
        except (SyntaxError, Refusal):
            return False
        except (RecursionError, MemoryError, ValueError):
            return True
        return False

    lines = source.split("\n")
    return bisect.bisect_left(range(1, len(lines)), True, key=bad) + 1


def run_program(source: str, emit: Emit, limits: Limits | None = None) -> ev.Failed | None:
    """Run a program to its end, emitting events as they happen: :func:`record_program` for those who want no bytes."""

    def take(data: bytes) -> None:
        for event in codec.unpack(data):
            emit(event)

    return record_program(source, take, limits)


def record_program(source: str, send: Callable[[bytes], None], limits: Limits | None = None) -> ev.Failed | None:
    """Run a program to its end; what happens is sent in packed batches, soon enough to be watched live.

    The last event is Finished or Failed; what failed is returned too. Every run starts from the same
    state: grad mode on, seed 0, nothing left of programs before.
    """
    limits = limits or Limits()
    spans = SpanFinder(source, FILENAME)
    failed: ev.Failed | None = None
    try:
        code = compile_program(source)
    except SyntaxError as error:
        failed = failures.of_syntax(error, spans, source)
    except Refusal as error:
        failed = failures.of_refusal(error, spans)
    except (RecursionError, MemoryError, ValueError) as error:
        failed = failures.of_text(error, spans, _unreadable_line(source))
    if failed is not None:
        send(codec.pack([failed]))
        return failed
    budget = Budget(limits, spans)

    def full(recorder: Recorder) -> None:
        began = time.monotonic()
        budget.busy = True
        try:
            send(recorder.take())
        finally:
            budget.busy = False
            # Whoever reads the events may be slower than the program: that is not its fault.
            budget.deadline += time.monotonic() - began

    recorder = Recorder(full, spans)
    recorder.watch = budget.events
    guards = Guards(budget, Teller(recorder, spans, budget))
    recorder.hears = guards.warned
    environment = guards.environment()

    def outcome(act: Callable[[], object]) -> ev.Failed | None:
        """What becomes of something in which the program's own code may run."""
        try:
            with budget.alarm():
                act()
        except SystemExit as error:
            return failures.of_exit(error, spans)
        except (Exception, BudgetExceeded, KeyboardInterrupt) as error:
            told = failures.of_exception(error, spans, guards)
            error.__traceback__ = None
            return told
        return None

    with fresh_state(recorder) as state, np.printoptions():
        state.max_bytes = limits.tensor_bytes
        state.generator = Generator().manual_seed(0)
        failed = outcome(lambda: exec(code, environment))
        failed = outcome(guards.pyplot.finish) or failed
        state.recorder = None
        # What dies with the program is no news to the viewer.
        recorder.finish()
        # The guards stay longest: a generator that is let go of runs its ``finally``.
        for name in [n for n in environment if not is_reserved(n)]:
            outcome(partial(environment.pop, name))
        environment.clear()
    linecache.checkcache(FILENAME)
    gc.collect(0)
    recorder.close(ev.Finished() if failed is None else failed)
    return failed
