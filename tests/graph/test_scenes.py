"""Which cards a picture has, and when a new picture begins."""

from __future__ import annotations

from engine.explain import names
from engine.graph import build
from engine.graph.build import structure, why_cut
from engine.graph.scenes import CONSTANT, Scenes
from tests.support.runs import FIRST, TRAINING, moment_of, scenes_of, trace_of


def titles(source: str, cursor: int | None = None) -> list[str]:
    m = moment_of(source, cursor)
    end = m.scenes.count
    return [names.title(m.scenes, e, end) for e in m.scenes.members(m.scene)]


def test_the_first_program_is_one_scene() -> None:
    assert scenes_of(FIRST).begins == [0]
    assert titles(FIRST) == ["w", "x", "a", "1", "b", "y"]


def test_edges_lead_from_operands_in_argument_order() -> None:
    m = moment_of(FIRST)
    graph = build(m.scenes, m.scene)
    name = {k: names.title(m.scenes, d["entity"], m.place) for k, d in graph.nodes(data=True)}
    edges = sorted((name[u], name[v], k, d["cut"]) for u, v, k, d in graph.edges(keys=True, data=True))
    assert edges == [
        ("1", "b", 1, "constant"),
        ("a", "y", 0, ""),
        ("b", "y", 1, ""),
        ("w", "a", 0, ""),
        ("w", "b", 0, ""),
        ("x", "a", 1, ""),
    ]


def test_x_plus_x_has_two_edges() -> None:
    m = moment_of("import torch\nx = torch.ones(1, requires_grad=True)\ny = x + x\n")
    assert sorted(k for *_, k in build(m.scenes, m.scene).edges(keys=True)) == [0, 1]


def test_each_epoch_is_a_scene_of_the_same_form() -> None:
    trace, scenes = trace_of(TRAINING), scenes_of(TRAINING)
    assert len(scenes.begins) == 5
    forms = set()
    for begin in scenes.begins[1:]:
        graph = build(scenes, scenes.scene_at(begin + 1))
        forms.add(structure(graph))
    assert len(forms) == 1
    first = [trace.steps[trace.cursor_of(b) - 1] for b in scenes.begins[1:]]
    assert [s.turn for s in first] == [(1,), (2,), (3,), (4,)]
    assert all(s.phase.value == "forward" for s in first)


def test_the_picture_of_an_epoch_stays_through_its_update() -> None:
    trace, scenes = trace_of(TRAINING), scenes_of(TRAINING)
    for cursor, step in enumerate(trace.steps, 1):
        if step.turn:
            assert scenes.scene_at(trace.stop(cursor)).number == step.turn[0]


def test_a_total_that_keeps_every_graph_alive_is_one_growing_scene() -> None:
    source = (
        "import torch\nw = torch.ones(1, requires_grad=True)\ntotal = 0\n"
        "for i in range(4):\n    loss = (w * i) ** 2\n    total = total + loss\n"
    )
    assert scenes_of(source).begins == [0]
    assert len(titles(source)) > 12


def test_rebinding_names_outside_a_loop_begins_a_scene() -> None:
    block = "w = torch.tensor([1.], requires_grad=True)\ny = w * 2\ny.backward()\n"
    source = "import torch\n" + block + block
    scenes = scenes_of(source)
    assert len(scenes.begins) == 2
    assert titles(source) == ["w", "2", "y"]


def test_del_only_takes_cards_away() -> None:
    source = "import torch\nw = torch.ones(1, requires_grad=True)\ny = w * 2\ndel y\nz = w * 3\n"
    scenes = scenes_of(source)
    assert scenes.begins == [0] or len(scenes.begins) == 2
    assert "z" in titles(source)


def test_results_that_nobody_names_or_uses_get_no_card() -> None:
    source = (
        "import torch\nx = torch.ones(3, requires_grad=True)\ny = x * 2\nwhile y.data.norm() < 10:\n    y = y * 2\n"
    )
    kinds = {e.op for e in moment_of(source).scenes.members(moment_of(source).scene)}
    assert kinds == {"", "mul"}


def test_why_no_gradient_returns() -> None:
    source = (
        "import torch\nx = torch.ones(2, requires_grad=True)\nc = torch.ones(2)\na = x * c\nb = a.detach()\n"
        "d = a.data\ne = a.argmax()\nwith torch.no_grad():\n    f = a * 1\n"
    )
    m = moment_of(source)
    graph = build(m.scenes, m.scene)
    cuts = {}
    for u, v in graph.edges():
        source_, target = graph.nodes[u]["entity"], graph.nodes[v]["entity"]
        cuts[names.title(m.scenes, source_, m.place), names.title(m.scenes, target, m.place)] = why_cut(source_, target)
    assert cuts[("x", "a")] == ""
    assert cuts[("c", "a")] == "constant"
    assert cuts[("a", "b")] == "detach"
    assert cuts[("a", "d")] == "data"
    assert cuts[("a", "e")] == "not differentiable"
    assert cuts[("a", "f")] == "no_grad"


def test_an_edit_in_place_makes_a_card_of_its_own() -> None:
    source = "import torch\nx = torch.ones(2, requires_grad=True)\ny = x * 2\ny += 1\ny.sum().backward()\n"
    m = moment_of(source)
    ops = [(e.op, names.title(m.scenes, e, m.place)) for e in m.scenes.members(m.scene) if e.op]
    assert ops == [("mul", "y"), ("add_", "y"), ("sum", "sum")]


def test_second_order_nodes() -> None:
    source = (
        "import torch\nx = torch.tensor(3., requires_grad=True)\ng, = torch.autograd.grad(x**3, x, create_graph=True)\n"
    )
    m = moment_of(source)
    assert {e.order for e in m.scenes.members(m.scene) if e.op == "mul"} == {2}


def test_a_stream_gives_the_same_scenes() -> None:
    whole = scenes_of(TRAINING)
    stream = Scenes()
    events = trace_of(TRAINING).events
    for i in range(0, len(events) + 5, 5):
        stream.extend(events[:i])
    stream.extend(events)
    assert stream.begins == whole.begins
    assert list(stream.entities) == list(whole.entities)


def test_numbers_get_a_card_only_where_torch_makes_tensors_of_them() -> None:
    m = moment_of("import torch\nx = torch.ones(1, requires_grad=True)\ny = x ** 2 + 1\n")
    assert [e.number for e in m.scenes.members(m.scene) if e.kind == CONSTANT] == [1]
