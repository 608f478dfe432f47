"""backward() from what leads to no leaf: which op stopped the tracking, or which leaf was never tracked."""

from __future__ import annotations

import ast

from engine.explain import names
from engine.explain.advice.edits import in_place_line
from engine.explain.advice.leaves import as_floats
from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.past import Past, last_event
from engine.explain.advice.source import Edit
from engine.graph.scenes import LEAF, OP, Entity
from engine.ops import TABLE
from engine.trace import events as ev

ISLAND = (
    "Setting {name}.requires_grad = True would only turn {name} into a leaf of its own: the error would be gone, "
    "and {target}.grad would stay None."
)
SMOOTH = {
    "argmax": "softmax",
    "argmin": "softmin",
    "gt": "sigmoid",
    "ge": "sigmoid",
    "lt": "sigmoid",
    "le": "sigmoid",
    "sign": "tanh",
}
"""What stands in for an op that only decides."""
COMPARISONS = frozenset(("gt", "ge", "lt", "le", "eq", "ne", "isnan", "isinf", "isfinite", "logical_not", "any", "all"))
ANSWERS = {"argmax": "a position", "argmin": "a position", "argsort": "positions"}
FACTORIES = frozenset(
    (
        *("tensor", "ones", "zeros", "full", "rand", "randn", "arange", "linspace", "logspace", "eye", "empty"),
        *("ones_like", "zeros_like", "rand_like", "randn_like", "full_like"),
    )
)
"""Functions that take requires_grad."""
CASTS = frozenset(("to_integer",))
OUTSIDE = ("item", "tolist", "numpy")
"""Methods whose results are no tensors."""


def cut_graph(past: Past, failed: ev.Failed) -> Advice | None:
    """``element 0 of tensors does not require grad and does not have a grad_fn``."""
    found = last_event(past, ev.BackwardRefused)
    if found is None or not isinstance(found[1], ev.BackwardRefused):
        return None
    outputs = found[1].outputs
    root = next((t for t in outputs if (i := past.info(t)) is not None and not i.requires_grad), None)
    if root is None:
        return None
    cuts = cuts_above(past, root)
    if cuts:
        return _lost_leaf(past, failed, root, cuts[0]) or _cut(past, failed, root, cuts)
    origin = _of_gradient(past, root)
    if origin is not None:
        return _no_create_graph(past, failed, root, origin)
    return _never_tracked(past, failed, root)


def not_tracked_input(past: Past, failed: ev.Failed) -> Advice | None:
    """``One of the differentiated Tensors does not require grad``: grad() was asked about a constant."""
    found = last_event(past, ev.BackwardRefused)
    if found is None or not isinstance(found[1], ev.BackwardRefused):
        return None
    for tensor in found[1].wanted or ():
        info = past.info(tensor)
        if info is not None and not info.requires_grad:
            advice = _never_tracked(past, failed, tensor)
            name = past.name(tensor)
            return Advice(
                "constant-input",
                f"{name} is not tracked",
                f"grad() was asked for the gradient with respect to {name}, but {name} does not require grad: no graph "
                "leads to it.",
                f"Make {name} with requires_grad=True.",
                advice.code,
                failed.span,
                advice.causes,
            )
    return None


# --- an op that cut ---------------------------------------------------------------------------


def cuts_above(past: Past, root: int) -> list[Entity]:
    """The ops above a tensor that had tracked operands and an untracked result; nearest first."""
    return [e for e in past.ancestors(root) if e.kind == OP and not e.tracked and tracked_operands(past, e)]


def tracked_operands(past: Past, entity: Entity) -> list[int]:
    """The tracked operands of a card's op."""
    sources = [past.scenes.entities[k] for k in entity.sources if k in past.scenes.entities]
    return [s.tensor for s in sources if s.tracked and s.tensor is not None]


