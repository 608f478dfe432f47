"""matplotlib.pyplot: what a program draws is in the trace, as data."""

from __future__ import annotations

import numpy as np
import pytest

from engine.trace import codec
from engine.trace import events as ev
from engine.trace.figures import Artist, Figure
from tests.support.runs import events_of, only, printed, trace_of

HEAD = "import matplotlib.pyplot as plt\nimport numpy as np\nimport torch\n"


def figures(source: str) -> list[Figure]:
    assert trace_of(HEAD + source).failure is None, trace_of(HEAD + source).failure
    return [e.figure for e in only(ev.Plotted, HEAD + source)]


def artist(source: str) -> Artist:
    return figures(source)[0].axes[0].artists[0]


def test_a_plot_with_everything_said_about_it() -> None:
    source = (
        "plt.figure(figsize=(8, 4))\nplt.plot([1, 2, 3], [4, 5, 6], 'r--o', label='loss', linewidth=2, alpha=.5)\n"
        "plt.title('Training')\nplt.xlabel('epoch')\nplt.ylabel('loss')\nplt.legend()\nplt.grid(True)\nplt.yscale('log')\n"
        "plt.xlim(0, 5)\nplt.ylim(bottom=1)\nplt.show()\n"
    )
    (figure,) = figures(source)
    (axes,) = figure.axes
    (line,) = axes.artists
    assert (figure.number, figure.size) == (1, (8.0, 4.0))
    assert (axes.title, axes.x_label, axes.y_label, axes.y_scale, axes.x_scale) == (
        "Training",
        "epoch",
        "loss",
        "log",
        "linear",
    )
    assert (axes.legend, axes.grid, axes.x_limits, axes.y_limits) == (True, True, (0.0, 5.0), (1.0, None))
    assert (line.kind, line.colour, line.style, line.marker, line.label) == ("line", "r", "--", "o", "loss")
    assert (line.width, line.alpha) == (2.0, 0.5)
    assert line.x is not None
    assert line.y is not None
    assert line.x.array.tolist() == [1, 2, 3]  # type: ignore[union-attr]
    assert line.y.array.tolist() == [4, 5, 6]  # type: ignore[union-attr]


def test_one_list_is_drawn_over_its_indices() -> None:
    line = artist("plt.plot([5, 6, 7])\nplt.show()\n")
    assert line.x.array.tolist() == [0, 1, 2]  # type: ignore[union-attr]
    assert (line.style, line.marker) == ("-", "")


def test_a_format_of_a_marker_alone_draws_no_line() -> None:
    line = artist("plt.plot([1, 2], [3, 4], 'bo')\nplt.show()\n")
    assert (line.colour, line.style, line.marker) == ("b", "", "o")


def test_tensors_arrays_and_columns() -> None:
    source = "x = torch.linspace(0, 1, 3)\nplt.plot(x, torch.stack([x, x * 2], 1).numpy())\nplt.plot(x, x.detach(), x, x + 1)\nplt.show()\n"
    ys = [a.y.array.tolist() for a in figures(source)[0].axes[0].artists]  # type: ignore[union-attr]
    assert ys == [[0, 0.5, 1], [0, 1, 2], [0, 0.5, 1], [1, 1.5, 2]]


def test_a_tensor_that_requires_grad_fails_as_in_torch() -> None:
    failed = events_of(HEAD + "plt.plot(torch.ones(2, requires_grad=True))")[-1]
    assert isinstance(failed, ev.Failed)
    assert failed.message == "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
    assert failed.line == 4


def test_lengths_that_differ_fail_as_in_matplotlib() -> None:
    failed = events_of(HEAD + "plt.plot([1, 2], [1, 2, 3])")[-1]
    assert isinstance(failed, ev.Failed)
    assert failed.message == "x and y must have same first dimension, but have shapes (2,) and (3,)"


KINDS = {
    "scatter": "plt.scatter([1, 2], [3, 4], s=20, c='red')",
    "bar": "plt.bar(['a', 'b'], [1, 2])",
    "barh": "plt.barh([1, 2], [3, 4])",
    "hist": "plt.hist([1, 2, 2, 3], bins=3)",
    "image": "plt.imshow(np.zeros((2, 3)), cmap='gray')",
    "fill": "plt.fill_between([1, 2], [0, 0], [1, 2], alpha=.3)",
    "hline": "plt.axhline(2, color='k', linestyle='dashed')",
    "vline": "plt.axvline(x=2)",
    "text": "plt.text(1, 2, 'here')",
    "errorbar": "plt.errorbar([1, 2], [3, 4], yerr=.5, fmt='o')",
    "contour": "plt.contour(np.zeros((3, 4)))",
    "filled contour": "x, y = np.meshgrid(np.arange(4), np.arange(3))\nplt.contourf(x, y, x + y, 20)",
    "arrow": "plt.quiver([0], [0], [1], [2])",
    "surface": "plt.figure().add_subplot(projection='3d').plot_surface(*np.meshgrid([1, 2], [1, 2]), np.ones((2, 2)))",
    "line 3d": "plt.axes(projection='3d').plot([1, 2], [1, 2], [1, 2])",
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind: str) -> None:
    drawn = artist(KINDS[kind] + "\nplt.show()\n")
    assert drawn.kind == kind


