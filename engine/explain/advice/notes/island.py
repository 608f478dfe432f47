"""A loss whose requires_grad was switched on by hand: backward() runs, and reaches nothing."""

from __future__ import annotations

from engine.explain.advice.cut import cuts_above, tracked_operands
from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Handler, Watcher
from engine.graph.scenes import OP
from engine.trace import events as ev


class Island(Watcher):
    """backward() from a leaf that was computed from tracked tensors, but cut off from them."""

    def handlers(self) -> dict[type, Handler]:
        return {ev.BackwardBegan: self._backward}

    def _backward(self, place: int, event: ev.BackwardBegan) -> None:
        if event.wanted is not None or len(event.outputs) != 1:
            return
        root = event.outputs[0]
        entity = self.facts.entity(root, place)
        if entity is None or entity.kind != OP or entity.node is not None or entity.grad_fn:
            return
        past = self.facts.past(place)
        found = cuts_above(past, root)
        if not found:
            return
        name = past.name(root)
        target = past.names_of(tracked_operands(past, found[0]))
        flagged = next(
            (
                (p, e)
                for p, e in past.events_back()
                if isinstance(e, ev.Flagged) and e.tensor == root and e.requires_grad
            ),
            None,
        )
        if flagged is None:
            return
        causes = [Cause("tracking stopped here", c.span, (c.key,)) for c in found[:2] if c.span is not None]
        causes += past.cause(f"{name} became a leaf here", flagged[0], root)
        self.tell(
            Advice(
                "island",
                f"{name} is an island",
                f"requires_grad was switched on for {name} itself, so it is a leaf: backward() writes 1.0 to "
                f"{name}.grad and ends. {target} gets nothing, because the graph is cut between {target} and {name}.",
                f"Take that line out, and mend the cut on line {past.source.line(found[0].span)}.",
                "",
                event.span,
                tuple(causes),
                event=place,
            )
        )