def _cut(past: Past, failed: ev.Failed, root: int, cuts: list[Entity]) -> Advice:
    name, cut = past.name(root), cuts[0]
    operands = tracked_operands(past, cut)
    target = past.names_of(operands)
    what, word, todo, code = _how(past, cut, target)
    causes = tuple(Cause(word, c.span, (c.key,)) for c in cuts[:3] if c.span is not None)
    block = _off_switch(past, cut)
    if block is not None:
        causes = (*causes, block)
    leaf = _leaf_behind(past, operands)
    island = "" if name == past.title(cut) and cut.op == "detach" else ISLAND.format(name=name, target=leaf)
    if not name.isidentifier():
        island = ""
    return Advice(
        "cut-graph",
        "The graph is cut",
        f"{what} So {name} has no way back to {target}.",
        " ".join(p for p in (todo, island) if p),
        code,
        failed.span,
        causes,
    )


def _leaf_behind(past: Past, operands: list[int]) -> str:
    """The name of a leaf under the operands of a cut."""
    for tensor in operands:
        for entity in past.ancestors(tensor):
            if entity.kind == LEAF and entity.tracked:
                return past.title(entity)
    return past.name(operands[0])


def _how(past: Past, cut: Entity, target: str) -> tuple[str, str, str, str]:
    """(what happened, its word, what to do, the line changed) for one cut."""
    line = past.line(cut.span)
    text = past.source.of(cut.span)
    event = past.trace.events[cut.made]
    if cut.op in ("detach", "data"):
        call = past.source.expression(cut.span)
        inner = call.func if isinstance(call, ast.Call) else call
        code = ""
        if isinstance(inner, ast.Attribute) and cut.span is not None:
            code = past.source.changed(cut.span, (cut.span, past.source.of(inner.value)))
        how = ".detach()" if cut.op == "detach" else ".data"
        return (
            f"{text} {line} has the numbers of {target}, but stands outside the graph.",
            "detached here" if cut.op == "detach" else "taken out by .data here",
            f"Leave {how} out where the gradient is to pass.",
            code,
        )
    if isinstance(event, ev.Applied) and not event.grad_mode:
        return (
            f"{text} {line} was computed while tracking was switched off.",
            "untracked here",
            "Compute it outside of that block.",
            "",
        )
    if _rounds(past, cut):
        return (
            f"{text} {line} keeps whole numbers only: between them there is no slope.",
            "whole numbers since here",
            f"Keep {target} in floating point where the gradient is to pass.",
            "",
        )
    word = names.spec_name(cut)
    instead = f" {SMOOTH[cut.op]} is a smooth stand-in." if cut.op in SMOOTH else ""
    spec = TABLE.get(cut.op)
    if spec is not None and spec.differentiable:
        return (
            f"{text} {line} gives a result that is not tracked.",
            "tracking stopped here",
            "Keep the result in floating point.",
            "",
        )
    sign = "" if spec is None else spec.glyph
    word = sign if not sign.isidentifier() and sign else word
    answers = ANSWERS.get(cut.op, "yes or no" if cut.op in COMPARISONS else "whole numbers")
    return (
        f"{text} {line} answers with {answers}, which has no derivative.",
        f"tracking stopped here: {word}",
        f"Differentiate what {word} looked at, {target}, not its answer.{instead}",
        "",
    )


def _rounds(past: Past, cut: Entity) -> bool:
    """Whether an op is a cast from floating point to integers."""
    event = past.trace.events[cut.made]
    made = event.outputs[cut.output].value.dtype if isinstance(event, ev.Applied) else ""
    return len(tracked_operands(past, cut)) == 1 and cut.op in CASTS and made.startswith(("int", "uint", "bool"))


def _off_switch(past: Past, cut: Entity) -> Cause | None:
    """The ``with`` or decorator that switched tracking off around an op."""
    event = past.trace.events[cut.made]
    if not isinstance(event, ev.Applied) or event.grad_mode:
        return None
    depth = 0
    for _, before in past.events_back(cut.made):
        if isinstance(before, ev.Left) and before.kind in ("no_grad", "inference_mode"):
            depth += 1
        elif isinstance(before, ev.Entered) and before.kind in ("no_grad", "inference_mode"):
            if depth == 0:
                return None if before.span is None else Cause("tracking is off", before.span)
            depth -= 1
    return None


