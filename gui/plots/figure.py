"""Drawing a program's figure: each of matplotlib's artists as one of pyqtgraph's items."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QTransform

from engine.trace.figures import Artist, Axes, Figure
from engine.trace.values import Value
from gui.base import fonts
from gui.base.theme import Theme
from gui.plots.colours import colour

STYLES = {
    "-": Qt.PenStyle.SolidLine,
    "--": Qt.PenStyle.DashLine,
    "-.": Qt.PenStyle.DashDotLine,
    ":": Qt.PenStyle.DotLine,
}
MARKERS = {
    "o": "o",
    ".": "o",
    ",": "o",
    "s": "s",
    "^": "t1",
    "v": "t",
    "x": "x",
    "+": "+",
    "*": "star",
    "D": "d",
    "d": "d",
}
MAPS = {"gray": "gray", "grey": "gray", "binary": "gray"}
LEVELS = 8
"""Lines of a contour plot."""
DEPTH = (math.cos(math.pi / 6) * 0.7, 0.35)
"""Where the third axis goes, across and up."""

Array = np.ndarray[Any, Any]


def draw(widget: pg.GraphicsLayoutWidget, figure: Figure, theme: Theme) -> None:
    """Draw a figure into an empty layout."""
    widget.setBackground(theme.panel)
    row = 0
    if figure.title:
        widget.addLabel(figure.title, 0, 0, 1, max(1, figure.columns), color=theme.text.name(), size="11pt", bold=True)
        row = 1
    last: pg.PlotItem | None = None
    for axes in figure.axes:
        if axes.twin and last is not None:
            _twin(last, axes, theme)
            continue
        last = widget.addPlot(row + axes.row, axes.column)
        _frame(last, axes, theme)
        _fill(last.addItem, axes, theme, 0)
        _limits(last, axes)


def _frame(plot: pg.PlotItem, axes: Axes, theme: Theme) -> None:
    plot.hideButtons()
    plot.setMenuEnabled(False)
    if axes.title:
        plot.setTitle(axes.title, color=theme.text.name(), size="10pt")
    flat = any(a.kind.endswith("3d") or a.kind == "surface" for a in axes.artists)
    for side, label, ticks, names in (
        ("bottom", axes.x_label, axes.x_ticks, axes.x_names),
        ("left", axes.y_label, axes.y_ticks, axes.y_names),
    ):
        axis = plot.getAxis(side)
        axis.setPen(pg.mkPen(theme.hairline))
        axis.setTextPen(theme.dim)
        axis.setStyle(tickFont=fonts.ui(10), tickLength=-4)
        if label:
            axis.setLabel(label, color=theme.dim.name())
        if ticks is not None and names:
            axis.setTicks([list(zip(ticks, names, strict=False))])
        elif names:
            axis.setTicks([list(enumerate(names))])
        elif ticks is not None:
            axis.setTicks([[(t, f"{t:g}") for t in ticks]])
        plot.showAxis(side, axes.visible and not flat)
    plot.setLogMode(x=axes.x_scale != "linear", y=axes.y_scale != "linear")
    plot.showGrid(x=axes.grid, y=axes.grid, alpha=0.25)
    image = next((a for a in axes.artists if a.kind == "image"), None)
    if axes.equal or image is not None:
        plot.setAspectLocked(True)
    if image is not None:
        plot.invertY(True)
    if axes.legend or any(a.label for a in axes.artists if a.kind != "text" and axes.legend):
        plot.addLegend(offset=(-10, 10), labelTextColor=theme.dim, brush=pg.mkBrush(theme.panel), pen=theme.hairline)


def _limits(plot: pg.PlotItem, axes: Axes) -> None:
    box = plot.getViewBox()
    box.updateAutoRange()
    (x0, x1), (y0, y1) = box.viewRange()
    if axes.x_limits is not None:
        low, high = axes.x_limits
        plot.setXRange(_shown(low, x0, axes.x_scale), _shown(high, x1, axes.x_scale), padding=0)
    if axes.y_limits is not None:
        low, high = axes.y_limits
        plot.setYRange(_shown(low, y0, axes.y_scale), _shown(high, y1, axes.y_scale), padding=0)


def _shown(limit: float | None, otherwise: float, scale: str) -> float:
    if limit is None or (scale != "linear" and limit <= 0):
        return otherwise
    return limit if scale == "linear" else math.log10(limit)


def _twin(plot: pg.PlotItem, axes: Axes, theme: Theme) -> None:
    """A second scale on the right of a plot."""
    box = pg.ViewBox(enableMenu=False)
    plot.showAxis("right")
    plot.scene().addItem(box)
    axis = plot.getAxis("right")
    axis.linkToView(box)
    axis.setPen(pg.mkPen(theme.hairline))
    axis.setTextPen(theme.dim)
    if axes.y_label:
        axis.setLabel(axes.y_label, color=theme.dim.name())
    box.setXLink(plot)
    _fill(box.addItem, axes, theme, 1)

    def follow() -> None:
        box.setGeometry(plot.getViewBox().sceneBoundingRect())

    plot.getViewBox().sigResized.connect(follow)
    follow()


def _fill(add: Callable[..., Any], axes: Axes, theme: Theme, first: int) -> None:
    number = first
    for artist in axes.artists:
        shade = colour(artist.colour, number, theme.panel, artist.alpha)
        if not artist.colour and artist.kind not in ("image", "text", "hline", "vline"):
            number += 1
        for item in _items(artist, shade, axes, theme):
            add(item)


def _data(value: Value | None) -> Array | None:
    array = None if value is None else value.array
    return None if array is None else np.asarray(array, np.float64)


def _xy(artist: Artist, axes: Axes) -> tuple[Array, Array]:
    x, y = _data(artist.x), _data(artist.y)
    y = np.empty(0) if y is None else y.reshape(-1)
    x = np.arange(len(y), dtype=np.float64) if x is None else x.reshape(-1)
    count = min(len(x), len(y))
    return x[:count], y[:count]


def _items(artist: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    """The items of one artist."""
    make = _MAKERS.get(artist.kind)
    return [] if make is None else make(artist, shade, axes, theme)


def _line(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    x, y = _xy(a, axes)
    pen = pg.mkPen(shade, width=a.width or 2, style=STYLES[a.style]) if a.style in STYLES else None
    symbol = MARKERS.get(a.marker, "o") if a.marker else None
    size = 4 if a.marker in (".", ",") else 7
    out = pg.PlotDataItem(
        x, y, pen=pen, symbol=symbol, symbolSize=size, symbolBrush=shade, symbolPen=None, name=a.label or None,
        connect="finite",
    )  # fmt: skip
    out.setLogMode(axes.x_scale != "linear", axes.y_scale != "linear")
    return [out]


def _scatter(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    x, y = _xy(a, axes)
    shades: Any = shade
    values = _data(a.values)
    if values is not None and values.size == len(x) and len(x):
        span = float(np.ptp(values)) or 1.0
        table = _map(a.map).mapToQColor((values.reshape(-1) - values.min()) / span)
        shades = [QColor(c) for c in table]
    sizes = _data(a.sizes)
    # matplotlib's sizes are areas in points².
    size: Any = 7 if sizes is None or not sizes.size else np.clip(np.sqrt(sizes.reshape(-1)) * 1.2, 3, 40)
    if isinstance(size, np.ndarray) and size.size != len(x):
        size = float(size[0])
    out = pg.PlotDataItem(
        x, y, pen=None, symbol=MARKERS.get(a.marker, "o"), symbolSize=size, symbolPen=None, name=a.label or None,
        symbolBrush=[pg.mkBrush(c) for c in shades] if isinstance(shades, list) else shades,
    )  # fmt: skip
    out.setLogMode(axes.x_scale != "linear", axes.y_scale != "linear")
    return [out]


def _bars(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    x, y = _xy(a, axes)
    base = _data(a.base)
    y0: Any = 0.0 if base is None else base.reshape(-1)[: len(x)]
    if axes.y_scale != "linear" and a.kind == "bar":
        y, y0 = _standing(y)
        return [pg.BarGraphItem(x=x, height=y, width=a.width or 0.8, y0=y0, brush=shade, name=a.label or None)]
    how = {"brush": shade, "pen": pg.mkPen(theme.panel), "name": a.label or None}
    if a.kind == "barh":
        return [pg.BarGraphItem(x0=y0, y=y, height=a.width or 0.8, width=x, **how)]
    return [pg.BarGraphItem(x=x, height=y, width=a.width or 0.8, y0=y0, **how)]


def _hist(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    edges, heights = _data(a.x), _data(a.y)
    if edges is None or heights is None or len(edges) != len(heights) + 1:
        return []
    how = {"brush": shade, "pen": pg.mkPen(theme.panel), "name": a.label or None}
    heights, y0 = _standing(heights) if axes.y_scale != "linear" else (heights, 0.0)
    return [pg.BarGraphItem(x0=edges[:-1], x1=edges[1:], y0=y0, height=heights, **how)]


def _standing(heights: Array) -> tuple[Array, float]:
    """Bars on a logarithmic axis: heights above the power of ten below the lowest bar, and that."""
    tops = np.log10(np.where(heights > 0, heights, np.nan))
    floor = math.floor(float(np.nanmin(tops))) - 0.3 if np.isfinite(tops).any() else 0.0
    return np.nan_to_num(tops, nan=floor) - floor, floor


def _image(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    values = _data(a.values)
    if values is None or values.ndim not in (2, 3) or not values.size:
        return []
    item = pg.ImageItem(values * 255 if values.ndim == 3 and values.max() <= 1 else values, axisOrder="row-major")
    if values.ndim == 2:
        item.setColorMap(_map(a.map))
    x, y = _data(a.x), _data(a.y)
    rows, columns = values.shape[:2]
    left, right = (-0.5, columns - 0.5) if x is None or x.size < 2 else (float(x.min()), float(x.max()))
    top, bottom = (-0.5, rows - 0.5) if y is None or y.size < 2 else (float(y.min()), float(y.max()))
    item.setRect(QRectF(left, top, right - left, bottom - top))
    return [item]


def _contour(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    values = _data(a.values)
    if values is None or values.ndim != 2 or min(values.shape) < 2:
        return []
    x, y = _data(a.x), _data(a.y)
    rows, columns = values.shape
    left, right = (0.0, columns - 1.0) if x is None else (float(x.min()), float(x.max()))
    low, high = (0.0, rows - 1.0) if y is None else (float(y.min()), float(y.max()))
    finite = values[np.isfinite(values)]
    if not finite.size:
        return []
    out: list[Any] = []
    if a.kind == "filled contour":
        item = pg.ImageItem(values, axisOrder="row-major")
        item.setColorMap(_map(a.map))
        item.setRect(QRectF(left, low, right - left, high - low))
        return [item]
    place = QTransform.fromTranslate(left, low)
    place.scale((right - left) / (columns - 1), (high - low) / (rows - 1))
    levels = np.linspace(finite.min(), finite.max(), LEVELS + 2)[1:-1]
    shades = _map(a.map).mapToQColor(np.linspace(0.1, 0.9, LEVELS))
    for level, tint in zip(levels, shades, strict=True):
        curve = pg.IsocurveItem(values.T, float(level), pg.mkPen(QColor(tint), width=1.5))
        curve.setTransform(place)
        out.append(curve)
    return out


def _area(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    x, y = _xy(a, axes)
    base = _data(a.base)
    under = np.zeros_like(y) if base is None else np.broadcast_to(base.reshape(-1), y.shape)
    light = QColor(shade)
    light.setAlphaF(shade.alphaF() * (0.5 if a.alpha is None else 1.0))
    return [pg.FillBetweenItem(pg.PlotCurveItem(x, y), pg.PlotCurveItem(x, under), brush=light)]


def _across(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    at = _data(a.y if a.kind == "hline" else a.x)
    scale = axes.y_scale if a.kind == "hline" else axes.x_scale
    angle = 0 if a.kind == "hline" else 90
    pen = pg.mkPen(shade, width=a.width or 1.5, style=STYLES.get(a.style, Qt.PenStyle.SolidLine))
    places = [] if at is None else [_shown(float(v), math.nan, scale) for v in at.reshape(-1)]
    return [pg.InfiniteLine(v, angle=angle, pen=pen) for v in places if not math.isnan(v)]


def _errors(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    x, y = _xy(a, axes)
    sizes = _data(a.sizes)
    half = np.zeros_like(y) if sizes is None else np.broadcast_to(sizes.reshape(-1), y.shape)
    return [
        pg.ErrorBarItem(x=x, y=y, top=half, bottom=half, pen=pg.mkPen(shade, width=1.5)),
        *_line(a, shade, axes, theme),
    ]


def _words(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    x, y = _xy(a, axes)
    if not len(x):
        return []
    item = pg.TextItem(a.label, color=theme.text if not a.colour else shade, anchor=(0, 1))
    item.setFont(fonts.ui(11))
    item.setPos(float(x[0]), float(y[0]))
    return [item]


def _arrow(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    x, y = _xy(a, axes)
    ends = _data(a.values)
    if ends is None or ends.shape != (2, len(x)):
        return []
    out = []
    for x0, y0, dx, dy in zip(x, y, ends[0], ends[1], strict=True):
        out.append(pg.PlotDataItem([x0, x0 + dx], [y0, y0 + dy], pen=pg.mkPen(shade, width=1.5)))
        head = pg.ArrowItem(angle=180 - math.degrees(math.atan2(dy, dx)), brush=shade, pen=None, headLen=9)
        head.setPos(x0 + dx, y0 + dy)
        out.append(head)
    return out


def _solid(a: Artist, shade: QColor, axes: Axes, theme: Theme) -> list[Any]:
    """Three dimensions, seen from the front and above."""
    x, y, z = _data(a.x), _data(a.y), _data(a.values)
    if x is None or y is None or z is None or not z.size:
        return []
    if a.kind == "surface" and z.ndim == 2:
        x, y = (x, y) if x.ndim == 2 else np.meshgrid(x, y)
        sets = [*zip(x, y, z, strict=True), *zip(x.T, y.T, z.T, strict=True)]
        pen = pg.mkPen(shade, width=1)
        return [pg.PlotDataItem(*_seen(*part), pen=pen) for part in sets]
    u, v = _seen(x.reshape(-1), y.reshape(-1), z.reshape(-1))
    if a.kind == "scatter 3d":
        return [pg.PlotDataItem(u, v, pen=None, symbol="o", symbolSize=7, symbolPen=None, symbolBrush=shade)]
    return [pg.PlotDataItem(u, v, pen=pg.mkPen(shade, width=2))]


def _seen(x: Array, y: Array, z: Array) -> tuple[Array, Array]:
    return x + DEPTH[0] * y, z + DEPTH[1] * y


def _map(name: str) -> Any:
    wanted = name.removesuffix("_r") or "viridis"
    if wanted in MAPS:
        return pg.ColorMap([0.0, 1.0], [(0, 0, 0), (255, 255, 255)])
    known = {m.lower(): m for m in pg.colormap.listMaps()}
    found = pg.colormap.get(known.get(wanted.lower(), "viridis"))
    if name.endswith("_r"):
        found.reverse()
    return found


_MAKERS: dict[str, Callable[[Artist, QColor, Axes, Theme], list[Any]]] = {
    "line": _line,
    "scatter": _scatter,
    "bar": _bars,
    "barh": _bars,
    "hist": _hist,
    "image": _image,
    "fill": _area,
    "hline": _across,
    "vline": _across,
    "errorbar": _errors,
    "contour": _contour,
    "filled contour": _contour,
    "surface": _solid,
    "arrow": _arrow,
    "text": _words,
    "line 3d": _solid,
    "scatter 3d": _solid,
}
