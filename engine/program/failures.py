"""Exceptions as events: what happened, where in the source, and what to do about it."""

from __future__ import annotations

import dis
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import msgspec

from engine.program import suggestions
from engine.program.budget import BudgetExceeded, Limits
from engine.program.patterns import Refusal
from engine.refusals import OutOfScope, OutOfScopeImport
from engine.tensors import Tensor
from engine.trace import events as ev
from engine.trace.spans import NEWLINE, SpanFinder, Stack

if TYPE_CHECKING:
    from engine.program.guards import Guards

REFUSED = "Refused"
"""The type of a failure that is no exception of Python's or torch's, but ours to leave something out."""
PLAIN = frozenset((int, float, bool, str, list, tuple, dict, set, type(None)))
"""Types of what programs give instead of a tensor."""
OURS = (
    "This is a fault of Chainrule's engine, not of the program: PyTorch may run it. Please report it with the program."
)
MEMORY = "The program needs more memory than it may have. Use smaller tensors or lists."
ALLOCATOR = "DefaultCPUAllocator"
TENSOR = f"A tensor may hold {Limits().tensor_bytes >> 20} MB here. Give it fewer elements."
DEEP = "Write the expression in several steps: too much stands inside something else here."
RECURSION = "A function calls itself without end, or too deeply."


def of_syntax(error: SyntaxError, spans: SpanFinder, source: str) -> ev.Failed:
    """A text that is no Python."""
    line = error.lineno or source.count("\n", 0, source.find("\0") + 1) + 1
    begin = spans.offset(line, 0)
    lines = NEWLINE.split(source)
    line = min(line, len(lines))
    text = lines[line - 1] if line <= len(lines) else ""
    start = begin + max(0, (error.offset or 1) - 1)
    stop = start + 1
    if error.end_lineno is not None and error.end_offset is not None:
        stop = max(stop, spans.offset(error.end_lineno, 0) + error.end_offset - 1)
    # Python points behind the end of a line that breaks off; mark its last character.
    last = begin + len(text.rstrip())
    if start >= last:
        start, stop = max(begin, last - 1), max(begin + 1, last)
    stop = min(stop, len(source))
    return ev.Failed(
        kind="syntax",
        type=type(error).__name__,
        message=error.msg,
        span=ev.Span(start, stop),
        line=line,
        hint="The picture shows the last program that ran.",
    )


def of_text(error: BaseException, spans: SpanFinder, line: int) -> ev.Failed:
    """A text that Python's own compiler gives up on: nested too deeply, or with a null character in it."""
    return ev.Failed(
        kind="syntax",
        type=type(error).__name__,
        message=str(error) or "too deeply nested",
        span=spans.line(line),
        line=line,
        hint="" if isinstance(error, ValueError) else DEEP,
    )


def of_refusal(error: Refusal, spans: SpanFinder) -> ev.Failed:
    """A construct that the policy does not allow."""
    node = error.node
    line = getattr(node, "lineno", 1)
    start = spans.offset(line, getattr(node, "col_offset", 0))
    stop = spans.offset(getattr(node, "end_lineno", line), getattr(node, "end_col_offset", 0))
    return ev.Failed(
        kind="refused",
        type=REFUSED,
        message=str(error),
        span=ev.Span(start, stop),
        line=line,
        hint="Programs here can compute, loop, define functions and classes, and print; they cannot reach files, "
        "the network or the interpreter.",
    )


def of_exit(error: SystemExit, spans: SpanFinder) -> ev.Failed | None:
    """What the program's own exit() means: its end, unless it said that something went wrong."""
    if error.code is None or error.code in (0, False):
        return None
    told = of_exception(error, spans, None)
    return msgspec.structs.replace(told, message=str(error.code))


def of_exception(error: BaseException, spans: SpanFinder, guards: Guards | None) -> ev.Failed:
    """An exception that ended the program, with the calls that led to it."""
    stack: Stack = []
    tb: TracebackType | None = error.__traceback__
    innermost: TracebackType | None = None
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == spans.filename:
            span = spans.of(tb.tb_frame.f_code, tb.tb_lasti)
            if span is not None:
                stack.append((span, tb.tb_lineno))
        innermost = tb
        tb = tb.tb_next
    if not stack and isinstance(error, BudgetExceeded):
        stack = error.stack
    # What is left without a place comes after the last line: figures that are shown, values that are let go of.
    span, line = stack[-1] if stack else spans.end()
    kind, hint = "error", ""
    message = str(error)
    if isinstance(error, BudgetExceeded):
        kind, hint = "budget", error.hint
    elif isinstance(error, MemoryError):
        kind, hint = "budget", MEMORY
        message = message or "out of memory"
    elif isinstance(error, RuntimeError) and ALLOCATOR in message:
        kind, hint = "budget", TENSOR
    elif isinstance(error, RecursionError):
        hint = RECURSION
    elif isinstance(error, (OutOfScope, OutOfScopeImport)):
        kind, hint = "refused", "Leave this line out, or replace it."
    elif innermost is not None and _unforeseen(error, innermost, spans):
        kind, hint = "internal", OURS
    elif guards is not None:
        hint = suggestions.hint(error, guards.globals, guards.access.names_of)
    name = _name_of(type(error))
    if kind == "refused":
        name = REFUSED
    elif isinstance(error, BudgetExceeded):
        name = "Stopped"
    return ev.Failed(
        kind=kind,
        type=name,
        message=message,
        hint=hint,
        frames=[span for span, _ in stack],
        span=span,
        line=line,
    )


def _name_of(kind: type[BaseException]) -> str:
    """What Python puts before the message: with the module, unless it is the program's own or everybody's."""
    module = kind.__module__
    plain = module in ("builtins", "__main__") or module.startswith("engine")
    return kind.__qualname__ if plain else f"{module}.{kind.__qualname__}"


def _unforeseen(error: BaseException, tb: TracebackType, spans: SpanFinder) -> bool:
    """Whether the engine failed where it did not mean to: no ``raise`` statement of its own was running.

    The guards read attributes and items for the program: what fails there is the program's own error.
    """
    code = tb.tb_frame.f_code
    if code.co_filename == spans.filename or "engine" not in code.co_filename or tb.tb_lasti < 0:
        return False
    if Path(code.co_filename).parent == Path(__file__).parent:
        return False
    if not isinstance(error, (AttributeError, KeyError, UnboundLocalError, NameError, AssertionError, IndexError)):
        return False
    if isinstance(error, AttributeError) and error.name is not None and type(error.obj) in PLAIN:
        # Something else was given where a tensor is meant: torch's modules say no more of it.
        return not hasattr(Tensor, error.name)
    opcode = code.co_code[tb.tb_lasti]
    return dis.opname[opcode] not in ("RAISE_VARARGS", "RERAISE")