def _lost_leaf(past: Past, failed: ev.Failed, root: int, cut: Entity) -> Advice | None:
    """An update under no_grad that gave a parameter's name to a new tensor."""
    event = past.trace.events[cut.made]
    statement = past.source.statement(cut.span)
    if not isinstance(event, ev.Applied) or event.grad_mode or not isinstance(statement, ast.Assign):
        return None
    name = past.source.of(statement.targets[0])
    if not name.isidentifier() or f"{name}.grad" not in past.source.of(statement.value):
        return None
    causes = (
        ()
        if cut.span is None
        else (Cause(f"a new, untracked {name} since here", past.source.span(statement), (cut.key,)),)
    )
    return Advice(
        "lost-leaf",
        f"{name} no longer requires grad",
        f"{past.source.of(statement)} {past.line(cut.span)} made a new tensor and gave it the name {name}. Under "
        f"no_grad it does not require grad, so {past.name(root)}, which was computed from it, has no graph.",
        f"Move {name} in place: under no_grad it stays the same leaf.",
        in_place_line(past.source, statement, name),
        failed.span,
        causes,
    )


# --- nothing to lead to -----------------------------------------------------------------------


def _never_tracked(past: Past, failed: ev.Failed, root: int) -> Advice:
    name = past.name(root)
    leaves = [e for e in past.ancestors(root) if e.kind == LEAF and e.tensor is not None]
    leaves.sort(key=lambda e: e.made)
    frozen = [(place, e) for e in leaves if (place := _frozen(past, e)) is not None]
    if frozen:
        return _all_frozen(past, failed, name, frozen)
    outside = [e for e in leaves if _left_behind(past, e)]
    if outside:
        return _from_numbers(past, failed, name, outside[0])
    floats = [e for e in leaves if _floating(past, e)] or leaves
    named = [e for e in floats if names.given_name(e, past.place)] or floats
    called = past.names_of([e.tensor for e in named if e.tensor is not None])
    causes = tuple(Cause("not tracked: no requires_grad", e.span, (e.key,)) for e in named[:3] if e.span is not None)
    alone = [e.tensor for e in leaves] in ([root], [])
    why = (
        f"{name} is a constant: it was made without requires_grad, so there is no graph."
        if alone
        else f"Nothing that {name} was computed from requires grad: {called} {_are(named)}."
    )
    todo, code = "", ""
    if named:
        which = past.title(named[0])
        todo = f"Make the tensor that the gradient is for, such as {which}, with requires_grad=True."
        code = _tracked_line(past, named[0])
    return Advice("nothing-tracked", "Nothing here requires grad", why, todo, code, failed.span, causes)


def _are(entities: list[Entity]) -> str:
    return "is a constant" if len(entities) == 1 else "are constants"


def _floating(past: Past, entity: Entity) -> bool:
    info = None if entity.tensor is None else past.info(entity.tensor)
    return info is not None and info.value.dtype.startswith("float")


def _tracked_line(past: Past, leaf: Entity) -> str:
    call = past.source.expression(leaf.span)
    if not isinstance(call, ast.Call) or leaf.how not in FACTORIES:
        return ""
    edits: list[Edit] = [past.source.with_argument(call, "requires_grad=True")]
    if leaf.how == "tensor" and not _floating(past, leaf):
        edits += as_floats(past.source, call)
    known = past.source.keyword(call, "requires_grad")
    if known is not None:
        edits = [(past.source.span(known.value), "True"), *edits[1:]]
    return past.source.changed(leaf.span, *edits)


def _frozen(past: Past, leaf: Entity) -> int | None:
    """The event that switched a leaf's requires_grad off."""
    for place, event in past.events_back():
        if place <= leaf.made:
            return None
        if isinstance(event, ev.Flagged) and event.tensor == leaf.tensor:
            return None if event.requires_grad else place
    return None


