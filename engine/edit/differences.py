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
    changed = [f"{label} {before} → {after}" for label, before, after in _changed(old, new)]
    if changed:
        return ", ".join(changed[:MOST])
    old_lines, new_lines = old.splitlines(), new.splitlines()
    for tag, _, _, begin, end in SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes():
        if tag != "equal":
            line = next((text.strip() for text in new_lines[begin:end] if text.strip()), "")
            return f"line {begin + 1}: {line}" if line else f"line {begin + 1} taken out"
    return "line ends"


def settings_apart(now: str, other: str) -> str:
    """``lr 0.05``: the settings of another text that are not those of the present one; ``""`` if they are alike."""
    return ", ".join(f"{label} {after}" for label, _, after in _changed(now, other)[:MOST])


def _changed(old: str, new: str) -> list[tuple[str, str, str]]:
    """Label, value before and value after of each setting that is another one."""
    before = {c.label: c.text for c in controls(old)}
    after = ((c.label, c.text) for c in controls(new))
    return [(label, before[label], text) for label, text in after if before.get(label, text) != text]
