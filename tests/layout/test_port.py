from __future__ import annotations

import numpy as np
import pytest

from engine.layout.port import Ports, assign_ports
from tests.layout.passes import Staged, staged


def ports(stage: Staged, at: dict[str, float], breadth: float = 90.0) -> Ports:
    """Ports of a graph without long edges, with its nodes at the given coordinates."""
    x = np.array([at[name] for name in stage.graph.nodes])
    place = np.lexsort((x, stage.layered.layer)).argsort()
    return assign_ports(stage.layered, place, x, np.full(len(x), breadth))


def test_a_single_edge_arrives_in_the_middle_and_leaves_towards_it() -> None:
    stage = staged("x; y = x")
    for at, leave in ((0.0, 0.0), (20.0, 20.0), (-20.0, -20.0), (100.0, 20.0)):
        found = ports(stage, {"x": 0.0, "y": at})
        assert (found.leave.tolist(), found.enter.tolist()) == ([pytest.approx(leave)], [at])


def test_operands_on_both_sides_arrive_around_the_middle() -> None:
    found = ports(staged("a b; y = a b"), {"a": -100.0, "b": 100.0, "y": 0.0})
    assert found.enter.tolist() == [-9.0, 9.0]


def test_an_operand_in_line_arrives_straight() -> None:
    found = ports(staged("a b; y = a b"), {"a": 0.0, "b": 118.0, "y": 0.0})
    assert found.enter.tolist() == [0.0, 18.0]
    found = ports(staged("a b c; y = a b c"), {"a": 0.0, "b": 118.0, "c": 236.0, "y": 0.0})
    assert found.enter.tolist() == pytest.approx([0.0, 14.625, 29.25])


def test_argument_order_wins_over_position() -> None:
    found = ports(staged("a b; y = b a"), {"a": -100.0, "b": 100.0, "y": 0.0})
    # Edges are listed by argument: b, then a.
    assert found.enter.tolist() == [-9.0, 9.0]
    assert found.leave[0] > 50.0
    assert found.leave[1] < -50.0


def test_departures_are_in_the_order_of_where_they_go() -> None:
    found = ports(staged("x; a = x; b = x"), {"x": 0.0, "a": 100.0, "b": -100.0})
    assert found.leave.tolist() == [9.0, -9.0]


def test_parallel_edges_are_parallel() -> None:
    found = ports(staged("x; y = x x"), {"x": 0.0, "y": 0.0})
    assert found.leave.tolist() == found.enter.tolist()
    assert found.enter[1] - found.enter[0] == 18.0


@pytest.mark.parametrize("count", [2, 3, 4, 5, 8, 20, 200])
def test_ports_stay_on_the_middle_of_the_side(count: int) -> None:
    names = [f"a{i}" for i in range(count)]
    stage = staged(" ".join(names) + "; y = " + " ".join(names))
    for y in (-5_000.0, 0.0, 5_000.0):
        enter = ports(stage, {"y": y} | {name: 118.0 * i for i, name in enumerate(names)}).enter
        assert np.abs(enter - y).max() <= 29.25 + 1e-9
        assert (np.diff(enter) > 0.1).all()
        assert (np.diff(enter) <= 18.0 + 1e-9).all()
