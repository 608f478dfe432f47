"""A plot without buttons, menus and panning, in the colours of a theme."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from gui.base import fonts
from gui.base.theme import Theme


def quiet_plot(left: int = 46, bottom: bool = False) -> Any:
    """A new plot; ``left`` is the room for its numbers in px, ``bottom`` tells whether the other axis has some too."""
    # Loading it takes longer than a frame: nothing does before the first plot is asked for.
    import pyqtgraph as pg

    pg.setConfigOptions(antialias=True)
    plot = pg.PlotWidget()
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(x=False, y=False)
    plot.hideButtons()
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    item = plot.getPlotItem()
    item.showAxis("bottom", bottom)
    for name in ("left", "bottom"):
        item.getAxis(name).setStyle(tickFont=fonts.ui(10), tickLength=0)
    item.getAxis("left").setWidth(left)
    return plot


def colour_plot(plot: Any, theme: Theme) -> None:
    """Give a plot the colours of a theme."""
    import pyqtgraph as pg

    plot.setBackground(theme.panel)
    item = plot.getPlotItem()
    for name in ("left", "bottom"):
        item.getAxis(name).setPen(pg.mkPen(theme.panel))
        item.getAxis(name).setTextPen(theme.dim)
    item.showGrid(x=item.getAxis("bottom").isVisible(), y=True, alpha=0.12)
