"""Gradients that are not there: None in ``.grad``, tuples instead of tensors, inputs that were not used."""

from __future__ import annotations

import ast
import re

from engine.explain.advice.edits import in_place_line
from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.past import Past, last_event
from engine.graph.scenes import OP
from engine.trace import events as ev


def none_grad(past: Past, failed: ev.Failed) -> Advice | None:
    """Errors of None where the statement reads some tensor's ``.grad``."""
    statement = past.source.statement(failed.span)
    if statement is None:
        return None
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and node.attr == "grad":
            tensor = past.tensor_of(node.value)
            info = None if tensor is None else past.info(tensor)
            if tensor is not None and info is not None and info.grad is None:
                return _why_none(past, failed, tensor, past.source.of(node.value))
    return None


def _why_none(past: Past, failed: ev.Failed, tensor: int, name: str) -> Advice:
    entity = past.entity(tensor)
    info = past.info(tensor)
    kind, title = "none-grad", f"{name}.grad is None"
    if entity is not None and entity.kind == OP and entity.tracked:
        return _non_leaf(past, failed, tensor, name)
    if info is not None and not info.requires_grad:
        causes = () if entity is None or entity.span is None else (Cause("not tracked", entity.span, (entity.key,)),)
        return Advice(
            kind,
            title,
            f"{name} does not require grad, so backward() keeps no gradient for it: {name}.grad stays None.",
            f"Make {name} with requires_grad=True; an update under no_grad must edit {name} in place.",
            "",
            failed.span,
            causes,
        )
    for place, event in past.events_back():
        if isinstance(event, ev.GradAssigned) and event.tensor == tensor and event.grad is None:
            text = past.source.of(event.span)
            return Advice(
                kind,
                title,
                f"{text} {past.line(event.span)} set {name}.grad to None, which is not 0: there is no tensor.",
                f"Read the gradient before it is taken away, or test for it: if {name}.grad is not None.",
                "",
                failed.span,
                past.cause("set to None here", place, tensor),
            )
        if isinstance(event, ev.GradWritten) and event.tensor == tensor:
            break
    began = last_event(past, ev.BackwardBegan)
    guarded = _guarded(past, failed, name)
    if began is None:
        return Advice(
            kind,
            title,
            f"No backward() has run yet, and until one does {name}.grad is None. None is not 0: it is no tensor, and "
            "has no methods.",
            f"Call backward() first, or test for None: if {name}.grad is not None.",
            guarded,
            failed.span,
            ()
            if entity is None or entity.span is None
            else (Cause("made here, no gradient yet", entity.span, (entity.key,)),),
        )
    outputs = began[1].outputs if isinstance(began[1], ev.BackwardBegan) else []
    root = past.names_of(outputs) if outputs else "the loss"
    return Advice(
        kind,
        title,
        f"backward() from {root} did not reach {name}: {root} was not computed from it, or the way is cut. None says "
        "that no gradient came; 0 would say that one came and was 0.",
        f"Look whether {root} really uses {name}.",
        guarded,
        failed.span,
        past.cause("this backward() did not reach it", began[0], tensor),
    )


def _guarded(past: Past, failed: ev.Failed, name: str) -> str:
    line = past.source.changed(failed.span)
    if not line or "\n" in line or isinstance(past.source.statement(failed.span), (ast.If, ast.For, ast.While)):
        return ""
    return f"if {name}.grad is not None:\n    {line}"


def _non_leaf(past: Past, failed: ev.Failed, tensor: int, name: str) -> Advice:
    """Results keep no gradient; the usual case is an update that made the parameter a result."""
    entity = past.entity(tensor)
    assert entity is not None
    text = past.source.of(past.source.statement(entity.span)) if entity.span is not None else ""
    causes = () if entity.span is None else (Cause("a result, no leaf, since here", entity.span, (entity.key,)),)
    updates = f"{name}.grad" in text
    return Advice(
        "lost-leaf" if updates else "non-leaf-grad",
        f"{name} is no longer a leaf" if updates else f"{name}.grad is None",
        f"{text or name} {past.line(entity.span)} made {name} the result of {entity.grad_fn}. Only leaves keep a "
        f"gradient: it passes through {name} and is not written to {name}.grad.",
        f"Move {name} in place, untracked, so that it stays the same leaf."
        if updates
        else f"Call {name}.retain_grad() before backward(), or ask a leaf.",
        in_place_update(past, entity.span, name) if updates else f"{name}.retain_grad()",
        failed.span,
        causes,
    )


