"""Text that is no Python: repairs are tried, and the first that Python accepts was probably meant."""

from __future__ import annotations

import ast
import difflib
import keyword
import re
from collections.abc import Iterator
from itertools import islice

from engine.explain.advice.model import Advice
from engine.explain.advice.past import Past
from engine.trace import events as ev

WIDE = str.maketrans("，。：；（）【】“”‘’！＝＋－＊／＜＞", ",.:;()[]\"\"''!=+-*/<>")
"""Signs as Chinese keyboards write them."""
CLOSING = {"(": ")", "[": "]", "{": "}"}
ENDLESS = 1 << 30
MOST_TRIED = 50_000
"""Characters that are parsed to try repairs: half-typed programs are met at every pause in typing."""

Repair = tuple[str, str, str]
"""(the line as it could be, why it is none now, what to do)."""


def no_python(past: Past, failed: ev.Failed) -> Advice | None:
    """A SyntaxError, IndentationError or TabError with a small repair that helps."""
    lines = past.source.text.split("\n")
    if not 0 < failed.line <= len(lines):
        return None
    before = _error_line(lines)
    tries = max(1, MOST_TRIED // (len(past.source.text) + 1))
    for number in _suspects(failed, lines):
        for line, why, todo in islice(_repairs(failed.message, lines, number), tries):
            tried = [*lines[: number - 1], *line.split("\n"), *lines[number:]]
            if _error_line(tried) > max(before, number + line.count("\n")):
                return Advice("syntax", "This is not Python yet", why, todo, _shown(line), failed.span)
    return _alone(past, failed, lines[failed.line - 1])


OPENERS = {
    "else": "an if, for, while or try",
    "elif": "an if",
    "except": "a try",
    "finally": "a try",
}


def _alone(past: Past, failed: ev.Failed, line: str) -> Advice | None:
    """``else:`` without what it belongs to."""
    found = re.match(r"\s*(else|elif|except|finally)\b", line)
    if found is None or failed.message != "invalid syntax":
        return None
    why = (
        f"{found[1]} goes on with {OPENERS[found[1]]}: it stands right below the block of that, in the same column. No "
        "such block ends above this line."
    )
    todo = f"Put it in the column of its {OPENERS[found[1]].removeprefix('an ').removeprefix('a ')}, or leave it out."
    return Advice("syntax", f"{found[1]} stands alone", why, todo, "", failed.span)


def _suspects(failed: ev.Failed, lines: list[str]) -> list[int]:
    """The line that Python names, and the last one before it that says something."""
    above = next((n for n in range(failed.line - 1, 0, -1) if lines[n - 1].strip()), 0)
    return [failed.line, above] if above else [failed.line]


def _error_line(lines: list[str]) -> int:
    """The line of the first error of syntax; larger than all if there is none."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return 1
    return ENDLESS


def _shown(line: str) -> str:
    first = line.split("\n")[0]
    return line if line[:1] == " " and "\n" not in line and not first.strip() else line.strip("\n").rstrip()


def _repairs(message: str, lines: list[str], number: int) -> Iterator[Repair]:
    line = lines[number - 1]
    code = line.split("#")[0].rstrip()
    yield from _indentation(message, lines, number)
    wide = line.translate(WIDE)
    if wide != line:
        sign = next(a for a, b in zip(line, wide, strict=True) if a != b)
        yield wide, f"{sign} is a full-width sign; Python knows only the narrow one.", "Write it in ASCII:"
    if "\u00a0" in line:
        yield line.replace("\u00a0", " "), "The line has a space that is none (U+00A0).", "Type it anew:"
    if code.startswith((">>>", "...")):
        yield re.sub(r"^(>>>|\.\.\.) ?", "", line), "The prompt was copied, too.", "Leave it out:"
    if re.match(r"\s*(if|elif|else|for|while|def|class|with|try|except|finally)\b", code) and not code.endswith(":"):
        yield f"{code}:", "A line that opens a block ends with a colon.", "Add it:"
    printed = re.match(r"(\s*)print\s+(.+)$", code)
    if printed:
        yield f"{printed[1]}print({printed[2]})", "print is a function since Python 3.", "Put its argument in brackets:"
    yield from _words(line)
    yield from _assignments(code)
    yield from _operators(line, code)
    yield from _brackets(line, code)
    for quote in ("'", '"'):
        if code.count(quote) % 2:
            for at in (len(code), *(m.start() for m in re.finditer(r"[),\]]", code))):
                yield code[:at] + quote + code[at:], "A text is not closed.", "Close it:"


def _indentation(message: str, lines: list[str], number: int) -> Iterator[Repair]:
    line = lines[number - 1]
    indent = line[: len(line) - len(line.lstrip())]
    if "expected an indented block" in message:
        opens = re.search(r"after (.+) on line (\d+)", message)
        what = f"{opens[1]} on line {opens[2]}" if opens else "the line before"
        yield f"    {line}", f"{what} opens a block, and a block must be indented.", "Indent the line by four spaces:"
    if "indent" in message:
        above = [text for text in lines[: number - 1] if text.strip()]
        for like in dict.fromkeys(text[: len(text) - len(text.lstrip())] for text in reversed(above[-6:])):
            if like != indent:
                spaces = f"{len(indent)} space{'' if len(indent) == 1 else 's'}"
                yield (
                    like + line.lstrip(),
                    f"The line is indented by {spaces}, which fits no block around it.",
                    f"Indent it by {len(like)}:" if like else "Begin it at the left edge:",
                )


def _words(line: str) -> Iterator[Repair]:
    """Misspelt keywords: ``fro i in range(3):``, ``retrun x``."""
    for found in re.finditer(r"[A-Za-z_]+", line.split("#")[0]):
        word = found[0]
        if keyword.iskeyword(word):
            continue
        near = difflib.get_close_matches(word, keyword.kwlist, 2, 0.6)
        for meant in near:
            yield (
                line[: found.start()] + meant + line[found.end() :],
                f"{word} is no word of Python; it is spelt {meant}.",
                "Change it:",
            )


def _assignments(code: str) -> Iterator[Repair]:
    """``w = 1, x = 2`` on one line; ``3 = x``."""
    parts = re.split(r",\s*(?=[A-Za-z_]\w*\s*=(?!=))", code)
    if len(parts) > 1 and all(re.match(r"\s*[A-Za-z_]\w*\s*=(?!=)", part) for part in parts):
        indent = code[: len(code) - len(code.lstrip())]
        yield (
            f"\n{indent}".join([parts[0], *parts[1:]]),
            "A comma makes a tuple; it does not end one assignment and begin the next.",
            "Give each name a line:",
        )
    turned = re.match(r"(\s*)([^=]+?)\s*=\s*([A-Za-z_]\w*)$", code)
    if turned and not re.match(r"(if|elif|while|assert|return)\b", turned[2]):
        yield (
            f"{turned[1]}{turned[3]} = {turned[2]}",
            "Left of = stands the name, right of it the value that it gets.",
            "Turn it round:",
        )


def _operators(line: str, code: str) -> Iterator[Repair]:
    asks = re.search(r"\b(if|elif|while|assert|return|not|and|or)\b", code)
    for found in re.finditer(r"(?<![=!<>:+\-*/%|&^])=(?!=)", code):
        before = code[: found.start()]
        if not asks and before.count("(") <= before.count(")"):
            continue  # a comparison as a line of its own is never what was meant
        yield (
            f"{line[: found.start()]}=={line[found.end() :]}",
            "= gives a name its value; == asks whether two are equal.",
            "Write ==:",
        )
    for found in re.finditer(r"(?<![\w.])(\d+\.?\d*)([A-Za-z_(])", code):
        yield (
            f"{line[: found.end(1)]} * {line[found.start(2) :]}",
            f"{found[1]}{found[2]}… is no product in Python.",
            "Write the sign of multiplication:",
        )
    for old, new in (("++", "+= 1"), ("--", "-= 1")):
        if code.rstrip().endswith(old):
            yield f"{code.rstrip()[:-2].rstrip()} {new}", f"Python has no {old}.", "Write:"


def _brackets(line: str, code: str) -> Iterator[Repair]:
    """A bracket too few or too many, or a comma too few, on this line."""
    open_ones: list[str] = []
    for sign in code:
        if sign in CLOSING:
            open_ones.append(CLOSING[sign])
        elif sign in CLOSING.values():
            if not open_ones or open_ones.pop() != sign:
                at = code.rfind(sign)
                yield code[:at] + code[at + 1 :], f"{sign} closes nothing.", "Leave it out:"
                return
    if open_ones:
        missing = "".join(reversed(open_ones))
        said = f"{missing} is missing" if len(missing) == 1 else f"{missing} are missing"
        tail = ":" if code.endswith(":") else ""
        yield code.removesuffix(":") + missing + tail, f"{said}: a bracket that opens must be closed.", "Close it:"
    for found in re.finditer(r"(?<=[\w\])'\"]) +(?=[\w\[('\"])", code):
        yield (
            f"{line[: found.start()]}, {line[found.end() :]}",
            "Two expressions stand side by side with nothing between them.",
            "Put a comma between them:",
        )
