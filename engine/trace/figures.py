"""What a program has drawn with matplotlib: figures as data, so that any screen can draw them.

A figure is a grid of axes; axes hold artists in the order in which they were drawn. Numbers are Values (float64,
one dimension unless said otherwise). Colours are what the program wrote (``"red"``, ``"C1"``, ``"#ff0000"``, ``"r"``,
or RGB(A) numbers from 0 to 1 as a list); ``""`` means: the next one of the cycle.
"""

from __future__ import annotations

import msgspec

from engine.trace.values import Value


class Artist(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing drawn. What its fields mean depends on ``kind``:

    - ``line``: a line through (x, y); ``style`` is ``-``, ``--``, ``-.``, ``:`` or empty (none), ``marker`` as in
      matplotlib.
    - ``scatter``: points (x, y); ``values`` colours them by a map if given; ``sizes`` are areas in points².
    - ``bar``: bars of height y at x, ``width`` wide, from ``base``. ``barh``: of length x at y, ``width`` thick.
    - ``hist``: bars of height y between the edges x (one more than y).
    - ``image``: ``values`` has rows × columns, or rows × columns × 3 or 4; ``x`` and ``y``, if given, are its edges.
    - ``fill``: the area between y and ``base`` over x.
    - ``hline``, ``vline``: a line across the axes at y or x.
    - ``errorbar``: points (x, y) with ``sizes`` as the half lengths.
    - ``contour``, ``filled contour``, ``surface``: ``values`` has rows × columns over x and y.
    - ``arrow``: from (x, y) by ``values`` (two rows).
    - ``text``: ``label`` stands at (x, y).
    - ``line 3d``, ``scatter 3d``: (x, y, values).
    """

    kind: str
    x: Value | None = None
    y: Value | None = None
    values: Value | None = None
    base: Value | None = None
    sizes: Value | None = None
    label: str = ""
    colour: str | list[float] = ""
    style: str = "-"
    marker: str = ""
    width: float | None = None
    alpha: float | None = None
    map: str = ""


class Axes(msgspec.Struct, frozen=True, omit_defaults=True):
    """One coordinate system, in cell ``row``, ``column`` of the figure's grid (from 0)."""

    row: int = 0
    column: int = 0
    artists: list[Artist] = []
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    z_label: str = ""
    x_scale: str = "linear"
    """``linear``, ``log`` or ``symlog``."""
    y_scale: str = "linear"
    x_limits: tuple[float | None, float | None] | None = None
    y_limits: tuple[float | None, float | None] | None = None
    x_ticks: list[float] | None = None
    y_ticks: list[float] | None = None
    x_names: list[str] = []
    """Texts at the ticks, if the program gave any; also the categories of a bar chart."""
    y_names: list[str] = []
    legend: bool = False
    grid: bool = False
    equal: bool = False
    """Whether a unit is as long in x as in y."""
    visible: bool = True
    """Whether frame and ticks are drawn (``axis("off")``)."""
    twin: bool = False
    """Whether it lies over the axes before it, with a scale of its own on the right (``twinx``)."""


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """A figure at the moment when it was shown. ``number`` is matplotlib's, from 1."""

    number: int
    rows: int = 1
    columns: int = 1
    axes: list[Axes] = []
    title: str = ""
    size: tuple[float, float] = (6.4, 4.8)
    """Width and height that the program asked for, in inches."""
