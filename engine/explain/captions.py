"""One sentence for each step, with its real numbers."""

from __future__ import annotations

from dataclasses import dataclass

from engine.explain import names
from engine.explain.copies import copies
from engine.explain.moment import Moment
from engine.explain.numbers import inline, shape_text
from engine.explain.ready import ordinal
from engine.explain.valves import change_text
from engine.graph.scenes import LEAF, Entity
from engine.ops import TABLE
from engine.trace import events as ev
from engine.trace.steps import Phase
from engine.trace.values import Value

LEAD = 48
"""Characters of the statement before the sentence."""
MARK = "\x1f"
"""Around what is to be emphasised; stands in no program."""


@dataclass(frozen=True, slots=True)
class Caption:
    """``lead`` names the statement, ``where`` the place in a longer stretch, ``text`` is the sentence.

    Between two ``MARK`` of the text stand the numbers that matter.
    """

    lead: str
    where: str
    text: str

    @property
    def sentence(self) -> str:
        """The sentence without marks."""
        return self.text.replace(MARK, "")

    def plain(self) -> str:
        """Without marks, for screen readers and tooltips."""
        parts = [self.lead, self.where, self.sentence]
        return " ".join(p for p in parts if p)


def caption(m: Moment) -> Caption:
    """What the step at hand does."""
    if m.step is None:
        if not len(m.trace):
            return Caption("", "", "Nothing has run yet.")
        return Caption("", "", f"Before the first of {len(m.trace)} steps.")
    lead = m.statement(m.step.span)
    lead = lead if len(lead) <= LEAD else lead[: LEAD - 1].rstrip() + "…"
    where = ""
    if m.step.phase is Phase.BACKWARD:
        step, steps = m.run_steps()
        where = f"step {step} of {steps}"
        lead = _call(lead)
    return Caption(lead, where, _text(m))


def _call(lead: str) -> str:
    """``y.backward(retain_graph=True)`` in short: ``y.backward()``."""
    head, bracket, _ = lead.partition("backward(")
    return f"{head}backward()" if bracket else lead


def _text(m: Moment) -> str:
    match m.main:
        case ev.Created() as event:
            return _created(m, event)
        case ev.Applied() as event:
            return _applied(m, event)
        case ev.Edited() as event:
            return _edited(m, event)
        case ev.NodeRan() as event:
            return _ran(m, event)
        case ev.GradAssigned():
            return _assigned(m)
        case ev.Plotted() as event:
            title = event.figure.title or next((a.title for a in event.figure.axes if a.title), "")
            return f"draws “{title}”" if title else "draws a figure"
        case ev.Printed() as event:
            first = event.text.strip().split("\n")[0]
            return f"prints “{first[:80]}{'…' if len(first) > 80 else ''}”"
        case ev.Failed() as event:
            return f"{event.type}: {event.message}"
    return ""


def _value(v: Value) -> str:
    return f"{MARK}{inline(v)}{MARK}"


def _created(m: Moment, event: ev.Created) -> str:
    if event.how == "Parameter":
        made = [e for e in m.events() if isinstance(e, ev.Created) and e.how == "Parameter"]
        called = [m.tensor_name(e.tensor) for e in made]
        values = [f"{n} = {_value(m.state.tensors[e.tensor].value)}" for n, e in zip(called, made, strict=True)]
        return f"makes the parameter{'s' if len(made) > 1 else ''} {_list(values)}"
    name = m.tensor_name(event.tensor)
    what = "a leaf that requires grad" if event.requires_grad else "a constant: no gradient is kept for it"
    return f"{name} = {_value(event.value)} is {what}"


