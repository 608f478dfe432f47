"""A layout that follows another one keeps what was there where it was."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layout import Edge, Layout, Path
from engine.layout.steady import in_previous_order, most_common
from tests.layout.geometry import NEAR, drawn
from tests.layout.graphs import CARD, Graph, graphs, program
from tests.layout.test_groups import check, check_frames, either_way, grouped, network

few = settings(max_examples=20, deadline=None)


def moved(before: Layout, after: Layout, names: list[str], direction: str = "right") -> list[str]:
    """The nodes that are not where they were across the flow, but for a shift of the whole picture."""
    side = 1 if direction == "right" else 0
    shift = np.array([after.positions[name][side] - before.positions[name][side] for name in names])
    shift -= most_common(shift)
    return [name for name, way in zip(names, shift, strict=True) if abs(way) > 1.0]


@few
@given(grouped(), either_way)
def test_a_picture_that_follows_itself_stays(given_: tuple[Graph, dict[str, Path]], direction: str) -> None:
    graph, groups = given_
    before = drawn(graph, direction=direction, groups=groups)
    after = drawn(graph, direction=direction, groups=groups, previous=before.positions)
    assert moved(before, after, graph.nodes, direction) == []


@few
@given(grouped(anyhow=True), either_way, st.randoms(use_true_random=False))
def test_whatever_was_before_nothing_overlaps(
    given_: tuple[Graph, dict[str, Path]], direction: str, source: random.Random
) -> None:
    graph, groups = given_
    known = [name for name in graph.nodes if source.random() < 0.7]
    previous = {name: (source.uniform(-900, 900), source.uniform(-900, 900)) for name in known}
    layout = drawn(graph, direction=direction, groups=groups, previous=previous)
    check(graph, layout, direction)
    check_frames(graph, layout)


@few
@given(graphs())
def test_nothing_before_is_no_difference(graph: Graph) -> None:
    assert drawn(graph, previous={}) == drawn(graph) == drawn(graph, previous={"elsewhere": (0.0, 0.0)})


LOSS = "w x b; m = w x; h = m b; y = h; z = w y; t = z one; loss = t two"
EDITS = {
    "an op at the end": LOSS + "; out = loss",
    "another end": LOSS + "; out = z y",
    "an op in the middle": LOSS.replace("z = w y", "k = y; z = w k"),
    "an op less": LOSS.replace("y = h; z = w y", "z = w h"),
    "another branch": LOSS.replace("; z = w y", "; k = x b; e = k; s = w y; z = s e"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_an_edit_leaves_alone_keeps_its_lane(edit: str) -> None:
    source = LOSS.replace(" one", " c").replace(" two", " d").replace("w x b;", "w x b c d;")
    changed = EDITS[edit].replace(" one", " c").replace(" two", " d").replace("w x b;", "w x b c d;")
    old, new = program(source), program(changed)
    before = drawn(old)
    after = drawn(new, previous=before.positions)
    both = [name for name in old.nodes if name in new.nodes]
    # A line that has to pass needs a lane.
    assert moved(before, after, both) == (["c"] if edit == "another end" else [])
    if "end" in edit:
        assert [after.positions[name][0] for name in both] == [before.positions[name][0] for name in both]


def test_groups_keep_their_places_and_their_contents() -> None:
    graph, groups = network(3)
    before = drawn(graph, groups=groups)
    more = Graph(
        [*graph.nodes, "extra", "y"],
        [*graph.edges, Edge("a0", "extra"), Edge("a2", "y", 0), Edge("extra", "y", 1)],
        {**graph.sizes, "extra": CARD, "y": CARD},
    )
    after = drawn(more, groups=groups, previous=before.positions)
    check(more, after, "right")
    check_frames(more, after)
    for i in range(3):
        names = [f"{name}{i}" for name in "Wbtmh"]
        inside = [
            np.subtract(layout.positions[n], layout.positions[f"h{i}"]) for layout in (before, after) for n in names
        ]
        assert np.allclose(inside[:5], inside[5:], atol=1.0)
    assert len(moved(before, after, graph.nodes)) <= len(graph.nodes) // 3


def test_the_order_of_before_is_taken_over() -> None:
    previous = {"a": (0.0, 50.0), "b": (0.0, 10.0), "d": (9.0, 30.0)}
    assert in_previous_order(["a", "b", "c", "d", "e"], previous, False) == ["b", "c", "d", "e", "a"]
    assert in_previous_order(["a", "b", "c", "d"], previous, True) == ["a", "b", "c", "d"]


def test_the_most_common_value() -> None:
    assert most_common(np.array([3.0, 40.2, 39.9, -7.0, 40.0])) == pytest.approx(40.03, abs=0.01)
    assert most_common(np.array([5.0, -2.0])) == -2.0
    assert np.isnan(most_common(np.array([])))


def test_lines_are_not_made_much_longer_for_what_was_before() -> None:
    graph = program("a b c; x = a; y = b; z = c; r = x y z")
    upside = {name: (0.0, -5000.0 * i) for i, name in enumerate(graph.nodes)}
    layout = drawn(graph, previous=upside)
    length = sum(abs(layout.positions[s][1] - layout.positions[t][1]) for s, t, _ in graph.edges)
    assert length < 3000 + NEAR
