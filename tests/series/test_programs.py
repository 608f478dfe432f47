"""Training loops as people write them: what is read off each."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from engine.series import loss_series
from engine.series.parameters import ParameterReader
from engine.series.task import loss_at, task_at, trained_part
from engine.series.turns import TurnReader
from engine.series.way import usual_pair, way_of
from tests.support.runs import scenes_of, trace_of

DATA = "import torch\nx = torch.linspace(0, 1, 8)\ny = 3 * x + 2\n"
LEAVES = "w = torch.zeros(1, requires_grad=True)\nb = torch.zeros(1, requires_grad=True)\n"
LOSS = "    loss = ((w * x + b - y) ** 2).mean()\n"


@dataclass(frozen=True, slots=True)
class Read:
    """``losses``: name, what turns are called, points. ``steps`` that the first parameter makes."""

    source: str
    losses: list[tuple[str, str, int]]
    parameters: list[str]
    steps: int
    fit: str | None = "line"
    faults: list[str] = field(default_factory=list)


PROGRAMS = {
    "w.data is changed": Read(
        f"{DATA}{LEAVES}for i in range(4):\n{LOSS}    loss.backward()\n"
        "    w.data -= 0.1 * w.grad\n    b.data -= 0.1 * b.grad\n    w.grad.zero_()\n    b.grad.zero_()\n",
        [("loss", "i", 4)],
        ["w", "b"],
        4,
    ),
    "w is a new tensor each time": Read(
        f"{DATA}{LEAVES}for epoch in range(4):\n{LOSS}    loss.backward()\n    with torch.no_grad():\n"
        "        w = w - 0.1 * w.grad\n        b = b - 0.1 * b.grad\n    w.requires_grad_()\n    b.requires_grad_()\n",
        [("loss", "epoch", 4)],
        ["w", "b"],
        3,
    ),
    "autograd.grad and detach": Read(
        f"{DATA}{LEAVES}for step in range(4):\n{LOSS}    gw, gb = torch.autograd.grad(loss, [w, b])\n"
        "    w = (w - 0.1 * gw).detach().requires_grad_()\n    b = (b - 0.1 * gb).detach().requires_grad_()\n",
        [("loss", "step", 4)],
        ["w", "b"],
        3,
    ),
    "a loop over the parameters": Read(
        f"{DATA}{LEAVES}params = [w, b]\nfor it in range(1, 5):\n    for p in params:\n        p.grad = None\n{LOSS}"
        "    loss.backward()\n    for p in params:\n        p.data.sub_(0.1 * p.grad)\n",
        [("loss", "it", 4)],
        ["w", "b"],
        4,
    ),
    "batches of a DataLoader": Read(
        "import torch\nfrom torch import nn\nfrom torch.utils.data import DataLoader, TensorDataset\n"
        "x = torch.rand(8, 1)\nloader = DataLoader(TensorDataset(x, 2 * x), batch_size=4)\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(1, 1)\n"
        "    def forward(self, x):\n        return self.fc(x)\n"
        "net = Net()\nopt = torch.optim.Adam(net.parameters(), lr=0.1)\nlosses = []\nfor epoch in range(3):\n"
        "    for xb, yb in loader:\n        opt.zero_grad()\n        loss = nn.functional.mse_loss(net(xb), yb)\n"
        "        loss.backward()\n        opt.step()\n        losses.append(loss.item())\n",
        [("loss", "step", 6)],
        ["net.fc.weight", "net.fc.bias"],
        6,
    ),
    "two losses against each other": Read(
        "import torch\nfrom torch import nn\nG, D = nn.Linear(2, 1), nn.Linear(1, 1)\n"
        "opt_g = torch.optim.Adam(G.parameters(), lr=0.1)\nopt_d = torch.optim.SGD(D.parameters(), lr=0.1)\n"
        "bce = nn.BCEWithLogitsLoss()\nfor step in range(3):\n    fake = G(torch.randn(4, 2))\n"
        "    d_loss = bce(D(torch.randn(4, 1)), torch.ones(4, 1)) + bce(D(fake.detach()), torch.zeros(4, 1))\n"
        "    opt_d.zero_grad()\n    d_loss.backward()\n    opt_d.step()\n    g_loss = bce(D(fake), torch.ones(4, 1))\n"
        "    opt_g.zero_grad()\n    g_loss.backward()\n    opt_g.step()\n",
        [("d_loss", "step", 3), ("g_loss", "step", 3)],
        ["G.weight", "G.bias", "D.weight", "D.bias"],
        3,
        "classes",
    ),
    "a closure": Read(
        "import torch\nx = torch.tensor([-1.5, 2.0], requires_grad=True)\n"
        "opt = torch.optim.LBFGS([x], lr=0.5, max_iter=2)\ndef closure():\n    opt.zero_grad()\n"
        "    loss = (1 - x[0]) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2\n    loss.backward()\n    return loss\n"
        "for i in range(3):\n    opt.step(closure)\n",
        [("loss", "step", 6)],
        ["x"],
        3,
        None,
    ),
    "accumulated over two batches, with a schedule and a validation": Read(
        "import torch\nfrom torch import nn\nx = torch.rand(8, 3)\ny = x.sum(1, keepdim=True)\nmodel = nn.Linear(3, 1)\n"
        "opt = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "scheduler = torch.optim.lr_scheduler.StepLR(opt, step_size=2)\nfor epoch in range(4):\n"
        "    loss = nn.functional.mse_loss(model(x), y) / 2\n    loss.backward()\n    if epoch % 2:\n        opt.step()\n"
        "        opt.zero_grad()\n    scheduler.step()\n    with torch.no_grad():\n"
        "        val_loss = nn.functional.mse_loss(model(x[:4]), y[:4])\n",
        [("loss", "epoch", 4), ("val_loss", "epoch", 4)],
        ["model.weight", "model.bias"],
        2,
        "parity",
    ),
    "logistic regression by hand": Read(
        "import torch\nx = torch.cat([torch.randn(3) - 1, torch.randn(3) + 2])\n"
        "y = torch.cat([torch.zeros(3), torch.ones(3)])\n"
        f"{LEAVES}opt = torch.optim.SGD([w, b], lr=0.1)\nfor epoch in range(3):\n    p = torch.sigmoid(w * x + b)\n"
        "    loss = -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()\n"
        "    opt.zero_grad()\n    loss.backward()\n    opt.step()\n",
        [("loss", "epoch", 3)],
        ["w", "b"],
        3,
        "classes",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_read_off_a_loop(name: str) -> None:
    wanted = PROGRAMS[name]
    trace, scenes = trace_of(wanted.source), scenes_of(wanted.source)
    assert trace.failure is None
    assert [(s.name, s.loop, len(s.points)) for s in loss_series(trace, scenes)] == wanted.losses
    turns = TurnReader(trace)
    turns.read()
    assert [stretch.fault for _, stretch in turns.faults()] == wanted.faults
    assert not [lamp.note for cursor in range(len(trace) + 1) for lamp in turns.lamps(cursor) if lamp.note]
    parameters = ParameterReader(trace, scenes).read()
    assert [p.name for p in parameters] == wanted.parameters
    values = parameters[0].values.values
    assert len(values) == wanted.steps + 1
    assert len(set(values)) == len(values), "each step moves it"
    began = turns.backward_before(len(trace.events))
    graph = loss_at(trace, began)
    assert graph is not None
    task = task_at(trace, began)
    assert (None if task is None else task.kind) == wanted.fit
    pair = usual_pair(trace, parameters)
    assert pair is not None
    assert len(way_of(trace, *pair).points) == wanted.steps + 1
    small = trained_part(graph, trace.state_after(began))
    assert all(axis.number_in(small) is not None for axis in pair) or "two losses" in name


def test_turns_are_called_what_the_program_calls_them() -> None:
    (series,) = loss_series(*(of(PROGRAMS["a loop over the parameters"].source) for of in (trace_of, scenes_of)))
    assert [series.label(p.turn) for p in series.points] == ["it 1", "it 2", "it 3", "it 4"]
