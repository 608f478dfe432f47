"""Gradients that are not there, seeds that do not fit, functions that give too few."""

from __future__ import annotations

import pytest

from tests.explain.cases import Case, check_error

CASES = [
    Case(
        "lost leaf",
        (
            "w = torch.tensor(2., requires_grad=True)\n"
            "for i in range(3):\n"
            "    loss = w ** 2\n"
            "    loss.backward()\n"
            "    w = w - 0.1 * w.grad\n"
        ),
        "lost-leaf",
        "w is no longer a leaf",
        why="w = w - 0.1 * w.grad on line 6 made w the result of SubBackward0. Only leaves keep a gradient: it passes through w and is not written to w.grad.",
        todo="Move w in place, untracked, so that it stays the same leaf.",
        code="with torch.no_grad():\n    w -= 0.1 * w.grad",
        at="0.1 * w.grad",
        causes=[("a result, no leaf, since here", "w - 0.1 * w.grad")],
    ),
    Case(
        "lost under no_grad",
        (
            "w = torch.tensor(2., requires_grad=True)\n"
            "for i in range(3):\n"
            "    loss = w ** 2\n"
            "    loss.backward()\n"
            "    with torch.no_grad():\n"
            "        w = w - 0.1 * w.grad\n"
        ),
        "lost-leaf",
        "w no longer requires grad",
        why="w = w - 0.1 * w.grad on line 7 made a new tensor and gave it the name w. Under no_grad it does not require grad, so loss, which was computed from it, has no graph.",
        todo="Move w in place: under no_grad it stays the same leaf.",
        code="w -= 0.1 * w.grad",
        at="loss.backward()",
        causes=[("a new, untracked w since here", "w = w - 0.1 * w.grad")],
    ),
    Case(
        "no scalar",
        "x = torch.tensor([1., 2.], requires_grad=True)\ny = x ** 2\ny.backward()\n",
        "no-scalar",
        "backward() needs one number to start from",
        why="y has 2 elements, shape [2]. The gradient of a single number starts with 1.0; of many numbers it is not said how much each of them counts.",
        todo="Reduce it to one number first; or pass the weights, a tensor of the same shape, as the argument.",
        code="y.sum().backward()",
        at="y.backward()",
        causes=[("shape [2] since here", "x ** 2")],
    ),
    Case(
        "no scalar, unnamed",
        "x = torch.tensor([1., 2.], requires_grad=True)\n(x * 2).backward()\n",
        "no-scalar",
        "backward() needs one number to start from",
        why="x * 2 has 2 elements, shape [2]. The gradient of a single number starts with 1.0; of many numbers it is not said how much each of them counts.",
        todo="Reduce it to one number first; or pass the weights, a tensor of the same shape, as the argument.",
        code="((x * 2).sum()).backward()",
        at="(x * 2).backward()",
        causes=[("shape [2] since here", "x * 2")],
    ),
    Case(
        "wrong seed",
        ("x = torch.tensor([1., 2.], requires_grad=True)\ny = x ** 2\ny.backward(torch.tensor([1., 2., 3.]))\n"),
        "wrong-seed",
        "The vector does not fit",
        why="y has shape [2]: the argument says how much each of its 2 elements counts, so it must have the same shape.",
        todo="Pass one weight for each element of y; ones give the gradient of the sum.",
        code="y.backward(torch.ones_like(y))",
        at="y.backward(torch.tensor([1., 2., 3.]))",
        causes=[("shape [2] since here", "x ** 2")],
    ),
    Case(
        "None before backward",
        "w = torch.tensor(2., requires_grad=True)\nw.grad.zero_()\n",
        "none-grad",
        "w.grad is None",
        why="No backward() has run yet, and until one does w.grad is None. None is not 0: it is no tensor, and has no methods.",
        todo="Call backward() first, or test for None: if w.grad is not None.",
        code="if w.grad is not None:\n    w.grad.zero_()",
        at="w.grad.zero_",
        causes=[("made here, no gradient yet", "torch.tensor(2., requires_grad=True)")],
    ),
    Case(
        "None: not reached",
        (
            "w = torch.tensor(2., requires_grad=True)\n"
            "b = torch.tensor(2., requires_grad=True)\n"
            "loss = w * 2\n"
            "loss.backward()\n"
            "b.grad.zero_()\n"
        ),
        "none-grad",
        "b.grad is None",
        why="backward() from loss did not reach b: loss was not computed from it, or the way is cut. None says that no gradient came; 0 would say that one came and was 0.",
        todo="Look whether loss really uses b.",
        code="if b.grad is not None:\n    b.grad.zero_()",
        at="b.grad.zero_",
        causes=[("this backward() did not reach it", "loss.backward()")],
    ),
    Case(
        "None: taken away",
        (
            "w = torch.tensor(2., requires_grad=True)\n"
            "opt = torch.optim.SGD([w], lr=0.1)\n"
            "(w * 2).backward()\n"
            "opt.zero_grad()\n"
            "print(w.grad.norm())\n"
        ),
        "none-grad",
        "w.grad is None",
        why="opt.zero_grad() on line 5 set w.grad to None, which is not 0: there is no tensor.",
        todo="Read the gradient before it is taken away, or test for it: if w.grad is not None.",
        code="",
        at="w.grad.norm",
        causes=[("set to None here", "opt.zero_grad()")],
    ),
    Case(
        "None: no leaf",
        "x = torch.tensor(2., requires_grad=True)\ny = x ** 2\ny.backward()\nz = y.grad * 2\n",
        "non-leaf-grad",
        "y.grad is None",
        why="y = x ** 2 on line 3 made y the result of PowBackward0. Only leaves keep a gradient: it passes through y and is not written to y.grad.",
        todo="Call y.retain_grad() before backward(), or ask a leaf.",
        code="y.retain_grad()",
        at="y.grad * 2",
        causes=[("a result, no leaf, since here", "x ** 2")],
    ),
    Case(
        "None: not tracked",
        "x = torch.tensor(2.)\nz = x.grad * 2\n",
        "none-grad",
        "x.grad is None",
        why="x does not require grad, so backward() keeps no gradient for it: x.grad stays None.",
        todo="Make x with requires_grad=True; an update under no_grad must edit x in place.",
        code="",
        at="x.grad * 2",
        causes=[("not tracked", "torch.tensor(2.)")],
    ),
    Case(
        "unused input",
        (
            "a = torch.tensor(1., requires_grad=True)\n"
            "b = torch.tensor(1., requires_grad=True)\n"
            "y = a * 2\n"
            "g = torch.autograd.grad(y, [a, b])\n"
        ),
        "unused-input",
        "y does not depend on b",
        why="grad() was asked for the gradient of y with respect to b, but no path of the graph leads from y back to b.",
        todo="Ask only for what y was computed from; or accept None for the others.",
        code="g = torch.autograd.grad(y, [a, b], allow_unused=True)",
        at="torch.autograd.grad(y, [a, b])",
        causes=[("made here, not used", "torch.tensor(1., requires_grad=True)")],
    ),
    Case(
        "tuple",
        "x = torch.tensor(3., requires_grad=True)\ng = torch.autograd.grad(x**2, x)\nprint(g.item())\n",
        "tuple-of-gradients",
        "autograd.grad returns a tuple",
        why="g is a tuple: autograd.grad() gives one gradient for each input, also where there is only one input.",
        todo="Take the first of them where it is computed.",
        code="g = torch.autograd.grad(x**2, x)[0]",
        at="g.item",
        causes=[("a tuple is made here", "torch.autograd.grad(x**2, x)")],
    ),
    Case(
        "Function",
        (
            "class M(torch.autograd.Function):\n"
            "    @staticmethod\n"
            "    def forward(ctx, x, k):\n"
            "        ctx.k = k\n"
            "        return x * k\n"
            "\n"
            "    @staticmethod\n"
            "    def backward(ctx, g):\n"
            "        return g * ctx.k\n"
            "\n"
            "x = torch.tensor(2., requires_grad=True)\n"
            "M.apply(x, 3).backward()\n"
        ),
        "gradient-count",
        "One gradient for each argument",
        why="M.forward takes 2 arguments besides ctx (x, k), so M.backward must return 2 gradients, in the same order; it returned 1.",
        todo="Return None for what needs no gradient.",
        code="return g * ctx.k, None",
        at="M.apply(x, 3).backward()",
        causes=[("takes 2 arguments", "def forward(ctx, x, k):"), ("gives 1 gradient", "return g * ctx.k")],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_missing_is_named(case: Case) -> None:
    check_error(case)