def in_place_update(past: Past, span: ev.Span | None, name: str) -> str:
    """``with torch.no_grad(): w -= lr * w.grad`` for ``w = w - lr * w.grad``."""
    line = in_place_line(past.source, past.source.statement(span), name)
    return f"with torch.no_grad():\n    {line}" if line else ""


# --- autograd.grad ----------------------------------------------------------------------------


def unused(past: Past, failed: ev.Failed) -> Advice | None:
    """``The differentiated Tensor at index 1 appears to not have been used in the graph``."""
    found = re.search(r"at index (\d+)", failed.message)
    began = last_event(past, ev.BackwardBegan)
    if found is None or began is None or not isinstance(began[1], ev.BackwardBegan) or began[1].wanted is None:
        return None
    index = int(found[1])
    if index >= len(began[1].wanted):
        return None
    tensor = began[1].wanted[index]
    name, root = past.name(tensor), past.names_of(began[1].outputs)
    call = past.source.call(failed.span)
    code = ""
    if call is not None:
        known = past.source.keyword(call, "allow_unused")
        edit = (
            past.source.with_argument(call, "allow_unused=True")
            if known is None
            else (past.source.span(known.value), "True")
        )
        code = past.source.changed(failed.span, edit)
    entity = past.entity(tensor)
    return Advice(
        "unused-input",
        f"{root} does not depend on {name}",
        f"grad() was asked for the gradient of {root} with respect to {name}, but no path of the graph leads from "
        f"{root} back to {name}.",
        f"Ask only for what {root} was computed from; or accept None for the others.",
        code,
        failed.span,
        () if entity is None or entity.span is None else (Cause("made here, not used", entity.span, (entity.key,)),),
    )


def tuple_of_gradients(past: Past, failed: ev.Failed) -> Advice | None:
    """A tuple that grad() returned, used as if it were a tensor."""
    statement = past.source.statement(failed.span)
    if statement is None:
        return None
    for node in ast.walk(statement):
        advice = _taken_whole(past, failed, node.id) if isinstance(node, ast.Name) else None
        if advice is not None:
            return advice
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and _is_grad(node.value):
            span = past.source.span(node.value)
            return Advice(
                "tuple-of-gradients",
                "autograd.grad returns a tuple",
                "autograd.grad() gives one gradient for each input, as a tuple, also where there is only one input.",
                "Take the first of them.",
                past.source.changed(failed.span, (span, f"{past.source.of(span)}[0]")),
                failed.span,
                (Cause("a tuple is made here", span),),
            )
    return None


def _is_grad(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, (ast.Attribute, ast.Name))
        and (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id) == "grad"
    )


def _taken_whole(past: Past, failed: ev.Failed, name: str) -> Advice | None:
    """``g = torch.autograd.grad(y, x)``, where ``g, = …`` or ``[0]`` was meant."""
    made = [
        n
        for n in past.source.walk(ast.Assign)
        if isinstance(n, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == name for t in n.targets)
        and past.source.span(n).start < (failed.span.start if failed.span else 0)
    ]
    if not made or not _is_grad(made[-1].value):
        return None
    value = past.source.span(made[-1].value)
    tensors = next((b.tensors for (_, n), b in past.state.names.items() if n == name), ())
    return Advice(
        "tuple-of-gradients",
        "autograd.grad returns a tuple",
        f"{name} is a tuple: autograd.grad() gives one gradient for each input, also where there is only one input.",
        "Take the first of them where it is computed.",
        past.source.changed(value, (value, f"{past.source.of(value)}[0]")),
        failed.span,
        (Cause("a tuple is made here", value, past.keys(*(t for _, t in tensors))),),
    )
