"""What is said about a pair of axes besides what is drawn in them, and how matplotlib's short forms are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.tensors import Tensor
from engine.trace.values import Value

if TYPE_CHECKING:
    from engine.program.axes import Axes
    from engine.program.pyplot import Figure

_FORMAT = re.compile(r"(?P<style>--|-\.|-|:)|(?P<colour>[bgrcmykw]|C\d)|(?P<marker>[.,ov^<>12348spP*hH+xXDd|_])")
STYLES = {"solid": "-", "dashed": "--", "dashdot": "-.", "dotted": ":", "none": "", "None": "", " ": ""}


def array(data: Any) -> np.ndarray[Any, Any]:
    """Numbers of any kind as matplotlib takes them."""
    if isinstance(data, Tensor):
        data = data.numpy()
    elif isinstance(data, (list, tuple)):
        data = [array(v) if isinstance(v, (Tensor, list, tuple)) else v for v in data]
    elif not isinstance(data, (np.ndarray, np.generic, int, float, str)):
        data = list(data)
    return np.asarray(data)


def number(data: Any) -> Value | None:
    """Numbers as a Value in float64."""
    return None if data is None else Value.of(np.ascontiguousarray(array(data), np.float64))


def shape_text(data: np.ndarray[Any, Any]) -> str:
    """A shape as matplotlib's errors show it."""
    return f"({', '.join(map(str, data.shape))}{',' if data.ndim == 1 else ''})"


def style_of(style: Any) -> str:
    """A line style as a sign."""
    return STYLES.get(style, style) if isinstance(style, str) else "-"


def colour_of(colour: Any) -> str | list[float]:
    """A colour as text, or as numbers from 0 to 1."""
    if colour is None or isinstance(colour, str):
        return colour or ""
    if isinstance(colour, (list, tuple)) and colour and isinstance(colour[0], str):
        return colour[0]
    values = np.asarray(array(colour), np.float64)
    return [float(v) for v in (values[0] if values.ndim == 2 else values)]


def parse(form: str) -> dict[str, Any]:
    """``"r--o"``: colour, line style and marker; ValueError if it is none of these."""
    found: dict[str, Any] = {}
    place = 0
    while place < len(form):
        match = _FORMAT.match(form, place)
        if match is None:
            return {"colour": form} if form.isalpha() else _unknown(form)
        found[str(match.lastgroup)] = match.group()
        place = match.end()
    if "marker" in found and "style" not in found:
        found["style"] = ""
    return found


def _unknown(form: str) -> dict[str, Any]:
    raise ValueError(f"{form!r} is not a valid format string")


