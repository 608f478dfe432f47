"""What is in a part of the scene, and the states of lines: the short ways find what the long ways find."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from gui.canvas.arrays import meet
from gui.canvas.near import LONG, Near
from gui.canvas.threads import Threads
from gui.canvas.wires import Wires


@pytest.mark.parametrize("wide", [400.0, 40_000.0])
def test_boxes_in_a_part_are_found(wide: float) -> None:
    random = np.random.default_rng(0)
    corners = random.uniform(0, (wide, 9_000), (500, 2))
    sizes = random.uniform(1, 90, (500, 2))
    sizes[::50] = 2 * LONG
    sizes[::30, 1] = 3 * LONG
    sizes[7::40, 0] = 5 * LONG
    boxes = np.hstack([corners, corners + sizes])
    near = Near(boxes)
    for x, y, w, h in random.uniform(0, 1, (60, 4)).tolist():
        rect = QRectF(x * wide, y * 9_000, w * 2_000, h * 2_000)
        assert near.meeting(rect).tolist() == np.flatnonzero(meet(boxes, rect)).tolist()
    assert Near(np.empty((0, 4))).meeting(QRectF(0, 0, 1, 1)).tolist() == []


def test_states_after_a_step_are_those_worked_out_anew() -> None:
    random = np.random.default_rng(0)
    sources = random.integers(0, 40, 200)
    wires = Wires(
        [(100.0 * s, 0.0), (100.0 * (s + 1 + i % 4), 0.0), (100.0 * s + 600, 10.0 * (i % 9))]
        for i, s in enumerate(sources.tolist())
    )
    threads = Threads(wires, sources)
    states = random.integers(0, 7, 200)
    for _ in range(30):
        states = states.copy()
        states[random.integers(0, 200, random.integers(0, 5))] = random.integers(0, 7)
        assert threads.states(states).tolist() == Threads(wires, sources).states(states).tolist()
