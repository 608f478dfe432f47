"""Snippets of teaching-level Python: the output and the error are Python's own, letter by letter."""

from __future__ import annotations

import contextlib
import io
import traceback
import warnings
from pathlib import Path

import pytest

from engine.trace import events as ev
from tests.support.runs import events_of

SNIPPETS = Path(__file__).with_name("snippets.txt").read_text(encoding="utf-8").split("\n---\n")


def in_python(source: str) -> tuple[str, str]:
    """What Python prints, and the error without the calls that led to it."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(source, "<python>", "exec", dont_inherit=True), {"__name__": "__main__"})
        except Exception as error:
            return out.getvalue(), "".join(traceback.format_exception_only(type(error), error)).strip()
    return out.getvalue(), ""


def here(source: str) -> tuple[str, str]:
    events = events_of(source)
    text = "".join(e.text for e in events if isinstance(e, ev.Printed))
    last = events[-1]
    if not isinstance(last, ev.Failed):
        return text, ""
    assert last.span is not None
    assert source[: last.span.start].count("\n") + 1 == last.line
    return text, f"{last.type}: {last.message}" if last.message else last.type


@pytest.mark.parametrize("source", SNIPPETS, ids=lambda source: source.partition("\n")[0].strip("# "))
def test_a_snippet_does_what_it_does_in_python(source: str) -> None:
    assert here(source) == in_python(source)