class AxesSettings:
    """Titles, labels, scales, limits, ticks, legend and grid."""

    figure: Figure
    _set: dict[str, Any]
    solid: bool

    def _put(self, **settings: Any) -> None:
        self._set.update(settings)
        self.figure.touch()

    def set_title(self, label: Any, *args: Any, **options: Any) -> Text:
        """The text above."""
        self._put(title=str(label))
        return Text(0.5, 1.0, label)

    def set_xlabel(self, label: Any, *args: Any, **options: Any) -> Text:
        """The text below."""
        self._put(x_label=str(label))
        return Text(0.5, 0, label)

    def set_ylabel(self, label: Any, *args: Any, **options: Any) -> Text:
        """The text at the left."""
        self._put(y_label=str(label))
        return Text(0, 0.5, label)

    def set_zlabel(self, label: Any, *args: Any, **options: Any) -> None:
        """The text at the third axis."""
        self._put(z_label=str(label))

    def set_xscale(self, value: str, *args: Any, **options: Any) -> None:
        """linear, log or symlog."""
        self._put(x_scale=str(value))

    def set_yscale(self, value: str, *args: Any, **options: Any) -> None:
        """linear, log or symlog."""
        self._put(y_scale=str(value))

    def set_xlim(self, left: Any = None, right: Any = None, **options: Any) -> Any:
        """What part of x is seen."""
        self._put(x_limits=_limits(left, right, options, "xmin", "xmax"))
        return self._set["x_limits"]

    def set_ylim(self, bottom: Any = None, top: Any = None, **options: Any) -> Any:
        """What part of y is seen."""
        bottom = options.pop("bottom", bottom)
        self._put(y_limits=_limits(bottom, top, options, "ymin", "ymax"))
        return self._set["y_limits"]

    def set_xticks(self, ticks: Any = None, labels: Any = None, *args: Any, **options: Any) -> None:
        """Where x has ticks, and their texts."""
        self._ticks("x", ticks, labels)

    def set_yticks(self, ticks: Any = None, labels: Any = None, *args: Any, **options: Any) -> None:
        """Where y has ticks, and their texts."""
        self._ticks("y", ticks, labels)

    def set_xticklabels(self, labels: Any, *args: Any, **options: Any) -> None:
        """The texts at the ticks."""
        self._ticks("x", None, labels)

    def set_yticklabels(self, labels: Any, *args: Any, **options: Any) -> None:
        """The texts at the ticks."""
        self._ticks("y", None, labels)

    def _ticks(self, axis: str, ticks: Any, labels: Any) -> None:
        if ticks is not None:
            self._put(**{f"{axis}_ticks": [float(v) for v in array(ticks).ravel()]})
        if labels is not None:
            self._put(**{f"{axis}_names": [str(text) for text in labels]})

    def legend(self, labels: Any = None, *args: Any, **options: Any) -> None:
        """Show the labels; ``labels`` names what has been drawn so far."""
        texts = args[0] if args and isinstance(args[0], (list, tuple)) else options.get("labels", labels)
        if isinstance(texts, (list, tuple)) and all(isinstance(text, str) for text in texts):
            for place, text in enumerate(texts[: len(self._artists)]):
                self.change(place, label=text)
        self._put(legend=True)

    def grid(self, visible: Any = True, *args: Any, **options: Any) -> None:
        """Lines at the ticks."""
        self._put(grid=bool(visible) if visible is not None else True)

    def axis(self, arg: Any = None, *args: Any, **options: Any) -> None:
        """``off``, ``equal`` and their like, or the four limits."""
        if arg in ("off", False) if isinstance(arg, (str, bool)) else False:
            self._put(visible=False)
        elif isinstance(arg, str):
            self._put(equal=arg in ("equal", "scaled", "square", "image"))
        elif isinstance(arg, (list, tuple)) and len(arg) == 4:
            self._put(x_limits=_limits(*arg[:2]), y_limits=_limits(*arg[2:]))

    def set_aspect(self, aspect: Any, *args: Any, **options: Any) -> None:
        """``equal``: a unit is as long in x as in y."""
        self._put(equal=aspect in ("equal", 1, 1.0))

    def set_axis_off(self) -> None:
        """No frame and no ticks."""
        self._put(visible=False)

    def set(self, **options: Any) -> None:
        """Several settings at once."""
        for name, value in options.items():
            getattr(self, f"set_{name}")(value)

    def twinx(self) -> Axes:
        """Axes over these, with a y of their own."""
        from engine.program.axes import Axes

        assert isinstance(self, Axes)
        new = Axes(self.figure, self.row, self.column)
        new.twin = True
        self.figure.axes.append(new)
        return new

    def invert_yaxis(self) -> None:
        """Turn y upside down."""
        low, high = self._set.get("y_limits") or (None, None)
        self._put(y_limits=(high, low))

    def _nothing(self, *args: Any, **kwargs: Any) -> None:
        """It changes nothing of what is shown here."""

    tick_params = margins = set_facecolor = view_init = autoscale = autoscale_view = relim = set_zlim = _nothing
    ticklabel_format = minorticks_on = set_axisbelow = label_outer = set_box_aspect = clabel = invert_xaxis = _nothing
    fill = axhspan = axvspan = pie = boxplot = violinplot = table = stackplot = hist2d = add_patch = add_artist = (
        _nothing
    )

    if TYPE_CHECKING:
        _artists: list[Any]

        def change(self, place: int, **fields: Any) -> None: ...


class Text:
    """What a title or label returns."""

    def __init__(self, x: float, y: float, text: Any) -> None:
        self._place = (x, y, str(text))

    def __repr__(self) -> str:
        x, y, text = self._place
        return f"Text({x}, {y}, {text!r})"

    def _nothing(self, *args: Any, **kwargs: Any) -> None:
        """It changes nothing of what is shown here."""

    set_text = set_color = set_fontsize = set_rotation = _nothing


def _limits(low: Any, high: Any, options: Any = None, first: str = "", second: str = "") -> Any:
    options = options or {}
    if high is None and isinstance(low, (list, tuple, np.ndarray)):
        low, high = low
    low, high = options.get(first, low), options.get(second, high)
    return (None if low is None else float(low), None if high is None else float(high))
