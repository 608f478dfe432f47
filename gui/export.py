"""Pictures as files: the canvas at a step, all steps as frames, the loss curve. No screen is needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QMimeData, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPolygonF
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from engine.explain.captions import caption
from engine.explain.moment import Moment
from engine.explain.numbers import number
from engine.graph.scenes import Scenes
from engine.series import LossSeries, loss_series
from engine.trace.events import AnyEvent
from engine.trace.trace import Trace
from gui.base import fonts
from gui.base.theme import Theme
from gui.canvas import painting
from gui.canvas.picture import Picture
from gui.canvas.pictures import Pictures

MARGIN = 40.0
CAPTION = 46.0
SCALE = 2.0
"""Pixels of a PNG per scene pixel."""
LARGEST = 8000
"""Pixels of a PNG's longer side."""
LEAST_WIDTH = 640.0


def offscreen() -> QApplication:
    """An application for painting without a window."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        app = QApplication(sys.argv[:1])
        fonts.load()
    return app


def _frame(picture: Picture, keys: Sequence[str] = ()) -> QRectF:
    """The part of the scene that goes into a file, with room for the caption above it: all, or around some cards."""
    bounds = QRectF()
    for key in keys:
        if key in picture:
            bounds = bounds.united(picture[key].rect)
    rect = (picture.bounds if bounds.isNull() else bounds).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    if rect.width() < LEAST_WIDTH:
        more = (LEAST_WIDTH - rect.width()) / 2
        rect = rect.adjusted(-more, 0, more, 0)
    return rect.adjusted(0, -CAPTION, 0, 0)


def _paint(p: QPainter, m: Moment, picture: Picture, theme: Theme, frame: QRectF) -> None:
    painting.hints(p)
    painting.paint_ground(p, theme, frame, 1.0)
    painting.paint_still(p, picture, theme, frame, 1.0, None)
    painting.paint_moving(p, picture, theme, 1.0, 1.0)
    c = caption(m)
    x, y = frame.left() + 20, frame.top() + 28
    room = frame.width() - 40
    for text, colour, weight in ((c.lead, theme.text, fonts.SEMIBOLD), (_rest(c.where, c.sentence), theme.dim, None)):
        if not text:
            continue
        font = fonts.ui(13) if weight is None else fonts.ui(13, weight)
        p.setFont(font)
        p.setPen(colour)
        metrics = p.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room))
        p.drawText(QPointF(x, y), shown)
        x += metrics.horizontalAdvance(shown) + 12
        room -= metrics.horizontalAdvance(shown) + 12


def _rest(where: str, text: str) -> str:
    return " — ".join(part for part in (where, text) if part)


def picture_image(m: Moment, pictures: Pictures, theme: Theme, scale: float = SCALE) -> QImage:
    """The canvas at a moment, with its caption; ``scale`` pixels for a scene pixel, fewer if it grew too large."""
    picture = pictures.at(m)
    return _image(m, picture, theme, _frame(picture), scale)


def _image(m: Moment, picture: Picture, theme: Theme, frame: QRectF, scale: float = SCALE) -> QImage:
    scale = min(scale, LARGEST / max(frame.width(), frame.height()))
    image = QImage(
        QSize(max(1, round(frame.width() * scale)), max(1, round(frame.height() * scale))),
        QImage.Format.Format_RGB32,
    )
    image.fill(theme.canvas)
    p = QPainter(image)
    p.scale(scale, scale)
    p.translate(-frame.topLeft())
    _paint(p, m, picture, theme, frame)
    p.end()
    return image


def _save(image: QImage, path: Path) -> None:
    if not image.save(str(path)):
        raise OSError(f"{path.name} could not be written")


def _drawing(m: Moment, picture: Picture, theme: Theme, frame: QRectF) -> bytes:
    """The same as SVG."""
    out = QBuffer()
    drawing = QSvgGenerator()
    drawing.setOutputDevice(out)
    drawing.setSize(QSize(round(frame.width()), round(frame.height())))
    drawing.setViewBox(QRectF(0, 0, frame.width(), frame.height()))
    drawing.setTitle("Chainrule")
    drawing.setDescription(caption(m).plain())
    p = QPainter(drawing)
    p.translate(-frame.topLeft())
    _paint(p, m, picture, theme, frame)
    p.end()
    return bytes(out.data().data())


def clipboard_data(m: Moment, theme: Theme, functions: bool, keys: Sequence[str], pictures: Pictures) -> QMimeData:
    """The canvas at a moment as PNG and as SVG: all of it, or the part around some cards."""
    picture = pictures.at(m, functions=functions)
    frame = _frame(picture, keys)
    data = QMimeData()
    data.setImageData(_image(m, picture, theme, frame))
    data.setData("image/svg+xml", QByteArray(_drawing(m, picture, theme, frame)))
    return data


def export_picture(
    m: Moment, theme: Theme, path: Path, functions: bool = False, pictures: Pictures | None = None
) -> None:
    """The canvas at a moment as PNG or SVG, by the file's ending; with ``functions``, of autograd's nodes.

    ``pictures`` are those of a window: with what is collapsed there, and where its cards are.
    Raises OSError if the file cannot be written, ValueError for another ending.
    """
    kind = path.suffix.lower()
    pictures = pictures or Pictures()
    if kind == ".png":
        picture = pictures.at(m, functions=functions)
        _save(_image(m, picture, theme, _frame(picture)), path)
        return
    if kind != ".svg":
        raise ValueError(f"{path.name} is neither .png nor .svg")
    picture = pictures.at(m, functions=functions)
    path.write_bytes(_drawing(m, picture, theme, _frame(picture)))


def export_frames(
    source: str, events: Sequence[AnyEvent], theme: Theme, folder: Path, progress: Callable[[int, int], None]
) -> int:
    """A picture per step, and the loss curve if the program trains, into a folder; how many steps there were.

    ``progress`` is told how many pictures of how many have been written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    trace = Trace(source, events)
    scenes = Scenes()
    scenes.extend(trace.events)
    pictures = Pictures()
    digits = len(str(len(trace)))
    for cursor in range(1, len(trace) + 1):
        image = picture_image(Moment.at(trace, scenes, cursor), pictures, theme)
        _save(image, folder / f"step-{cursor:0{digits}}.png")
        progress(cursor, len(trace))
    series = loss_series(trace, scenes)
    if series:
        _save(loss_image(series[0], theme), folder / "loss.png")
    return len(trace)


