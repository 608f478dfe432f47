"""Edits in place: of what was saved for backward, and of leaves."""

from __future__ import annotations

import ast

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.past import Past, last_event
from engine.explain.advice.source import Source
from engine.graph.scenes import Entity
from engine.trace import events as ev
from engine.trace.events import AnyEvent, Saved, Span

MOST = 3
"""Edits that are shown, the first ones."""


def edited_after_saved(past: Past, failed: ev.Failed) -> Advice | None:
    """``one of the variables needed for gradient computation has been modified by an inplace operation``."""
    found = last_event(past, ev.BackwardEnded)
    if found is None or not isinstance(found[1], ev.BackwardEnded) or found[1].failed is None:
        return None
    node = found[1].failed
    info = past.state.nodes.get(node)
    if info is None:
        return None
    pin = next((saved for saved, changed in past.state.pins(node) if changed), None)
    if pin is None:
        return None
    tensor = pin.tensor if pin.tensor is not None else info.outputs[0] if info.outputs else None
    if tensor is None:
        return None
    edits = _edits(past, tensor, info.made, pin.version)
    if not edits:
        return None
    return _advice(past, failed, info.made, info.link.grad_fn, pin, tensor, edits)


def _edits(past: Past, tensor: int, since: int, version: int) -> list[tuple[int, ev.Edited]]:
    """The edits that counted a tensor's version up after ``since``, oldest first."""
    out: list[tuple[int, ev.Edited]] = []
    for place, event in past.events_back():
        if place < since:
            break
        if isinstance(event, ev.Edited) and _reaches(event, tensor, version):
            out.append((place, event))
    return out[::-1]


def _reaches(event: ev.Edited, tensor: int, version: int) -> bool:
    if event.tensor == tensor:
        return event.version > version
    return any(t == tensor and v > version for t, v, _ in event.also)


def _advice(
    past: Past, failed: ev.Failed, made: int, grad_fn: str, pin: Saved, tensor: int, edits: list[tuple[int, ev.Edited]]
) -> Advice:
    event = past.trace.events[made]
    saver = _result(past, event, made + 1)
    entity = past.entity(tensor, made + 1) or past.entity(tensor)
    name = past.name(tensor)
    place, edit = edits[0]
    what = "its result" if pin.name == "result" else "its operand"
    saved = (
        () if event.span is None else (Cause(f"saved here at version {pin.version}", event.span, _keys(saver, entity)),)
    )
    causes = list(saved)
    for _, e in edits[:MOST]:
        word = "moved in place here" if e.op == "step" else "edited in place here"
        span = past.source.span(statement) if (statement := past.source.statement(e.span)) is not None else e.span
        if span is not None:
            causes.append(Cause(f"{word}: version {_version(e, tensor)}", span, past.keys(e.tensor, tensor)))
    text = past.source.of(past.source.statement(edit.span)) or past.source.of(edit.span)
    shown = text if len(text) <= 60 else past.source.of(edit.span)
    start = (
        f"{grad_fn} saved {what} {name} at version {pin.version} for its derivative. "
        if name != "a tensor"
        else f"{grad_fn} saved {what} at version {pin.version} for its derivative. "
    )
    if edit.op == "step":
        return Advice(
            "step-between",
            "step() came before this backward()",
            f"{start}{shown} {past.line(edit.span)} then moved {name} in place, to version "
            f"{_version(edit, tensor)}: the number that this backward() needs is gone.",
            "Call every backward() before the step, or compute the loss anew after it.",
            "",
            failed.span,
            tuple(causes),
        )
    direct = edit.tensor == tensor or _item_assigned(past, edit)
    other = "" if direct else f", through {past.name(edit.tensor)}, which shares its memory"
    todo, code = _instead(past, edit, tensor, place)
    return Advice(
        "edited-after-saved",
        "Edited in place after it was saved",
        f"{start}{shown} {past.line(edit.span)} changed it in place{other}, to version {_version(edit, tensor)}: "
        "with the new numbers the derivative would be wrong.",
        todo,
        code,
        failed.span,
        tuple(causes),
    )


def _item_assigned(past: Past, edit: ev.Edited) -> bool:
    """Whether an edit is that of ``a[0] = 5.``: the view of ``a`` that was edited is no name of the program's."""
    statement = past.source.statement(edit.span)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    return isinstance(target, ast.Subscript)


def _version(edit: ev.Edited, tensor: int) -> int:
    return edit.version if edit.tensor == tensor else next((v for t, v, _ in edit.also if t == tensor), edit.version)


def _result(past: Past, event: AnyEvent, place: int) -> Entity | None:
    """The card of what an event made, as it was then."""
    match event:
        case ev.Applied():
            return past.entity(event.outputs[0].tensor, place)
        case ev.Edited():
            return past.entity(event.tensor, place)
    return None


