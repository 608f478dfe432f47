"""The graphs that a class looks at come out as one would draw them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engine.layout import Layout
from tests.layout.geometry import columns, crossings, drawn, overlapping, pierced
from tests.layout.graphs import (
    CARD,
    CHAIN,
    CLASSROOM,
    DIAMOND,
    FIRST,
    LINEAR,
    MLP,
    RESIDUAL,
    SHARED,
    SQUARE,
    prefix,
    program,
    rnn,
)


def heights(layout: Layout, names: str) -> list[float]:
    return [layout.positions[name][1] for name in names.split()]


@pytest.mark.parametrize("name", CLASSROOM)
@pytest.mark.parametrize("direction", ["right", "down"])
def test_rules_hold(name: str, direction: str) -> None:
    graph = program(CLASSROOM[name])
    layout = drawn(graph, direction=direction)
    assert overlapping(layout, graph, 28.0) == []
    assert pierced(layout, graph) == []


def test_first_program() -> None:
    graph = program(FIRST)
    layout = drawn(graph)
    assert columns(layout, graph) == [["w", "x", "1"], ["a", "b"], ["y"]]
    w, x, one, a, b, y = heights(layout, "w x 1 a b y")
    assert y == pytest.approx((a + b) / 2, abs=0.5)
    assert w < a < x < b < one
    assert crossings(layout, share_ends=True) == 1


def test_operand_used_twice() -> None:
    layout = drawn(program("x; y = x x"))
    first, second = layout.routes["x", "y", 0], layout.routes["x", "y", 1]
    assert first.straight
    assert second.straight
    assert second.start[1] - first.start[1] == pytest.approx(18.0)


def test_operand_used_twice_far_away() -> None:
    layout = drawn(program(SHARED))
    first, second = layout.routes["x", "y", 1], layout.routes["x", "y", 2]
    a, b = np.array(first.sample(24)).T, np.array(second.sample(24)).T
    at = np.linspace(a[0][0], a[0][-1], 200)
    assert (np.interp(at, *b) - np.interp(at, *a)).min() > 4.0


def test_chain_of_ops_is_straight() -> None:
    layout = drawn(program(CHAIN))
    assert len({y for _, y in layout.positions.values()}) == 1
    assert all(route.straight for route in layout.routes.values())


def test_diamond_is_symmetric() -> None:
    layout = drawn(program(DIAMOND))
    x, a, b, y = heights(layout, "x a b y")
    assert x == pytest.approx(y, abs=0.5)
    assert a + b == pytest.approx(2 * x, abs=0.5)
    assert a < b


@pytest.mark.parametrize("width", [2, 3, 4, 7])
def test_fans_are_symmetric_and_in_source_order(width: int) -> None:
    ops = [f"a{i}" for i in range(width)]
    graph = program("x; " + "; ".join(f"{op} = x" for op in ops) + "; s = " + " ".join(ops))
    layout = drawn(graph)
    assert columns(layout, graph) == [["x"], ops, ["s"]]
    ys = heights(layout, " ".join(ops))
    assert layout.positions["x"][1] == pytest.approx(sum(ys) / width, abs=0.5)
    assert layout.positions["s"][1] == pytest.approx(sum(ys) / width, abs=0.5)
    assert all(b - a == pytest.approx(118.0, abs=0.5) for a, b in itertools.pairwise(ys))


def test_main_line_is_straight_and_leaves_stand_near_their_users() -> None:
    graph = program(SQUARE)
    layout = drawn(graph)
    assert columns(layout, graph) == [["w", "x"], ["m", "b"], ["p", "t"], ["d", "2"], ["s"], ["loss"]]
    assert len(set(heights(layout, "m p d s loss"))) == 1
    assert layout.positions["m"][1] == pytest.approx(sum(heights(layout, "w x")) / 2, abs=0.5)


def test_linear_layer() -> None:
    graph = program(LINEAR)
    layout = drawn(graph)
    assert columns(layout, graph) == [["weight"], ["bias", "x", "wt"], ["pred", "y"], ["loss"]]
    assert layout.positions["weight"][1] == layout.positions["wt"][1]
    assert layout.positions["pred"][1] == layout.positions["loss"][1]
    assert layout.positions["pred"][1] == pytest.approx(layout.positions["x"][1], abs=0.5)
    assert crossings(layout, share_ends=True) == 0


def test_residual_blocks_are_one_line_with_bridges() -> None:
    graph = program(RESIDUAL)
    layout = drawn(graph)
    assert len(set(heights(layout, "h0 s0 h1 s1 h2 s2 h3 s3 h4 s4 h5"))) == 1
    assert crossings(layout, share_ends=True) == 0
    lanes = {max(y for _, y in layout.routes[f"h{i}", f"h{i + 1}", 1].sample()) for i in range(5)}
    assert len({round(lane, 3) for lane in lanes}) == 1
    # A bridge passes close under the op that it skips.
    assert lanes.pop() - layout.positions["s0"][1] - CARD[1] / 2 < 28.0


def test_tensor_mlp_is_one_line() -> None:
    graph = program(MLP)
    layout = drawn(graph)
    assert len(set(heights(layout, "m0 a0 h1 m1 a1 h2 m2 a2 h3"))) == 1
    assert layout.bounds[3] < 4 * CARD[1]
    assert crossings(layout, share_ends=True) == 0


def test_unrolled_rnn() -> None:
    graph = program(rnn(4))
    layout = drawn(graph)
    for t in range(1, 5):
        assert len(set(heights(layout, f"s{t} z{t} h{t}" + (f" v{t + 1} s{t + 1}" if t < 4 else "")))) == 1
    # Inputs come step by step, and stand in the layer before their first op.
    xs = [layout.positions[f"x{t}"][0] for t in range(1, 5)]
    assert all(a < b for a, b in itertools.pairwise(xs))
    assert [layout.positions[f"u{t}"][0] - x for t, x in enumerate(xs, 1)] == [262.0] * 4
    # A weight is one trunk: all its later uses leave it at the same point.
    for weight, op in (("Wx", "u"), ("Wh", "v")):
        index = 1
        assert len({layout.routes[weight, f"{op}{t}", index].start for t in range(2, 5)}) == 1


def test_components_are_stacked_in_source_order() -> None:
    graph = program("w x; a = w x; u; v = u; k")
    layout = drawn(graph)
    assert len({layout.positions[name][0] for name in ("w", "x", "u", "k")}) == 1
    first, second, third = heights(layout, "x"), heights(layout, "u v"), heights(layout, "k")
    assert max(first) < min(second) <= max(second) < min(third)
    down = drawn(graph, direction="down")
    assert len({down.positions[name][1] for name in ("w", "x", "u", "k")}) == 1
    assert down.positions["x"][0] < down.positions["u"][0] < down.positions["k"][0]


def test_operands_stand_in_argument_order_if_that_costs_nothing() -> None:
    graph = program("b a; p = a; q = b; y = p q")
    assert columns(drawn(graph), graph)[-2:] == [["p", "q"], ["y"]]
    graph = program("x; p = x; q = x; y = q p")
    assert columns(drawn(graph), graph)[-2:] == [["q", "p"], ["y"]]


@pytest.mark.parametrize("name", [name for name in CLASSROOM if name not in ("rnn", "shared")])
def test_writing_on_does_not_reshuffle(name: str) -> None:
    """While a program grows, nodes that stay in one layer keep their order in it."""
    graph = program(CLASSROOM[name])
    before: list[list[str]] = []
    for count in range(2, len(graph.nodes) + 1):
        part = prefix(graph, count)
        after = columns(drawn(part), part)
        for old, new in itertools.product(before, after):
            stayed = [node for node in old if node in new]
            # With one exception: a constant used in two places may find a better one.
            assert stayed == [node for node in new if node in stayed]
        before = after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (FIRST, FIRST + "; z = y"),
        (FIRST, FIRST + "; z = y a"),
        (FIRST, FIRST + "; c = b; d = a; e = c d y"),
        (SQUARE, SQUARE + "; g = loss w"),
        (LINEAR, LINEAR + "; l2 = weight; total = loss l2"),
        (RESIDUAL, RESIDUAL + "; h6 = h5 h0"),
        (DIAMOND, DIAMOND + "; z = y b a"),
    ],
)
def test_new_ops_do_not_permute_old_nodes(old: str, new: str) -> None:
    before, after = program(old), program(new)
    old_columns, new_columns = columns(drawn(before), before), columns(drawn(after), after)
    for a, b in itertools.product(old_columns, new_columns):
        stayed = [node for node in a if node in b]
        assert stayed == [node for node in b if node in stayed]
