"""What the pointer rests on in the program: a name's value at the step, or help on a name of torch's."""

from __future__ import annotations

import re

from engine.explain.hover import name_text
from engine.program.completion import help_at
from gui.session import Session


def tip(session: Session, text: str, position: int) -> str:
    """A few lines about the name around a position of the text; ``""`` for none."""
    match = next((m for m in re.finditer(r"[A-Za-z_][\w.]*", text) if m.start() <= position <= m.end()), None)
    if match is None:
        return ""
    # Of a.b.c what stands up to the part that is pointed at.
    rest = text[position : match.end()]
    name = text[match.start() : match.end() - len(rest) + len(rest.split(".")[0])]
    if session.trace.source == text and len(session.trace):
        value = name_text(session.moment, name)
        if value is not None:
            return value
    found = help_at(text, position, tensor_names(session))
    if found is None or not (found.signature or found.doc):
        return ""
    return "\n".join(part for part in (f"{found.name}{found.signature}", found.doc) if part)


def tensor_names(session: Session) -> list[str]:
    """Names that held tensors at the end of the last run."""
    names = session.trace.state_at(len(session.trace)).names
    return [name for (_, name), bound in names.items() if any(path == "" for path, _ in bound.tensors)]
