from __future__ import annotations

import numpy as np

from engine.layout.components import components
from engine.layout.stack import place_layers, stack_components
from tests.layout.passes import staged


def test_layers_follow_each_other_from_0_in_every_component() -> None:
    stage = staged("w; a = w; k")
    component = np.array(components(stage.indexed))
    columns = place_layers(stage.layered, component, np.array([30.0, 50.0, 10.0]), 7.0)
    assert columns.layer_begin.tolist() == [0.0, 37.0, 0.0]
    assert columns.layer_end.tolist() == [30.0, 87.0, 10.0]


def test_nodes_stand_in_the_middle_of_their_layer() -> None:
    stage = staged("w x; a = w x")
    columns = place_layers(stage.layered, np.zeros(3, np.int64), np.array([30.0, 50.0, 10.0]), 7.0)
    assert columns.node_begin.tolist() == [10.0, 0.0, 57.0]
    assert columns.node_end.tolist() == [40.0, 50.0, 67.0]


def test_components_follow_each_other_across_the_flow() -> None:
    stage = staged("w x; a = w x; u; v = u; k")
    component = np.array(components(stage.indexed))
    x = np.array([-50.0, 50.0, 0.0, 900.0, 900.0, -7.0])
    moved = stack_components(stage.layered, component, x, np.full(6, 20.0), 5.0)
    assert moved.tolist() == [10.0, 110.0, 60.0, 135.0, 135.0, 160.0]


def test_lanes_count_as_part_of_their_component() -> None:
    stage = staged("x; a = x; b = a; y = b x; k")
    component = np.array(components(stage.indexed))
    x = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 80.0, 80.0])
    moved = stack_components(stage.layered, component, x, np.full(5, 20.0), 5.0)
    assert moved[4] == 10.0 + 80.0 + 5.0 + 10.0
