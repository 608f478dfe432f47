"""Which cards belong together, what that is called, and what collapsing makes of the graph."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.explain import names
from engine.graph.build import build
from engine.graph.folding import MANY, Folded, closed, fold
from engine.graph.groups import Groups, Path, groups
from engine.graph.scenes import OP
from tests.support.runs import FIRST, TRAINING, moment_of

NESTED = """import torch
def scale(a, k):
    b = a * k
    return b + 1
def model(x, w):
    h = scale(x @ w, 2.0)
    return torch.tanh(scale(h, 0.5))
def loss_fn(p, t):
    d = p - t
    return (d * d).mean()
x = torch.ones(2, 3)
w = torch.ones(3, 1, requires_grad=True)
loss = loss_fn(model(x, w), torch.zeros(2, 1))
total = loss + 0.1 * (w ** 2).sum()
"""

RNN = """import torch
W = torch.ones(3, 3, requires_grad=True)
U = torch.ones(2, 3, requires_grad=True)
h = torch.zeros(1, 3)
xs = torch.ones({n}, 1, 2)
for t in range({n}):
    h = torch.tanh(xs[t] @ U + h @ W)
loss = h.sum() * 2
"""

MLP = """import torch
import torch.nn as nn
model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
x, y = torch.ones(8, 2), torch.ones(8, 1)
for epoch in range(3):
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
"""

NEURONS = """import torch
def neuron(ws, xs):
    act = ws[0]
    for w, x in zip(ws[1:], xs):
        act = act + w * x
    return act.tanh()
def layer(weights, xs):
    return [neuron(ws, xs) for ws in weights]
sizes = [3, {n}, {n}, 1]
xs = [torch.tensor(1.0 * i) for i in range(3)]
for i, o in zip(sizes, sizes[1:]):
    xs = layer([[torch.tensor(0.1, requires_grad=True) for _ in range(i + 1)] for _ in range(o)], xs)
loss = (xs[0] - 1) ** 2
"""

TWICE = """import torch
def double(a):
    b = a + a
    return b * 2
x = torch.ones(1, requires_grad=True)
y = double(x * 3)
z = y + y
"""


def grouped(source: str, cursor: int | None = None) -> tuple[nx.MultiDiGraph[str], Groups, dict[str, str]]:
    """A scene's graph, its groups, and what its cards are called."""
    m = moment_of(source, cursor)
    graph = build(m.scenes, m.scene)
    called = {key: names.title(m.scenes, data["entity"], m.place) for key, data in graph.nodes(data=True)}
    return graph, groups(m.scenes, graph), called


def titles(source: str) -> list[tuple[int, str]]:
    """How deep each group is, and its title; runs left out."""
    _, found, _ = grouped(source)
    return [(len(g.path), g.title) for g in found.all.values() if not g.parts]


def folded(source: str, folds: dict[Path, bool] | None = None) -> Folded:
    graph, found, _ = grouped(source)
    return fold(graph, found, closed(found, len(graph), folds or {}))


def test_functions_within_functions() -> None:
    assert titles(NESTED) == [(1, "model()"), (2, "scale()"), (2, "scale()"), (1, "loss_fn()")]
    _, found, called = grouped(NESTED)
    model = found.all[("function model",)]
    assert [called[key] for key in model.keys] == ["mm", "2.0", "b", "1", "h", "0.5", "b", "1", "add", "tanh"]
    assert "x" not in {called[key] for key in model.keys}, "what is handed in stands outside"


def test_modules_hold_their_parameters() -> None:
    assert titles(MLP) == [(1, "model: Sequential"), (2, "0: Linear(2, 16)"), (2, "2: Linear(16, 1)")]
    _, found, called = grouped(MLP)
    names_in = [called[key] for key in found.all["Sequential", "2"].keys]
    assert names_in == ["model.2.weight", "model.2.bias", "t", "addmm"]
    assert titles(TRAINING) == [(1, "model: Linear(1, 1)")]


