"""What a loop fits, found in the graph, and computed again."""

from __future__ import annotations

import numpy as np
import pytest

import engine as torch
from engine.series.fit import Fit, fit_at
from engine.series.surface import Area, rows
from engine.series.task import Task, evaluate, loss_at, task_at
from engine.trace import events as ev
from tests.support.runs import TRAINING, printed, trace_of

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\ntorch.manual_seed(0)\n"
X = "x = torch.linspace(-1, 1, 20).unsqueeze(1)\n"
LOOP = """opt = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(3):
    out = model(x)
    loss = {loss}
    opt.zero_grad()
    loss.backward()
    opt.step()
with torch.no_grad():
    print(model(x).flatten()[:3].tolist())
"""
MLP = HEAD + X + "y = x ** 2\nmodel = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))\n"
BY_HAND = HEAD + (
    "x = torch.tensor([0., 1., 2.])\ny = torch.tensor([1., 3., 5.])\n"
    "w = torch.zeros(1, requires_grad=True)\nb = torch.zeros(1, requires_grad=True)\n"
    "for i in range(4):\n    error = y - (w * x + b)\n    loss = (error ** 2).mean()\n    loss.backward()\n"
    "    with torch.no_grad():\n        w -= 0.1 * w.grad\n        b -= 0.1 * b.grad\n"
    "    w.grad.zero_()\n    b.grad.zero_()\n"
)
POLYNOMIAL = HEAD + (
    "x = torch.linspace(-1, 1, 12)\ny = x ** 3\n"
    "a, b, c = (torch.zeros((), requires_grad=True) for _ in range(3))\n"
    "for i in range(2):\n    loss = F.mse_loss(a * x + b * x ** 2 + c * x ** 3, y)\n    loss.backward()\n"
)
MOONS = (
    HEAD
    + (
        "x = torch.randn(30, 2)\nt = (x[:, 0] > 0).float().unsqueeze(1)\n"
        "model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))\n"
    )
    + LOOP.format(loss="F.binary_cross_entropy_with_logits(out, t)")
)
SPIRAL = (
    HEAD
    + ("x = torch.randn(30, 2)\nt = torch.randint(0, 3, (30,))\nmodel = nn.Linear(2, 3)\n")
    + LOOP.format(loss="F.cross_entropy(out, t)")
)
MANY = (
    HEAD
    + "x = torch.randn(9, 4)\ny = torch.randn(9, 1)\nmodel = nn.Linear(4, 1)\n"
    + LOOP.format(loss="F.mse_loss(out, y)")
)


def began(source: str) -> int:
    return max(i for i, e in enumerate(trace_of(source).events) if isinstance(e, ev.BackwardBegan))


def task_of(source: str) -> Task:
    task = task_at(trace_of(source), began(source))
    assert task is not None
    return task


def fit_of(source: str) -> Fit:
    trace = trace_of(source)
    fit = fit_at(task_of(source), trace.state_at(len(trace)))
    assert fit is not None
    return fit


@pytest.mark.parametrize(
    ("source", "kind", "features", "rows", "link"),
    [
        (TRAINING, "line", 1, 3, ""),
        (MLP + LOOP.format(loss="F.mse_loss(out, y)"), "line", 1, 20, ""),
        (MLP + LOOP.format(loss="((out - y) ** 2).sum()"), "line", 1, 20, ""),
        (MLP + LOOP.format(loss="(y - out).abs().mean()"), "line", 1, 20, ""),
        (BY_HAND, "line", 1, 3, ""),
        (POLYNOMIAL, "line", 1, 12, ""),
        (MANY, "parity", 4, 9, ""),
        (MOONS, "classes", 2, 30, "sigmoid"),
        (SPIRAL, "classes", 2, 30, "softmax"),
    ],
)
def test_data_are_found_in_the_graph(source: str, kind: str, features: int, rows: int, link: str) -> None:
    task, fit = task_of(source), fit_of(source)
    assert (task.kind, task.features, task.link) == (kind, features, link)
    assert fit.x.shape == (rows, features)
    assert fit.target.shape == fit.prediction.shape == (rows,)


def test_the_prediction_is_that_of_the_parameters_at_the_cursor() -> None:
    source = MLP + LOOP.format(loss="F.mse_loss(out, y)")
    assert fit_of(source).prediction[:3].tolist() == pytest.approx(eval(printed(source)), rel=1e-6)
    trace = trace_of(source)
    task = task_of(source)
    early = fit_at(task, trace.state_after(began(source)))
    assert early is not None
    assert not np.allclose(early.prediction, fit_of(source).prediction)


