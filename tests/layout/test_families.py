"""Small members of the families that real programs make: rules, and crossings that must not become more."""

from __future__ import annotations

import pytest

from tests.layout.geometry import crossings, drawn, overlapping, pierced
from tests.layout.graphs import FAMILIES, program

MOST = {"tree": 0, "tensor mlp": 0, "scalar mlp": 64, "diamonds": 7, "rnn": 34}
"""Crossings of edges that share no node, as measured; fewer is better, more is a step back."""


@pytest.mark.parametrize("family", FAMILIES)
def test_family(family: str) -> None:
    graph = program(FAMILIES[family]())
    layout = drawn(graph)
    assert overlapping(layout, graph, 28.0) == []
    assert pierced(layout, graph) == []
    assert crossings(layout) <= MOST[family]
