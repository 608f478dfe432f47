"""Programs that are right get no note, however unusual they are; nor do notes depend on how a run arrives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.explain.advice import NoteReader
from engine.graph.scenes import Scenes
from engine.trace import events as ev
from engine.trace.trace import Trace
from gui.lessons.catalogue import lessons
from tests.explain.cases import error_of, notes_of
from tests.support.programs import HEAD, programs
from tests.support.runs import TRAINING, trace_of
from tests.support.tutorial import tutorial

DATA = "torch.manual_seed(0)\nx = torch.randn(8, 1)\ny = 3 * x + 1\n"
MODEL = f"import torch\nimport torch.nn as nn\n{DATA}model = nn.Linear(1, 1)\ncriterion = nn.MSELoss()\n"
SGD = "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"

RIGHT = {
    "training with an optimizer": TRAINING,
    "zero_grad at the end of the turn": MODEL
    + SGD
    + "for epoch in range(8):\n    loss = criterion(model(x), y)\n    loss.backward()\n    optimizer.step()\n    optimizer.zero_grad()\n",
    "zeros instead of None": MODEL
    + SGD
    + "for epoch in range(8):\n    optimizer.zero_grad(set_to_none=False)\n    loss = criterion(model(x), y)\n    loss.backward()\n    optimizer.step()\n",
    "model.zero_grad": MODEL
    + SGD
    + "for epoch in range(8):\n    model.zero_grad()\n    loss = criterion(model(x), y)\n    loss.backward()\n    optimizer.step()\n",
    "momentum": MODEL
    + "optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)\n"
    + "for epoch in range(60):\n    optimizer.zero_grad()\n    loss = criterion(model(x), y)\n    loss.backward()\n    optimizer.step()\n",
    "gradients of four batches before each step": MODEL
    + SGD
    + "optimizer.zero_grad()\nfor i in range(16):\n    loss = criterion(model(x[i % 8 : i % 8 + 1]), y[i % 8 : i % 8 + 1]) / 4\n"
    "    loss.backward()\n    if (i + 1) % 4 == 0:\n        optimizer.step()\n        optimizer.zero_grad()\n",
    "two losses of one turn": MODEL
    + SGD
    + "for epoch in range(5):\n    optimizer.zero_grad()\n    criterion(model(x), y).backward()\n"
    "    (0.01 * model.weight ** 2).sum().backward()\n    optimizer.step()\n",
    "an update by hand": "import torch\n"
    + DATA
    + "w = torch.zeros(1, requires_grad=True)\nb = torch.zeros(1, requires_grad=True)\nlr = 0.1\n"
    "for i in range(10):\n    loss = ((w * x + b - y) ** 2).mean()\n    loss.backward()\n    with torch.no_grad():\n"
    "        w -= lr * w.grad\n        b -= lr * b.grad\n        w.grad.zero_()\n        b.grad.zero_()\n",
    "an update through .data": "import torch\n"
    + DATA
    + "w = torch.zeros(1, requires_grad=True)\nfor i in range(10):\n    loss = ((w * x - y) ** 2).mean()\n"
    "    loss.backward()\n    w.data = w.data - 0.1 * w.grad.data\n    w.grad.data.zero_()\n",
    "a new leaf each turn": "import torch\nw = torch.tensor(2., requires_grad=True)\nfor i in range(5):\n"
    "    loss = (w - 1) ** 2\n    loss.backward()\n    w = (w - 0.1 * w.grad).detach().requires_grad_()\n",
    "a new leaf each turn, under no_grad": "import torch\nw = torch.tensor(2., requires_grad=True)\nfor i in range(5):\n"
    "    loss = (w - 1) ** 2\n    loss.backward()\n    with torch.no_grad():\n        w = w - 0.1 * w.grad\n"
    "    w.requires_grad_()\n",
    "gradients by autograd.grad": "import torch\nw = torch.tensor(2., requires_grad=True)\nfor i in range(5):\n"
    "    loss = (w - 1) ** 2\n    g, = torch.autograd.grad(loss, w)\n    with torch.no_grad():\n        w -= 0.1 * g\n",
    "the sum of losses as a number": MODEL
    + SGD
    + "total = 0.0\nlosses = []\nfor epoch in range(8):\n    optimizer.zero_grad()\n    loss = criterion(model(x), y)\n"
    "    loss.backward()\n    optimizer.step()\n    total += loss.item()\n    losses.append(loss.detach())\nprint(total / 8)\n",
    "the sum of losses, differentiated": "import torch\nw = torch.tensor(0.5, requires_grad=True)\nh = torch.tensor(1.)\n"
    "total = 0\nfor t in range(5):\n    h = torch.tanh(w * h)\n    total = total + (h - 1) ** 2\ntotal.backward()\n",
    "truncated backpropagation": "import torch\nw = torch.tensor(0.5, requires_grad=True)\nh = torch.tensor(1.)\n"
    "optimizer = torch.optim.SGD([w], lr=0.1)\nfor t in range(6):\n    h = h.detach()\n    h = torch.tanh(w * h)\n"
    "    loss = (h - 1) ** 2\n    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n",
    "two players": "import torch\nimport torch.nn as nn\ntorch.manual_seed(0)\nG, D = nn.Linear(1, 1), nn.Linear(1, 1)\n"
    "opt_g = torch.optim.SGD(G.parameters(), lr=0.01)\nopt_d = torch.optim.SGD(D.parameters(), lr=0.01)\n"
    "for i in range(6):\n    z = torch.randn(4, 1)\n    real = torch.randn(4, 1) + 3\n    opt_d.zero_grad()\n"
    "    loss_d = (D(real) - 1).pow(2).mean() + D(G(z)).pow(2).mean()\n    loss_d.backward()\n    opt_d.step()\n"
    "    opt_g.zero_grad()\n    loss_g = (D(G(z)) - 1).pow(2).mean()\n    loss_g.backward()\n    opt_g.step()\n",
    "gradient ascent": "import torch\nw = torch.tensor(0.1, requires_grad=True)\nfor i in range(12):\n    gain = w ** 2\n"
    "    gain.backward()\n    with torch.no_grad():\n        w += 0.1 * w.grad\n    w.grad = None\n",
    "a penalty on the gradient": "import torch\nw = torch.tensor(2., requires_grad=True)\n"
    "optimizer = torch.optim.SGD([w], lr=0.01)\nfor i in range(5):\n    loss = w ** 3\n"
    "    g, = torch.autograd.grad(loss, w, create_graph=True)\n    optimizer.zero_grad()\n    (loss + g ** 2).backward()\n"
    "    optimizer.step()\n",
    "frozen features": "import torch\nimport torch.nn as nn\nbody, head = nn.Linear(2, 3), nn.Linear(3, 1)\n"
    "for p in body.parameters():\n    p.requires_grad = False\noptimizer = torch.optim.SGD(head.parameters(), lr=0.1)\n"
    "for i in range(4):\n    loss = head(torch.relu(body(torch.ones(5, 2)))).pow(2).mean()\n    optimizer.zero_grad()\n"
    "    loss.backward()\n    optimizer.step()\n",
    "validation": MODEL
    + SGD
    + "for epoch in range(5):\n    optimizer.zero_grad()\n    loss = criterion(model(x), y)\n    loss.backward()\n"
    "    optimizer.step()\n    model.eval()\n    with torch.no_grad():\n        score = criterion(model(x), y)\n    model.train()\n",
    "clipping": MODEL
    + SGD
    + "for epoch in range(5):\n    optimizer.zero_grad()\n    loss = criterion(model(x), y)\n    loss.backward()\n"
    "    for p in model.parameters():\n        p.grad.clamp_(-1, 1)\n    optimizer.step()\n",
    "distances of all pairs": "import torch\na = torch.tensor([1., 2., 4.], requires_grad=True)\n"
    "b = torch.tensor([1., 3., 5.])\nloss = ((a.unsqueeze(1) - b) ** 2).mean()\nloss.backward()\n",
    "a kernel of all pairs": "import torch\nx = torch.tensor([[1.], [2.], [4.]], requires_grad=True)\n"
    "k = torch.exp(-(x - x.T) ** 2).sum()\nk.backward()\n",
    "a safe where": "import torch\nx = torch.tensor([0., 4.], requires_grad=True)\nsafe = torch.where(x > 0, x, 1.)\n"
    "torch.where(x > 0, safe.sqrt(), 0.).sum().backward()\n",
    "edits in place that are allowed": "import torch\nx = torch.tensor([1., 2.], requires_grad=True)\ny = x * 2\ny += 1\n"
    "y.sum().backward()\n",
    "a saved graph used twice": "import torch\nx = torch.tensor(2., requires_grad=True)\ny = x ** 2\n"
    "y.backward(retain_graph=True)\nx.grad = None\ny.backward()\n",
    "retain_grad": "import torch\nx = torch.tensor(2., requires_grad=True)\ny = x ** 2\ny.retain_grad()\n(y * 2).backward()\n"
    "print(y.grad)\n",
    "a small deep network": "import torch\nimport torch.nn as nn\ntorch.manual_seed(0)\n"
    "model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))\n"
    "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nx = torch.randn(16, 2)\ny = x[:, :1] * x[:, 1:]\n"
    "for i in range(20):\n    loss = ((model(x) - y) ** 2).mean()\n    optimizer.zero_grad()\n    loss.backward()\n"
    "    optimizer.step()\n",
    "a deep network of relus": "import torch\nimport torch.nn as nn\ntorch.manual_seed(0)\nlayers = []\nfor i in range(6):\n"
    "    layers += [nn.Linear(8, 8), nn.ReLU()]\nmodel = nn.Sequential(*layers)\nmodel(torch.randn(4, 8)).sum().backward()\n",
    "an average of parameters": MODEL
    + SGD
    + "shadow = [p.detach().clone() for p in model.parameters()]\nfor epoch in range(5):\n    optimizer.zero_grad()\n"
    "    criterion(model(x), y).backward()\n    optimizer.step()\n    with torch.no_grad():\n"
    "        for s, p in zip(shadow, model.parameters()):\n            s.mul_(0.9).add_(0.1 * p)\n",
}
"""Loops and other programs as they should be."""

EVIDENCE: dict[str, Callable[[Trace], bool]] = {
    "accumulation": lambda t: any(isinstance(e, ev.GradWritten) and e.old is not None for e in t.events),
    "broadcast-trap": lambda t: any(isinstance(e, ev.Warned) and "target size" in e.message for e in t.events),
    "non-leaf-grad": lambda t: any(isinstance(e, ev.Warned) and "not a leaf" in e.message for e in t.events),
    "infinite-slope": lambda t: _not_finite(t),
    "nan-from-where": lambda t: _not_finite(t) and "where" in t.source,
    "hidden-edit": lambda t: ".data" in t.source,
    "vanishing": lambda t: t.source.count("sigmoid") > 0 and "range(8)" in t.source,
}
"""What must be true of a program that is not about mistakes, if there is to be a note on it."""


def _not_finite(trace: Trace) -> bool:
    written = (e.incoming.array for e in trace.events if isinstance(e, ev.GradWritten))
    return any(a is not None and not np.isfinite(a).all() for a in written)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_gets_no_note(name: str) -> None:
    trace = trace_of(RIGHT[name])
    assert trace.failure is None, trace.failure
    assert [note.kind for note in notes_of(RIGHT[name])] == []


TUTORIAL = {name: text for name, text in tutorial().items() if "“" not in name}
"""Without the lessons that are about mistakes."""


@pytest.mark.parametrize("name", TUTORIAL)
def test_the_tutorial_gets_no_note(name: str) -> None:
    assert [note.kind for note in notes_of(TUTORIAL[name])] == []


def test_no_lesson_gets_a_note() -> None:
    assert {lesson.full_title: note.kind for lesson in lessons() for note in notes_of(lesson.source)} == {}


def test_other_programs_get_no_note_without_evidence() -> None:
    """All programs by which the engine is held to torch; none of their errors breaks an explanation either."""
    noted = set()
    for text in programs().values():
        error_of(HEAD + text)
        for note in notes_of(HEAD + text):
            assert note.kind in EVIDENCE, (note, text)
            assert EVIDENCE[note.kind](trace_of(HEAD + text)), (note, text)
            noted.add(note.kind)
    assert noted == set(EVIDENCE), "the programs of the lessons do make some mistakes"


def test_a_stream_is_noted_as_the_whole() -> None:
    source = (
        "import torch\nw = torch.tensor(1., requires_grad=True)\nfor i in range(20):\n    loss = (w * 3 - 2) ** 2\n"
        "    loss.backward()\n    with torch.no_grad():\n        w -= 0.01 * w.grad\n"
    )
    events = list(trace_of(source).events)
    trace, scenes = Trace(source), Scenes()
    reader = NoteReader(trace, scenes)
    seen = []
    for begin in range(0, len(events), 7):
        trace.extend(events[begin : begin + 7])
        scenes.extend(trace.events)
        while reader.read(seconds=0.0):
            pass
        seen.append(len(reader.notes))
    assert reader.notes == notes_of(source)
    assert seen[0] == 0
    assert seen[-1] == 1
    assert seen.index(1) < len(seen) - 1, "it is told as soon as it is known"
