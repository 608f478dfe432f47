"""Formatting under guard: no attributes that the policy hides, no width that fills the memory."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.program.access import Access

WIDEST = 10_000
_DIGITS = re.compile(r"\d+")


def check_spec(spec: str) -> str:
    """A format spec; ValueError if it asks for a width or precision beyond reason."""
    for number in _DIGITS.findall(spec):
        if len(number) > 6 or int(number) > WIDEST:
            raise ValueError(f"format width {number} is more than {WIDEST}")
    return spec


def formatted(value: Any, conversion: int, spec: str) -> str:
    """What an f-string does with ``{value!r:spec}``; ``conversion`` is ast's code."""
    if conversion == ord("r"):
        value = repr(value)
    elif conversion == ord("s"):
        value = str(value)
    elif conversion == ord("a"):
        value = ascii(value)
    return format(value, check_spec(spec))


class GuardedFormatter(string.Formatter):
    """str.format whose field names go through the program's guards."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def vformat(self, format_string: str, args: Any, kwargs: Any) -> str:
        try:
            return super().vformat(format_string, args, kwargs)
        except ValueError as error:
            first = next((name for _, name, *_ in self.parse(format_string) if name is not None), None)
            if first or not str(error).startswith("cannot switch"):
                raise
            # string.Formatter has one text for both ways.
            raise ValueError("cannot switch from automatic field numbering to manual field specification") from None

    def get_value(self, key: Any, args: Any, kwargs: Any) -> Any:
        if isinstance(key, int) and key >= len(args):
            raise IndexError(f"Replacement index {key} out of range for positional args tuple")
        return super().get_value(key, args, kwargs)

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        # string.Formatter offers no public way to look a name up differently.
        first, rest = _string_split(field_name)
        value = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            value = self._access.get(value, key) if is_attribute else value[key]
        return value, first

    def format_field(self, value: Any, format_spec: str) -> str:
        return format(value, check_spec(format_spec))


def _string_split(name: str) -> tuple[int | str, list[tuple[bool, Any]]]:
    """``a.b[0]`` as its first part and the steps after it."""
    match = re.match(r"[^.\[]*", name)
    first = match.group() if match else ""
    steps: list[tuple[bool, Any]] = []
    for attribute, item in re.findall(r"\.([^.\[]+)|\[([^\]]+)\]", name[len(first) :]):
        steps.append((True, attribute) if attribute else (False, int(item) if item.isdigit() else item))
    return (int(first) if first.isdigit() else first), steps


def percent(text: str | bytes, values: Any) -> str | bytes:
    """``text % values`` with the widths checked, also those given as ``*``."""
    form = text.decode("latin-1") if isinstance(text, bytes) else text
    check_spec("".join(re.findall(r"%[^a-zA-Z%]*", form)))
    parts = values if isinstance(values, tuple) else (values,)
    if "*" in form:
        for part in parts:
            if isinstance(part, int):
                check_spec(str(abs(part)))
    out: str | bytes = text % values
    return out
