"""What two texts of one program differ in, in a few words."""

from __future__ import annotations

from difflib import SequenceMatcher

from engine.edit.controls import controls

MOST = 3
"""Settings that are named."""


def what_differs(old: str, new: str) -> str:
    """``lr 0.01 → 0.05`` where settings differ, else the first line that does; ``""`` for equal texts."""
    if old == new:
        return ""
    before = {c.label: c.text for c in controls(old)}
    after = {c.label: c.text for c in controls(new)}
    changed = [f"{label} {before[label]} → {text}" for label, text in after.items() if before.get(label, text) != text]
    if changed:
        return ", ".join(changed[:MOST])
    old_lines, new_lines = old.splitlines(), new.splitlines()
    for tag, _, _, begin, end in SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes():
        if tag != "equal":
            line = next((text.strip() for text in new_lines[begin:end] if text.strip()), "")
            return f"line {begin + 1}: {line}" if line else f"line {begin + 1} taken out"
    return "line ends"
