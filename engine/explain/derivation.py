"""The Explain page's contents: what a step is, the chain rule at it, what arrives where, and a check."""

from __future__ import annotations

import math
import re

import numpy as np

from engine.explain import latex, names
from engine.explain.advice.remarks import remarks
from engine.explain.ledgers import ledgers
from engine.explain.moment import Moment
from engine.explain.numbers import inline, number
from engine.explain.page import ChainRule, Check, Explanation
from engine.explain.replay import central_difference, local_derivative, operands
from engine.graph.scenes import CONSTANT, LEAF, Entity
from engine.ops import TABLE
from engine.trace import events as ev
from engine.trace.known import NodeInfo, PassInfo
from engine.trace.values import Value

MOST_RULES = 3
WORDS = re.compile(r"\\text\{|\\hat\{|[^a-z\\][tPab]\b")
"""Derivatives with words, or with symbols of their own, have no numbers put in."""
AVERAGES = frozenset(
    [
        "mean",
        "mean_dim",
        "mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "soft_margin_loss",
    ]
)
"""Ops whose n is a number of elements; that of others counts targets or weights."""
MOST_CHECKS = 3


def explain(m: Moment, selected: str | None = None) -> Explanation:
    """The page for the step at hand, or for a selected card."""
    if selected is not None and selected in m.scenes.entities:
        entity = m.scenes.entities[selected]
        if entity.made < m.place:
            return _of_entity(m, entity)
    match m.main:
        case ev.NodeRan() as event:
            return _of_node(m, event)
        case ev.Applied() as event:
            key = m.scenes.of_tensor(event.outputs[0].tensor, m.place)
            if key is not None:
                return _of_entity(m, m.scenes.entities[key])
        case ev.Created() | ev.Edited() as event:
            key = m.scenes.of_tensor(event.tensor, m.place)
            if key is not None:
                return _of_entity(m, m.scenes.entities[key])
        case ev.Failed() as event:
            return Explanation(event.type, f"line {event.line}" if event.line else "", failure=event)
        case None:
            return Explanation("Before the first step", "", "Press Space to play, or → to step.")
    from engine.explain.captions import caption

    c = caption(m)
    where = m.line(m.step.span if m.step else None)
    return Explanation(c.lead or "Step", f"line {where}" if where else "", c.sentence)


def _of_entity(m: Moment, entity: Entity) -> Explanation:
    """A card: what it is, its formula, and what has arrived at it."""
    title = names.title(m.scenes, entity, m.place)
    if entity.kind == CONSTANT:
        return Explanation(title, "a number in the program: nothing is computed for it in backward")
    where = f"line {m.line(entity.span)}" if entity.span is not None else ""
    run = m.backward()
    node_number = entity.node
    if entity.kind == LEAF:
        what = "leaf that requires grad" if entity.tracked else "constant: not tracked"
        detail = " · ".join(p for p in (what, where) if p)
        if entity.tensor is not None:
            node_number = m.state.leaf_nodes.get(entity.tensor)
        return Explanation(
            title,
            detail,
            _leaf_text(entity),
            ledgers=ledgers(m, run, [node_number] if node_number is not None else [], None),
            checks=_checks(m, [entity.tensor] if entity.tensor is not None else []),
        )
    expression = names.expression(m.scenes, entity)
    heading = f"{title} = {expression}" if names.given_name(entity, m.place) else expression
    node = None if entity.node is None else m.state.nodes.get(entity.node)
    detail = " · ".join(p for p in (entity.grad_fn or "not tracked", where, _saved_text(m, node)) if p)
    rules: tuple[ChainRule, ...] = ()
    if run is not None and entity.node is not None and entity.node in run.ran:
        event = m.trace.events[run.ran[entity.node]]
        if isinstance(event, ev.NodeRan) and node is not None:
            rules = _rules(m, event, node, run)
    return Explanation(
        heading,
        detail,
        _untracked_text(m, entity),
        _formula(m, entity),
        rules,
        ledgers(m, run, [entity.node] if entity.node is not None else [], None),
    )


def _leaf_text(entity: Entity) -> str:
    if entity.how == "grad":
        return "A gradient that autograd.grad returned. It has no history, so it cannot be differentiated further."
    if entity.tracked:
        return "Gradients end here: AccumulateGrad adds what arrives to its .grad."
    return "No gradient is computed for it."


def _untracked_text(m: Moment, entity: Entity) -> str:
    if entity.tracked:
        return ""
    event = m.trace.events[entity.made]
    if entity.op == "detach":
        return "The same values and the same storage, but outside the graph: backward() stops here."
    if entity.op == "data":
        return "The same storage outside the graph. An edit through it goes unnoticed by autograd."
    if isinstance(event, ev.Applied) and not event.grad_mode:
        return "Made while grad mode is off, so no node was left behind."
    return "None of its inputs requires grad, so no node was left behind."


