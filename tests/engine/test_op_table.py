"""Every op of the table against torch's recorded answers and against numerical differences."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine as torch
from engine.ops import TABLE
from tests.support.op_calls import call, observe, outputs, seed_for

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
def test_sample_agrees_with_torch(spec: Any, index: int) -> None:
    ours, theirs = observe(torch, spec, index), GOLDEN[f"{spec.name}/{index}"]
    assert ours["grad_fn"] == theirs["grad_fn"]
    assert ours["requires_grad"] == theirs["requires_grad"]
    for part in ("outputs", "gradients", "second"):
        for a, b in zip(ours.get(part, []), theirs.get(part, []), strict=part == "outputs"):
            assert close(a, b), (part, a, b)


@pytest.mark.parametrize(("spec", "index"), SAMPLES, ids=IDS)
def test_gradient_agrees_with_differences(spec: Any, index: int) -> None:
    result, leaves = call(torch, spec, index)
    tracked = [o for o in outputs(result) if o.requires_grad]
    if not tracked or any(o.dtype is not torch.float64 for o in tracked) or "NotImplemented" in spec.grad_fn:
        pytest.skip("nothing to differentiate in double precision")
    seeds = [seed_for(torch, o, f"{k}") for k, o in enumerate(tracked)]
    grads = torch.autograd.grad(tracked, leaves, seeds, allow_unused=True)

    def value() -> float:
        with torch.no_grad():
            again = spec_call()
        return math.fsum(float((o.detach() * s).sum().item()) for o, s in zip(again, seeds, strict=True))

    sample = spec.samples[index]

    def spec_call() -> list[Any]:
        from tests.support.op_calls import function, materialise

        queue = list(leaves)
        scratch: list[Any] = []

        def put(v: Any) -> Any:
            if isinstance(v, torch.Tensor) and v.requires_grad:
                return queue.pop(0)
            if isinstance(v, list):
                return [put(x) for x in v]
            return v

        args = [put(materialise(torch, a, f"{spec.name}/{index}/{i}", scratch)) for i, a in enumerate(sample.args)]
        out = outputs(function(torch, spec.call)(*args, **sample.kwargs))
        return out[: len(tracked)]

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
