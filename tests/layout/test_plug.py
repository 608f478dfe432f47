from __future__ import annotations

import pytest

from engine.layout.plug import layout


def test_numbers_in_polylines_out() -> None:
    edges = [(0, 1), (1, 2), (0, 2)]
    positions, routes = layout([0, 1, 2], edges, dict.fromkeys(range(3), (56.0, 40.0)))
    assert positions[0][1] < positions[1][1] < positions[2][1]
    assert sorted(routes) == [0, 1, 2]
    for k, (source, target) in enumerate(edges):
        assert routes[k][0][1] == pytest.approx(positions[source][1] + 20.0)
        assert routes[k][-1][1] == pytest.approx(positions[target][1] - 20.0)
    # A straight edge has no points in between.
    assert len(routes[0]) == 2


def test_edges_into_a_node_are_arguments_in_the_order_listed() -> None:
    sizes = dict.fromkeys(range(3), (56.0, 40.0))
    _, routes = layout([0, 1, 2], [(0, 2), (1, 2)], sizes)
    assert routes[0][-1][0] < routes[1][-1][0]
    _, routes = layout([0, 1, 2], [(1, 2), (0, 2)], sizes)
    assert routes[0][-1][0] < routes[1][-1][0]
