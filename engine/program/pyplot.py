"""matplotlib.pyplot for programs: the state machine of figures and axes, whose drawings become events."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.program.axes import Axes
from engine.program.namespaces import Absent, Namespace, words
from engine.trace import figures as fig

if TYPE_CHECKING:
    from engine.program.telling import Teller

IGNORED = words(
    "tight_layout subplots_adjust colorbar ion ioff draw pause clim sci set_cmap tick_params minorticks_on "
    "minorticks_off locator_params margins box rc rcdefaults xkcd switch_backend get_current_fig_manager autoscale "
    "draw_if_interactive connect disconnect isinteractive setp figtext figimage set_loglevel rc_context style_context"
)
"""Functions that change nothing of what is shown here."""

ON_AXES = words(
    "plot scatter bar barh hist imshow matshow fill_between fill axhline axvline axhspan axvspan text annotate "
    "errorbar step stem semilogx semilogy loglog contour contourf pcolormesh pcolor quiver arrow hlines vlines legend "
    "grid axis hist2d clabel table pie boxplot violinplot stackplot"
)
"""Functions of pyplot that are methods of the current axes."""

RENAMED = {
    "title": "set_title",
    "xlabel": "set_xlabel",
    "ylabel": "set_ylabel",
    "xlim": "set_xlim",
    "ylim": "set_ylim",
    "xscale": "set_xscale",
    "yscale": "set_yscale",
    "xticks": "set_xticks",
    "yticks": "set_yticks",
    "twinx": "twinx",
}


class Figure:
    """A figure under way."""

    def __init__(self, pyplot: Pyplot, number: int, size: Any = None) -> None:
        self._pyplot = pyplot
        self.number = number
        self._title = ""
        self._size = (6.4, 4.8) if size is None else (float(size[0]), float(size[1]))
        self._rows, self._columns = 1, 1
        self.axes: list[Axes] = []
        self._current: Axes | None = None
        self._changed = False

    def __repr__(self) -> str:
        width, height = (round(100 * n) for n in self._size)
        return f"<Figure size {width}x{height} with {len(self.axes)} Axes>"

    def gca(self, **kwargs: Any) -> Axes:
        """The axes under way; new ones if there are none."""
        return self._current or self.add_subplot(**kwargs)

    def touch(self) -> None:
        """Something was drawn on it."""
        self._changed = True
        self._pyplot.current = self

    def add_subplot(self, *place: Any, projection: str | None = None, **kwargs: Any) -> Axes:
        """Axes in a cell of a grid: (rows, columns, index) or the three digits as one number."""
        rows, columns, index = _cell(place)
        self._rows, self._columns = max(self._rows, rows), max(self._columns, columns)
        row, column = divmod(index - 1, columns)
        for axes in self.axes:
            if (axes.row, axes.column) == (row, column) and not axes.twin:
                self._current = axes
                return axes
        self._current = Axes(self, row, column, projection == "3d")
        self.axes.append(self._current)
        return self._current

    add_axes = add_subplot

    def subplots(self, nrows: int = 1, ncols: int = 1, *, squeeze: bool = True, **kwargs: Any) -> Any:
        """A grid of axes: one of them, or an array."""
        import numpy as np

        kw = kwargs.get("subplot_kw") or {}
        cells = [self.add_subplot(nrows, ncols, i + 1, **kw) for i in range(nrows * ncols)]
        if squeeze and len(cells) == 1:
            return cells[0]
        grid = np.empty((nrows, ncols), dtype=object)
        grid.ravel()[:] = cells
        return grid.squeeze() if squeeze else grid

    def suptitle(self, text: Any, **kwargs: Any) -> None:
        """The title of the whole figure."""
        self._title = str(text)
        self.touch()

    def savefig(self, name: Any, *args: Any, **kwargs: Any) -> None:
        """No file is written: the figure is shown under that name."""
        self._pyplot.tell(self, str(name))

    def show(self, *args: Any, **kwargs: Any) -> None:
        """Show the figure."""
        self._pyplot.tell(self, "show")

    def clf(self, *args: Any, **kwargs: Any) -> None:
        """Take everything away."""
        self.axes.clear()
        self._current, self._title = None, ""

    clear = clf

    def _nothing(self, *args: Any, **kwargs: Any) -> None:
        """It changes nothing of what is shown here."""

    tight_layout = subplots_adjust = colorbar = autofmt_xdate = set_size_inches = set_facecolor = legend = _nothing
    canvas = property(lambda self: self)
    draw = flush_events = draw_idle = set_tight_layout = set_dpi = text = _nothing

    def snapshot(self) -> fig.Figure:
        """The figure as data."""
        axes = [a.snapshot() for a in self.axes]
        return fig.Figure(self.number, self._rows, self._columns, axes, self._title, self._size)


class Pyplot:
    """plt.*: figures by number, one of which is current."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self.figures: dict[int, Figure] = {}
        self.current: Figure | None = None

    def figure(self, num: Any = None, figsize: Any = None, **kwargs: Any) -> Figure:
        """A new figure, or the one of that number."""
        if not isinstance(num, int) or num not in self.figures:
            key = num if isinstance(num, int) else max(self.figures, default=0) + 1
            self.figures[key] = Figure(self, key, figsize)
            num = key
        self.current = self.figures[num]
        return self.current

    def gcf(self) -> Figure:
        """The figure under way; a new one if there is none."""
        return self.current or self.figure()

    def gca(self, **kwargs: Any) -> Axes:
        """The axes under way."""
        return self.gcf().gca(**kwargs)

    def sca(self, axes: Axes) -> None:
        """Go on in these axes."""
        axes.figure._current = axes
        self.current = axes.figure

    def subplot(self, *place: Any, **kwargs: Any) -> Axes:
        """Axes in a cell of the current figure's grid."""
        return self.gcf().add_subplot(*place, **kwargs)

    def subplots(self, nrows: int = 1, ncols: int = 1, *, figsize: Any = None, **kwargs: Any) -> Any:
        """A new figure and its axes."""
        figure = self.figure(figsize=figsize)
        return figure, figure.subplots(nrows, ncols, **kwargs)

    def show(self, *args: Any, **kwargs: Any) -> None:
        """Show every figure that has not been shown, and begin anew."""
        for figure in list(self.figures.values()):
            if figure.axes or figure._title:
                self.tell(figure, "show")
        self.figures.clear()
        self.current = None

    def savefig(self, name: Any, *args: Any, **kwargs: Any) -> None:
        """No file is written: the figure is shown under that name."""
        self.gcf().savefig(name)

    def close(self, which: Any = None) -> None:
        """Drop a figure; what was drawn on it and never shown is shown now."""
        for figure in [self.current] if which is None else list(self.figures.values()):
            if figure is not None and (which in (None, "all") or which in (figure, figure.number)):
                self.figures.pop(figure.number, None)
                if self.current is figure:
                    self.current = None

    def finish(self) -> None:
        """The end of the program: what was drawn and not shown is shown."""
        for figure in self.figures.values():
            if figure._changed:
                self.tell(figure, "end")

    def tell(self, figure: Figure, how: str) -> None:
        """The figure as an event."""
        figure._changed = False
        self._teller.plotted(figure.snapshot(), how)


