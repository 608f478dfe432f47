"""backward() through a graph whose saved tensors are gone."""

from __future__ import annotations

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.past import Past, last_event
from engine.graph.scenes import Entity
from engine.trace import events as ev
from engine.trace.known import NodeInfo


def second_backward(past: Past, failed: ev.Failed) -> Advice | None:
    """``Trying to backward through the graph a second time``."""
    found = last_event(past, ev.BackwardEnded)
    if found is None or not isinstance(found[1], ev.BackwardEnded) or found[1].failed is None:
        return None
    node = found[1].failed
    info = past.state.nodes.get(node)
    second = _began(past, found[1].run)
    first = _freeing(past, node)
    if info is None or first is None or second is None:
        return None
    key = next(iter(past.scenes.of_node(node)), None)
    card = None if key is None else past.scenes.entities[key]
    name = "a tensor" if card is None else past.title(card)
    old = past.source.of(first.span)
    start = f"{info.link.grad_fn} had saved {_saved(past, info, name)}. "
    causes = []
    made = past.trace.events[info.made].span
    keys = () if card is None else (card.key,)
    if made is not None:
        causes.append(Cause("saved here", made, keys))
    if first.span is not None:
        causes.append(Cause("freed here", first.span, keys))
    again = past.source.line(first.span) == past.source.line(failed.span)
    if set(first.outputs) == set(second.outputs):
        return _same_root(past, failed, first, start, again, tuple(causes))
    if again:
        return _carried(past, failed, start, old, card, tuple(causes))
    return Advice(
        "second-backward",
        "The graph was already freed",
        f"{start}{old} {past.line(first.span)} used and freed it; this backward() runs through the same part of the "
        "graph again.",
        "Add the losses up and call backward() once, or keep the graph through the first call.",
        _retaining(past, first),
        failed.span,
        tuple(causes),
    )


def _began(past: Past, run: int) -> ev.BackwardBegan | None:
    for _, event in past.events_back():
        if isinstance(event, ev.BackwardBegan) and event.run == run:
            return event
    return None


def _freeing(past: Past, node: int) -> ev.BackwardBegan | None:
    """The pass that freed a node."""
    for _, event in past.events_back():
        if isinstance(event, ev.NodeRan) and event.node == node and event.freed:
            return _began(past, event.run)
    return None


def _saved(past: Past, info: NodeInfo, name: str) -> str:
    tensors = [s.tensor for s in info.link.saved if s.tensor is not None]
    if tensors:
        return f"{past.names_of(tensors)} for {name}"
    return f"its result {name}" if any(s.name == "result" for s in info.link.saved) else f"what {name} needs"


def _retaining(past: Past, first: ev.BackwardBegan) -> str:
    call = past.source.call(first.span)
    if call is None:
        return ""
    known = past.source.keyword(call, "retain_graph")
    if known is not None:
        return past.source.changed(first.span, (past.source.span(known.value), "True"))
    return past.source.changed(first.span, past.source.with_argument(call, "retain_graph=True"))


def _same_root(
    past: Past, failed: ev.Failed, first: ev.BackwardBegan, start: str, again: bool, causes: tuple[Cause, ...]
) -> Advice:
    root = past.name(first.outputs[0])
    where = "in an earlier turn of the loop" if again else past.line(first.span)
    todo = (
        f"Compute {root} inside the loop, so that each turn has a graph of its own."
        if again
        else f"Compute {root} again before this call, or keep the graph through the first one."
    )
    return Advice(
        "second-backward",
        "The graph was already freed",
        f"{start}The first backward() from {root}, {where}, used and freed it. The structure is still there, but "
        "the numbers are gone.",
        todo,
        "" if again else _retaining(past, first),
        failed.span,
        causes,
    )


def _carried(
    past: Past, failed: ev.Failed, start: str, old: str, card: Entity | None, causes: tuple[Cause, ...]
) -> Advice:
    """A loop whose turns are connected: the graph of the last one hangs on a tensor that is carried over."""
    name = "" if card is None else past.title(card)
    carried = name if name.isidentifier() else ""
    loop = past.source.loop(failed.span)
    code = f"{carried} = {carried}.detach()" if carried and loop is not None else ""
    by = f"{carried} carries" if carried else "a tensor carries"
    return Advice(
        "carried-graph",
        "The last turn's graph is still attached",
        f"{start}{old} freed it in an earlier turn; {by} that turn's graph into this one, so this backward() runs "
        "back into it.",
        "Cut what is carried over loose at the beginning of each turn, or compute it anew."
        if carried
        else "Compute what the turns share inside the loop, or cut it loose with .detach().",
        code,
        failed.span,
        causes,
    )