def _all_frozen(past: Past, failed: ev.Failed, name: str, frozen: list[tuple[int, Entity]]) -> Advice:
    called = past.names_of([e.tensor for _, e in frozen if e.tensor is not None])
    places: dict[ev.Span, list[str]] = {}
    for place, entity in frozen:
        span = past.trace.events[place].span
        if span is not None:
            places.setdefault(span, []).append(entity.key)
    causes = tuple(Cause("frozen here", span, tuple(keys)) for span, keys in places.items())
    return Advice(
        "frozen",
        "Everything is frozen",
        f"requires_grad was switched off for {called}, and nothing else that {name} was computed from requires grad.",
        "Leave at least the parameters that are to be trained switched on.",
        "",
        failed.span,
        causes[:3],
    )


def _left_behind(past: Past, leaf: Entity) -> bool:
    """Whether a leaf was made from a tracked tensor's plain numbers."""
    call = past.source.expression(leaf.span)
    if not isinstance(call, ast.Call):
        return False
    for node in ast.walk(call):
        if isinstance(node, ast.Attribute) and node.attr in OUTSIDE:
            return True
        if isinstance(node, ast.Name) and node is not call.func:
            tensor = past.tensor_of(node)
            info = None if tensor is None else past.info(tensor)
            if info is not None and info.requires_grad:
                return True
    return False


def _from_numbers(past: Past, failed: ev.Failed, name: str, leaf: Entity) -> Advice:
    text = past.source.of(leaf.span)
    how = next((f".{m}()" for m in OUTSIDE if f".{m}(" in text), "torch.tensor()")
    return Advice(
        "from-numbers",
        "The numbers left the graph",
        f"{text} {past.line(leaf.span)} makes a new leaf from plain numbers: {how} hands over values, not the graph "
        f"behind them. So {name} has no way back.",
        "Compute with the tensor itself; use .item() only to print or to store a number.",
        "",
        failed.span,
        () if leaf.span is None else (Cause("a new leaf from plain numbers", leaf.span, (leaf.key,)),),
    )


# --- a gradient without a graph ---------------------------------------------------------------


def _of_gradient(past: Past, root: int) -> tuple[int, int] | None:
    """(the gradient from which an untracked tensor was computed, the event at which its pass began)."""
    above = [e.tensor for e in past.ancestors(root) if not e.tracked and e.tensor is not None]
    for tensor in dict.fromkeys((root, *above)):
        run = _pass_of(past, tensor)
        if run is not None:
            return tensor, run
    return None


def _pass_of(past: Past, tensor: int) -> int | None:
    """The event at which the pass began that made a gradient without create_graph."""
    ended = False
    for place, event in past.events_back():
        match event:
            case ev.BackwardEnded() if tensor in event.results:
                ended = True
            case ev.GradWritten() if event.grad == tensor:
                ended = True
            case ev.BackwardBegan() if ended:
                return None if event.create_graph else place
    return None


def _no_create_graph(past: Past, failed: ev.Failed, root: int, origin: tuple[int, int]) -> Advice:
    gradient, began = origin
    event = past.trace.events[began]
    name = past.name(gradient)
    call = past.source.call(event.span)
    code = ""
    retains = False
    if call is not None:
        old = past.source.keyword(call, "retain_graph")
        retains = old is not None
        if old is not None and old.arg is not None:
            span = past.source.span(old)
            code = past.source.changed(event.span, (span, "create_graph=True"))
        else:
            code = past.source.changed(event.span, past.source.with_argument(call, "create_graph=True"))
    only = " retain_graph=True only keeps the saved tensors of the first graph." if retains else ""
    called = past.source.of(call.func) if call is not None else "backward"
    return Advice(
        "no-create-graph",
        "create_graph is missing",
        f"{name} was computed by {called}() {past.line(event.span)} without create_graph=True, so the steps of that "
        f"computation were not recorded and {past.name(root)} has no graph.{only}",
        "Ask for a graph of the gradient when it is computed.",
        code,
        failed.span,
        past.cause("computed without a graph here", began, gradient),
    )
