"""Names and numbers as LaTeX, in the subset that the formula renderer knows."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

from engine.explain.numbers import inline, number, shape_text
from engine.trace.values import Value

OPTIONAL = re.compile(r"<(\d)\|([^<>]*)>")
"""``<2| + {2}>`` in a form: what is there only if operand 2 was given."""
LONG_NAME = 24
FEW = 4
"""Elements of a tensor whose numbers stand in a product."""


def name(text: str) -> str:
    """A program's name: one letter in italics, longer ones upright."""
    if len(text) > LONG_NAME:
        text = text[: LONG_NAME - 1] + "…"
    if re.fullmatch(r"[A-Za-z]", text):
        return text
    match = re.fullmatch(r"([A-Za-z])_?(\d+)", text)
    if match:
        return f"{match.group(1)}_{{{match.group(2)}}}"
    return rf"\mathrm{{{escape(text)}}}"


def escape(text: str) -> str:
    """Text inside \\mathrm: special characters made harmless."""
    return re.sub(r"([_#$%&{}])", r"\\\1", text.replace("\\", "")).replace(" ", r"\,").replace("ᵀ", r"^\top")


def partial(top: str, bottom: str) -> str:
    """∂top/∂bottom on one line; both are LaTeX already."""
    return rf"\partial {top}/\partial {bottom}"


def value(v: Value) -> str:
    return plain(inline(v))


def short(v: Value) -> str:
    """A value as a part of a formula: its numbers if they are few, else its shape."""
    return plain(inline(v) if v.size <= FEW else shape_text(v.shape))


def plain(text: str) -> str:
    """Numbers and brackets as they are: ``[2.0, 4.0]``."""
    text = re.sub(r"(-?\d(?:\.\d+)?)e(-?\d+)", r"\1 \\cdot 10^{\2}", text)
    text = text.replace("×", r"\times ").replace("…", r"\ldots ").replace(", ", r",\,")
    return re.sub(r"\] (?=[-\dni])", r"]\\; ", text)


def factor(text: str) -> str:
    """Something that stands after a sign of multiplication: a negative number in brackets."""
    return f"({text})" if text.startswith("-") else text


class _Params(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return rf"\mathrm{{{key}}}"


def fill(template: str, operands: list[str], out: str, g: str, params: dict[str, Any]) -> str:
    """An OpSpec's LaTeX with its operands, its result, the arriving gradient and its params put in."""
    fields = _Params({k: _param(v) for k, v in params.items()})
    fields.update(out=out, g=g)
    padded = [*operands, *[r"\cdot"] * 4]
    if params.get("reduction") in ("sum", "none"):
        template = _unreduced(template, params["reduction"])
    template = OPTIONAL.sub(lambda match: match[2] if padded[int(match[1])] != r"\cdot" else "", template)
    for i, operand in enumerate(operands):
        # An index of an index, or a power of a power, needs braces.
        for sign in "_^":
            if sign in operand:
                template = template.replace(f"{{{i}}}{sign}", f"{{{{{{{i}}}}}}}{sign}")
    text = Formatter().vformat(template, padded, fields).replace("+ -", "- ")
    text = re.sub(r"\^\{(-?[\d.]+)-1\}", _one_less, text)
    return text.removeprefix(r"1\,") if g == "1" else text


def _unreduced(template: str, reduction: str) -> str:
    """The form of a loss that is not averaged, or not even summed."""
    template = (
        template.replace(r"\frac{{{g}}}{{n}}", "{g}")
        .replace(r"\frac{{1}}{{n}} ", "")
        .replace(r"\,\frac{{2}}{{n}}", r" \cdot 2\,")
    )
    return re.sub(r"\\sum(_i)? ", "", template) if reduction == "none" else template


def _one_less(match: re.Match[str]) -> str:
    """``^{3-1}`` worked out; an exponent of 1 is not written."""
    n = float(match.group(1)) - 1
    return "" if n == 1 else rf"^{{{number(int(n) if n == int(n) else n)}}}"


def _param(v: Any) -> str:
    if isinstance(v, bool) or v is None:
        return rf"\mathrm{{{v}}}"
    if isinstance(v, (int, float)):
        text = number(v)
        return text.removesuffix(".0") if isinstance(v, float) else text
    if isinstance(v, list):
        parts = [_param(x) for x in v[:FEW]]
        return ", ".join([*parts, r"\ldots"] if len(v) > FEW else parts)
    return rf"\mathrm{{{escape(str(v))}}}"
