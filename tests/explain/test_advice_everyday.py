"""Errors that beginners meet every day: each gets a card that says what it means and what to write."""

from __future__ import annotations

import pytest

from tests.explain.cases import error_of
from tests.support.runs import trace_of

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
CASES = {
    "torch.ones(2).item()": ("item-of-many", "torch.ones(2).tolist()"),
    "if torch.ones(2) > 0:\n    pass": ("truth-of-many", ""),
    "loss = nn.MSELoss(torch.ones(2), torch.zeros(2))": (
        "truth-of-many",
        "loss = nn.MSELoss()(torch.ones(2), torch.zeros(2))",
    ),
    "torch.optim.SGD([1.0], lr=0.1)": ("no-tensors", ""),
    "w = torch.ones(1, requires_grad=True)\no = torch.optim.SGD(w, lr=0.1)": (
        "one-parameter",
        "o = torch.optim.SGD([w], lr=0.1)",
    ),
    "m = nn.Linear(1, 1)\no = torch.optim.SGD(m.parameters)": ("not-called", "o = torch.optim.SGD(m.parameters())"),
    "m = nn.Linear(1, 1)\no = torch.optim.Adam(m, lr=0.1)": (
        "not-parameters",
        "o = torch.optim.Adam(m.parameters(), lr=0.1)",
    ),
    "n = 3\nfor i in n:\n    print(i)": ("one-number", "for i in range(n):"),
    "class N(nn.Module):\n    def __init__(self):\n        self.f = nn.Linear(1, 1)\nN()": (
        "no-super",
        "super().__init__()",
    ),
    "class N(nn.Module):\n    pass\nN()(torch.ones(1))": ("no-forward", ""),
    "class N(nn.Module):\n    def forward(self):\n        return 1\nN()(torch.ones(1))": ("too-many-arguments", ""),
    "nn.Linear(3)": ("missing-argument", ""),
    "F.cross_entropy(torch.ones(2, 3), torch.tensor([0., 1.]))": ("target-dtype", ""),
    "F.cross_entropy(torch.ones(2, 3), torch.tensor([0, 3]))": ("target-range", ""),
    "F.cross_entropy(torch.ones(2, 3), torch.tensor([0, 1, 2]))": ("batch-size", ""),
    "F.binary_cross_entropy(torch.tensor([2.]), torch.tensor([1.]))": ("no-probabilities", ""),
    "nn.BCELoss()(torch.tensor([[.5]]), torch.tensor([1.]))": ("target-shape", ""),
    "x = torch.ones(2, device='cuda')": ("no-cuda", "x = torch.ones(2, device='cpu')"),
    "m = nn.Linear(1, 1).cuda()": ("no-cuda", "m = nn.Linear(1, 1)"),
    "torch.zeros(2, 3).view(4)": ("view-size", ""),
    "torch.cat([torch.ones(2, 3), torch.ones(3, 2)])": ("cat-size", ""),
    "x = torch.stack([torch.ones(2), torch.ones(3)])": ("stack-size", "x = torch.cat([torch.ones(2), torch.ones(3)])"),
    "torch.tensor([[1, 2], [3]])": ("ragged", ""),
    "torch.ones(3)[5]": ("index-range", ""),
    "torch.ones(2, 3).sum(axis=2)": ("dim-range", ""),
    "F.relu(3)": ("argument-type", ""),
    "nn.Conv2d(1, 2, 3)(torch.ones(28, 28))": ("picture-shape", ""),
    "nn.Embedding(3, 2)(torch.tensor([3]))": ("embedding-range", ""),
    "print('loss' + torch.tensor(1.))": ("text-plus", ""),
    "torch.tensor('1')": ("tensor-of-text", ""),
    "import torhc": ("module-name", ""),
    "torch.add()": ("missing-argument", ""),
    "torch.ones(2).view()": ("argument-types", ""),
    "torch.mm(torch.ones(2, 2))": ("argument-types", ""),
    "y = F.add(1, 2)": ("other-part", "y = torch.add(1, 2)"),
    "o = nn.SGD([torch.ones(1)], lr=0.1)": ("other-part", "o = torch.optim.SGD([torch.ones(1)], lr=0.1)"),
    "from torch import optm": ("spelling", "from torch import optim"),
    "from torch.utils.data import Dataloader": ("spelling", "from torch.utils.data import DataLoader"),
    "x = torch.ones(2)\nx.grad = 5": ("grad-no-tensor", ""),
    "x = torch.ones(2)\nx.grad = torch.ones(3)": ("grad-shape", ""),
    "x = torch.ones(2)\nx.data = 5": ("data-no-tensor", ""),
    "x = torch.ones(2)\nx.requires_grad = 'yes'": ("flag-no-bool", ""),
    "right = (1.0 > 0.5).float()": ("bool-no-tensor", ""),
    "loss = torch.tensor(1.0, requires_grad=True).item()\nloss.backward()": ("number-no-graph", ""),
    "[1.0, 2.0].mean()": ("no-tensor", ""),
    "torch.ones(3) @ torch.ones(4)": ("vector-sizes", ""),
    "torch.ones(3)[0, 0]": ("too-many-indices", ""),
    "[1, 2][2]": ("list-range", ""),
    "nn.Linear(4 / 2, 1)": ("size-no-int", ""),
    "print(1)\nelse:\n    print(2)": ("syntax", ""),
    "w = 1.0, x = 2.0": ("syntax", "w = 1.0\nx = 2.0"),
    "w=1, x=2": ("syntax", "w=1\nx=2"),
    "3 = x": ("syntax", "x = 3"),
}


@pytest.mark.parametrize("program", CASES)
def test_an_everyday_error_has_its_card(program: str) -> None:
    source = HEAD + program + "\n"
    advice, failed = error_of(source), trace_of(source).failure
    assert advice is not None
    assert failed is not None
    assert (advice.kind, advice.code) == CASES[program]
    assert advice.message == f"{failed.type}: {failed.message}"
    assert advice.span == failed.span
    assert advice.why
    assert advice.todo
    assert "{" not in advice.title + advice.why
