"""Programs with a mistake, and the advice that they must get, word for word."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.explain.advice import Advice, failure_advice, notes
from engine.graph.scenes import Scenes
from engine.trace.trace import Trace
from tests.support.runs import scenes_of, trace_of

HEAD = "import torch\n"


@dataclass(frozen=True)
class Case:
    """``program`` stands after ``import torch``. ``at`` is the text where it happened, ``causes`` the guilty
    statements, each with its word."""

    name: str
    program: str
    kind: str
    title: str
    why: str
    todo: str
    code: str
    at: str
    causes: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        return self.name

    @property
    def source(self) -> str:
        return HEAD + self.program


def error_of(source: str) -> Advice | None:
    return failure_advice(trace_of(source), scenes_of(source))


def notes_of(source: str) -> list[Advice]:
    return notes(trace_of(source), scenes_of(source))


def compare(case: Case, advice: Advice, trace: Trace, scenes: Scenes) -> None:
    source = case.source
    assert (advice.kind, advice.title) == (case.kind, case.title)
    assert advice.why == case.why
    assert advice.todo == case.todo
    assert advice.code == case.code
    assert ("" if advice.span is None else source[advice.span.start : advice.span.stop]) == case.at
    assert [(c.word, source[c.span.start : c.span.stop]) for c in advice.causes] == case.causes
    for key in advice.keys:
        assert scenes.entities[key].made <= len(trace.events)
        assert advice.number_of(key) > 0


def check_error(case: Case) -> None:
    """The program ends with an error, whose text stands in the advice in full."""
    trace = trace_of(case.source)
    failed = trace.failure
    assert failed is not None
    advice = error_of(case.source)
    assert advice is not None
    assert advice.error
    assert advice.message == f"{failed.type}: {failed.message}"
    assert advice.event == len(trace.events) - 1
    compare(case, advice, trace, scenes_of(case.source))


def check_note(case: Case) -> None:
    """The program runs to its end, and there is this one note on it, at a step of the run."""
    trace = trace_of(case.source)
    assert trace.failure is None
    (note,) = notes_of(case.source)
    assert not note.error
    assert 0 < trace.cursor_of(note.event) <= len(trace)
    compare(case, note, trace, scenes_of(case.source))