def test_turns_are_groups_where_several_stand_in_one_picture() -> None:
    assert titles(RNN.format(n=3)) == [(1, "step 1 of 3"), (1, "step 2 of 3"), (1, "step 3 of 3")]
    _, found, called = grouped(RNN.format(n=3))
    run = next(g for g in found.all.values() if g.parts)
    assert (run.title, len(run.parts), run.ops) == ("steps 1 to 3", 3, 15)
    assert not {"W", "U", "xs"} & {called[key] for key in run.keys}, "what all turns share stands outside"
    total = "import torch\nw = torch.ones(1, requires_grad=True)\ntotal = 0\nfor x in [1., 2., 3.]:\n"
    total += "    total += (w * x - 1) ** 2\ntotal.backward()\n"
    _, found, _ = grouped(total)
    assert [len(g.parts) for g in found.all.values() if g.parts] == [3], "the first turn adds to the number 0"


def test_what_tells_nothing_is_no_group() -> None:
    assert titles(FIRST) == []
    short = (
        "import torch\nw = torch.ones(1, requires_grad=True)\nx = w\nfor i in range(4):\n    x = x * 2 + 1\nx.sum()\n"
    )
    assert titles(short) == [], "a frame around each two ops would be much"
    everything = (
        "import torch\ndef main():\n    w = torch.ones(1, requires_grad=True)\n    return (w * 2).exp()\ny = main()\n"
    )
    assert titles(everything) == []
    within = (
        "import torch\nimport torch.nn as nn\nclass Net(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.fc = nn.Linear(1, 1)\n"
        "    def forward(self, x):\n        return self.run(x)\n    def run(self, x):\n        return self.fc(x).tanh()\n"
        "loss = Net()(torch.ones(1)).sum() * 2\n"
    )
    assert titles(within) == [(1, "Net"), (2, "fc: Linear(1, 1)")], "forward and run hold the same ops as the module"


def test_paths_stay_from_epoch_to_epoch() -> None:
    m = moment_of(MLP)
    paths = []
    for begin in m.scenes.begins[1:]:
        graph = build(m.scenes, m.scenes.scene_at(begin + 1))
        paths.append(list(groups(m.scenes, graph).all))
    assert len(paths) == 2
    assert paths[0] == paths[1] == [("Sequential",), ("Sequential", "0"), ("Sequential", "2")]


def test_a_collapsed_group_is_one_node_with_its_edges() -> None:
    graph, _, called = grouped(NESTED)
    out = folded(NESTED, {("function model",): True})
    shown = {called[key]: out.group(key) for key in out.graph}
    assert shown["tanh"] is not None
    assert shown["tanh"].title == "model()"
    edges = {(called[u], called[v], k) for u, v, k in out.graph.edges(keys=True)}
    assert {("x", "tanh", 0), ("w", "tanh", 1), ("tanh", "d", 0)} <= edges
    assert "h" not in shown
    assert {called[out.card[key]] for key in graph if called[key] in ("mm", "h", "tanh")} == {"tanh"}


def test_an_operand_that_is_taken_twice_keeps_two_edges() -> None:
    _, _, called = grouped(TWICE)
    for folds in ({}, {("function double",): True}):
        out = folded(TWICE, folds)
        pairs = [(called[u], called[v], k) for u, v, k in out.graph.edges(keys=True)]
        into = "mul" if not folds else "y"
        assert [k for _, v, k in pairs if v == "z"] == [0, 1], "from a collapsed group to x + x"
        twice = [(u, k) for u, v, k in pairs if v == ("b" if not folds else into) and u != "2"]
        assert [k for _, k in twice] == [0, 1], "into a collapsed group that adds its operand to itself"