def _list(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _applied(m: Moment, event: ev.Applied) -> str:
    out = event.outputs[0]
    key = m.scenes.of_tensor(out.tensor, m.place)
    entity = m.scenes.entities[key] if key else None
    name = names.given_name(entity, m.place) if entity is not None else ""
    expression = names.expression(m.scenes, entity) if entity is not None else event.op
    result = f"{name} = {expression} = {_value(out.value)}" if name else f"{expression} = {_value(out.value)}"
    if len(event.outputs) > 1:
        result = f"{expression} gives {len(event.outputs)} tensors"
    out_of_graph = _taken(m)
    if event.link is not None:
        after = out_of_graph or f"; {event.link.grad_fn} {_saves(m, event)}"
        return f"{result}{_stretched(m, entity)}{after}"
    tracked_inputs = [o for o in event.inputs if o.tensor is not None and _tracked(m, o.tensor)]
    if not tracked_inputs:
        return result
    if out_of_graph:
        return f"{result}{out_of_graph}"
    if event.op == "detach":
        return f"{result}: the same values, cut from the graph, so no gradient returns"
    if event.op == "data":
        return f"{result}: the same storage, outside the graph"
    spec = TABLE.get(event.op)
    if spec is not None and not spec.differentiable:
        return f"{result}: {spec.call.rsplit('.', 1)[-1]} has no derivative, so the graph ends here"
    return f"{result}, not tracked: grad mode is off"


def _stretched(m: Moment, entity: Entity | None) -> str:
    """Which operands are copied, so that all elements find a partner."""
    if entity is None:
        return ""
    said = []
    for i, key in enumerate(entity.sources):
        c = copies(m, entity, i)
        if c is not None and c.stretched:
            said.append(f"{m.name(key)} is stretched {c.few} → {c.many}")
    return "; " + " and ".join(said) if said else ""


def _taken(m: Moment) -> str:
    """What the step takes out of the graph."""
    for event in m.events():
        if isinstance(event, ev.Taken):
            what = f" takes {MARK}{event.text}{MARK}" if event.text else " takes the numbers"
            return f"; {event.how}(){what} out of the graph, and no gradient comes back from there"
    return ""


def _hooked(m: Moment, node: int) -> str:
    """What the node's hooks made of the gradient."""
    run = m.backward()
    said = []
    for place in () if run is None else run.hooked.get(node, ()):
        event = m.trace.events[place]
        if isinstance(event, ev.HookRan):
            changed = next((pair for pair in zip(event.before, event.after, strict=False) if pair[0] != pair[1]), None)
            said.append(f"a hook makes {change_text(*changed)}" if changed else "a hook looks at it")
    return f"; {', '.join(said)}" if said else ""


def _tracked(m: Moment, tensor: int) -> bool:
    info = m.state.tensors.get(tensor)
    return info is not None and info.requires_grad


def _saves(m: Moment, event: ev.Applied) -> str:
    assert event.link is not None
    pins = [s for s in event.link.saved if s.tensor is not None or s.name == "result"]
    if not pins:
        return "saves nothing"
    called = ["its result" if pin.tensor is None else m.tensor_name(pin.tensor) for pin in pins]
    return f"saves {_list(list(dict.fromkeys(called)))} for backward"


def _edited(m: Moment, event: ev.Edited) -> str:
    name = m.tensor_name(event.tensor)
    now = _value(event.value)
    if m.step is not None and m.step.phase is Phase.LEAVES:
        return f"{name} is filled: {now}"
    before = _before(m, event.tensor)
    if event.op == "zero_":
        return f"{name} is set to {now}"
    if before is None or event.value.size > 4:
        return f"{name} is changed in place to {now} (version {event.version})"
    verb = "moves" if event.op == "step" else "becomes"
    was = inline(before)
    if verb == "moves":
        return f"the optimizer moves {name} from {was} to {now}"
    return f"{name} becomes {now}, in place (it was {was}; version {event.version})"


def _before(m: Moment, tensor: int) -> Value | None:
    info = m.trace.state_at(m.cursor - 1).tensors.get(tensor)
    return None if info is None else info.value


def _ran(m: Moment, event: ev.NodeRan) -> str:
    written = m.written()
    if written is not None:
        name = m.tensor_name(written.tensor)
        if written.old is None:
            return f"AccumulateGrad writes {name}.grad: None → {_value(written.new)}{_hooked(m, event.node)}"
        old, new = inline(written.old), _value(written.new)
        return (
            f"AccumulateGrad adds {inline(written.incoming)} to {name}.grad: {old} + {inline(written.incoming)} = {new}"
            f"{_call_number(m, written.grad)}{_hooked(m, event.node)}"
        )
    node = m.node(event.node)
    fn = node.link.grad_fn if node is not None else "the node"
    start = ""
    run = m.backward()
    if run is not None and event.node in run.roots and len(run.ran) == 1:
        seed = next((v for v in event.received if v is not None), None)
        start = "" if seed is None else f"takes the seed {inline(seed)} and "
    if not event.sent:
        return f"{fn} {start}sends nothing on"
    parts = []
    for sent in event.sent:
        target = m.node_entity(sent.target)
        where = m.node_name(sent.target)
        if target is not None and target.kind != LEAF and not names.given_name(target, m.place):
            where = names.expression(m.scenes, target)
        parts.append(f"{_value(sent.value)} to {where}")
    text = f"{fn} {start}sends {_list(parts)}"
    grown = sum(isinstance(e, ev.Applied) and e.link is not None for e in m.events())
    if grown:
        text += f", and leaves {grown} node{'s' if grown > 1 else ''} for the next derivative"
    return text + _hooked(m, event.node) + _retained(m)


def _call_number(m: Moment, grad: int) -> str:
    calls = m.state.tensors[grad].calls
    return f" ({ordinal(calls)} call that adds to it)" if calls > 1 else ""


def _retained(m: Moment) -> str:
    """Gradients of intermediate tensors that stay."""
    kept = [e for e in m.events() if isinstance(e, ev.GradAssigned) and e.grad is not None]
    names_ = [m.tensor_name(e.tensor) for e in kept if m.state.tensors[e.tensor].retains]
    return f"; {_list([f'{n}.grad' for n in names_])} stays" if names_ else ""


def _assigned(m: Moment) -> str:
    events = [e for e in m.events() if isinstance(e, ev.GradAssigned)]
    gone = [m.tensor_name(e.tensor) for e in events if e.grad is None]
    if gone:
        return f"takes away the gradient of {_list(gone)}: None"
    event = events[0]
    assert event.grad is not None
    value = m.state.tensors[event.grad].value
    return f"puts {_value(value)} into {m.tensor_name(event.tensor)}.grad"


def where_text(m: Moment, tensor: int) -> str:
    """``float32 [2×3]``."""
    value = m.state.tensors[tensor].value
    return f"{value.dtype} {shape_text(value.shape)}".strip()