def test_the_line_is_the_model_between_and_beyond_the_data() -> None:
    fit = fit_of(TRAINING)
    assert fit.line is not None
    slope = np.diff(fit.line[:, 1]) / np.diff(fit.line[:, 0])
    state = trace_of(TRAINING).state_at(len(trace_of(TRAINING)))
    assert slope == pytest.approx(state.tensors[0].value.item(), rel=1e-3)
    assert fit.line[0, 0] < fit.x.min() < fit.x.max() < fit.line[-1, 0]


def test_a_surface_has_the_probabilities_of_the_model() -> None:
    fit = fit_of(MOONS)
    assert fit.surface is not None
    (left, low, right, high), said = fit.surface
    assert said.shape == (48, 48)
    assert said.min() >= 0 <= said.max() <= 1
    inside = (fit.x[:, 0] > left) & (fit.x[:, 0] < right) & (fit.x[:, 1] > low) & (fit.x[:, 1] < high)
    assert inside.all()
    places = np.round((fit.x - [left, low]) / [right - left, high - low] * 47).astype(int)
    assert np.abs(said[places[:, 1], places[:, 0]] - fit.prediction).max() < 0.2
    classes = fit_of(SPIRAL)
    assert classes.classes == 3
    assert classes.surface is not None
    assert set(np.unique(classes.surface[1])) <= {0.0, 1.0, 2.0}


def test_what_is_not_trained_may_be_made_in_any_way() -> None:
    source = SPIRAL.replace("t = torch.randint(0, 3, (30,))", "t = torch.cat([torch.zeros(15), torch.ones(15)]).long()")
    assert fit_of(source).target.tolist() == [0.0] * 15 + [1.0] * 15


def test_a_loss_without_data_still_has_a_surface() -> None:
    source = (
        "import torch\na = torch.tensor(1., requires_grad=True)\nb = torch.tensor(2., requires_grad=True)\n"
        "for i in range(2):\n    loss = a ** 2 + 3 * b\n    loss.backward()\n"
    )
    trace = trace_of(source)
    assert task_at(trace, began(source)) is None
    graph = loss_at(trace, began(source))
    assert graph is not None
    grid = np.array(list(rows(graph, trace.state_after(began(source)), (0, 0), (1, 0), Area(0, 0, 2, 1), 3)))
    assert grid.tolist() == [[0, 1, 4], [1.5, 2.5, 5.5], [3, 4, 7]]


def test_where_no_data_are_found_there_is_no_task() -> None:
    source = "import torch\nx = torch.ones(3, requires_grad=True)\nfor i in range(2):\n    (x ** 2).sum().backward()\n"
    assert task_at(trace_of(source), began(source)) is None
    source = "import torch\nx = torch.ones(3, requires_grad=True)\nx.sum().backward()\n"
    assert task_at(trace_of(source), began(source)) is None


def test_the_surface_of_the_loss_goes_through_the_recorded_loss_and_is_what_torch_computes() -> None:
    trace, task = trace_of(TRAINING), task_of(TRAINING)
    state = trace.state_after(began(TRAINING))
    recorded = state.tensors[task.graph.loss].value.item()
    again = evaluate(task.graph.ops, state, task.graph.loss, {})
    assert again is not None
    assert again.item() == recorded
    area = Area(1.0, -0.5, 2.0, 0.5)
    grid = np.array(list(rows(task.graph, state, (0, 0), (1, 0), area, 3)))
    x, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[2.0], [4.0], [6.0]])
    for i, bias in enumerate((-0.5, 0.0, 0.5)):
        for j, weight in enumerate((1.0, 1.5, 2.0)):
            assert grid[i, j] == pytest.approx(((x * weight + bias - y) ** 2).mean().item(), rel=1e-5)


def test_an_area_holds_its_path_and_survives_nan() -> None:
    area = Area.around(np.array([[0.0, 0.0], [2.0, 0.1], [np.nan, 1.0]]))
    assert area.left < 0 < 2 < area.right
    assert area.low < 0 < 0.1 < area.high
    assert Area.around(np.full((2, 2), np.nan)) == Area(-1.0, -1.0, 1.0, 1.0)