def _keys(*entities: Entity | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(e.key for e in entities if e is not None))


def _instead(past: Past, edit: ev.Edited, tensor: int, place: int) -> tuple[str, str]:
    """What to write for an edit in place."""
    source = past.source
    if edit.tensor != tensor and not _item_assigned(past, edit):
        entity = past.entity(edit.tensor, place)
        view = source.expression(entity.span) if entity is not None else None
        if entity is not None and view is not None and entity.span is not None:
            text = f"{source.bracketed(view)}.clone()"
            return "Give the second name a copy of its own.", source.changed(entity.span, (entity.span, text))
        return "Edit a copy: .clone() gives one.", ""
    code = out_of_place(source, edit.span)
    if code:
        return "Put the result into a new tensor; the old one stays as it was saved.", code
    name = past.name(tensor)
    first = f"{name} = {name}.clone()\n" if name.isidentifier() else ""
    line = source.changed(edit.span)
    return "Edit a copy; the saved one stays as it is.", f"{first}{line}" if first and line else ""


OPERATORS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.Mod: "%",
    ast.FloorDiv: "//",
}


def out_of_place(source: Source, span: Span | None) -> str:
    """``y = y + 1`` for ``y += 1``, ``y = y.add(1)`` for ``y.add_(1)``; ``""`` where there is no such line."""
    statement = source.statement(span)
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        sign = OPERATORS.get(type(statement.op))
        name = statement.target.id
        value = source.of(statement.value)
        if isinstance(statement.value, (ast.BinOp, ast.IfExp, ast.Compare, ast.BoolOp)) and not isinstance(
            statement.op, (ast.Add, ast.Sub)
        ):
            value = f"({value})"
        elif isinstance(statement.value, ast.BinOp) and isinstance(statement.value.op, (ast.Add, ast.Sub)):
            value = f"({value})" if isinstance(statement.op, ast.Sub) else value
        return f"{name} = {name} {sign} {value}" if sign else ""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        func = statement.value.func
        if isinstance(func, ast.Attribute) and func.attr.endswith("_") and isinstance(func.value, ast.Name):
            if func.attr in ("zero_", "fill_", "copy_"):
                return ""
            args = source.of(statement.value)[len(source.of(func)) :]
            return f"{func.value.id} = {func.value.id}.{func.attr[:-1]}{args}"
    return ""


def in_place_line(source: Source, statement: ast.stmt | None, name: str) -> str:
    """``w -= lr * w.grad`` for ``w = w - lr * w.grad``; ``""`` for other statements."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.BinOp):
        return ""
    value = statement.value
    signs: dict[type[ast.operator], str] = {ast.Sub: "-=", ast.Add: "+="}
    sign = signs.get(type(value.op))
    return f"{name} {sign} {source.of(value.right)}" if sign and source.of(value.left) == name else ""


# --- leaves -----------------------------------------------------------------------------------


def leaf_edit(past: Past, failed: ev.Failed) -> Advice | None:
    """``a leaf Variable that requires grad is being used in an in-place operation``, also of a view of one."""
    statement = past.source.statement(failed.span)
    if statement is None:
        return None
    target = _target(statement)
    tensor = past.tensor_of(target)
    if target is None or tensor is None:
        return None
    entity = past.entity(tensor)
    name = past.name(tensor)
    text = past.source.of(statement)
    line = past.source.changed(failed.span)
    code = f"with torch.no_grad():\n    {line}" if line and "\n" not in line else ""
    updates = ".grad" in text
    todo = "Update it in a block that is not tracked" if updates else "Edit it in a block that is not tracked"
    new = f" {name} = {name} - … would not help: the new {name} would be no leaf." if updates else ""
    causes = (
        []
        if entity is None or entity.span is None
        else [Cause("a leaf that requires grad", entity.span, (entity.key,))]
    )
    view = "a view of it" if failed.message.startswith("a view") else "it"
    return Advice(
        "leaf-edited",
        "A tracked leaf cannot be edited in place",
        f"{name} is a leaf that requires grad: the graph refers to the numbers that it has now. {text} would "
        f"overwrite {view} as a recorded step.",
        f"{todo}, as an optimizer does.{new}" if updates else f"{todo}, or before requires_grad is switched on.",
        code,
        failed.span,
        tuple(causes),
    )


def _target(statement: ast.stmt) -> ast.expr | None:
    """What a statement edits: the target of an assignment, or the tensor of a method that ends with ``_``."""
    match statement:
        case ast.AugAssign():
            return statement.target
        case ast.Assign():
            return statement.targets[0]
        case ast.Expr():
            for node in ast.walk(statement.value):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.endswith("_"):
                    return node.func.value
    return None
