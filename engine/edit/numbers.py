"""Numbers as they are typed: one, or lists of them."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator

from engine.edit import Refused
from engine.edit.words import cut

NOTHING = "There is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0]."
ADVICE = "Write one, such as 1.0, or a list, such as [1.0, 2.0]."
SPACED = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?:\s+[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)+", re.I)
"""Several numbers with nothing but spaces between them."""


def read_numbers(text: str) -> str | Refused:
    """A number or nested lists of numbers, on one line; numbers with spaces between them are a list.

    Refused where a text is anything else, or infinite, saying what of it.
    """
    text = text.strip()
    if not text:
        return Refused(NOTHING)
    if SPACED.fullmatch(text):
        text = f"[{', '.join(text.split())}]"
    try:
        data = ast.parse(text, mode="eval").body
        found = list(numbers_in(data))
    except SyntaxError:
        return Refused(f"“{text}” is no number. {ADVICE}")
    except ValueError as error:
        worth = _worth(ast.parse(str(error), mode="eval").body)
        advice = ADVICE if worth is None else f"Write {worth:.3g}."
        return Refused(f"“{error}” is no number. {advice}")
    if not found:
        return Refused(NOTHING)
    endless = next((ast.get_source_segment(text, n) for n in found if _is_infinite(n)), None)
    if endless is not None:
        return Refused(f"{cut(endless)} is infinite: no float is that large. Write a smaller number.")
    written = _written(text, data)
    if isinstance(data, ast.Tuple) and data.end_col_offset == data.elts[-1].end_col_offset:
        point = re.fullmatch(r"([+-]?\d+)\s*,\s*(\d+)", text)
        if point is None:
            return Refused(f"Several numbers are a list: write {cut(written)}.")
        return Refused(f"Write {point[1]}.{point[2]} with a point; two numbers are {as_floats(written)}.")
    return written


def _written(text: str, data: ast.expr) -> str:
    """Numbers that stand in a text, in lists with a space after each comma."""
    if isinstance(data, ast.List | ast.Tuple):
        return f"[{', '.join(_written(text, item) for item in data.elts)}]"
    return (ast.get_source_segment(text, data) or "").replace("\n", " ")


def _is_infinite(number: ast.expr) -> bool:
    try:
        return math.isinf(float(ast.literal_eval(number)))
    except OverflowError:
        return True


def _worth(node: ast.expr) -> float | None:
    """What a fraction of two numbers comes to; None if it is something else."""
    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            try:
                return float(ast.literal_eval(left) / ast.literal_eval(right))
            except (ArithmeticError, TypeError, ValueError):
                return None
    return None


def numbers_in(data: ast.expr) -> Iterator[ast.expr]:
    """The numbers of nested lists, with their signs, in order. Raises ValueError with the text of what is none."""
    match data:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            for item in items:
                yield from numbers_in(item)
        case ast.Constant(value=bool() | int() | float()):
            yield data
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float() as value)) if (
            not isinstance(value, bool)
        ):
            yield data
        case _:
            raise ValueError(ast.unparse(data))


def as_floats(text: str) -> str:
    """Numbers that are all whole, with a point behind each, so that torch makes floats of them; others as they are."""
    found = list(numbers_in(ast.parse(text, mode="eval").body))
    bare = [n.operand if isinstance(n, ast.UnaryOp) else n for n in found]
    whole = [n for n in bare if isinstance(n, ast.Constant) and type(n.value) is int]
    if len(whole) < len(found):
        return text
    for node in reversed(whole):
        assert node.end_col_offset is not None
        digits = text[node.col_offset : node.end_col_offset]
        written = f"{digits}.0" if digits.replace("_", "").isdigit() else f"{float(ast.literal_eval(node))}"
        text = text[: node.col_offset] + written + text[node.end_col_offset :]
    return text
