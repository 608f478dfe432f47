"""Backward: a call of backward() on a card, with the seed that it needs and the graph kept where it is needed again."""

from __future__ import annotations

import ast

import numpy as np

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.calls import set_keyword
from engine.edit.draft import Draft
from engine.edit.ground import Ground
from engine.edit.numbers import as_floats, read_numbers
from engine.edit.pieces import atom
from engine.edit.predict import attempt, torch_function, value_of
from engine.edit.syntax import last_name
from engine.edit.words import listed
from engine.edit.writing import spot_for
from engine.graph.scenes import CONSTANT, LEAF, OP
from engine.tensors import wrap
from engine.trace import events as ev
from engine.trace.events import Span

ONES, SUM = "ones", "sum"
POSITIONS = {"backward": (1, 2), "grad": (3, 4)}
"""Where retain_graph and create_graph stand without their names in ``y.backward(…)`` and ``torch.autograd.grad(…)``."""


def call_backward(ground: Ground, key: str, seed: str = "") -> Proposal | Refused:
    """``y.backward()`` after the lines that make what it needs.

    ``seed`` is needed where a card has several elements: ``ones`` starts from a 1 for each, ``sum`` sums first, numbers
    are what to start from. Earlier calls that free the graph keep it then. Refused for a leaf, and with torch's words
    where there is no graph or the seed does not fit.
    """
    entity = ground.entity(key)
    if entity.kind == CONSTANT:
        return Refused("A number has no graph: call backward on what is made of it.")
    if entity.kind == LEAF:
        return Refused(_leaf(ground, key), entity.span)
    value = value_of(ground, key)
    if value is None or entity.tensor is None:
        return Refused("This has no value to differentiate: select a result.", entity.span)
    if seed not in ("", ONES, SUM):
        numbers = read_numbers(seed)
        if isinstance(numbers, Refused):
            return numbers
        seed = as_floats(numbers)
    wrong = _trouble(value.shape, value.dtype, entity.tracked, seed)
    if wrong is not None:
        return Refused(f"{wrong.why}\n{_advice(ground, key, seed)}", entity.span)
    draft = Draft.on(ground)
    name = draft.reference(key)
    if isinstance(name, Refused):
        return name
    spot = spot_for(ground, draft.statements, draft.names)
    if isinstance(spot, Refused):
        return spot
    given = ""
    if seed == ONES:
        given = f"{draft.alias('torch')}.ones_like({name})"
    elif seed not in ("", SUM):
        given = f"{draft.alias('torch')}.tensor({seed})"
    owner = f"{atom(name)}.sum()" if seed == SUM else atom(name)
    says = f"{owner}.backward({given})"
    kept: list[int] = []
    for span in _sharing(ground, key):
        node = ground.syntax.at(span)
        if span.start >= spot.at:
            given = f"{given}{', ' if given else ''}retain_graph=True"
            says = f"{owner}.backward({given}): line {ground.line(span)} needs the graph once more"
            break
        edits = keeping(ground, span)
        if isinstance(edits, Refused):
            return edits
        draft.edits += edits
        if node is not None:
            kept.append(node.lineno)
    if kept:
        says += f", and line {listed(map(str, kept))} keeps the graph, which would be freed there (retain_graph=True)"
    draft.edits.append(spot.edit([f"{owner}.backward({given})"]))
    return draft.proposal(says, name if name.isidentifier() else "")


def _leaf(ground: Ground, key: str) -> str:
    """Why a backward from a leaf is no use, and where one is."""
    made = (ground.name(e.key) for e in reversed(ground.scenes.entities.values()) if e.kind == OP and e.tracked)
    result = next((name for name in made if name), "")
    why = f"{ground.called(key)} is a leaf: it was not computed, so there is nothing to go back through."
    return f"{why} Select a result{f', such as {result}' if result else ''}."


def _trouble(shape: tuple[int, ...], dtype: str, tracked: bool, seed: str) -> Refused | None:
    """Why torch does not differentiate such a tensor from such a seed."""

    def differentiate() -> None:
        result = wrap(np.zeros(shape, dtype))
        if tracked:
            result = result.requires_grad_() * 1
        if seed == SUM:
            result = result.sum()
        given = wrap(np.ones(shape, dtype)) if seed == ONES else None
        if seed not in ("", ONES, SUM):
            given = torch_function("tensor")(ast.literal_eval(seed))
        result.backward(given)

    return attempt(differentiate)


def _advice(ground: Ground, key: str, seed: str) -> str:
    """What to do where a tensor cannot be differentiated."""
    entity, name = ground.entity(key), ground.called(key)
    if not entity.tracked:
        return f"{name} has no graph: let a leaf that it is made of require grad, or take detach and no_grad away."
    value = value_of(ground, key)
    assert value is not None
    if not seed:
        return (
            f"{name} has {value.size} elements. Choose a seed: ones for a 1 in each, sum to add them up first, or "
            f"numbers of shape {list(value.shape)}."
        )
    return f"Give the seed the shape of {name}: {list(value.shape)}."


def _sharing(ground: Ground, key: str) -> list[Span]:
    """The calls whose passes use up what a pass from a card needs, in the order of the run."""
    waiting = [ground.entity(key).node]
    needed: set[int] = set()
    nodes = ground.end.state.nodes
    while waiting:
        node = waiting.pop()
        if node is None or node in needed or node not in nodes:
            continue
        needed.add(node)
        waiting += [target for target, _ in nodes[node].link.edges]
    return [span for span, freed in freed_by(ground).items() if not needed.isdisjoint(freed)]


def freed_by(ground: Ground) -> dict[Span, set[int]]:
    """The calls whose passes freed nodes, in the order of the run, with those nodes."""
    runs: dict[int, Span | None] = {}
    found: dict[Span, set[int]] = {}
    for event in ground.trace.events:
        match event:
            case ev.BackwardBegan(run=run, span=span):
                runs[run] = span
            case ev.NodeRan(run=run, node=node, freed=True):
                span = runs.get(run)
                if span is not None:
                    found.setdefault(span, set()).add(node)
    return found


def keeping(ground: Ground, span: Span) -> list[TextEdit] | Refused:
    """The edits that let a call keep the graph. Refused where it is run more than once."""
    call = ground.syntax.at(span)
    name = last_name(call.func) if isinstance(call, ast.Call) else ""
    repeated = ground.repeated(call) if call is not None else None
    if call is None or name not in POSITIONS or repeated is not None:
        x = wrap(np.ones(())).requires_grad_()
        y = x * x
        y.backward()
        wrong = attempt(y.backward)
        assert wrong is not None
        why = f"{wrong.why}\nLine {ground.line(span)} frees the graph: write retain_graph=True there."
        return Refused(why, span)
    return set_keyword(ground.syntax, call, "retain_graph", True, False, POSITIONS[name][0])