def test_a_histogram_returns_what_numpy_counts() -> None:
    source = "n, edges, _ = plt.hist(torch.tensor([1., 2., 2., 3.]), bins=2)\nprint(n, edges)\n"
    assert printed(HEAD + source) == "[1. 3.] [1. 2. 3.]\n"


def test_names_of_bars_become_names_of_ticks() -> None:
    (figure,) = figures("plt.bar(['a', 'b'], [1, 2])\nplt.show()\n")
    assert figure.axes[0].x_names == ["a", "b"]


def test_scattered_points_coloured_by_numbers() -> None:
    points = artist("plt.scatter([1, 2], [3, 4], c=[0, 1], cmap='viridis')\nplt.show()\n")
    assert points.values.array.tolist() == [0, 1]  # type: ignore[union-attr]
    assert (points.colour, points.map) == ("", "viridis")


def test_a_grid_of_axes() -> None:
    source = (
        "fig, axes = plt.subplots(2, 2, figsize=(6, 6))\nfor i, ax in enumerate(axes.flatten()):\n    ax.plot([i]); ax.set_title(f'{i}')\n"
        "axes[0, 1].set(xlabel='x', ylabel='y')\nfig.suptitle('all')\nplt.tight_layout()\nplt.show()\n"
    )
    (figure,) = figures(source)
    assert (figure.rows, figure.columns, figure.title) == (2, 2, "all")
    assert [(a.row, a.column, a.title) for a in figure.axes] == [(0, 0, "0"), (0, 1, "1"), (1, 0, "2"), (1, 1, "3")]
    assert figure.axes[1].x_label == "x"


def test_subplot_numbers_and_a_twin() -> None:
    source = "plt.subplot(1, 2, 1); plt.plot([1])\nplt.subplot(122); plt.plot([2])\nplt.gca().twinx().plot([3])\nplt.show()\n"
    (figure,) = figures(source)
    assert [(a.column, a.twin) for a in figure.axes] == [(0, False), (1, False), (1, True)]


def test_show_begins_anew_and_what_is_left_is_shown_at_the_end() -> None:
    source = "plt.plot([1])\nplt.show()\nplt.plot([2])\n"
    shown = only(ev.Plotted, HEAD + source)
    assert [(e.how, len(e.figure.axes[0].artists)) for e in shown] == [("show", 1), ("end", 1)]
    assert shown[0].span is not None


def test_a_figure_that_is_drawn_on_again_comes_again() -> None:
    source = "f, ax = plt.subplots()\nfor i in range(3):\n    ax.plot([i]); f.show()\n"
    assert [(f.number, len(f.axes[0].artists)) for f in figures(source)] == [(1, 1), (1, 2), (1, 3)]


def test_lines_can_be_changed() -> None:
    line = artist("l, = plt.plot([1, 2])\nl.set_ydata([5, 6]); l.set_label('new')\nplt.show()\n")
    assert line.y.array.tolist() == [5, 6]  # type: ignore[union-attr]
    assert line.label == "new"


def test_saving_shows_under_the_name_and_writes_nothing() -> None:
    shown = only(ev.Plotted, HEAD + "plt.plot([1])\nplt.savefig('figures/plot.png', dpi=300)\n")
    assert [e.how for e in shown] == ["figures/plot.png"]


def test_what_changes_nothing_is_accepted() -> None:
    source = "plt.style.use('seaborn'); plt.rcParams['figure.figsize'] = (3, 3); plt.ion(); plt.colorbar(); plt.pause(.1); plt.close('all')\nimport matplotlib\nmatplotlib.use('Agg')\nfrom mpl_toolkits import mplot3d\n"
    events = events_of(
        HEAD
        + source.replace(
            "from mpl_toolkits import mplot3d\n", "import mpl_toolkits\nfrom matplotlib import pyplot, cm\n"
        )
    )
    assert isinstance(events[-1], ev.Finished)


def test_figures_survive_the_wire_and_the_file() -> None:
    source = HEAD + "plt.imshow(np.eye(2)); plt.title('t')\nplt.plot([float('nan'), 1])\nplt.show()\n"
    events = events_of(source)
    assert codec.unpack(codec.pack(events)) == events
    assert codec.from_json(codec.to_json(source, events)).events == events


def test_an_image_upside_down() -> None:
    image = artist("plt.imshow(np.array([[1, 2], [3, 4]]), origin='lower', extent=[0, 1, 0, 2])\nplt.show()\n")
    assert image.values is not None
    assert np.array_equal(image.values.array, [[3, 4], [1, 2]])  # type: ignore[arg-type]
    assert image.y.array.tolist() == [0, 2]  # type: ignore[union-attr]
