"""The pass that is written for speed against the one that is written to be read."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.autograd.backward_pass import Pass, backward_pass
from engine.autograd.quick_pass import run_quickly
from engine.ops import TABLE
from engine.state import state
from tests.support.library import torch
from tests.support.op_calls import call, outputs, seed_for

pytestmark = pytest.mark.filterwarnings("ignore:index_reduce.. is in beta")


def read_out(run: Pass) -> None:
    for _ in backward_pass(run):
        pass


def drained(by: Callable[[Pass], None], run: Pass) -> Pass:
    tracking, state.grad_enabled = state.grad_enabled, False
    try:
        by(run)
    finally:
        state.grad_enabled = tracking
    return run


def test_both_give_the_same_gradients_of_every_op() -> None:
    for spec in TABLE.values():
        for index in range(len(spec.samples)):
            result, leaves = call(torch, spec, index)
            results = [r for r in outputs(result) if isinstance(r, torch.Tensor) and r.requires_grad]
            if not results or "NotImplemented" in type(results[0].grad_fn).__name__:
                continue
            seeds = [seed_for(torch, r, str(i)) for i, r in enumerate(results)]
            found = []
            for by in (read_out, run_quickly):
                run = Pass(results, seeds, True, False)
                run.limit_to(leaves, accumulate=False)
                found.append(drained(by, run).results)
            for a, b in zip(*found, strict=True):
                assert (a is None) == (b is None), spec.name
                assert a is None or (a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)), spec.name


STEPS: tuple[Callable[[Any, Any], list[Any]], ...] = (
    lambda a, b: [a * b],
    lambda a, b: [a + b],
    lambda a, b: [a - 2 * b],
    lambda a, b: [a.tanh()],
    lambda a, b: [part.expand(3) for part in reversed(a.unbind())],
)


def tangle(leaves: list[Any], rng: random.Random) -> Any:
    """Ops of one, two and several results on what was made before, summed in the end."""
    made = list(leaves)
    for _ in range(30):
        made += rng.choice(STEPS)(rng.choice(made), rng.choice(made))
    return torch.stack(made[-8:]).sum()


def test_both_reach_the_leaves_in_one_order() -> None:
    for seed in range(20):
        rng = random.Random(seed)
        leaves = [torch.randn(3, requires_grad=True) for _ in range(6)]
        root = tangle(leaves, rng)
        orders: list[list[int]] = []
        for by in (read_out, run_quickly):
            order: list[int] = []
            handles = [
                x.register_post_accumulate_grad_hook(lambda _, i=i, order=order: order.append(i))
                for i, x in enumerate(leaves)
            ]
            drained(by, Pass((root,), (torch.tensor(1.0),), True, False))
            orders.append(order)
            for handle in handles:
                handle.remove()
        assert orders[0] == orders[1]


def test_a_gradient_that_is_shared_is_copied() -> None:
    a, b = (torch.zeros(3, requires_grad=True) for _ in range(2))
    seed = torch.ones(3)
    kept = []
    c = a * 2
    c.register_hook(kept.append)
    (c + b).backward(seed)
    seed.add_(1)
    kept[0].add_(1)
    assert a.grad.tolist() == [2, 2, 2]
    assert b.grad.tolist() == [1, 1, 1]
