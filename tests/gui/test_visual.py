"""What is drawn looks as it did when somebody last looked at it: compared with pictures, on the bundled fonts."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage

from tests.support.record_pictures import FOLDER, PICTURES, picture

BLOCK = 16
"""Pixels of the squares that are compared: fonts may be rasterised a little differently elsewhere."""
LARGEST = 12.0
"""Mean difference of a square, of 255, that is still no other picture."""


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(np.float32)


def blocks(image: np.ndarray) -> np.ndarray:
    h, w = (n // BLOCK * BLOCK for n in image.shape[:2])
    return image[:h, :w].reshape(h // BLOCK, BLOCK, w // BLOCK, BLOCK, 3).mean(axis=(1, 3))


def differs(one: QImage, other: QImage) -> float:
    """The largest mean difference of a square; all of 255 for pictures of another size."""
    a, b = pixels(one), pixels(other)
    if a.shape != b.shape:
        return 255.0
    return float(np.abs(blocks(a) - blocks(b)).max())


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_the_one_that_was_looked_at(name: str) -> None:
    kept = QImage(str(FOLDER / f"{name}.png"))
    assert not kept.isNull()
    assert differs(picture(*PICTURES[name]), kept) < LARGEST, (
        "record_pictures draws it anew, if that is how it should look"
    )


def test_the_comparison_sees_another_step_and_another_theme() -> None:
    source, cursor, theme = PICTURES["first-8-light"]
    image = picture(source, cursor, theme)
    assert differs(image, picture(source, cursor, theme)) == 0.0
    assert differs(image, picture(source, cursor + 1, theme)) > LARGEST
    assert differs(image, picture(source, cursor, "dark")) > LARGEST


def test_the_comparison_sees_a_wrong_number() -> None:
    program = "import torch\na = torch.tensor({}., requires_grad=True)\nb = a * a\n"
    one, other = (picture(program.format(n), 3, "light") for n in (2, 8))
    assert one.size() == other.size()
    assert differs(one, other) > LARGEST
