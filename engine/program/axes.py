"""One pair of axes of matplotlib: what its methods draw, kept as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.program.axes_settings import AxesSettings, array, colour_of, number, parse, shape_text, style_of
from engine.trace import figures as fig

if TYPE_CHECKING:
    from engine.program.pyplot import Figure


class Artists:
    """What a drawing method returns: enough of matplotlib's artist to be asked and changed."""

    def __init__(self, name: str, axes: Axes, place: int) -> None:
        self._name = name
        self._axes = axes
        self._place = place

    def __repr__(self) -> str:
        return f"<{self._name} object at {id(self):#x}>"

    def set_data(self, x: Any, y: Any) -> None:
        """Other numbers for a line."""
        self._axes.change(self._place, x=number(x), y=number(y))

    def set_ydata(self, y: Any) -> None:
        """Other heights for a line."""
        self._axes.change(self._place, y=number(y))

    def set_label(self, text: Any) -> None:
        """The text in the legend."""
        self._axes.change(self._place, label=str(text))

    def remove(self) -> None:
        """Take it away."""
        self._axes.change(self._place, kind="nothing")

    def _nothing(self, *args: Any, **kwargs: Any) -> None:
        """It changes nothing of what is shown here."""

    set_color = set_linewidth = set_alpha = set_fontsize = set_rotation = set_ha = set_text = set_clim = _nothing


