"""Tensors as text, letter by letter as torch prints them.

The rules (which of fixed, whole-number and scientific form; widths; wrapping; summarising) are those of
torch/_tensor_str.py.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.state import state

if TYPE_CHECKING:
    from engine.tensors import Tensor


@dataclass
class PrintOptions:
    """torch.set_printoptions' settings."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES = {
    "default": PrintOptions(),
    "short": PrintOptions(precision=2, edgeitems=2),
    "full": PrintOptions(threshold=math.inf),
}


def options() -> PrintOptions:
    """The options of the run."""
    if state.print_options is None:
        state.print_options = PrintOptions()
    return state.print_options


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Sets how tensors are printed; sci_mode is reset unless given, as in torch."""
    now = options()
    if profile in PROFILES:
        now = replace(PROFILES[profile])
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    changes: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
    state.print_options = replace(now, **changes, sci_mode=sci_mode)


def get_printoptions() -> dict[str, Any]:
    return asdict(options())


@contextmanager
def printoptions(**changes: Any) -> Iterator[None]:
    """set_printoptions for a block."""
    before = options()
    set_printoptions(**changes)
    try:
        yield
    finally:
        state.print_options = before


class Formatter:
    """The common form of all numbers of one tensor: how each is written, and how wide they are."""

    def __init__(self, values: np.ndarray[Any, Any], o: PrintOptions) -> None:
        self.floating = values.dtype.kind == "f"
        self.precision = o.precision
        self.whole = True
        self.scientific = False
        self.width = 1
        flat = values.reshape(-1)
        if not self.floating:
            self.width = max((len(str(v)) for v in flat.tolist()), default=1)
            return
        finite = flat[np.isfinite(flat) & (flat != 0)].astype(np.float64)
        if finite.size == 0:
            return
        sizes = np.abs(finite)
        low, high = float(sizes.min()), float(sizes.max())
        self.whole = bool(np.all(finite == np.ceil(finite)))
        self.scientific = (
            (high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4) if o.sci_mode is None else bool(o.sci_mode)
        )
        numbers = finite.tolist()
        if self.scientific:
            self.width = max(len(f"{v:.{o.precision}e}") for v in numbers)
        elif self.whole:
            self.width = max(len(f"{v:.0f}") for v in numbers) + 1
        else:
            self.width = max(len(f"{v:.{o.precision}f}") for v in numbers)

    def text(self, value: Any) -> str:
        if not self.floating:
            return str(value).rjust(self.width)
        if self.scientific:
            return f"{value:{self.width}.{self.precision}e}".rjust(self.width)
        if self.whole:
            out = f"{value:.0f}" + ("." if math.isfinite(value) else "")
        else:
            out = f"{value:.{self.precision}f}"
        return out.rjust(self.width)


def _vector(values: np.ndarray[Any, Any], indent: int, summarise: bool, f: Formatter, o: PrintOptions) -> str:
    per_line = max(1, math.floor((o.linewidth - indent) / (f.width + 2)))
    items = values.tolist()
    edge = o.edgeitems
    if summarise and not edge:
        cells = ["..."]
    elif summarise and len(items) > 2 * edge:
        cells = [f.text(v) for v in items[:edge]] + [" ..."] + [f.text(v) for v in items[-edge:]]
    else:
        cells = [f.text(v) for v in items]
    lines = [", ".join(cells[i : i + per_line]) for i in range(0, len(cells), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _nested(values: np.ndarray[Any, Any], indent: int, summarise: bool, f: Formatter, o: PrintOptions) -> str:
    if values.ndim == 0:
        return f.text(values.item())
    if values.ndim == 1:
        return _vector(values, indent, summarise, f, o)
    edge = o.edgeitems
    if summarise and values.shape[0] > 2 * edge:
        rows = [_nested(v, indent + 1, summarise, f, o) for v in values[:edge]]
        rows.append("...")
        rows += [_nested(v, indent + 1, summarise, f, o) for v in values[-edge:]] if edge else []
    else:
        rows = [_nested(v, indent + 1, summarise, f, o) for v in values]
    return "[" + ("," + "\n" * (values.ndim - 1) + " " * (indent + 1)).join(rows) + "]"


def _corners(values: np.ndarray[Any, Any], edge: int) -> np.ndarray[Any, Any]:
    """The part of the data that a summary shows: it alone decides the form."""
    for axis in range(values.ndim):
        n = values.shape[axis]
        if n > 2 * edge:
            keep = np.r_[0:edge, n - edge : n] if edge else np.arange(0)
            values = np.take(values, keep, axis=axis)
    return values


def contents(data: Any, indent: int = 0) -> str:
    """The bracketed numbers of an array or numpy scalar."""
    values = np.asarray(data)
    o = options()
    if values.size == 0:
        return "[]" if values.ndim else ""
    summarise = values.size > o.threshold
    shown = _corners(values, o.edgeitems) if summarise else values
    return _nested(values, indent, summarise, Formatter(shown, o), o)


def _with_suffixes(text: str, suffixes: list[str], indent: int, linewidth: int) -> str:
    out = [text]
    last = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if last + len(suffix) + 2 > linewidth:
            out.append(",\n" + " " * indent + suffix)
            last = indent + len(suffix)
        else:
            out.append(", " + suffix)
            last += len(suffix) + 2
    return "".join(out) + ")"


def data_text(data: Any, suffixes: list[str], prefix: str = "tensor(") -> str:
    """``tensor(...)`` around data, with size and dtype where torch names them."""
    values = np.asarray(data)
    suffixes = list(suffixes)
    indent = len(prefix)
    kind = values.dtype
    default = state.default_dtype.numpy
    named = kind not in (default, np.dtype(np.int64), np.dtype(bool))
    if values.size == 0:
        if values.ndim != 1:
            suffixes.insert(0, f"size={tuple(values.shape)}")
        if kind != default:
            suffixes.insert(1 if values.ndim != 1 else 0, f"dtype={_dtype_text(kind)}")
        return _with_suffixes(prefix + "[]", suffixes, indent, options().linewidth)
    if named:
        suffixes.insert(0, f"dtype={_dtype_text(kind)}")
    return _with_suffixes(prefix + contents(values, indent), suffixes, indent, options().linewidth)


def _dtype_text(kind: np.dtype[Any]) -> str:
    from engine.dtypes import FROM_NUMPY

    return repr(FROM_NUMPY[kind])


def tensor_text(t: Tensor) -> str:
    """``repr(t)``."""
    suffixes = []
    try:
        name = "" if t.grad_fn is None else type(t.grad_fn).__name__
    except RuntimeError:
        name = "Invalid"  # a view that was edited where nothing was tracked has no history to show
    if name:
        suffixes.append(f"grad_fn=<{name}>")
    elif t.requires_grad:
        suffixes.append("requires_grad=True")
    return data_text(t._data, suffixes)


def indented(text: str, spaces: int) -> str:
    """``text`` with all lines but the first moved in."""
    head, *rest = text.split("\n")
    return "\n".join([head, *(textwrap.indent(line, " " * spaces) for line in rest)])


Printer = Callable[[Any], str]
