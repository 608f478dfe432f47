"""Numbers from a table (CSV) as data of a program."""

from __future__ import annotations

import ast
import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.edit import TextEdit
from engine.edit.pieces import with_brackets
from engine.edit.syntax import Syntax
from engine.trace.events import Span

MOST_ROWS = 2_000
"""Rows that a program can hold as text and still be read."""
FIRST = 20_000
"""Characters in which the separator is sought."""
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "?", "-"))


class BadTable(ValueError):
    """The text is no table of numbers; the message says where, with the row's number in the file."""


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` are the cells as text, without the heading; ``numbers`` where each of them stands in the file."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]


def read_table(text: str) -> Table:
    """A table separated by commas, semicolons, tabs or blanks, with or without a heading.

    Raises BadTable if it is empty or its rows are of different length.
    """
    text = text.removeprefix("\ufeff")
    before = 0
    if text[:4].lower() == "sep=":
        # What spreadsheets write for each other.
        text, before = text.partition("\n")[2], 1
    first = [line for line in text[:FIRST].splitlines() if line.strip()][:50]
    if not first:
        raise BadTable("There is nothing in it.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(first), skipinitialspace=True)
    cells: list[tuple[int, tuple[str, ...]]] = []
    for found in _read(reader):
        row = tuple(cell.strip() for cell in found)
        number = reader.line_num + before
        if not any(row):
            continue
        if cells and len(row) != len(cells[0][1]):
            raise BadTable(f"Row {number} has {len(row)} cells, the first one {len(cells[0][1])}.")
        cells.append((number, row))
    head = cells[0][1]
    titled = any(_number(cell) is None and cell.lower() not in MISSING for cell in head)
    columns = head if titled else tuple(f"column {i + 1}" for i in range(len(head)))
    body = cells[1:] if titled else cells
    if not body:
        raise BadTable("There is a heading and nothing under it.")
    return Table(columns, tuple(row for _, row in body), tuple(number for number, _ in body))


def _read(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise BadTable(f"It is no table: {error}.") from None


def _delimiter(lines: Sequence[str]) -> str:
    """What stands equally often in every line; a comma may be a decimal one, so it comes late."""
    for delimiter in ("\t", ";", "|", ",", " "):
        counts = {line.count(delimiter) for line in lines}
        if len(counts) == 1 and counts != {0}:
            return delimiter
    return ","


def numeric(table: Table) -> list[int]:
    """The columns in which at least one cell is a number."""
    return [i for i in range(len(table.columns)) if any(_number(row[i]) is not None for row in table.rows)]


def column(table: Table, index: int) -> list[float]:
    """One column as numbers. Raises BadTable for a missing value or a word, with its row."""
    out = []
    for number, row in zip(table.numbers, table.rows, strict=True):
        value = _number(row[index])
        if value is None or not math.isfinite(value):
            said = f"“{row[index]}” is no number" if row[index].lower() not in MISSING else "the value is missing"
            raise BadTable(f"Row {number}, {table.columns[index]}: {said}. Fill it in, or leave the row out.")
        out.append(value)
    return out


def with_data(source: str, inputs: Sequence[Sequence[float]], target: Sequence[float]) -> list[TextEdit]:
    """The edits that make columns the data of a program: its ``x`` and ``y``.

    Each becomes one ``torch.tensor`` of shape (N, columns). Where a program has no such names they are put in after
    its imports. Raises BadTable for too many rows.
    """
    if len(target) > MOST_ROWS:
        raise BadTable(f"It has {len(target):,} rows; a program can hold {MOST_ROWS:,}. Take a part of them.")
    values = {"x": _tensor(list(zip(*inputs, strict=True))), "y": _tensor([(v,) for v in target])}
    syntax = Syntax(source)
    edits, after = [], 0
    for node in syntax.tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            after = syntax.lines(node).stop
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id.lower()
            if name in values:
                # Up to the statement's end: what is in brackets begins with them.
                span = Span(with_brackets(syntax, node.value).start, syntax.span(node).stop)
                edits.append(TextEdit(span, values.pop(name)))
    if values:
        text = "".join(f"{name} = {value}\n" for name, value in values.items())
        begun = "\n" if after and source[after - 1] != "\n" else ""
        edits.append(TextEdit(Span(after, after), begun + text if after else f"import torch\n{text}"))
    return edits


def thinned(count: int) -> int:
    """Every how manieth of so many rows a program can hold: 1 for all of them."""
    return max(1, math.ceil(count / MOST_ROWS))


def _tensor(rows: Sequence[Sequence[float]]) -> str:
    body = ", ".join(f"[{', '.join(_literal(v) for v in row)}]" for row in rows)
    return f"torch.tensor([{body}])"


def _literal(value: float) -> str:
    return f"{value:.6g}" if "." in f"{value:.6g}" or "e" in f"{value:.6g}" else f"{value:.6g}."


def _number(text: str) -> float | None:
    """A cell as a number; a comma may stand for the point."""
    for way in (text, text.replace(",", ".") if text.count(",") == 1 and "." not in text else text):
        try:
            return float(way)
        except ValueError:
            continue
    return None
