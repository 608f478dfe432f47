"""Mistakes that raise no error: each raises one note, with its numbers and guilty statements."""

from __future__ import annotations

import pytest

from tests.explain.cases import Case, check_note

CASES = [
    Case(
        "three calls in a loop",
        "x = torch.tensor(2., requires_grad=True)\nfor i in range(3):\n    (x ** 2).backward()\n",
        "accumulation",
        "Gradients add up",
        why="x.grad held 4.0 from the call before. This call added 4.0: 4.0 + 4.0 = 8.0. backward() always adds.",
        todo="If each call is to give its own gradient, empty it in between.",
        code="x.grad = None",
        at="(x ** 2).backward()",
        causes=[("adds to it", "(x ** 2).backward()")],
    ),
    Case(
        "three calls in a row",
        ("x = torch.tensor(2., requires_grad=True)\n(x ** 2).backward()\n(x ** 2).backward()\n(x ** 2).backward()\n"),
        "accumulation",
        "Gradients add up",
        why="x.grad held 4.0 from the call before. This call added 4.0: 4.0 + 4.0 = 8.0. backward() always adds.",
        todo="If each call is to give its own gradient, empty it in between.",
        code="x.grad = None",
        at="(x ** 2).backward()",
        causes=[("first write", "(x ** 2).backward()"), ("adds to it", "(x ** 2).backward()")],
    ),
    Case(
        "an optimizer without zero_grad",
        (
            "w = torch.tensor(1., requires_grad=True)\n"
            "optimizer = torch.optim.SGD([w], lr=0.01)\n"
            "for epoch in range(4):\n"
            "    loss = (w * 3 - 2) ** 2\n"
            "    loss.backward()\n"
            "    optimizer.step()\n"
        ),
        "accumulation",
        "Gradients add up",
        why="When this backward() came, w.grad still held 6.0 from the step before; it added 4.92, and the next step moved w by the sum, 10.92.",
        todo="Empty the gradients once a turn, before backward().",
        code="optimizer.zero_grad()",
        at="loss.backward()",
        causes=[
            ("adds to the old gradient", "loss.backward()"),
            ("moves by the sum", "optimizer.step()"),
        ],
    ),
    Case(
        "an update by hand without zeroing",
        (
            "w = torch.tensor(1., requires_grad=True)\n"
            "for i in range(4):\n"
            "    loss = (w * 3 - 2) ** 2\n"
            "    loss.backward()\n"
            "    with torch.no_grad():\n"
            "        w -= 0.01 * w.grad\n"
        ),
        "accumulation",
        "Gradients add up",
        why="When this backward() came, w.grad still held 6.0 from the step before; it added 4.92, and the next step moved w by the sum, 10.92.",
        todo="Empty the gradients once a turn, before backward().",
        code="w.grad = None",
        at="loss.backward()",
        causes=[
            ("adds to the old gradient", "loss.backward()"),
            ("moves by the sum", "w -= 0.01 * w.grad"),
        ],
    ),
    Case(
        "an update through .data without zeroing",
        (
            "w = torch.tensor(1., requires_grad=True)\n"
            "for i in range(4):\n"
            "    loss = (w * 3 - 2) ** 2\n"
            "    loss.backward()\n"
            "    w.data -= 0.01 * w.grad\n"
        ),
        "accumulation",
        "Gradients add up",
        why="When this backward() came, w.grad still held 6.0 from the step before; it added 4.92, and the next step moved w by the sum, 10.92.",
        todo="Empty the gradients once a turn, before backward().",
        code="w.grad = None",
        at="loss.backward()",
        causes=[
            ("adds to the old gradient", "loss.backward()"),
            ("moves by the sum", "w.data -= 0.01 * w.grad"),
        ],
    ),
    Case(
        "zero_grad before step",
        (
            "w = torch.tensor(1., requires_grad=True)\n"
            "optimizer = torch.optim.SGD([w], lr=0.01)\n"
            "for epoch in range(4):\n"
            "    loss = (w * 3 - 2) ** 2\n"
            "    loss.backward()\n"
            "    optimizer.zero_grad()\n"
            "    optimizer.step()\n"
        ),
        "zeroed-before-step",
        "The gradients were gone before the step",
        why="optimizer.zero_grad() on line 7 stands between backward() and step(): it set the gradients of w to None, and a step moves nothing whose gradient is None.",
        todo="Call optimizer.zero_grad() before backward().",
        code="",
        at="optimizer.zero_grad()",
        causes=[
            ("writes the gradients", "loss.backward()"),
            ("takes them away again", "optimizer.zero_grad()"),
            ("finds None: nothing moves", "optimizer.step()"),
        ],
    ),
    Case(
        "no step",
        (
            "w = torch.tensor(1., requires_grad=True)\n"
            "optimizer = torch.optim.SGD([w], lr=0.01)\n"
            "for epoch in range(4):\n"
            "    loss = (w * 3 - 2) ** 2\n"
            "    optimizer.zero_grad()\n"
            "    loss.backward()\n"
        ),
        "never-stepped",
        "backward() alone moves nothing",
        why="Each turn computed gradients and optimizer.zero_grad() emptied them, but nothing moved w: the loss stays as it is.",
        todo="Step after backward():",
        code="optimizer.step()",
        at="optimizer.zero_grad()",
        causes=[("empties them, unused", "optimizer.zero_grad()")],
    ),
    Case(
        "lost leaf, tracked",
        (
            "w = torch.tensor(2., requires_grad=True)\n"
            "loss = w ** 2\n"
            "loss.backward()\n"
            "w = w - 0.1 * w.grad\n"
            "loss = w ** 2\n"
        ),
        "lost-leaf",
        "w is no longer a leaf",
        why="w = w - 0.1 * w.grad on line 5 computed a new tensor and gave it the name w. It is the result of SubBackward0, no leaf: the next backward() will pass through it and leave w.grad None.",
        todo="Move w in place, untracked, so that it stays the same leaf.",
        code="with torch.no_grad():\n    w -= 0.1 * w.grad",
        at="w = w - 0.1 * w.grad",
        causes=[("a new w since here", "w = w - 0.1 * w.grad")],
    ),
    Case(
        "lost leaf, untracked",
        (
            "w = torch.tensor(2., requires_grad=True)\n"
            "loss = w ** 2\n"
            "loss.backward()\n"
            "with torch.no_grad():\n"
            "    w = w - 0.1 * w.grad\n"
            "loss = w ** 2\n"
        ),
        "lost-leaf",
        "w is no longer tracked",
        why="w = w - 0.1 * w.grad on line 6 computed a new tensor and gave it the name w. Under no_grad it does not require grad: what is computed from w from now on has no graph.",
        todo="Move w in place, untracked, so that it stays the same leaf.",
        code="with torch.no_grad():\n    w -= 0.1 * w.grad",
        at="w = w - 0.1 * w.grad",
        causes=[("a new w since here", "w = w - 0.1 * w.grad")],
    ),
    Case(
        "column minus row",
        (
            "x = torch.arange(5.).unsqueeze(1)\n"
            "y = 2 * torch.arange(5.) + 1\n"
            "w = torch.zeros(1, 1, requires_grad=True)\n"
            "b = torch.zeros(1, requires_grad=True)\n"
            "pred = x @ w + b\n"
            "loss = ((pred - y) ** 2).mean()\n"
            "loss.backward()\n"
        ),
        "broadcast-trap",
        "5×1 and 5 became 5×5",
        why="pred has shape [5×1], y has [5]: broadcasting pairs each element of the one with every element of the other. The loss is made of 25 differences.",
        todo="Give both the same shape.",
        code="loss = ((pred.squeeze(1) - y) ** 2).mean()",
        at="pred - y",
        causes=[("25 differences here", "pred - y")],
    ),
    Case(
        "mse_loss of two shapes",
        (
            "import torch.nn as nn\n"
            "model = nn.Linear(1, 1)\n"
            "x = torch.arange(3.).unsqueeze(1)\n"
            "y = 2 * torch.arange(3.)\n"
            "loss = nn.MSELoss()(model(x), y)\n"
            "loss.backward()\n"
        ),
        "broadcast-trap",
        "Two shapes in one loss",
        why="model(x) has shape [3×1], y has [3]: broadcasting pairs each element of the one with every element of the other, and the loss is an average over all the pairs.",
        todo="Give both the same shape.",
        code="loss = nn.MSELoss()(model(x).squeeze(1), y)",
        at="nn.MSELoss()(model(x), y)",
        causes=[("[3×1] meets [3] here", "nn.MSELoss()(model(x), y)")],
    ),
    Case(
        "nan from where",
        (
            "x = torch.tensor([0., 4.], requires_grad=True)\n"
            "y = torch.where(x > 0, x.sqrt(), torch.zeros_like(x)).sum()\n"
            "y.backward()\n"
        ),
        "nan-from-where",
        "The branch not taken gives nan",
        why="where() computes both branches. To the one not taken it sends the gradient 0; x.sqrt() has an infinite slope there, and 0 × inf is nan: x.grad is [nan, 0.25].",
        todo="Put a harmless number into the branch first, where it is not taken.",
        code="y = torch.where(x > 0, torch.where(x > 0, x, 1.).sqrt(), torch.zeros_like(x)).sum()",
        at="x.sqrt()",
        causes=[
            ("chooses, but sends 0 into the other branch", "torch.where(x > 0, x.sqrt(), torch.zeros_like(x))"),
            ("has an infinite slope there: 0 × inf is nan", "x.sqrt()"),
        ],
    ),
    Case(
        "infinite slope",
        "x = torch.tensor([0., 4.], requires_grad=True)\ny = torch.sqrt(x).sum()\ny.backward()\n",
        "infinite-slope",
        "The slope is infinite here",
        why="torch.sqrt(x) on line 3 has an infinite slope at 0: the curve of a square root starts vertically. The gradient that goes on is infinite: x.grad is [inf, 0.25].",
        todo="Keep the operand away from 0, for example by adding a small number, 1e-8.",
        code="",
        at="torch.sqrt(x)",
        causes=[("an infinite slope here", "torch.sqrt(x)")],
    ),
    Case(
        "norm by hand",
        "x = torch.tensor([0., 0.], requires_grad=True)\ny = (x ** 2).sum().sqrt()\ny.backward()\n",
        "infinite-slope",
        "The slope is infinite here",
        why="(x ** 2).sum().sqrt() on line 3 has an infinite slope at 0: the curve of a square root starts vertically. Further on the infinite gradient meets a factor 0, and inf × 0 is nan: x.grad is [nan, nan].",
        todo="Keep the operand away from 0, for example by adding a small number, 1e-8.",
        code="",
        at="(x ** 2).sum().sqrt()",
        causes=[("an infinite slope here", "(x ** 2).sum().sqrt()")],
    ),
    Case(
        "edit through .data",
        ("w = torch.tensor([1., 2.], requires_grad=True)\ny = (w ** 2).sum()\nw.data.mul_(10)\ny.backward()\n"),
        "hidden-edit",
        "Edited behind autograd's back",
        why="PowBackward0 saved w; w.data.mul_(10) on line 4 then changed its numbers through .data, which no version counts. This backward() computed with [10.0, 20.0]: the gradient is not that of the forward pass, and no error says so.",
        todo="Edit it under torch.no_grad(), which counts the edit, and after backward() has run.",
        code="",
        at="y.backward()",
        causes=[("saved here", "w ** 2"), ("edited here, uncounted", "w.data.mul_(10)")],
    ),
    Case(
        "total += loss",
        (
            "w = torch.tensor(1., requires_grad=True)\n"
            "total = 0\n"
            "for i in range(5):\n"
            "    loss = (w * 3 - 2) ** 2\n"
            "    loss.backward()\n"
            "    with torch.no_grad():\n"
            "        w -= 0.01 * w.grad\n"
            "    w.grad = None\n"
            "    total += loss\n"
        ),
        "kept-graphs",
        "Every turn's graph is kept",
        why="total += loss on line 10 keeps loss with its whole graph: total holds on to it. After 3 turns 3 graphs are alive, and each turn adds one.",
        todo="Keep the number, not the graph.",
        code="total += loss.item()",
        at="total += loss",
        causes=[("keeps the graph", "total += loss")],
    ),
    Case(
        "losses.append(loss)",
        (
            "w = torch.tensor(1., requires_grad=True)\n"
            "losses = []\n"
            "for i in range(5):\n"
            "    loss = (w * 3 - 2) ** 2\n"
            "    loss.backward()\n"
            "    with torch.no_grad():\n"
            "        w -= 0.01 * w.grad\n"
            "    w.grad.zero_()\n"
            "    losses.append(loss)\n"
        ),
        "kept-graphs",
        "Every turn's graph is kept",
        why="losses.append(loss) on line 10 keeps loss with its whole graph: losses holds on to it. After 3 turns 3 graphs are alive, and each turn adds one.",
        todo="Keep the number, not the graph.",
        code="losses.append(loss.item())",
        at="losses.append(loss)",
        causes=[("keeps the graph", "losses.append(loss)")],
    ),
    Case(
        "diverges",
        (
            "w = torch.tensor(1., requires_grad=True)\n"
            "lr = 0.51\n"
            "for i in range(12):\n"
            "    loss = 2 * w ** 2\n"
            "    loss.backward()\n"
            "    with torch.no_grad():\n"
            "        w -= lr * w.grad\n"
            "    w.grad.zero_()\n"
        ),
        "steps-too-large",
        "The steps are too large",
        why="Each step jumps over the minimum and lands further off on the other side: the gradient of w went -4.499, 4.679, -4.867, and the loss rose from 2.0 to 3.202 in 6 turns.",
        todo="Make the learning rate smaller, for example half as large.",
        code="lr = 0.255",
        at="loss.backward()",
        causes=[("the loss does not fall here", "loss.backward()"), ("the learning rate", "0.51")],
    ),
    Case(
        "oscillates",
        (
            "w = torch.tensor(1., requires_grad=True)\n"
            "optimizer = torch.optim.SGD([w], lr=0.5)\n"
            "for i in range(12):\n"
            "    loss = 2 * w ** 2\n"
            "    optimizer.zero_grad()\n"
            "    loss.backward()\n"
            "    optimizer.step()\n"
        ),
        "steps-too-large",
        "The steps are too large",
        why="Each step jumps over the minimum and lands as far off on the other side: the gradient of w went -4.0, 4.0, -4.0, and the loss stays at 2.0.",
        todo="Make the learning rate smaller, for example half as large.",
        code="optimizer = torch.optim.SGD([w], lr=0.25)",
        at="loss.backward()",
        causes=[("the loss does not fall here", "loss.backward()"), ("the learning rate", "0.5")],
    ),
    Case(
        "vanishing",
        (
            "x = torch.tensor(1., requires_grad=True)\n"
            "h = x\n"
            "for i in range(8):\n"
            "    h = torch.sigmoid(h)\n"
            "h.backward()\n"
        ),
        "vanishing",
        "The gradient fades on its way",
        why="On the way to x the gradient shrinks from 1.0 to 5.515e-6, through 8 times sigmoid. At most a quarter passes through a sigmoid.",
        todo="Use relu, or add the input to each layer's output, so that the gradient has a short way too.",
        code="",
        at="torch.sigmoid(h)",
        causes=[("a factor each time", "torch.sigmoid(h)")],
    ),
    Case(
        "exploding",
        "x = torch.tensor(1., requires_grad=True)\nh = x\nfor i in range(8):\n    h = h * 3\nh.backward()\n",
        "exploding",
        "The gradient explodes on its way",
        why="On the way to x the gradient grows from 1.0 to 6561.0, through 8 times mul. The same factor again and again is a power.",
        todo="Make the factors smaller, or limit the gradient with torch.nn.utils.clip_grad_norm_.",
        code="",
        at="h * 3",
        causes=[("a factor each time", "h * 3")],
    ),
    Case(
        "island",
        (
            "x = torch.tensor(2., requires_grad=True)\n"
            "loss = x.detach() ** 2\n"
            "loss.requires_grad = True\n"
            "loss.backward()\n"
        ),
        "island",
        "loss is an island",
        why="requires_grad was switched on for loss itself, so it is a leaf: backward() writes 1.0 to loss.grad and ends. x gets nothing, because the graph is cut between x and loss.",
        todo="Take that line out, and mend the cut on line 3.",
        code="",
        at="loss.backward()",
        causes=[("tracking stopped here", "x.detach()"), ("loss became a leaf here", "loss.requires_grad")],
    ),
    Case(
        "gradient of a result",
        "x = torch.tensor(2., requires_grad=True)\ny = x ** 2\ny.backward()\nprint(y.grad)\n",
        "non-leaf-grad",
        "y.grad is None",
        why="y is no leaf: x ** 2 on line 3 computed it. Its gradient passes through on the way to the leaves and is not kept.",
        todo="Ask for it before backward():",
        code="y.retain_grad()",
        at="y.grad",
        causes=[("computed here", "x ** 2")],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_mistake_is_noted_once(case: Case) -> None:
    check_note(case)
