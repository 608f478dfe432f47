"""A plot without buttons, menus and panning, in the colours of a theme."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from gui.base import fonts
from gui.base.theme import Theme


def quiet_plot(left: int = 46, bottom: bool = False) -> Any:
    """A new plot; ``left`` is the room for its numbers in px, ``bottom`` tells whether the other axis has some too.

    Its ranges are those that :func:`set_range` gives it.
    """
    # Loading it takes longer than a frame: nothing does before the first plot is asked for.
    import pyqtgraph as pg

    from gui.base.quiet_axis import QuietAxis

    pg.setConfigOptions(antialias=True)
    plot = pg.PlotWidget(axisItems={name: QuietAxis(name) for name in ("left", "bottom")})
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(x=False, y=False)
    plot.hideButtons()
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    item = plot.getPlotItem()
    item.disableAutoRange()
    item.showAxis("bottom", bottom)
    for name in ("left", "bottom"):
        item.getAxis(name).setStyle(tickFont=fonts.ui(10), tickLength=0)
        item.getAxis(name).enableAutoSIPrefix(False)
    item.getAxis("left").setWidth(left)
    return plot


def set_range(plot: Any, left: float, right: float, low: float, high: float) -> None:
    """What the axes show."""
    wanted = [[left, right], [low, high]]
    if plot.getPlotItem().vb.targetRange() != wanted:
        plot.setRange(xRange=wanted[0], yRange=wanted[1], padding=0, disableAutoRange=False)


def colour_plot(plot: Any, theme: Theme) -> None:
    """Give a plot the colours of a theme, if it has not got them."""
    import pyqtgraph as pg

    if plot.property("theme") == theme.name:
        return
    plot.setProperty("theme", theme.name)
    plot.setBackground(theme.panel)
    item = plot.getPlotItem()
    for name in ("left", "bottom"):
        item.getAxis(name).setPen(pg.mkPen(theme.panel))
        item.getAxis(name).setTextPen(theme.dim)
    item.showGrid(x=item.getAxis("bottom").isVisible(), y=True, alpha=0.12)
