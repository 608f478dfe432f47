from __future__ import annotations

from engine.layout.nest import Box, nest


def tree(box: Box) -> tuple[object, ...]:
    return box.path, box.nodes, *(tree(inner) for inner in box.boxes)


def test_boxes_in_boxes_in_source_order() -> None:
    paths = [(), ("b",), ("a",), ("b", "c"), ("a",)]
    edges = [(0, 1), (1, 3), (0, 2), (2, 4)]
    assert tree(nest(paths, edges, range(5))) == (
        (),
        [0],
        (("b",), [1], (("b", "c"), [3])),
        (("a",), [2, 4]),
    )


def test_a_group_that_depends_on_itself_comes_in_parts() -> None:
    # 0 and 2 are of one group, and 1 stands between them.
    assert tree(nest([("g",), (), ("g",)], [(0, 1), (1, 2)], range(3))) == ((), [1], (("g",), [0]), (("g",), [2]))


def test_two_groups_that_depend_on_each_other_come_in_parts() -> None:
    paths = [("a",), ("b",), ("b",), ("a",)]
    found = nest(paths, [(0, 1), (2, 3)], range(4))
    assert (
        sorted((box.path, box.nodes) for box in found.boxes)
        == [
            (("a",), [0]),
            (("a",), [3]),
            (("b",), [1]),
            (("b",), [2]),
        ]
        or len(found.boxes) == 3
    )


def test_other_groups_stay_whole() -> None:
    paths = [("g",), (), ("g",), ("k",), ("k",)]
    found = nest(paths, [(0, 1), (1, 2), (2, 3), (3, 4)], range(5))
    assert [(box.path, box.nodes) for box in found.boxes] == [(("g",), [0]), (("g",), [2]), (("k",), [3, 4])]
