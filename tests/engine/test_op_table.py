"""Every op of the table against torch's recorded answers and against numerical differences."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.ops import TABLE
from engine.ops.spec import OpSpec
from tests.support.library import torch
from tests.support.op_calls import arguments, call, function, observe, outputs, seed_for

GOLDEN = json.loads((Path(__file__).parent.parent / "goldens" / "ops.json").read_text())["samples"]
SAMPLES = [(spec, i) for spec in TABLE.values() for i in range(len(spec.samples))]
IDS = [f"{spec.name}/{i}" for spec, i in SAMPLES]


def close(ours: dict[str, Any] | None, theirs: dict[str, Any] | None) -> bool:
    if ours is None or theirs is None:
        # A gradient that is identically zero may be None on one side.
        rest = ours or theirs
        return rest is None or not any(rest["data"])
    assert ours["shape"] == theirs["shape"]
    assert ours["dtype"] == theirs["dtype"]
    loose = "float32" in ours["dtype"]
    return bool(
        np.allclose(
            ours["data"], theirs["data"], rtol=1e-5 if loose else 1e-9, atol=1e-6 if loose else 1e-11, equal_nan=True
        )
    )


@pytest.mark.parametrize(("spec", "index"), SAMPLES, ids=IDS)
def test_sample_agrees_with_torch(spec: OpSpec, index: int) -> None:
    ours, theirs = observe(torch, spec, index), GOLDEN[f"{spec.name}/{index}"]
    assert ours["grad_fn"] == theirs["grad_fn"]
    assert ours["requires_grad"] == theirs["requires_grad"]
    for part in ("outputs", "gradients", "second"):
        for a, b in zip(ours.get(part, []), theirs.get(part, []), strict=part == "outputs"):
            assert close(a, b), (part, a, b)


def differentiable(spec: OpSpec, index: int) -> bool:
    result, _ = call(torch, spec, index)
    tracked = [o for o in outputs(result) if o.requires_grad]
    return bool(tracked) and all(o.dtype is torch.float64 for o in tracked) and "NotImplemented" not in spec.grad_fn


SMOOTH = [(spec, i) for spec, i in SAMPLES if differentiable(spec, i)]


@pytest.mark.parametrize(("spec", "index"), SMOOTH, ids=[f"{spec.name}/{i}" for spec, i in SMOOTH])
def test_gradient_agrees_with_differences(spec: OpSpec, index: int) -> None:
    leaves: list[Any] = []
    args, kwargs = arguments(torch, spec, index, leaves)

    def results() -> list[Any]:
        return [o for o in outputs(function(torch, spec.call)(*args, **kwargs)) if o.requires_grad]

    tracked = results()
    seeds = [seed_for(torch, o, f"{k}") for k, o in enumerate(tracked)]
    grads = torch.autograd.grad(tracked, leaves, seeds, allow_unused=True)

    def value() -> float:
        return math.fsum(float((o.detach() * s).sum().item()) for o, s in zip(results(), seeds, strict=True))

    h = 1e-6
    for x, g in zip(leaves, grads, strict=True):
        flat = x._array().reshape(-1)
        expected = np.zeros(flat.shape)
        for k in range(flat.size):
            keep = flat[k]
            flat[k] = keep + h
            up = value()
            flat[k] = keep - h
            down = value()
            flat[k] = keep
            expected[k] = (up - down) / (2 * h)
        got = np.zeros(flat.shape) if g is None else np.asarray(g.detach()._data).reshape(-1)
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