def test_operands_of_many_parts_have_one_edge_into_a_run() -> None:
    source = RNN.format(n=4)
    _, found, called = grouped(source)
    run = next(g.path for g in found.all.values() if g.parts)
    out = folded(source, {run: True})
    edges = [
        (called[u], k, len(data["uses"])) for u, v, k, data in out.graph.edges(keys=True, data=True) if called[v] == "h"
    ]
    assert sorted(edges) == [("U", 1, 4), ("W", 3, 4), ("h", 2, 1), ("xs", 0, 4)]


def test_a_large_graph_starts_with_its_repeated_groups_collapsed() -> None:
    small, large = NEURONS.format(n=2), NEURONS.format(n=8)
    assert not folded(small).closed
    out = folded(large)
    assert len(out.card) > MANY
    assert len(out.graph) <= MANY
    groups_shown = [group.title for key in out.graph if (group := out.group(key)) is not None]
    assert groups_shown == ["neuron()"] * 17
    opened = folded(large, dict.fromkeys(out.closed, False))
    assert len(opened.graph) == len(opened.card)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Functions that compute, turn loops and call each other, and a few calls of them."""
    count = draw(st.integers(1, 4))
    lines = ["import torch", "p = torch.ones(1, requires_grad=True)"]
    operands = st.sampled_from(["a", "b", "p", "2"])
    for number in range(count + 1):
        calls = [f"f{i}" for i in range(number)]
        main = number == count
        pad = "" if main else "    "
        lines += [] if main else [f"def f{number}(a):"]
        lines.append(f"{pad}b = {'p' if main else 'a'} * 2")
        lines += [f"{pad}a = p"] if main else []
        for _ in range(draw(st.integers(1, 4))):
            what = draw(st.sampled_from(["op", "op", "call", "loop"]))
            if what == "call" and calls:
                lines.append(f"{pad}b = {draw(st.sampled_from(calls))}(b)")
            elif what == "loop":
                lines.append(f"{pad}for i in range({draw(st.integers(1, 3))}):")
                body = f"{draw(st.sampled_from(calls))}(b) * a" if calls and draw(st.booleans()) else "b * a + p * b"
                lines.append(f"{pad}    b = {body}")
            else:
                lines.append(f"{pad}b = {draw(st.sampled_from(['b', 'a']))} + {draw(operands)}")
        lines += [] if main else ["    return b"]
    return "\n".join([*lines, ""])


@settings(max_examples=40, deadline=None)
@given(programs(), st.data())
def test_groups_nest_and_collapse_whatever_the_program(source: str, data: st.DataObject) -> None:
    graph, found, _ = grouped(source)
    ops = {key for key, d in graph.nodes(data=True) if d["entity"].kind == OP}
    for path, group in found.all.items():
        inside = set(group.keys)
        assert 2 <= len(inside & ops) == group.ops
        if group.parts:
            assert inside == {key for part in group.parts for key in found.all[part].keys}
            assert all(found.all[part].run == path for part in group.parts)
            continue
        assert inside & ops != ops
        assert inside == {key for key, at in found.of.items() if at[: len(path)] == path}
        assert path[:-1] == () or inside <= set(found.all[path[:-1]].keys)
    shut = {path: data.draw(st.booleans()) for path in found.all}
    out = fold(graph, found, closed(found, len(graph), shut))
    assert nx.is_directed_acyclic_graph(out.graph)
    assert set(out.card) == set(graph)
    assert set(out.card.values()) == set(out.graph)
    uses = [
        (out.card[use], use, index)
        for _, v, k, d in out.graph.edges(keys=True, data=True)
        for use, index in d.get("uses", ((v, k),))
        if out.card[use] == v
    ]
    outside = [(out.card[v], v, k) for u, v, k in graph.edges(keys=True) if out.card[u] != out.card[v]]
    assert sorted(uses) == sorted(outside), "each edge between cards is drawn, and once"
    for key, path in out.frames.items():
        assert not any(path[:depth] in out.closed for depth in range(1, len(path) + 1))
        assert key in found.all[path].keys