def loss_image(series: LossSeries, theme: Theme, size: QSize | None = None) -> QImage:
    """The loss curve as a picture."""
    size = size or QSize(960, 480)
    image = QImage(size * 2, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(2)
    image.fill(theme.panel)
    p = QPainter(image)
    painting.hints(p)
    room = QRectF(70, 50, size.width() - 100, size.height() - 100)
    values = [point.value for point in series.points]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    last = max(1, series.points[-1].turn)
    p.setFont(fonts.ui(13, fonts.SEMIBOLD))
    p.setPen(theme.text)
    p.drawText(QPointF(room.left(), 30), f"{series.name} by {series.loop}")
    p.setFont(fonts.mono(11))
    for share in (0.0, 0.5, 1.0):
        y = room.bottom() - share * room.height()
        p.setPen(QPen(theme.hairline, 1))
        p.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
        p.setPen(theme.dim)
        box = QRectF(0, y - 9, room.left() - 10, 18)
        p.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number(low + share * span))
    p.setPen(theme.dim)
    p.drawText(QRectF(room.left(), room.bottom() + 8, 80, 18), Qt.AlignmentFlag.AlignLeft, "0")
    p.drawText(QRectF(room.right() - 80, room.bottom() + 8, 80, 18), Qt.AlignmentFlag.AlignRight, str(last))
    line = QPolygonF()
    for point in series.points:
        x = room.left() + point.turn / last * room.width()
        line.append(QPointF(x, room.bottom() - (point.value - low) / span * room.height()))
    p.setPen(QPen(theme.forward, 2))
    p.drawPolyline(line)
    p.end()
    return image
