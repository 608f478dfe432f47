"""Drawn: what stands in a plot, by name. An item is made when its name is drawn first, afterwards only changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

LONG = 2_000
"""Points beyond which a curve is thinned for the screen."""


class Drawn:
    """Draw with the methods named after what they draw, then :meth:`sweep`: what was not drawn again goes.

    Making an item, and taking it out, costs ten times what changing it does; curves are drawn anew thirty times a
    second while a slider is moved.
    """

    def __init__(self, plot: Any) -> None:
        self._plot = plot
        self._items: dict[str, Any] = {}
        self._looks: dict[str, object] = {}
        self._kept: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._items

    def __getitem__(self, name: str) -> Any:
        return self._items[name]

    def curve(
        self,
        name: str,
        x: Floats,
        y: Floats,
        colour: QColor,
        width: float,
        style: Qt.PenStyle = Qt.PenStyle.SolidLine,
        connect: str = "finite",
        z: float = 0.0,
    ) -> Any:
        """A line through points; nan is a gap. ``connect`` may be ``pairs``."""
        import pyqtgraph as pg

        item = self._items.get(name)
        if item is None:
            # Thinned, it has the least and the greatest of what falls on a pixel.
            item = self._put(name, pg.PlotDataItem(connect=connect, autoDownsampleFactor=1.0), z)
        look = colour.rgba(), width, style
        if self._looks.get(name) != look:
            self._looks[name] = look
            pen = QPen(colour, width, style)
            pen.setCosmetic(True)
            item.setPen(pen)
        thinned = len(x) > LONG and connect == "finite"
        if item.opts["autoDownsample"] != thinned:
            item.setDownsampling(auto=thinned, method="peak")
        item.setData(x, y)
        self._kept.add(name)
        return item

    def dots(
        self,
        name: str,
        x: Floats,
        y: Floats,
        colour: QColor,
        edge: QColor,
        size: float,
        symbol: str = "o",
        z: float = 0.0,
    ) -> Any:
        """A symbol of ``size`` px at each point."""
        import pyqtgraph as pg

        item = self._items.get(name)
        if item is None:
            item = self._put(name, pg.ScatterPlotItem(), z)
        look = colour.rgba(), edge.rgba(), size, symbol
        if self._looks.get(name) != look:
            self._looks[name] = look
            item.setSymbol(symbol, update=False)
            item.setSize(size, update=False)
            item.setPen(pg.mkPen(edge, width=1.2 if size < 10 else 1.5), update=False)
            item.setBrush(colour)
        item.setData(x=x, y=y)
        self._kept.add(name)
        return item

    def image(self, name: str, pixels: Any, area: QRectF, z: float = -10.0) -> Any:
        """RGBA of shape (rows, columns, 4), the lowest row first, over an area."""
        import pyqtgraph as pg

        item = self._items.get(name)
        if item is None:
            item = self._put(name, pg.ImageItem(axisOrder="row-major"), z)
        item.setImage(pixels, autoLevels=False, levels=(0, 255))
        item.setRect(area)
        self._kept.add(name)
        return item

    def item(self, name: str, made: Any, z: float = 0.0) -> Any:
        """Anything else, which takes the place of what had the name."""
        self.drop(name)
        self._kept.add(name)
        return self._put(name, made, z)

    def begin(self) -> None:
        """Everything is to be drawn again: what was drawn since the last sweep does not count."""
        self._kept.clear()

    def keep(self, *names: str) -> None:
        """These stand as they are, if they are there."""
        self._kept.update(names)

    def sweep(self, prefix: str = "") -> None:
        """Take out what was not drawn since the last time, of the names that begin so."""
        for name in [n for n in self._items if n.startswith(prefix) and n not in self._kept]:
            self.drop(name)
        self._kept = {n for n in self._kept if not n.startswith(prefix)}

    def drop(self, name: str) -> None:
        """Take one out, if it is there."""
        item = self._items.pop(name, None)
        self._looks.pop(name, None)
        if item is not None:
            self._plot.removeItem(item)

    def _put(self, name: str, item: Any, z: float) -> Any:
        item.setZValue(z)
        self._plot.addItem(item, ignoreBounds=True)
        self._items[name] = item
        return item