class Axes(AxesSettings):
    """A coordinate system under way."""

    def __init__(self, figure: Figure, row: int, column: int, solid: bool = False) -> None:
        self.figure = figure
        self.row, self.column = row, column
        self.solid = solid
        self.twin = False
        self.clear()

    def __repr__(self) -> str:
        return "<Axes: >" if not self._set.get("title") else f"<Axes: title={{'center': {self._set['title']!r}}}>"

    def clear(self) -> None:
        """Take everything away."""
        self._artists: list[fig.Artist] = []
        self._set: dict[str, Any] = {}

    cla = clear

    def snapshot(self) -> fig.Axes:
        """The axes as data."""
        artists = [a for a in self._artists if a.kind != "nothing"]
        return fig.Axes(self.row, self.column, artists, twin=self.twin, **self._set)

    def change(self, place: int, **fields: Any) -> None:
        """Replace fields of an artist."""
        import msgspec

        self._artists[place] = msgspec.structs.replace(self._artists[place], **fields)
        self.figure.touch()

    # --- drawing ----------------------------------------------------------------------------

    def _draw(self, kind: str, name: str, options: dict[str, Any], **fields: Any) -> Artists:
        colour = options.get("color", options.get("c", options.get("edgecolor")))
        if kind == "scatter" and colour is not None and not isinstance(colour, str):
            colours = array(colour)
            if colours.ndim == 1 and colours.dtype.kind in "iufb" and fields["x"] is not None:
                fields["values"], colour = number(colours), None
        alpha, width = options.get("alpha"), options.get("linewidth", options.get("lw"))
        fields.setdefault("width", None if width is None or np.ndim(width) else float(width))
        fields.setdefault("style", style_of(options.get("linestyle", options.get("ls", "-"))))
        artist = fig.Artist(
            kind,
            label=str(options.get("label") or fields.pop("label", "")),
            colour=colour_of(colour if colour is not None else fields.pop("colour", "")),
            marker=str(fields.pop("marker", None) or options.get("marker") or ""),
            alpha=None if alpha is None else float(alpha),
            map=str(options.get("cmap") or ""),
            **{key: value for key, value in fields.items() if key not in ("colour", "label")},
        )
        self._artists.append(artist)
        self.figure.touch()
        return Artists(name, self, len(self._artists) - 1)

    def plot(self, *args: Any, **options: Any) -> list[Artists]:
        """Lines: any number of [x,] y [, format]."""
        drawn = []
        rest = list(args)
        while rest:
            data = [rest.pop(0)]
            while rest and not isinstance(rest[0], str) and len(data) < (3 if self.solid else 2):
                data.append(rest.pop(0))
            form = parse(rest.pop(0)) if rest and isinstance(rest[0], str) else {}
            if self.solid:
                x, y, z = (number(d) for d in data)
                drawn.append(self._draw("line 3d", "Line3D", options, x=x, y=y, values=z, **form))
                continue
            up = array(data[-1])
            along = np.arange(len(up) if up.ndim else 1) if len(data) == 1 else array(data[0])
            if up.shape[:1] != along.shape[:1]:
                shapes = f"{shape_text(along)} and {shape_text(up)}"
                raise ValueError(f"x and y must have same first dimension, but have shapes {shapes}")
            for column in np.atleast_2d(up.T) if up.ndim == 2 else [np.atleast_1d(up)]:
                across = self._categories(np.atleast_1d(along if along.ndim < 2 else along[:, 0]), "x")
                drawn.append(
                    self._draw("line", "matplotlib.lines.Line2D", options, x=number(across), y=number(column), **form)
                )
        return drawn

    def _categories(self, data: np.ndarray[Any, Any], axis: str) -> np.ndarray[Any, Any]:
        """Texts stand at 0, 1, 2 ... and become the names of the ticks."""
        if data.dtype.kind not in "US":
            return data
        names = self._set.setdefault(f"{axis}_names", [])
        names.extend(text for text in data.tolist() if text not in names)
        return np.array([names.index(text) for text in data.tolist()])

    def _scaled(self, x: str, y: str, args: Any, options: Any) -> list[Artists]:
        self._set.update(x_scale=x, y_scale=y)
        return self.plot(*args, **options)

    def semilogx(self, *args: Any, **options: Any) -> list[Artists]:
        """plot with a logarithmic x."""
        return self._scaled("log", "linear", args, options)

    def semilogy(self, *args: Any, **options: Any) -> list[Artists]:
        """plot with a logarithmic y."""
        return self._scaled("linear", "log", args, options)

    def loglog(self, *args: Any, **options: Any) -> list[Artists]:
        """plot with both logarithmic."""
        return self._scaled("log", "log", args, options)

    def step(self, x: Any, y: Any, *args: Any, **options: Any) -> list[Artists]:
        """A line; steps are drawn straight."""
        return self.plot(x, y, *args, **options)

    def scatter(self, x: Any, y: Any, *more: Any, **options: Any) -> Artists:
        """Points."""
        x, y = array(x).ravel(), array(y).ravel()
        if x.size != y.size:
            raise ValueError("x and y must be the same size")
        name = "matplotlib.collections.PathCollection"
        if self.solid and more:
            deep = number(array(more[0]).ravel())
            return self._draw("scatter 3d", name, options, x=number(x), y=number(y), values=deep)
        sizes = options.get("s", more[0] if more else None)
        x, y = self._categories(x, "x"), self._categories(y, "y")
        return self._draw("scatter", name, options, x=number(x), y=number(y), sizes=number(sizes))

    def bar(self, x: Any, height: Any, width: float = 0.8, bottom: Any = None, **options: Any) -> Artists:
        """Upright bars."""
        at = self._categories(np.atleast_1d(array(x)), "x")
        heights = np.broadcast_to(array(height), at.shape)
        name = f"BarContainer object of {at.size} artists"
        fields = {"x": number(at), "y": number(heights), "base": number(bottom)}
        return self._draw("bar", name, options, width=float(np.max(width)), **fields)

    def barh(self, y: Any, width: Any, height: float = 0.8, left: Any = None, **options: Any) -> Artists:
        """Lying bars."""
        at = self._categories(np.atleast_1d(array(y)), "y")
        name = f"BarContainer object of {at.size} artists"
        fields = {"y": number(at), "x": number(np.broadcast_to(array(width), at.shape)), "base": number(left)}
        return self._draw("barh", name, options, width=float(height), **fields)

    def hist(self, x: Any, bins: Any = 10, range: Any = None, density: bool = False, **options: Any) -> Any:
        """A histogram: (heights, edges, what was drawn)."""
        bins = array(bins) if not isinstance(bins, (int, str)) else bins
        weights = array(options["weights"]) if options.get("weights") is not None else None
        heights, edges = np.histogram(array(x).ravel(), bins, range, density, weights)
        drawn = self._draw("hist", "BarContainer", options, x=number(edges), y=number(heights))
        return heights.astype(float), edges, drawn

    def imshow(self, data: Any, cmap: Any = None, **options: Any) -> Artists:
        """An image of numbers or colours."""
        values = array(data)
        if values.ndim not in (2, 3) or (values.ndim == 3 and values.shape[2] not in (1, 3, 4)):
            raise TypeError(f"Invalid shape {shape_text(values)} for image data")
        extent = options.get("extent")
        edges = {} if extent is None else {"x": number(extent[:2]), "y": number(extent[2:])}
        values = values[::-1] if options.get("origin") == "lower" else values
        name = "matplotlib.image.AxesImage"
        return self._draw("image", name, {**options, "cmap": cmap}, values=number(values), **edges)

    matshow = imshow

    def fill_between(self, x: Any, y1: Any, y2: Any = 0, **options: Any) -> Artists:
        """The area between two lines."""
        x = array(x)
        first, second = (np.broadcast_to(array(y), x.shape) for y in (y1, y2))
        fields = {"x": number(x), "y": number(first), "base": number(second)}
        return self._draw("fill", "FillBetweenPolyCollection", options, **fields)

    def axhline(self, y: float = 0, *args: Any, **options: Any) -> Artists:
        """A line across."""
        return self._draw("hline", "matplotlib.lines.Line2D", options, y=number(y))

    def axvline(self, x: float = 0, *args: Any, **options: Any) -> Artists:
        """A line upright."""
        return self._draw("vline", "matplotlib.lines.Line2D", options, x=number(x))

    def hlines(self, y: Any, xmin: Any, xmax: Any, colors: Any = None, **options: Any) -> None:
        """Lines from xmin to xmax."""
        for height in np.atleast_1d(array(y)):
            self.plot([xmin, xmax], [height, height], color=colors, **options)

    def vlines(self, x: Any, ymin: Any, ymax: Any, colors: Any = None, **options: Any) -> None:
        """Lines from ymin to ymax."""
        for place in np.atleast_1d(array(x)):
            self.plot([place, place], [ymin, ymax], color=colors, **options)

    def text(self, x: float, y: float, s: Any, *args: Any, **options: Any) -> Artists:
        """A text in the picture."""
        return self._draw("text", "Text", options, x=number(x), y=number(y), label=str(s))

    def annotate(self, text: Any, xy: Sequence[float], xytext: Any = None, **options: Any) -> Artists:
        """A text at a point."""
        x, y = xytext if xytext is not None and options.get("textcoords") is None else xy
        return self.text(x, y, text)

    def errorbar(self, x: Any, y: Any, yerr: Any = None, xerr: Any = None, fmt: str = "", **options: Any) -> Artists:
        """Points with their errors."""
        x, y = array(x), array(y)
        sizes = None if yerr is None else np.broadcast_to(array(yerr), y.shape)
        fields = {"x": number(x), "y": number(y), "sizes": number(sizes), **parse(fmt)}
        return self._draw("errorbar", "ErrorbarContainer", options, **fields)

    def stem(self, *args: Any, **options: Any) -> Artists:
        """Points on stalks, drawn as thin bars."""
        y = array(args[-1])
        return self.bar(np.arange(len(y)) if len(args) == 1 else args[0], y, 0.05)

    def _levels(self, kind: str, args: Sequence[Any], options: dict[str, Any]) -> Artists:
        grid = [array(a) for a in args if not isinstance(a, (int, str))]
        if len(grid) >= 3:
            x, y, z = grid[:3]
            x, y = (x[0] if x.ndim == 2 else x), (y[:, 0] if y.ndim == 2 else y)
        else:
            z = grid[0]
            y, x = np.arange(z.shape[0]), np.arange(z.shape[1])
        return self._draw(kind, "QuadContourSet", options, x=number(x), y=number(y), values=number(z))

    def contour(self, *args: Any, **options: Any) -> Artists:
        """Lines of equal height."""
        return self._levels("contour", args, options)

    def contourf(self, *args: Any, **options: Any) -> Artists:
        """Areas between lines of equal height."""
        return self._levels("filled contour", args, options)

    def pcolormesh(self, *args: Any, **options: Any) -> Artists:
        """Cells in colours."""
        return self._levels("filled contour", args, options)

    pcolor = pcolormesh

    def plot_surface(self, *args: Any, **options: Any) -> Artists:
        """A surface in space."""
        return self._levels("surface", args, options)

    plot_wireframe = plot_surface

    def quiver(self, *args: Any, **options: Any) -> Artists:
        """Arrows."""
        x, y, dx, dy = (array(a).ravel() for a in args[:4])
        return self._draw("arrow", "Quiver", options, x=number(x), y=number(y), values=number([dx, dy]))

    def arrow(self, x: float, y: float, dx: float, dy: float, **options: Any) -> Artists:
        """One arrow."""
        return self.quiver([x], [y], [dx], [dy], **options)
