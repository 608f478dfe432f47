"""What a step is about: the cards that it concerns, the node that runs, and since when what died is still seen."""

from __future__ import annotations

from engine.explain.moment import Moment
from engine.trace import events as ev


def since(m: Moment) -> int:
    """What dies in the step at hand stays until the next one; what an error let go of is what it was about."""
    if m.step is None:
        return m.place
    if isinstance(m.main, ev.Failed) and m.cursor > 1:
        return m.trace.steps[m.cursor - 2].start
    return m.step.start


def running(m: Moment) -> int | None:
    return m.main.node if isinstance(m.main, ev.NodeRan) else None


def active_keys(m: Moment) -> set[str]:
    """The cards that the step at hand is about."""
    out: set[str] = set()
    scenes = m.scenes

    def tensor(number: int | None) -> None:
        if number is not None:
            owner = scenes.owner_of_grad(number)
            key = scenes.of_tensor(owner if owner is not None else number, m.place)
            if key is not None:
                out.add(key)

    match m.main:
        case ev.NodeRan() as event:
            out.update(scenes.of_node(event.node))
            for sent in event.sent:
                out.update(scenes.of_node(sent.target)[:1])
        case ev.Applied() as event:
            for o in event.outputs:
                tensor(o.tensor)
        case ev.Created() | ev.Edited() | ev.GradAssigned():
            for other in m.events():
                if isinstance(other, (ev.Created, ev.Edited, ev.GradAssigned)):
                    tensor(other.tensor)
    return out
