"""Integers, results that are no leaves, shapes and dtypes that do not go together."""

from __future__ import annotations

import pytest

from tests.explain.cases import Case, check_error

CASES = [
    Case(
        "no leaf for an optimizer",
        "w = torch.tensor(1., requires_grad=True).double()\nopt = torch.optim.SGD([w], lr=0.1)\n",
        "non-leaf-parameter",
        "w is no leaf",
        why="w is the copy in another dtype that torch.tensor(1., requires_grad=True).double() computed on line 2. An optimizer moves leaves: only they keep their .grad, and the step would have to change w without its origin.",
        todo="Cut the result from its origin and let it require grad itself; or give the dtype where the tensor is made.",
        code="w = torch.tensor(1., requires_grad=True).double().detach().requires_grad_()",
        at="torch.optim.SGD([w], lr=0.1)",
        causes=[("made by an op here", "torch.tensor(1., requires_grad=True).double()")],
    ),
    Case(
        "integers",
        "x = torch.tensor([1, 2], requires_grad=True)\n",
        "integers",
        "Whole numbers have no gradient",
        why="torch.tensor([1, 2], requires_grad=True) holds integers: between 1 and 2 there is nothing, so there is no slope to follow.",
        todo="Write floating point numbers:",
        code="x = torch.tensor([1., 2.], requires_grad=True)",
        at="torch.tensor([1, 2], requires_grad=True)",
        causes=[("integers here", "torch.tensor([1, 2], requires_grad=True)")],
    ),
    Case(
        "integers, switched on",
        "x = torch.tensor([1, 2])\nx.requires_grad_()\n",
        "integers",
        "Whole numbers have no gradient",
        why="x holds integers (int64): between 1 and 2 there is nothing, so there is no slope to follow.",
        todo="Make x of floating point numbers, with a point or with .float().",
        code="x = torch.tensor([1., 2.])",
        at="x.requires_grad_()",
        causes=[("integers here", "torch.tensor([1, 2])")],
    ),
    Case(
        "integers, attribute",
        "x = torch.tensor([1, 2])\nx.requires_grad = True\n",
        "integers",
        "Whole numbers have no gradient",
        why="x holds integers (int64): between 1 and 2 there is nothing, so there is no slope to follow.",
        todo="Make x of floating point numbers, with a point or with .float().",
        code="x = torch.tensor([1., 2.])",
        at="x.requires_grad",
        causes=[("integers here", "torch.tensor([1, 2])")],
    ),
    Case(
        "flag of a result",
        "x = torch.tensor(3., requires_grad=True)\ny = x * 2\ny.requires_grad_(False)\n",
        "flag-of-result",
        "Only leaves can be switched off",
        why="y is the result of MulBackward0: whether it is tracked follows from what it was computed from.",
        todo="To go on with the numbers of y alone, take them out of the graph.",
        code="y = y.detach()",
        at="y.requires_grad_(False)",
        causes=[("made by an op here", "x * 2")],
    ),
    Case(
        "numpy",
        ("import torch.nn as nn\nmodel = nn.Linear(1, 1)\nmodel.eval()\ny = model(torch.ones(1, 1))\ny.numpy()\n"),
        "numpy",
        "numpy cannot follow gradients",
        why="y is tracked, and what numpy would do with its memory could not be recorded. model.eval() changes dropout and batch norm; it does not switch tracking off.",
        todo="Take the numbers out of the graph first.",
        code="y.detach().numpy()",
        at="y.numpy()",
        causes=[("tracked since here", "model(torch.ones(1, 1))")],
    ),
    Case(
        "matrices",
        "a = torch.ones(3, 1)\nb = torch.ones(3, 2)\nc = a @ b\n",
        "matrix-shapes",
        "The matrices do not fit",
        why="a has shape [3×1], b has [3×2]: a row of the first is 1 long, a column of the second 3. They must be equally long.",
        todo="Transpose a.",
        code="c = a.T @ b",
        at="a @ b",
        causes=[("shape [3×1]", "torch.ones(3, 1)"), ("shape [3×2]", "torch.ones(3, 2)")],
    ),
    Case(
        "layer",
        "import torch.nn as nn\nmodel = nn.Linear(3, 1)\nmodel(torch.ones(4, 2))\n",
        "matrix-shapes",
        "The matrices do not fit",
        why="[4×2] times [3×1]: a row of the first is 2 long, a column of the second 3. They must be equally long.",
        todo="This layer takes rows of 3. Make it one of 2, or reshape its input.",
        code="",
        at="model(torch.ones(4, 2))",
        causes=[],
    ),
    Case(
        "shapes",
        "a = torch.ones(3)\nb = torch.ones(2)\nc = a + b\n",
        "broadcast-shapes",
        "The shapes do not fit",
        why="a has shape [3] and b has shape [2]. Compared from the right, sizes must be equal, or one of them 1: here 3 meets 2.",
        todo="Reshape one of them, or add a dimension of size 1 with unsqueeze().",
        code="",
        at="a + b",
        causes=[("shape [3]", "torch.ones(3)"), ("shape [2]", "torch.ones(2)")],
    ),
    Case(
        "dtypes",
        "a = torch.ones(2, 2)\nb = torch.ones(2, 2, dtype=torch.float64)\nc = a @ b\n",
        "dtypes",
        "The dtypes do not fit",
        why="One operand is float32, the other float64. torch does not convert them in a product of matrices; what comes from Python's or numpy's own numbers is often of another dtype than the parameters.",
        todo="Convert one of them, most often to float32.",
        code="c = a @ b.float()",
        at="a @ b",
        causes=[("float32", "torch.ones(2, 2)"), ("float64", "torch.ones(2, 2, dtype=torch.float64)")],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_does_not_fit_is_named(case: Case) -> None:
    check_error(case)
