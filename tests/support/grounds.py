"""Programs run for gestures: their ground, and what a gesture makes of their text."""

from __future__ import annotations

from engine.edit import Proposal, Refused
from engine.edit.ground import Ground
from engine.graph.scenes import Scenes
from engine.program.run import run_program
from engine.trace.events import AnyEvent
from engine.trace.trace import Trace


def ground_of(source: str) -> Ground:
    """The ground of a program that has been run to its end."""
    events: list[AnyEvent] = []
    run_program(source, events.append)
    trace, scenes = Trace(source), Scenes()
    trace.extend(events)
    scenes.extend(trace.events)
    return Ground(trace, scenes)


def card(ground: Ground, name: str) -> str:
    """The card that a name stands for at the end, or whose part of the text reads so."""
    for key in reversed(list(ground.scenes.entities)):
        expression = ground.expression(key)
        text = "" if isinstance(expression, Refused) else ground.syntax.text(expression)
        if name in (*ground.names(key), text):
            return key
    raise LookupError(name)


def after(ground: Ground, answer: Proposal | Refused) -> str:
    """The text after a gesture that must be possible."""
    return proposal(answer).apply(ground.source)


def proposal(answer: Proposal | Refused) -> Proposal:
    """What a gesture that must be possible would do."""
    assert isinstance(answer, Proposal), answer
    return answer


def refusal(answer: Proposal | Refused | None) -> str:
    """Why a gesture that must not be possible is not."""
    assert isinstance(answer, Refused), answer
    return answer.why
