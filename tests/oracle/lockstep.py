"""Torch and the engine in step: the same call on both sides, and everything that can be seen compared after it."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from tests.support.library import torch as ours

_ADDRESS = re.compile(r"0x[0-9a-f]+")

STALE = "its base or another view of its base has been modified inplace"

Call = Callable[..., Any]


class Outcome:
    """What a call gave on one side: a value, or an error's type and text."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.value: Any = None
        self.error: str | None = None
        try:
            self.value = call()
        except (RuntimeError, TypeError, ValueError, IndexError, AttributeError, NotImplementedError) as error:
            self.error = f"{type(error).__name__}: {_ADDRESS.sub('0x', str(error))}"


class Lockstep:
    """Pairs of tensors, (torch's, the engine's), that have come about by the same steps."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Any, Any]] = []
        self.steps: list[str] = []
        self.over = False
        """After an error that left torch's tensors half changed (the engine leaves none so) nothing is comparable."""

    def leaf(self, values: Any, requires_grad: bool) -> None:
        data = np.asarray(values, np.float64)
        self.steps.append(f"leaf {data.tolist()} requires_grad={requires_grad}")
        self.pairs.append(
            tuple(m.tensor(data.tolist(), dtype=m.float64, requires_grad=requires_grad) for m in (torch, ours))
        )

    def call(self, name: str, function: Call, *indices: int) -> None:
        """``function(module, *tensors)`` on both sides; tensors that it returns join the pairs."""
        if self.over:
            return
        picked = [self.pairs[i % len(self.pairs)] for i in indices]
        if _entangled([pair[0] for pair in picked]):
            return
        places = ", ".join(f"#{i % len(self.pairs)}" for i in indices)
        self.steps.append(f"{name}({places})")
        sides = []
        for side, module in enumerate((torch, ours)):
            tensors = [pair[side] for pair in picked]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                sides.append(Outcome(lambda: function(module, *tensors)))  # noqa: B023  # called at once
        theirs, mine = sides
        if STALE in f"{theirs.error} {mine.error}":
            # Where torch comes to notice it first depends on what it happens to look at.
            self.over = True
            return
        self.check(mine.error == theirs.error, f"error: {mine.error!r} instead of {theirs.error!r}")
        if theirs.error is not None:
            self.over = self.difference() is not None
            return
        for a, b in zip(tensors_of(torch, theirs.value), tensors_of(ours, mine.value), strict=True):
            known = next((j for j, pair in enumerate(self.pairs) if pair[0] is a), None)
            if known is None:
                self.pairs.append((a, b))
            else:
                self.check(self.pairs[known][1] is b, f"the result is #{known} in torch")
        self.compare()

    def check(self, holds: bool, what: str) -> None:
        if not holds:
            raise AssertionError("\n".join([*self.steps, what]))

    def compare(self) -> None:
        """All that can be seen of all tensors."""
        found = self.difference()
        self.check(found is None, str(found))

    def difference(self) -> str | None:
        for i, (a, b) in enumerate(self.pairs):
            for what, see in SEEN.items():
                theirs, mine = Outcome(lambda: see(a)), Outcome(lambda: see(b))  # noqa: B023  # called at once
                if mine.error != theirs.error or not alike(mine.value, theirs.value):
                    return f"#{i} {what}: {show(mine)} instead of {show(theirs)}"
        return None


def _entangled(tensors: list[Any]) -> bool:
    """Two tensors that share memory in a way that torch finds too hard to look through: the outcome is by chance."""
    arrays = [t.detach().numpy() for t in tensors]
    gaps = any(a.size and not (a.flags.c_contiguous or a.flags.f_contiguous) for a in arrays)
    return len(arrays) == 2 and gaps and arrays[0].strides != arrays[1].strides and np.shares_memory(*arrays)


def show(outcome: Outcome) -> Any:
    return outcome.value if outcome.error is None else outcome.error


def tensors_of(module: Any, value: Any) -> list[Any]:
    if isinstance(value, module.Tensor):
        return [value]
    return [t for v in value for t in tensors_of(module, v)] if isinstance(value, (tuple, list)) else []


def numbers(t: Any) -> Any:
    return None if t is None else (list(t.shape), t.detach().clone().reshape(-1).tolist())


def _grad(t: Any) -> Any:
    # Asking an intermediate tensor warns, and is of interest only if it retains its gradient.
    return numbers(t.grad) if t.is_leaf or t.retains_grad else None


def _grad_flags(t: Any) -> Any:
    if not (t.is_leaf or t.retains_grad) or t.grad is None:
        return None
    return t.grad.requires_grad, _name(t.grad.grad_fn)


def _name(fn: Any) -> str:
    return "" if fn is None else fn.name()


def _edges(t: Any) -> Any:
    return [] if t.grad_fn is None else [(_name(fn), number) for fn, number in t.grad_fn.next_functions]


SEEN: dict[str, Call] = {
    "values": numbers,
    "requires_grad": lambda t: t.requires_grad,
    "grad_fn": lambda t: _name(t.grad_fn),
    "next_functions": _edges,
    "is_leaf": lambda t: t.is_leaf,
    "output_nr": lambda t: t.output_nr,
    "version": lambda t: t._version,
    "is a view": lambda t: t._is_view(),
    "is inference": lambda t: t.is_inference(),
    "retains_grad": lambda t: t.retains_grad,
    "grad": _grad,
    "grad's flags": _grad_flags,
}


def alike(mine: Any, theirs: Any) -> bool:
    """Equal; numbers to the last few bits."""
    if isinstance(mine, (tuple, list)) and isinstance(theirs, (tuple, list)):
        return len(mine) == len(theirs) and all(map(alike, mine, theirs))
    if isinstance(mine, float) and isinstance(theirs, float):
        with np.errstate(invalid="ignore"):
            return bool(np.isclose(mine, theirs, rtol=1e-9, atol=1e-12, equal_nan=True))
    return bool(mine == theirs)


@contextlib.contextmanager
def fresh() -> Any:
    """torch's globals as at start-up, on both sides."""
    from engine.state import fresh_state

    with fresh_state(), torch.enable_grad():
        yield
