"""Heat maps: a value as small squares."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QTransform

from engine.trace.values import Value
from gui.base.theme import Theme


def heat_map(p: QPainter, rect: QRectF, value: Value, theme: Theme) -> None:
    """Small squares by value: blue positive, orange negative, the card's colour zero."""
    array = value.array
    if array is None or array.size == 0:
        return
    flat = array.reshape(1, -1) if array.ndim == 1 else array.reshape(-1, array.shape[-1])
    rows = min(flat.shape[0], 16)
    columns = min(flat.shape[1], 46)
    part = flat[
        np.linspace(0, flat.shape[0] - 1, rows).astype(int)[:, None],
        np.linspace(0, flat.shape[1] - 1, columns).astype(int)[None, :],
    ].astype(np.float64)
    top = float(np.max(np.abs(part[np.isfinite(part)]))) if np.isfinite(part).any() else 0.0
    scale = np.where(np.isfinite(part), part / top if top else 0.0, 0.0)
    colours = np.empty((rows, columns, 4), np.uint8)
    zero = _rgb(theme.card)
    for sign, colour in ((scale >= 0, theme.forward), (scale < 0, theme.gradient)):
        full = _rgb(colour)
        t = np.abs(scale)[..., None] ** 0.7
        rgb = zero * (1 - t) + full * t
        colours[sign, :3] = rgb[sign].astype(np.uint8)
    colours[..., 3] = 255
    if not np.isfinite(part).all():
        colours[~np.isfinite(part), :3] = _rgb(theme.error)
    image = QImage(colours.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
    height = min(rect.height(), max(6.0, rect.height() if rows > 1 else 11.0))
    box = QRectF(rect.left(), rect.center().y() - height / 2, rect.width(), height)
    squares = QBrush(image)
    place = QTransform.fromTranslate(box.left(), box.top())
    squares.setTransform(place.scale(box.width() / columns, box.height() / rows))
    p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    p.setBrush(squares)
    p.setPen(QPen(theme.hairline, 1))
    p.drawRoundedRect(box, 2.5, 2.5)


def _rgb(colour: QColor) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([colour.red(), colour.green(), colour.blue()], np.float64)
