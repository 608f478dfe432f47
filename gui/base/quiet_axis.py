"""QuietAxis: an axis that paints its numbers afresh. Imported with the first plot: pyqtgraph takes long to load."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QPainter


class QuietAxis(pg.AxisItem):  # type: ignore[misc]
    """What it shows is worked out when that changes, as pyqtgraph does; but it is painted, not played back.

    pyqtgraph keeps an axis as a QPicture, whose texts and fonts are read anew at each repaint: three times as long.
    """

    picture: Any
    _specs: Any = None

    def paint(self, p: QPainter, opt: Any, widget: Any) -> None:
        if self.picture is None:
            p.save()
            p.setFont(self.style["tickFont"])
            self._specs = self.generateDrawSpecs(p)
            p.restore()
            self.picture = True
        if self._specs is not None:
            p.save()
            self.drawPicture(p, *self._specs)
            p.restore()
