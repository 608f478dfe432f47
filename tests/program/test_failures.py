"""Whose fault an exception is: the program's own, or the engine's."""

from __future__ import annotations

import pytest

from tests.support.runs import trace_of


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("w.grad.zero_()", "'NoneType' object has no attribute 'zero_'"),
        ("w.nothing", "'Tensor' object has no attribute 'nothing'"),
        ("torch.nothing", "module 'torch' has no attribute 'nothing'"),
        ("[1, 2].push(3)", "'list' object has no attribute 'push'"),
        ("{'a': 1}['b']", "'b'"),
        ("[1, 2][2]", "list index out of range"),
        ("unknown", "name 'unknown' is not defined"),
        ("assert w > 3", ""),
        ("torch.nn.GRU(3, 4)(1)", "'int' object has no attribute 'dim'"),
    ],
)
def test_what_a_guard_does_for_the_program_is_the_programs_own(line: str, text: str) -> None:
    failed = trace_of(f"import torch\nw = torch.tensor(2., requires_grad=True)\n{line}\n").failure
    assert failed is not None
    assert failed.kind == "error"
    assert failed.message == text
    assert failed.line == 3
