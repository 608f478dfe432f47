from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layout.cut import common, cut


def test_a_block_that_has_a_coordinate_stays_whole() -> None:
    block = np.array([0, 1, 0])
    low, high = np.array([0.0, 5.0, 2.0]), np.array([4.0, 6.0, 9.0])
    assert cut(block, np.arange(3), low, high).tolist() == [0, 1, 0]
    assert [part.tolist() for part in common(block, low, high)] == [[2.0, 5.0], [4.0, 6.0]]


def test_others_are_cut_along_the_flow() -> None:
    found = cut(
        np.array([0, 0, 0, 1]), np.array([2, 0, 1, 0]), np.array([9.0, 0.0, 1.0, 0.0]), np.array([9.0, 2.0, 3.0, 0.0])
    )
    assert found[1] == found[2] != found[0]
    assert len(set(found.tolist())) == 3


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 20)), min_size=1, max_size=20))
def test_every_piece_has_a_coordinate(vertices: list[tuple[int, int, int]]) -> None:
    _, block = np.unique([b for b, _, _ in vertices], return_inverse=True)
    low = np.array([float(a) for _, a, _ in vertices])
    high = low + [float(w) for _, _, w in vertices]
    found = cut(block, np.arange(len(block)), low, high)
    least, most = common(found, low, high)
    assert (least <= most).all()
    for piece in range(int(found.max()) + 1):
        assert len(set(block[found == piece].tolist())) == 1
