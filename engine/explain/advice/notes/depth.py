"""Gradients that fade or explode on a long way: the same factor, again and again."""

from __future__ import annotations

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes.watcher import Facts, Handler, Watcher
from engine.explain.flow import magnitude
from engine.explain.numbers import number
from engine.trace import events as ev
from engine.trace.events import Span

PASSES = 3
"""Passes of one backward() that are looked at: a loop's turns are much alike."""
LONGEST = 2000
"""Nodes of a pass that is looked at."""
LEAST_NODES = 8
"""So many ops in a row must take part."""
FADES, GROWS = 1e-4, 1e3
"""What the whole way must make of the gradient."""
SATURATING = frozenset(("sigmoid", "tanh", "softsign", "logsigmoid"))


class Depth(Watcher):
    """Follows each leaf's largest gradient up the pass, from the leaf towards the root."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self._seen: dict[Span | None, int] = {}

    def handlers(self) -> dict[type, Handler]:
        return {ev.BackwardEnded: self._ended}

    def _ended(self, place: int, event: ev.BackwardEnded) -> None:
        began = self.facts.began
        if event.failed is not None or not LEAST_NODES < place - began < LONGEST:
            return
        span = self.facts.run.span if self.facts.run is not None else None
        self._seen[span] = self._seen.get(span, 0) + 1
        if self._seen[span] > PASSES:
            return
        events = self.facts.trace.events[began:place]
        sender: dict[int, tuple[float, ev.NodeRan]] = {}
        for e in events:
            if isinstance(e, ev.NodeRan):
                for sent in e.sent:
                    size = magnitude(sent.value)
                    if size > sender.get(sent.target, (-1.0, e))[0]:
                        sender[sent.target] = (size, e)
        written = {e.tensor: e for e in events if isinstance(e, ev.GradWritten)}
        for e in events:
            if (
                isinstance(e, ev.NodeRan)
                and not e.sent
                and e.node in sender
                and self._way(place, e.node, sender, written)
            ):
                return

    def _way(
        self,
        place: int,
        leaf_node: int,
        sender: dict[int, tuple[float, ev.NodeRan]],
        written: dict[int, ev.GradWritten],
    ) -> bool:
        """Look at the way to one leaf; whether it told something."""
        steps: list[tuple[float, float, int]] = []
        """(what arrived at a node, what it sent on, the node), from the leaf upwards."""
        node = leaf_node
        while node in sender and len(steps) < LONGEST:
            size, ran = sender[node]
            arrived = max((magnitude(v) for v in ran.received if v is not None), default=0.0)
            steps.append((arrived, size, ran.node))
            node = ran.node
        fading = _longest(steps, lambda r: r < 0.75)
        growing = _longest(steps, lambda r: r > 1.25)
        if self._tell_if(place, leaf_node, fading, written, True):
            return True
        return self._tell_if(place, leaf_node, growing, written, False)

    def _tell_if(
        self,
        place: int,
        leaf_node: int,
        steps: list[tuple[float, float, int]],
        written: dict[int, ev.GradWritten],
        fades: bool,
    ) -> bool:
        if len(steps) < LEAST_NODES:
            return False
        top, bottom = steps[-1][0], steps[0][1]
        ratio = bottom / top if top else 1.0
        if (fades and not ratio < FADES) or (not fades and not ratio > GROWS):
            return False
        past = self.facts.past(place)
        cards = [past.scenes.entities[k] for _, _, n in steps for k in past.scenes.of_node(n)[:1]]
        factors = [
            c for c, (a, b, _) in zip(cards, steps, strict=False) if a and (b / a < 0.75 if fades else b / a > 1.25)
        ]
        ops = [c.op for c in factors]
        common = max(set(ops), key=ops.count, default="")
        if ops.count(common) < LEAST_NODES - 2 or (
            fades and common not in SATURATING and ops.count(common) < LEAST_NODES
        ):
            return False
        leaf = next((t for n, t in past.state.accumulators.items() if n == leaf_node), None)
        name = "the leaf" if leaf is None else past.name(leaf)
        spans = list(dict.fromkeys(c.span for c in factors if c.span is not None and c.op == common))
        keys = tuple(c.key for c in factors if c.op == common)
        verb = "shrinks" if fades else "grows"
        what = (
            "At most a quarter passes through a sigmoid."
            if common == "sigmoid"
            else "Far from 0, hardly anything passes through a tanh."
            if common == "tanh"
            else "The same factor again and again is a power."
        )
        self.tell(
            Advice(
                "vanishing" if fades else "exploding",
                "The gradient fades on its way" if fades else "The gradient explodes on its way",
                f"On the way to {name} the gradient {verb} from {number(top)} to {number(bottom)}, through "
                f"{ops.count(common)} times {common}. {what}",
                "Use relu, or add the input to each layer's output, so that the gradient has a short way too."
                if fades
                else "Make the factors smaller, or limit the gradient with torch.nn.utils.clip_grad_norm_.",
                "",
                spans[0] if spans else None,
                tuple(
                    Cause("a factor each time" if i == 0 else "and here", s, keys if i == 0 else ())
                    for i, s in enumerate(spans[:3])
                ),
                event=place,
            )
        )
        return True


def _longest(steps: list[tuple[float, float, int]], counts: object) -> list[tuple[float, float, int]]:
    """The longest stretch in which no node undoes what the others do; it begins and ends with one that does it."""
    test = counts if callable(counts) else bool
    best: list[tuple[float, float, int]] = []
    run: list[tuple[float, float, int]] = []
    for step in steps:
        ratio = step[1] / step[0] if step[0] else 1.0
        if test(ratio):
            run.append(step)
            if len(run) > len(best):
                best = list(run)
        elif run and (0.9 <= ratio <= 1.11):
            run.append(step)
        else:
            run = []
    return best