def _saved_text(m: Moment, node: NodeInfo | None) -> str:
    if node is None:
        return ""
    pins = [s for s in node.link.saved if s.number is None]
    if not pins:
        return "nothing saved"
    texts = [f"{'result' if s.tensor is None else m.tensor_name(s.tensor)}@v{s.version}" for s in pins]
    return f"{'freed' if node.freed else 'saved'} {', '.join(texts)}"


def _symbols(m: Moment, entity: Entity) -> list[str]:
    """The operands of an op as LaTeX."""
    out = []
    for key in entity.sources:
        source = m.scenes.entities.get(key)
        if source is None:
            out.append(r"\cdot")
        elif source.kind == CONSTANT:
            out.append(latex.plain(number(source.number)))
        else:
            out.append(_symbol(m, source))
    return out


def _symbol(m: Moment, entity: Entity) -> str:
    given = names.given_name(entity, m.place)
    if given:
        return latex.name(given)
    return latex.name(names.title(m.scenes, entity, m.place))


def _formula(m: Moment, entity: Entity) -> str:
    spec = names.spec_of(entity.op)
    if spec is None:
        return ""
    symbols = _symbols(m, entity)
    if spec.latex:
        body = latex.fill(spec.latex, symbols, _symbol(m, entity), "g", entity.params)
    else:
        body = rf"\mathrm{{{latex.escape(names.spec_name(entity))}}}({', '.join(symbols)})"
    return f"{_symbol(m, entity)} = {body}"


def _of_node(m: Moment, event: ev.NodeRan) -> Explanation:
    """A step of the backward pass."""
    run = m.backward()
    written = m.written()
    if written is not None:
        name = m.tensor_name(written.tensor)
        old = "None" if written.old is None else inline(written.old)
        return Explanation(
            f"{name}.grad: {old} → {inline(written.new)}",
            "AccumulateGrad · one write, when all parts have arrived",
            ledgers=ledgers(m, run, [event.node], event),
            checks=_checks(m, [written.tensor]),
            notes=remarks(m),
        )
    node = m.state.nodes.get(event.node)
    entity = m.node_entity(event.node)
    if node is None or entity is None or run is None:
        return Explanation("A node that is gone", "")
    title = names.title(m.scenes, entity, m.place)
    expression = names.expression(m.scenes, entity)
    heading = f"{title} = {expression}" if names.given_name(entity, m.place) else expression
    where = m.line(entity.span)
    detail = " · ".join(p for p in (node.link.grad_fn, f"line {where}" if where else "", _saved_text(m, node)) if p)
    targets = list(dict.fromkeys(s.target for s in event.sent))
    leaves = [e.tensor for t in targets if (e := m.node_entity(t)) is not None and e.kind == LEAF]
    return Explanation(
        heading,
        detail,
        rules=_rules(m, event, node, run),
        ledgers=ledgers(m, run, targets, event),
        checks=_checks(m, [t for t in leaves if t is not None and _complete(m, run, t)]),
        notes=remarks(m),
    )


def _rules(m: Moment, event: ev.NodeRan, node: NodeInfo, run: PassInfo) -> tuple[ChainRule, ...]:
    """The chain rule for each input to which the node sent something."""
    entity = m.node_entity(event.node)
    made = m.trace.events[node.made]
    if entity is None or not isinstance(made, (ev.Applied, ev.Edited)):
        return ()
    spec = names.spec_of(made.op)
    received = next((v for v in event.received if v is not None), None)
    if spec is None or received is None:
        return ()
    root = _root_symbol(m, run)
    own = _symbol(m, entity)
    symbols = _symbols(m, entity)
    upstream = latex.partial(root, own) if event.node not in run.roots else ""
    out = []
    for sent in event.sent[:MOST_RULES]:
        target = m.node_entity(sent.target)
        if target is None:
            continue
        goal = _symbol(m, target)
        known = spec.derivatives[min(sent.index, len(spec.derivatives) - 1)] if spec.derivatives else ""
        arrived = upstream or _seed_symbol(received)
        whole = "{g}" in known
        if whole and upstream:
            arrived = f"({upstream})"
        derivative = latex.fill(known, symbols, own, arrived, made.params) if known else r"\ldots"
        gets = latex.partial(root, goal)
        if upstream:
            gets += rf" \;\text{{gets}}\; {upstream} \cdot {latex.partial(own, goal)}"
        if whole:
            middle = f"= {derivative}"
        elif upstream:
            middle = f"= {_upstream_known(m, event.node, run) or upstream} \\cdot {_wrapped(derivative)}"
        else:
            middle = f"= {_seeded(received, derivative)}"
        out.append(ChainRule(m.name(target.key), gets, middle, _numbers(m, node, sent, received, known)))
    return tuple(out)


def _wrapped(text: str) -> str:
    """A sum or a negative factor in brackets."""
    return rf"({text})" if text.startswith("-") or " + " in text or " - " in text else text


def _seed_symbol(seed: Value) -> str:
    if seed.array is not None and np.all(seed.array == 1):
        return "1"
    return "v"


