"""Views and in-place edits as a state machine: versions, histories and errors agree with torch in every state."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.oracle.lockstep import Lockstep, fresh
from tests.oracle.steps import EDITS, EDITS_BY, MODED, PASSES, PASSES_BY, UNARY, VIEWS

INDEX = st.integers(0, 40)


def among(steps: dict) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(steps))


class ViewsAndEdits(RuleBasedStateMachine):
    """Begins with a leaf and an intermediate tensor of it."""

    def __init__(self) -> None:
        super().__init__()
        self.block = fresh()
        self.block.__enter__()
        self.both = Lockstep()

    @initialize(requires_grad=st.booleans())
    def begin(self, requires_grad: bool) -> None:
        self.both.leaf([[1.0, 2.0], [3.0, 4.0]], requires_grad)
        self.both.leaf([0.5, -1.0], True)
        self.both.call("* 2", UNARY["* 2"], 0)

    @rule(name=among(VIEWS), x=INDEX)
    def view(self, name: str, x: int) -> None:
        self.both.call(name, VIEWS[name], x)

    @rule(name=among(EDITS), x=INDEX)
    def edit(self, name: str, x: int) -> None:
        self.both.call(name, EDITS[name], x)

    @rule(name=among(EDITS_BY), x=INDEX, y=INDEX)
    def edit_by(self, name: str, x: int, y: int) -> None:
        self.both.call(name, EDITS_BY[name], x, y)

    @rule(name=among(MODED), x=INDEX)
    def in_a_mode(self, name: str, x: int) -> None:
        self.both.call(name, MODED[name], x)

    @rule(name=among(UNARY), x=INDEX)
    def use(self, name: str, x: int) -> None:
        self.both.call(name, UNARY[name], x)

    @rule(name=among(PASSES), x=INDEX)
    def run_backward(self, name: str, x: int) -> None:
        self.both.call(name, PASSES[name], x)

    @rule(name=among(PASSES_BY), x=INDEX, y=INDEX)
    def ask_for_gradients(self, name: str, x: int, y: int) -> None:
        self.both.call(name, PASSES_BY[name], x, y)

    def teardown(self) -> None:
        self.block.__exit__(None, None, None)


TestViewsAndEdits = pytest.mark.torch(ViewsAndEdits.TestCase)
TestViewsAndEdits.settings = settings(max_examples=150, stateful_step_count=20)
