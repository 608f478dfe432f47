"""Numbers as they are typed: one, or lists of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.edit import Refused


def read_numbers(text: str) -> str | Refused:
    """A number or nested lists of numbers, on one line. Refused where a text is anything else, saying what of it."""
    text = text.strip()
    if not text:
        return Refused("There is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0].")
    try:
        data = ast.parse(text, mode="eval").body
        list(numbers_in(data))
    except SyntaxError:
        return Refused(f"“{text}” is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0].")
    except ValueError as error:
        return Refused(f"“{error}” is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0].")
    plain = ast.get_source_segment(text, data) or ""
    return plain if "\n" not in plain else ast.unparse(data)


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