def _seeded(seed: Value, derivative: str) -> str:
    symbol = _seed_symbol(seed)
    return derivative if symbol == "1" else rf"v \cdot {_wrapped(derivative)}"


def _root_symbol(m: Moment, run: PassInfo) -> str:
    if len(run.roots) != 1:
        return "L"
    entity = m.node_entity(run.roots[0])
    return "L" if entity is None else _symbol(m, entity)


def _upstream_known(m: Moment, number_: int, run: PassInfo) -> str:
    """What the gradient that arrived is in symbols, where a single node below the root sent it."""
    parts = run.arrived.get((number_, 0), ())
    if len(parts) != 1 or parts[0].source not in run.roots:
        return ""
    sender = m.state.nodes.get(parts[0].source) if parts[0].source is not None else None
    entity = m.node_entity(parts[0].source) if parts[0].source is not None else None
    if sender is None or entity is None:
        return ""
    made = m.trace.events[sender.made]
    spec = TABLE.get(made.op) if isinstance(made, ev.Applied) else None
    sent_by = m.trace.events[parts[0].event]
    if spec is None or not isinstance(sent_by, ev.NodeRan) or not isinstance(made, ev.Applied):
        return ""
    sent = next((s for s in sent_by.sent if s.target == number_), None)
    seed = next((v for v in sent_by.received if v is not None), None)
    if sent is None or seed is None or _seed_symbol(seed) != "1" or sent.index >= len(spec.derivatives):
        return ""
    known = spec.derivatives[sent.index]
    if "{g}" in known:
        return ""
    return _wrapped(latex.fill(known, _symbols(m, entity), _symbol(m, entity), "1", made.params))


def _numbers(m: Moment, node: NodeInfo, sent: ev.Sent, received: Value, known: str) -> str:
    """Upstream × local = sent, in numbers; what was broadcast is summed back. Large tensors stand by their shapes."""
    local = local_derivative(m, node, sent.index)
    result = latex.value(sent.value)
    if local is None:
        product = _in_numbers(m, node, received, known)
        return f"= {product} = {result}" if product else f"= {result}"
    factor = Value.of(np.broadcast_to(local, received.shape) if received.shape != local.shape else local)
    product = rf"{latex.value(received)} \times {latex.factor(latex.value(_uniform(factor)))}"
    if sent.value.shape != received.shape:
        return rf"= \textstyle\sum\, {product} = {result}"
    return f"= {product} = {result}"


def _in_numbers(m: Moment, node: NodeInfo, received: Value, known: str) -> str:
    """The known derivative with values for its symbols; ``""`` where one of them was not kept."""
    made = m.trace.events[node.made]
    if not known or WORDS.search(known) or not isinstance(made, (ev.Applied, ev.Edited)):
        return ""
    raws = operands(m, node.made, made)
    if raws is None:
        return ""
    out = made.value if isinstance(made, ev.Edited) else made.outputs[0].value
    values = [r"\cdot" if r is None else latex.factor(latex.short(Value.of(np.asarray(r)))) for r in raws]
    g = latex.short(received)
    text = latex.fill(known, values, latex.short(out), g, made.params)
    if "{n}" in text:
        if made.op not in AVERAGES:
            return ""
        sizes = np.broadcast_shapes(*(np.shape(raw) for raw in raws[:2]))
        text = text.replace("{n}", f"{{{math.prod(sizes) // max(1, received.size)}}}")
    return text if "{g}" in known else rf"{g} \cdot {latex.factor(text)}"


def _uniform(value: Value) -> Value:
    """One number where all elements are equal."""
    array = value.array
    if array is not None and array.size > 1 and np.all(array == array.flat[0]):
        return Value.of(array.flat[0])
    return value


def _complete(m: Moment, run: PassInfo, tensor: int) -> bool:
    """Whether all that is sent to a leaf in this pass has arrived."""
    node = m.state.leaf_nodes.get(tensor)
    return node is not None and run.waiting.get(node, 0) <= 0 and (node, 0) in run.arrived


def _checks(m: Moment, leaves: list[int]) -> tuple[Check, ...]:
    """The gradient of the first element of each leaf beside its central difference."""
    run = m.backward()
    out: list[Check] = []
    for tensor in dict.fromkeys(leaves):
        node = m.state.leaf_nodes.get(tensor)
        if run is None or node is None or len(out) == MOST_CHECKS:
            continue
        parts = run.arrived.get((node, 0), ())
        if not parts or run.waiting.get(node, 0) > 0 or any(p.value.array is None for p in parts):
            continue
        got = sum(float(p.value.array.reshape(-1)[0]) for p in parts if p.value.array is not None and p.value.size)
        difference = central_difference(m, tensor)
        if difference is None:
            continue
        agrees = abs(got - difference) <= 1e-3 * max(1.0, abs(difference))
        name = m.tensor_name(tensor)
        several = m.state.tensors[tensor].value.size > 1
        out.append(Check(f"{name}[0]" if several else name, f"{got:.4f}", f"{difference:.4f}", agrees))
    return tuple(out)