def _cell(place: tuple[Any, ...]) -> tuple[int, int, int]:
    if len(place) == 1 and isinstance(place[0], int) and place[0] > 99:
        return place[0] // 100, place[0] // 10 % 10, place[0] % 10
    if len(place) >= 3:
        index = place[2][0] if isinstance(place[2], tuple) else place[2]
        return int(place[0]), int(place[1]), int(index)
    return 1, 1, 1


def pyplot_modules(pyplot: Pyplot) -> dict[str, Namespace]:
    """matplotlib and its pyplot for one run."""

    def on_axes(name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return getattr(pyplot.gca(), name)(*args, **kwargs)

        return call

    def ignored(*args: Any, **kwargs: Any) -> None:
        """It changes nothing of what is shown here."""

    def style(name: Any, *args: Any, **kwargs: Any) -> None:
        """Styles are the app's."""

    own = words("figure gcf gca sca subplot subplots show savefig close")
    styles = Namespace("matplotlib.pyplot.style", {"use": style, "available": ["default"], "context": style})
    names: dict[str, Any] = {
        **dict.fromkeys(IGNORED, ignored),
        **{name: on_axes(name) for name in ON_AXES},
        **{name: on_axes(target) for name, target in RENAMED.items()},
        **{name: getattr(pyplot, name) for name in own},
        "axes": lambda *a, **k: pyplot.gcf().add_subplot(**k),
        "cla": lambda: pyplot.gca().clear(),
        "clf": lambda: pyplot.gcf().clf(),
        "cm": Namespace("matplotlib.cm", {name: name for name in MAPS}),
        "Figure": Figure,
        "get_cmap": lambda name="viridis", *a: str(name),
        "rcParams": {},
        "style": styles,
        "suptitle": lambda *a, **k: pyplot.gcf().suptitle(*a, **k),
    }
    whole = Namespace("matplotlib.pyplot", names, {"imread": "programs cannot read or write files", **LEFT_OUT})
    parts = {
        "animation": Absent("matplotlib.animation", "the timeline plays the run step by step"),
        "cm": names["cm"],
        "colors": Namespace("matplotlib.colors", {"ListedColormap": lambda colors, *a, **k: "viridis"}),
        "gridspec": Absent("matplotlib.gridspec", "subplots stand in a grid of equal cells"),
        "patches": Absent("matplotlib.patches", "lines, points, bars, histograms, images and contours are drawn"),
        "pyplot": whole,
        "style": styles,
        "ticker": Absent("matplotlib.ticker", "the app places the ticks"),
    }
    rest = {"__version__": "3", "rc": ignored, "rcParams": names["rcParams"], "use": ignored}
    backend = Namespace("backend_inline", {"set_matplotlib_formats": ignored})
    inline = Namespace("matplotlib_inline", {"backend_inline": backend})
    root = Namespace("matplotlib", {**parts, **rest})
    return {"matplotlib": root, "matplotlib.pyplot": whole, "matplotlib_inline": inline}


MAPS = words(
    "viridis plasma inferno magma cividis gray Greys Blues Reds Greens Oranges Purples hot cool coolwarm jet rainbow "
    "Spectral RdBu RdYlBu RdYlGn bwr seismic binary tab10 tab20 Set1 Set2 Set3 Pastel1 terrain twilight hsv bone "
    "Paired gist_rainbow winter summer spring autumn YlGnBu YlOrRd PuOr BrBG PiYG"
)
LEFT_OUT = dict.fromkeys(
    words("polar specgram streamplot tripcolor triplot acorr psd spy barbs eventplot hexbin magnitude_spectrum"),
    "lines, points, bars, histograms, images and contours are drawn",
)
