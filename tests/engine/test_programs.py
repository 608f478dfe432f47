"""Programs of a few lines must print, warn and fail as torch does, as a library and as somebody's program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.program.run import run_program
from engine.random import Generator
from engine.state import fresh_state
from engine.trace import events as ev
from tests.support.library import torch
from tests.support.programs import HEAD, outcome, programs, run

GOLDEN = json.loads((Path(__file__).parent.parent / "goldens" / "programs.json").read_text())["programs"]
PROGRAMS = programs()


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_a_library(name: str) -> None:
    with fresh_state() as state:
        state.generator = Generator()
        assert run(torch, PROGRAMS[name]) == GOLDEN[PROGRAMS[name]]


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_a_program(name: str) -> None:
    events: list[ev.AnyEvent] = []
    # With a statement behind it, the last expression is no cell's: its value is not shown.
    failed = run_program(HEAD + PROGRAMS[name] + "\npass\n", events.append)
    printed = "".join(e.text for e in events if isinstance(e, ev.Printed))
    warned = [(e.category, e.message) for e in events if isinstance(e, ev.Warned)]
    error = None if failed is None else (failed.type.rpartition(".")[2], failed.message)
    assert outcome(printed, warned, error) == GOLDEN[PROGRAMS[name]]
