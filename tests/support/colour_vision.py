"""Colours as eyes see them: contrast, and the distance of two colours for the three kinds of colour blindness."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

Array = np.ndarray

EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""Linear RGB as it is, to linear RGB as it is seen. Source: Machado, Oliveira and Fernandes, "A Physiologically-based Model
for Simulation of Color Vision Deficiency" (2009), severity 1."""

_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def _linear(colour: QColor) -> Array:
    c = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _lab(linear: Array) -> Array:
    """CIE 1976 L*a*b* under D65."""
    x = _XYZ @ np.clip(linear, 0.0, 1.0) / _WHITE
    f = np.where(x > (6 / 29) ** 3, np.cbrt(x), x / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(a: QColor, b: QColor, eyes: str) -> float:
    """CIE 1976 colour difference as these eyes see it; 2.3 is just noticeable, black and white are 100 apart."""
    seen = EYES[eyes]
    return float(np.linalg.norm(_lab(seen @ _linear(a)) - _lab(seen @ _linear(b))))


def contrast(a: QColor, b: QColor) -> float:
    """WCAG 2's contrast ratio, 1 to 21."""
    dark, light = sorted(float(_XYZ[1] @ _linear(c)) for c in (a, b))
    return (light + 0.05) / (dark + 0.05)
