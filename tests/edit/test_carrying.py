"""The cursor after an edit stands where it stood: at the same line, run as often."""

from __future__ import annotations

from engine.edit import Proposal, TextEdit
from engine.edit.carrying import carried
from engine.trace.events import Span
from tests.support.runs import trace_of

BASE = "import torch\nw = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"
FIRST = BASE + "a = w + x\ny = a * w\ny.backward()\nprint(w.grad)\n"


def put(source: str, before: str, text: str, instead: str = "") -> Proposal:
    at = source.index(before)
    return Proposal((TextEdit(Span(at, at + len(instead)), text),), "a change")


def after(source: str, cursor: int, change: Proposal) -> tuple[int, int]:
    old, new = trace_of(source), trace_of(change.apply(source))
    return carried(old, cursor, new, [change]), len(new)


def test_the_end_stays_the_end() -> None:
    end = len(trace_of(FIRST))
    cursor, length = after(FIRST, end, put(FIRST, "a = w", "b = torch.tensor(3.0)\n"))
    assert cursor == length == end + 1


def test_what_was_there_is_still_there() -> None:
    source = BASE + "a = w + x\ny = a * w\n"
    end = len(trace_of(source))
    cursor, length = after(source, end, put(source, "x = torch", "b = torch.tensor(3.0)\n"))
    assert cursor == length == end + 1, "a leaf that is put in before does not take the last card away"


def test_what_is_added_behind_is_still_to_come() -> None:
    source = BASE + "y = w * x\n"
    end = len(trace_of(source))
    change = Proposal((TextEdit(Span(len(source), len(source)), "y.backward()\n"),), "backward")
    cursor, length = after(source, end, change)
    assert cursor == end < length


def test_a_line_that_makes_more_steps_is_shown_to_its_end() -> None:
    source = BASE + "y = w * x\n"
    end = len(trace_of(source))
    cursor, length = after(source, end, put(source, "w * x", "w.detach()", "w"))
    assert cursor == length, "the product stays"


def test_within_a_pass_and_a_loop_the_place_is_kept() -> None:
    cursor, _ = after(FIRST, 6, put(FIRST, "a = w", "b = torch.tensor(3.0)\n"))
    assert cursor == 7
    loop = BASE + "for i in range(4):\n    y = w * x\n    z = y + i\n"
    third = [
        i for i, s in enumerate(trace_of(loop).steps, 1) if s.span is not None and "z" not in loop[s.span.start :][:1]
    ]
    cursor, _ = after(loop, third[5], put(loop, "for i", "b = torch.tensor(3.0)\n"))
    assert cursor == third[5] + 1


def test_of_a_line_that_is_gone_the_one_before_it() -> None:
    source = BASE + "a = w + x\ny = a * w\n"
    end = len(trace_of(source))
    cursor, length = after(source, end, put(source, "y = a", "", "y = a * w\n"))
    assert cursor == length == end - 1
