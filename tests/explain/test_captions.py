"""One true sentence per step."""

from __future__ import annotations

import pytest

from engine.explain.captions import MARK, caption
from tests.support.runs import FIRST, TRAINING, moment_of, trace_of


def captions(source: str) -> list[str]:
    return [caption(moment_of(source, c)).plain() for c in range(len(trace_of(source)) + 1)]


def test_the_first_program() -> None:
    assert captions(FIRST) == [
        "Before the first of 11 steps.",
        "w = torch.tensor([1.], requires_grad=True) w = 1.0 is a leaf that requires grad",
        "x = torch.tensor([2.], requires_grad=True) x = 2.0 is a leaf that requires grad",
        "a = torch.add(w, x) a = w + x = 3.0; AddBackward0 saves nothing",
        "b = torch.add(w, 1) b = w + 1 = 2.0; AddBackward0 saves nothing",
        "y = torch.mul(a, b) y = a · b = 6.0; MulBackward0 saves a and b for backward",
        "y.backward() step 1 of 5 MulBackward0 takes the seed 1.0 and sends 2.0 to a and 3.0 to b",
        "y.backward() step 2 of 5 AddBackward0 sends 3.0 to w",
        "y.backward() step 3 of 5 AddBackward0 sends 2.0 to w and 2.0 to x",
        "y.backward() step 4 of 5 AccumulateGrad writes w.grad: None → 5.0",
        "y.backward() step 5 of 5 AccumulateGrad writes x.grad: None → 2.0",
        "print(w.grad, x.grad) prints “tensor([5.]) tensor([2.])”",
    ]


def test_accumulation_says_old_plus_incoming() -> None:
    source = "import torch\nx = torch.tensor([2.], requires_grad=True)\n(x**2).backward()\n(x**3).backward()\nx.grad.zero_();\n"
    texts = captions(source)
    assert "AccumulateGrad adds 12.0 to x.grad: 4.0 + 12.0 = 16.0" in texts[-2]
    assert "x.grad is set to 0.0" in texts[-1]


def test_training() -> None:
    texts = captions(TRAINING)
    assert "makes the parameters model.weight = -0.007487 and model.bias = 0.5364" in texts[1]
    assert any("the optimizer moves model.weight from -0.007487 to" in t for t in texts)
    assert any("takes away the gradient of model.weight and model.bias: None" in t for t in texts)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("y = x.detach()", "the same values, cut from the graph"),
        ("y = x.data", "the same storage, outside the graph"),
        ("with torch.no_grad(): y = x * 2", "not tracked: grad mode is off"),
        ("y = x.argmax()", "argmax has no derivative, so the graph ends here"),
        ("y = torch.ones(2)", "is a constant: no gradient is kept for it"),
        ("g, = torch.autograd.grad((x * x).sum(), x, create_graph=True)", "for the next derivative"),
        ("x.grad = torch.ones(2)", "puts [1.0, 1.0] into x.grad"),
        ("x.undefined", "AttributeError: 'Tensor' object has no attribute 'undefined'"),
    ],
)
def test_special_moments(line: str, says: str) -> None:
    source = f"import torch\nx = torch.tensor([1., 2.], requires_grad=True)\n{line}\n"
    assert any(says in t for t in captions(source)), captions(source)


def test_powers_are_not_taken_for_emphasis() -> None:
    source = "import torch\nx = torch.tensor(3., requires_grad=True)\ny = x ** 2\n"
    c = caption(moment_of(source, 2))
    assert "x ** 2" in c.plain()
    assert c.text.split(MARK)[1::2] == ["9.0"]
