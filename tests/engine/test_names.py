"""Names that a tensor does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.refusals import OutOfScope
from tests.support.library import torch


def test_a_name_that_torch_has_is_refused_in_one_line() -> None:
    x = torch.tensor(1.0)
    with pytest.raises(OutOfScope, match=r"Tensor\.to_sparse is not part of Chainrule: tensors are dense"):
        x.to_sparse()
    assert not hasattr(x, "to_sparse")
    assert "to_sparse" not in dir(x)
    x.to_sparse = 3
    assert x.to_sparse == 3


def test_a_name_that_torch_does_not_have_is_unknown() -> None:
    with pytest.raises(AttributeError, match="'Tensor' object has no attribute 'colour'") as caught:
        torch.tensor(1.0).colour
    assert not isinstance(caught.value, OutOfScope)


def test_attributes_are_looked_up_the_short_way() -> None:
    """A ``__getattr__`` makes Python look up every attribute of a class at a sixth of the speed."""
    assert not hasattr(torch.Tensor, "__getattr__")
    assert not hasattr(torch.autograd.graph.Node, "__getattr__")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: torch.tensor([1 + 2j]), "complex tensors are not part of Chainrule: numbers are real"),
        (lambda: torch.ones(2) * 1j, "complex tensors are not part of Chainrule: numbers are real"),
        (lambda: torch.full((2,), 1j), "complex tensors are not part of Chainrule: numbers are real"),
        (
            lambda: torch.zeros(2, device="meta"),
            "the meta device is not part of Chainrule: every tensor has its numbers",
        ),
    ],
)
def test_numbers_and_places_that_are_left_out_are_refused_in_one_line(make: Callable[[], Any], text: str) -> None:
    with pytest.raises(OutOfScope, match=text):
        make()
