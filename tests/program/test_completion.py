"""What the editor offers, and what it says of a name."""

from __future__ import annotations

import pytest

from engine.program.completion import call_at, complete, help_at

HEAD = """import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
w = torch.tensor([1.], requires_grad=True)
model = nn.Linear(1, 1)
opt = optim.SGD(model.parameters(), lr=0.1)
total = 0
for epoch in range(3):
    pass
def loss_of(prediction): pass
"""


def offered(typed: str, explicit: bool = False) -> list[str]:
    source = HEAD + typed
    return [c.name for c in complete(source, len(source), ["w"], explicit).candidates]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("torch.mat", "matmul"),
        ("torch.nn.Lin", "Linear"),
        ("nn.MSE", "MSELoss"),
        ("F.rel", "relu"),
        ("w.back", "backward"),
        ("w.grad.zer", "zero_"),
        ("model.par", "parameters"),
        ("model.weight.gr", "grad"),
        ("opt.ze", "zero_grad"),
        ("y = torch.tensor([1.], req", "requires_grad="),
        ("optim.SGD(model.parameters(), mom", "momentum="),
        ("w.backward(torch.ones(2, req", "requires_grad="),
        ("tot", "total"),
        ("epo", "epoch"),
        ("loss", "loss_of"),
        ("enum", "enumerate"),
        ("whi", "while"),
    ],
)
def test_is_offered(typed: str, wanted: str) -> None:
    assert wanted in offered(typed)


@pytest.mark.parametrize("typed", ["", "x = ", "print('torch.", "# torch.", "f(1).", "3.", "nothing.at", "'''torch."])
def test_nothing_is_offered(typed: str) -> None:
    assert offered(typed) == []


def test_everything_is_offered_on_request() -> None:
    names = offered("", explicit=True)
    assert {"torch", "w", "model", "print", "while"} <= set(names)
    assert names.index("w") < names.index("while")


def test_the_word_that_is_replaced_is_the_one_typed() -> None:
    source = HEAD + "torch.mat"
    assert complete(source, len(source)).start == len(source) - 3


def test_an_argument_that_was_given_is_not_offered_again() -> None:
    assert "lr=" not in offered("optim.SGD(model.parameters(), lr=0.1, l")
    assert "momentum=" in offered("optim.SGD(model.parameters(), lr=0.1, m")


def test_help_gives_signature_and_one_line() -> None:
    source = HEAD + "torch.matmul(w, w)"
    found = help_at(source, len(source) - 8)
    assert found is not None
    assert (found.name, found.kind, found.signature) == ("matmul", "function", "(input, other)")
    assert found.doc.startswith("The matrix product")
    assert help_at(source, source.index("torch.matmul") + 1) is not None
    assert help_at(HEAD, HEAD.index("total")) is None


def test_the_call_around_the_cursor_is_known() -> None:
    source = HEAD + "torch.matmul(w, (w + 1)[0], "
    found = call_at(source, len(source))
    assert found is not None
    assert found.name == "matmul"
    assert call_at(HEAD + "x = (1, ", len(HEAD) + 8) is None
