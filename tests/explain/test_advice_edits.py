"""Edits in place and graphs that were freed: what was saved where, and what became of it."""

from __future__ import annotations

import pytest

from tests.explain.cases import Case, check_error

CASES = [
    Case(
        "result edited",
        "x = torch.tensor([1., 2.], requires_grad=True)\ny = x.exp()\ny += 1\ny.sum().backward()\n",
        "edited-after-saved",
        "Edited in place after it was saved",
        why="ExpBackward0 saved its result y at version 0 for its derivative. y += 1 on line 4 changed it in place, to version 1: with the new numbers the derivative would be wrong.",
        todo="Put the result into a new tensor; the old one stays as it was saved.",
        code="y = y + 1",
        at="y.sum().backward()",
        causes=[("saved here at version 0", "x.exp()"), ("edited in place here: version 1", "y += 1")],
    ),
    Case(
        "operand edited",
        ("x = torch.tensor([1., 2.], requires_grad=True)\na = x * 1\ny = a ** 2\na[0] = 5.\ny.sum().backward()\n"),
        "edited-after-saved",
        "Edited in place after it was saved",
        why="PowBackward0 saved its operand a at version 0 for its derivative. a[0] = 5. on line 5 changed it in place, to version 1: with the new numbers the derivative would be wrong.",
        todo="Edit a copy; the saved one stays as it is.",
        code="a = a.clone()\na[0] = 5.",
        at="y.sum().backward()",
        causes=[("saved here at version 0", "a ** 2"), ("edited in place here: version 1", "a[0] = 5.")],
    ),
    Case(
        "edited by a method",
        ("x = torch.tensor([1., 2.], requires_grad=True)\na = x * 1\ny = a.sin()\na.mul_(2)\ny.sum().backward()\n"),
        "edited-after-saved",
        "Edited in place after it was saved",
        why="SinBackward0 saved its operand a at version 0 for its derivative. a.mul_(2) on line 5 changed it in place, to version 1: with the new numbers the derivative would be wrong.",
        todo="Put the result into a new tensor; the old one stays as it was saved.",
        code="a = a.mul(2)",
        at="y.sum().backward()",
        causes=[("saved here at version 0", "a.sin()"), ("edited in place here: version 1", "a.mul_(2)")],
    ),
    Case(
        "edited through detach",
        (
            "x = torch.tensor([1., 2.], requires_grad=True)\n"
            "y = x.exp()\n"
            "d = y.detach()\n"
            "d.mul_(2)\n"
            "y.sum().backward()\n"
        ),
        "edited-after-saved",
        "Edited in place after it was saved",
        why="ExpBackward0 saved its result y at version 0 for its derivative. d.mul_(2) on line 5 changed it in place, through d, which shares its memory, to version 1: with the new numbers the derivative would be wrong.",
        todo="Give the second name a copy of its own.",
        code="d = y.detach().clone()",
        at="y.sum().backward()",
        causes=[("saved here at version 0", "x.exp()"), ("edited in place here: version 1", "d.mul_(2)")],
    ),
    Case(
        "step between",
        (
            "w = torch.tensor(1., requires_grad=True)\n"
            "opt = torch.optim.SGD([w], lr=0.1)\n"
            "a = w ** 2\n"
            "b = w ** 3\n"
            "a.backward()\n"
            "opt.step()\n"
            "b.backward()\n"
        ),
        "step-between",
        "step() came before this backward()",
        why="PowBackward0 saved its operand w at version 0 for its derivative. opt.step() on line 7 then moved w in place, to version 1: the number that this backward() needs is gone.",
        todo="Call every backward() before the step, or compute the loss anew after it.",
        code="",
        at="b.backward()",
        causes=[("saved here at version 0", "w ** 3"), ("moved in place here: version 1", "opt.step()")],
    ),
    Case(
        "second backward",
        "x = torch.tensor(2., requires_grad=True)\ny = x ** 2\ny.backward()\ny.backward()\n",
        "second-backward",
        "The graph was already freed",
        why="PowBackward0 had saved x for y. The first backward() from y, on line 4, used and freed it. The structure is still there, but the numbers are gone.",
        todo="Compute y again before this call, or keep the graph through the first one.",
        code="y.backward(retain_graph=True)",
        at="y.backward()",
        causes=[("saved here", "x ** 2"), ("freed here", "y.backward()")],
    ),
    Case(
        "second backward in a loop",
        "x = torch.tensor(2., requires_grad=True)\ny = x ** 2\nfor i in range(3):\n    y.backward()\n",
        "second-backward",
        "The graph was already freed",
        why="PowBackward0 had saved x for y. The first backward() from y, in an earlier turn of the loop, used and freed it. The structure is still there, but the numbers are gone.",
        todo="Compute y inside the loop, so that each turn has a graph of its own.",
        code="",
        at="y.backward()",
        causes=[("saved here", "x ** 2"), ("freed here", "y.backward()")],
    ),
    Case(
        "carried",
        (
            "W = torch.tensor(0.5, requires_grad=True)\n"
            "h = torch.tensor(1.)\n"
            "for t in range(3):\n"
            "    h = torch.tanh(W * h)\n"
            "    loss = h ** 2\n"
            "    loss.backward()\n"
        ),
        "carried-graph",
        "The last turn's graph is still attached",
        why="TanhBackward0 had saved its result h. loss.backward() freed it in an earlier turn; h carries that turn's graph into this one, so this backward() runs back into it.",
        todo="Cut what is carried over loose at the beginning of each turn, or compute it anew.",
        code="h = h.detach()",
        at="loss.backward()",
        causes=[("saved here", "torch.tanh(W * h)"), ("freed here", "loss.backward()")],
    ),
    Case(
        "shared trunk",
        ("x = torch.tensor(2., requires_grad=True)\nh = x.exp()\na = h * 2\nb = h * 3\na.backward()\nb.backward()\n"),
        "second-backward",
        "The graph was already freed",
        why="ExpBackward0 had saved its result h. a.backward() on line 6 used and freed it; this backward() runs through the same part of the graph again.",
        todo="Add the losses up and call backward() once, or keep the graph through the first call.",
        code="a.backward(retain_graph=True)",
        at="b.backward()",
        causes=[("saved here", "x.exp()"), ("freed here", "a.backward()")],
    ),
    Case(
        "leaf updated",
        ("w = torch.tensor(2., requires_grad=True)\nlr = 0.1\nloss = w ** 2\nloss.backward()\nw -= lr * w.grad\n"),
        "leaf-edited",
        "A tracked leaf cannot be edited in place",
        why="w is a leaf that requires grad: the graph refers to the numbers that it has now. w -= lr * w.grad would overwrite it as a recorded step.",
        todo="Update it in a block that is not tracked, as an optimizer does. w = w - … would not help: the new w would be no leaf.",
        code="with torch.no_grad():\n    w -= lr * w.grad",
        at="w -= lr * w.grad",
        causes=[("a leaf that requires grad", "torch.tensor(2., requires_grad=True)")],
    ),
    Case(
        "leaf's element",
        "w = torch.tensor([2., 1.], requires_grad=True)\nw[0] = 1.\n",
        "leaf-edited",
        "A tracked leaf cannot be edited in place",
        why="w is a leaf that requires grad: the graph refers to the numbers that it has now. w[0] = 1. would overwrite a view of it as a recorded step.",
        todo="Edit it in a block that is not tracked, or before requires_grad is switched on.",
        code="with torch.no_grad():\n    w[0] = 1.",
        at="w[0]",
        causes=[("a leaf that requires grad", "torch.tensor([2., 1.], requires_grad=True)")],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_guilty_statement_is_named(case: Case) -> None:
    check_error(case)
