"""backward() where no graph leads: which op stopped the tracking, or what was never tracked."""

from __future__ import annotations

import pytest

from tests.explain.cases import Case, check_error

CASES = [
    Case(
        "detached",
        "x = torch.tensor(2., requires_grad=True)\ny = x.detach() ** 2\ny.backward()\n",
        "cut-graph",
        "The graph is cut",
        why="x.detach() on line 3 has the numbers of x, but stands outside the graph. So y has no way back to x.",
        todo="Leave .detach() out where the gradient is to pass. Setting y.requires_grad = True would only turn y into a leaf of its own: the error would be gone, and x.grad would stay None.",
        code="y = x ** 2",
        at="y.backward()",
        causes=[("detached here", "x.detach()")],
    ),
    Case(
        "data",
        "x = torch.tensor(2., requires_grad=True)\ny = x.data * 3\ny.backward()\n",
        "cut-graph",
        "The graph is cut",
        why="x.data on line 3 has the numbers of x, but stands outside the graph. So y has no way back to x.",
        todo="Leave .data out where the gradient is to pass. Setting y.requires_grad = True would only turn y into a leaf of its own: the error would be gone, and x.grad would stay None.",
        code="y = x * 3",
        at="y.backward()",
        causes=[("taken out by .data here", "x.data")],
    ),
    Case(
        "no_grad",
        (
            "x = torch.tensor([2., 3.], requires_grad=True)\n"
            "with torch.no_grad():\n"
            "    y = (x * 2).sum()\n"
            "y.backward()\n"
        ),
        "cut-graph",
        "The graph is cut",
        why="x * 2 on line 4 was computed while tracking was switched off. So y has no way back to x.",
        todo="Compute it outside of that block. Setting y.requires_grad = True would only turn y into a leaf of its own: the error would be gone, and x.grad would stay None.",
        code="",
        at="y.backward()",
        causes=[
            ("untracked here", "x * 2"),
            ("tracking is off", "with torch.no_grad()"),
        ],
    ),
    Case(
        "argmax",
        "x = torch.tensor([2., 3.], requires_grad=True)\nx.argmax().backward()\n",
        "cut-graph",
        "The graph is cut",
        why="x.argmax() on line 3 answers with a position, which has no derivative. So x.argmax() has no way back to x.",
        todo="Differentiate what argmax looked at, x, not its answer. softmax is a smooth stand-in.",
        code="",
        at="x.argmax().backward()",
        causes=[("tracking stopped here: argmax", "x.argmax()")],
    ),
    Case(
        "comparison",
        "x = torch.tensor([2., 3.], requires_grad=True)\nloss = (x > 2).float().sum()\nloss.backward()\n",
        "cut-graph",
        "The graph is cut",
        why="x > 2 on line 3 answers with yes or no, which has no derivative. So loss has no way back to x.",
        todo="Differentiate what > looked at, x, not its answer. sigmoid is a smooth stand-in. Setting loss.requires_grad = True would only turn loss into a leaf of its own: the error would be gone, and x.grad would stay None.",
        code="",
        at="loss.backward()",
        causes=[("tracking stopped here: >", "x > 2")],
    ),
    Case(
        "rounded",
        "x = torch.tensor(2., requires_grad=True)\ny = x.long() * 3\ny.backward()\n",
        "cut-graph",
        "The graph is cut",
        why="x.long() on line 3 keeps whole numbers only: between them there is no slope. So y has no way back to x.",
        todo="Keep x in floating point where the gradient is to pass. Setting y.requires_grad = True would only turn y into a leaf of its own: the error would be gone, and x.grad would stay None.",
        code="",
        at="y.backward()",
        causes=[("whole numbers since here", "x.long()")],
    ),
    Case(
        "frozen",
        (
            "import torch.nn as nn\n"
            "model = nn.Linear(2, 1)\n"
            "for p in model.parameters():\n"
            "    p.requires_grad_(False)\n"
            "loss = model(torch.ones(3, 2)).sum()\n"
            "loss.backward()\n"
        ),
        "frozen",
        "Everything is frozen",
        why="requires_grad was switched off for model.weight and model.bias, and nothing else that loss was computed from requires grad.",
        todo="Leave at least the parameters that are to be trained switched on.",
        code="",
        at="loss.backward()",
        causes=[("frozen here", "p.requires_grad_(False)")],
    ),
    Case(
        "never tracked",
        "w = torch.tensor(2.)\nloss = (w * 3 - 10) ** 2\nloss.backward()\n",
        "nothing-tracked",
        "Nothing here requires grad",
        why="Nothing that loss was computed from requires grad: w is a constant.",
        todo="Make the tensor that the gradient is for, such as w, with requires_grad=True.",
        code="w = torch.tensor(2., requires_grad=True)",
        at="loss.backward()",
        causes=[("not tracked: no requires_grad", "torch.tensor(2.)")],
    ),
    Case(
        "never tracked integers",
        "w = torch.tensor([1, 2])\nloss = (w * 3).sum()\nloss.backward()\n",
        "nothing-tracked",
        "Nothing here requires grad",
        why="Nothing that loss was computed from requires grad: w is a constant.",
        todo="Make the tensor that the gradient is for, such as w, with requires_grad=True.",
        code="w = torch.tensor([1., 2.], requires_grad=True)",
        at="loss.backward()",
        causes=[("not tracked: no requires_grad", "torch.tensor([1, 2])")],
    ),
    Case(
        "item",
        "x = torch.tensor(2., requires_grad=True)\nloss = torch.tensor((x * 3).item())\nloss.backward()\n",
        "from-numbers",
        "The numbers left the graph",
        why="torch.tensor((x * 3).item()) on line 3 makes a new leaf from plain numbers: .item() hands over values, not the graph behind them. So loss has no way back.",
        todo="Compute with the tensor itself; use .item() only to print or to store a number.",
        code="",
        at="loss.backward()",
        causes=[("a new leaf from plain numbers", "torch.tensor((x * 3).item())")],
    ),
    Case(
        "constant input",
        "x = torch.tensor(2., requires_grad=True)\nc = torch.tensor(1.)\ntorch.autograd.grad(x * 2, c)\n",
        "constant-input",
        "c is not tracked",
        why="grad() was asked for the gradient with respect to c, but c does not require grad: no graph leads to it.",
        todo="Make c with requires_grad=True.",
        code="c = torch.tensor(1., requires_grad=True)",
        at="torch.autograd.grad(x * 2, c)",
        causes=[("not tracked: no requires_grad", "torch.tensor(1.)")],
    ),
    Case(
        "retain_graph is not create_graph",
        (
            "x = torch.tensor(3., requires_grad=True)\n"
            "g, = torch.autograd.grad(x**3, x, retain_graph=True)\n"
            "torch.autograd.grad(g, x)\n"
        ),
        "no-create-graph",
        "create_graph is missing",
        why="g was computed by torch.autograd.grad() on line 3 without create_graph=True, so the steps of that computation were not recorded and g has no graph. retain_graph=True only keeps the saved tensors of the first graph.",
        todo="Ask for a graph of the gradient when it is computed.",
        code="g, = torch.autograd.grad(x**3, x, create_graph=True)",
        at="torch.autograd.grad(g, x)",
        causes=[("computed without a graph here", "torch.autograd.grad(x**3, x, retain_graph=True)")],
    ),
    Case(
        "backward of a .grad",
        "x = torch.tensor(3., requires_grad=True)\ny = x ** 3\ny.backward()\nx.grad.backward()\n",
        "no-create-graph",
        "create_graph is missing",
        why="x.grad was computed by y.backward() on line 4 without create_graph=True, so the steps of that computation were not recorded and x.grad has no graph.",
        todo="Ask for a graph of the gradient when it is computed.",
        code="y.backward(create_graph=True)",
        at="x.grad.backward()",
        causes=[("computed without a graph here", "y.backward()")],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_cut_is_named(case: Case) -> None:
    check_error(case)
