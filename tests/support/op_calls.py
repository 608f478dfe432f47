"""Runs the samples of the OpSpec table in any module that is torch or like torch."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from engine.ops.spec import Arg, OpSpec, Sample


def values(arg: Arg, key: str) -> np.ndarray:
    """The sample tensor's data: the same for every engine and every run."""
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    if arg.dtype == "bool":
        return rng.random(arg.shape) < 0.5
    if arg.dtype.startswith("int"):
        return rng.integers(int(arg.low), int(arg.high), arg.shape, dtype=np.dtype(arg.dtype))
    return (arg.low + (arg.high - arg.low) * rng.random(arg.shape)).astype(arg.dtype)


def function(torch: Any, path: str) -> Any:
    """``torch.<path>``, by attribute."""
    for part in path.split("."):
        torch = getattr(torch, part)
    return torch


def materialise(torch: Any, value: Any, key: str, leaves: list[Any]) -> Any:
    if isinstance(value, Arg):
        floating = value.dtype.startswith("float")
        t = torch.tensor(values(value, key), requires_grad=bool(floating and value.requires_grad))
        if t.requires_grad:
            leaves.append(t)
        return t
    if isinstance(value, Sample):
        return materialise(torch, value.args[0], key, leaves)
    if isinstance(value, list):
        return [materialise(torch, v, f"{key}.{i}", leaves) for i, v in enumerate(value)]
    if type(value).__name__ == "dtype":
        return getattr(torch, value.name)
    return value


def arguments(torch: Any, spec: OpSpec, index: int, leaves: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of sample ``index``; the tensors that require grad are added to ``leaves``."""
    sample, key = spec.samples[index], f"{spec.name}/{index}"
    args = [materialise(torch, a, f"{key}/{i}", leaves) for i, a in enumerate(sample.args)]
    return args, {name: materialise(torch, a, f"{key}/{name}", leaves) for name, a in sample.kwargs.items()}


def failure(torch: Any, spec: OpSpec, index: int) -> list[str]:
    """The type and the text of the exception that bad call ``index`` raises."""
    bad, key = spec.errors[index], f"{spec.name}/bad/{index}"
    shaped = [Arg(a) if isinstance(a, tuple) and all(type(n) is int for n in a) else a for a in bad.args]
    args = [materialise(torch, a, f"{key}/{i}", []) for i, a in enumerate(shaped)]
    kwargs = {name: materialise(torch, a, f"{key}/{name}", []) for name, a in bad.kwargs.items()}
    try:
        function(torch, spec.call)(*args, **kwargs)
    except Exception as error:
        return [type(error).__name__, str(error)]
    return ["", ""]


def call(torch: Any, spec: OpSpec, index: int) -> tuple[Any, list[Any]]:
    """The result of sample ``index`` and the tensors that require grad."""
    leaves: list[Any] = []
    args, kwargs = arguments(torch, spec, index, leaves)
    return function(torch, spec.call)(*args, **kwargs), leaves


def outputs(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def plain(t: Any) -> dict[str, Any]:
    return {"shape": list(t.shape), "dtype": str(t.dtype), "data": t.detach().clone().reshape(-1).tolist()}


def seed_for(torch: Any, t: Any, key: str) -> Any:
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    return torch.tensor(rng.uniform(0.5, 1.5, tuple(t.shape)).astype(str(t.dtype).removeprefix("torch.")))


def observe(torch: Any, spec: OpSpec, index: int) -> dict[str, Any]:
    """Everything about one sample that must agree with torch."""
    result, leaves = call(torch, spec, index)
    outs = outputs(result)
    seen: dict[str, Any] = {
        "outputs": [plain(o) for o in outs],
        "requires_grad": [o.requires_grad for o in outs],
        "grad_fn": [None if o.grad_fn is None else type(o.grad_fn).__name__ for o in outs],
    }
    tracked = [o for o in outs if o.requires_grad]
    if not tracked or "NotImplemented" in seen["grad_fn"]:
        return seen
    seeds = [seed_for(torch, o, f"{spec.name}/{index}/seed/{k}") for k, o in enumerate(tracked)]
    first = torch.autograd.grad(tracked, leaves, seeds, create_graph=True, allow_unused=True)
    seen["gradients"] = [None if g is None else plain(g) for g in first]
    again = [g for g in first if g is not None and g.requires_grad]
    if again:
        seeds = [seed_for(torch, g, f"{spec.name}/{index}/seed2/{k}") for k, g in enumerate(again)]
        try:
            second = torch.autograd.grad(again, leaves, seeds, allow_unused=True)
        except RuntimeError as error:
            # torch has no second derivative of a few ops; here all have one.
            if "is not implemented" not in str(error):
                raise
            return seen
        seen["second"] = [None if g is None else plain(g) for g in second]
    return seen
