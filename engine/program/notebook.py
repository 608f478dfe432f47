"""Text from notebooks and interactive sessions: cleaning it on paste, and the values that its cells show."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from engine.trace.spans import NEWLINE

_PROMPT = re.compile(r"^(\s*)(>>>|\.\.\.)(?: (.*)|)$")
_IN = re.compile(r"^\s*In ?\[[\d *]*\]:? ?(.*)$")
_OUT = re.compile(r"^\s*Out ?\[[\d *]*\]:? ?(.*)$")
_CONTINUED = re.compile(r"^\s*\.\.\.+: ?(.*)$")
_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
_MAGIC = re.compile(r"^\s*%(\w+)")
_SHELL = re.compile(r"^\s*!(?!=)")
_HELP = re.compile(r"^\s*(\?{1,2}[\w.]+|[\w.]+\?{1,2})\s*$")
_ASSIGNED = re.compile(r"^(\s*)[\w, ]+=\s*[!%]\w")
_MARK = re.compile(r"^# ?(%%|In ?\[[\d *]*\]:|<codecell>)")

PYTHON_CELLS = ("time", "timeit", "capture", "prun", "debug")
"""Cell magics whose cell is Python."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Text fit to run, and one sentence on what was done to it (empty if nothing was)."""

    text: str
    note: str = ""


def clean(text: str) -> Cleaned:
    """Pasted text without what notebooks and interactive sessions add to Python.

    ``>>>`` and ``...`` prompts go, with the output that stands between them; ``In [1]:`` marks become ``# %%`` lines,
    ``Out[1]:`` and the output after it go; lines with ``%magic``, ``!shell`` and ``name?`` become comments, and so do
    whole ``%%cell`` cells that hold no Python. Python that has none of these comes back as it is.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if _is_python(text):
        return Cleaned(text)
    done: list[str] = []
    if any(m and m.group(2) == ">>>" for m in map(_PROMPT.match, lines)):
        lines, removed = _without_prompts(lines)
        done.append("prompts and their output" if removed else "prompts")
    if any(map(_IN.match, lines)):
        lines = _without_marks(lines)
        done.append("In [ ] and Out[ ] marks")
    lines, magic, shell, asked = _without_commands(lines)
    done += [what for what, found in (("% commands", magic), ("! commands", shell), ("? questions", asked)) if found]
    if not done:
        return Cleaned(text)
    note = f"Removed from the pasted text: {', '.join(done)}."
    return Cleaned("\n".join(lines), note)


def _is_python(text: str) -> bool:
    """Whether text is Python as it stands. ``In [1]: x = 1`` is, to the letter (an annotation), yet a mark it is."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return not any(isinstance(s, ast.AnnAssign) and _IN.match(ast.unparse(s.target)) for s in tree.body)


def _without_prompts(lines: list[str]) -> tuple[list[str], bool]:
    """The code behind the prompts; anything that stands between is output (blank lines and comments stay)."""
    out: list[str] = []
    removed = False
    margin: str | None = None
    for line in lines:
        match = _PROMPT.match(line)
        if match and (match.group(2) == ">>>" or margin is not None):
            if match.group(2) == ">>>":
                margin = match.group(1)
            out.append(match.group(3) or "")
        elif not line.strip() or line.lstrip().startswith("#"):
            out.append(line.strip())
        else:
            removed = True
    while out and not out[-1]:
        out.pop()
    return [*out, ""], removed


def _without_marks(lines: list[str]) -> list[str]:
    """Cells of an IPython session, each begun by a ``# %%`` line; what stands from Out to the next In is output."""
    out: list[str] = []
    in_output = False
    for line in lines:
        begins, ends, more = _IN.match(line), _OUT.match(line), _CONTINUED.match(line)
        if begins:
            in_output = False
            out += ["# %%"] if not begins.group(1) else ["# %%", begins.group(1)]
        elif ends:
            in_output = True
        elif more and not in_output:
            out.append(more.group(1))
        elif not in_output:
            out.append(line)
    return out


def _without_commands(lines: list[str]) -> tuple[list[str], bool, bool, bool]:
    out: list[str] = []
    magic = shell = asked = skipping = going_on = False
    for line in lines:
        if _MARK.match(line):
            skipping = False
        cell = _CELL_MAGIC.match(line)
        if cell and not skipping:
            magic = True
            skipping = cell.group(1) not in PYTHON_CELLS
            out.append(f"# {line.strip()}")
        elif skipping or going_on:
            out.append(f"# {line}".rstrip())
            going_on = going_on and line.rstrip().endswith("\\")
        elif _MAGIC.match(line) and not _continues(out):
            magic = True
            out.append(_timed(line))
        elif _SHELL.match(line) or _ASSIGNED.match(line):
            shell = True
            out.append(_commented(line))
            going_on = line.rstrip().endswith("\\")
        elif _HELP.match(line) and not _continues(out):
            asked = True
            out.append(_commented(line))
        else:
            out.append(line)
    return out, magic, shell, asked


def _timed(line: str) -> str:
    """``%time f()`` still runs f(); any other command is left as a comment."""
    match = re.match(r"^(\s*)%(?:time|prun)\s+(\S.*)$", line)
    return match.group(1) + match.group(2) if match else _commented(line)


def _commented(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    # Inside a block something must stand where the command stood.
    return f"{indent}pass  # {line.strip()}" if indent else f"# {line.strip()}"


def _continues(before: list[str]) -> bool:
    """Whether a line goes on with the expression before it: then its % is an operator."""
    text = "\n".join(before[-40:])
    last = before[-1].rstrip() if before else ""
    return last.endswith(("\\", ",", "(", "[", "{")) or text.count("(") > text.count(")")


def shown(tree: ast.Module, source: str) -> list[ast.stmt]:
    """The statements whose value a notebook would show: the last one of each cell, if it is an expression.

    Cells are told by ``# %%`` and ``# In[1]:`` lines; a text without them is one cell. A semicolon at the end keeps the
    value back. A script (with ``if __name__ == "__main__"``) shows nothing.
    """
    lines = NEWLINE.split(source)
    marks = [number for number, line in enumerate(lines, 1) if _MARK.match(line)]
    if not marks and any(_is_main(statement) for statement in tree.body):
        return []
    out: list[ast.stmt] = []
    for place, statement in enumerate(tree.body):
        last = place + 1 == len(tree.body)
        if not last:
            following = tree.body[place + 1].lineno
            last = any((statement.end_lineno or 0) < mark <= following for mark in marks)
        if last and isinstance(statement, ast.Expr) and not _is_text(statement.value):
            rest = lines[(statement.end_lineno or 1) - 1].encode()[statement.end_col_offset or 0 :].decode()
            if not rest.lstrip().startswith(";"):
                out.append(statement)
    return out


def _is_main(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in ast.dump(statement.test)


def _is_text(value: ast.expr) -> bool:
    """A docstring or a text that comments something out."""
    return isinstance(value, ast.Constant) and (isinstance(value.value, str) or value.value is Ellipsis)
