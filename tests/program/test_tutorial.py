"""The bundled tutorial, verbatim: what it prints, and where it fails, is what torch recorded."""

from __future__ import annotations

import json

import pytest

from engine.program.run import run_program
from engine.trace import events as ev
from tests.support.programs import outcome
from tests.support.tutorial import GOLDEN, tutorial

RECORDED = json.loads(GOLDEN.read_text(encoding="utf-8"))["programs"]
PROGRAMS = tutorial()


@pytest.mark.parametrize("name", PROGRAMS)
def test_prints_what_torch_prints(name: str) -> None:
    events: list[ev.AnyEvent] = []
    failed = run_program(PROGRAMS[name], events.append)
    printed = "".join(e.text for e in events if isinstance(e, ev.Printed))
    warned = [(e.category, e.message) for e in events if isinstance(e, ev.Warned)]
    error = None if failed is None else (failed.type, failed.message)
    assert outcome(printed, warned, error) == RECORDED[PROGRAMS[name]]


def test_all_of_it_runs_to_its_end() -> None:
    whole = PROGRAMS["up to block 12"]
    assert RECORDED[whole]["error"] is None
    assert RECORDED[whole]["printed"].count("\n") > 30
    assert [name for name, text in PROGRAMS.items() if name.startswith("lesson") and RECORDED[text]["error"]] == []
