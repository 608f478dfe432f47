"""Tensors to print: dtypes, shapes, sizes of numbers, nan and inf, gradients, print options; the same in every run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

DTYPES = ("float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")
SHAPES: tuple[tuple[int, ...], ...] = (
    (),
    (1,),
    (2,),
    (3,),
    (7,),
    (11,),
    (20,),
    (40,),
    (100,),
    (1000,),
    (1001,),
    (1200,),
    (0,),
    (1, 1),
    (1, 12),
    (2, 3),
    (3, 1),
    (5, 4),
    (12, 2),
    (30, 40),
    (20, 60),
    (0, 3),
    (3, 0),
    (2, 2, 2),
    (1, 3, 1),
    (2, 3, 4),
    (11, 10, 10),
    (4, 0, 2),
    (2, 1, 2, 2),
    (1, 2, 1, 2, 1),
    (8, 5, 5, 6),
)
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {},
    {},
    {"precision": 2},
    {"precision": 7},
    {"precision": 0},
    {"sci_mode": True},
    {"sci_mode": False},
    {"threshold": 10},
    {"threshold": 5, "edgeitems": 1},
    {"edgeitems": 2},
    {"linewidth": 40},
    {"linewidth": 200},
    {"profile": "short"},
    {"profile": "full"},
    {"precision": 3, "sci_mode": True, "linewidth": 60},
)


@dataclass(frozen=True)
class Case:
    """One tensor and the settings under which it is printed."""

    number: int
    data: np.ndarray
    history: str
    """``leaf``, ``requires_grad`` or ``grad_fn``."""
    options: dict[str, Any]


def _numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    kind = rng.integers(0, 8)
    if kind == 0:
        return rng.integers(-20, 20, shape).astype(np.float64)
    if kind == 1:
        return rng.integers(0, 3, shape) * 10.0 ** rng.integers(0, 12)
    if kind == 2:
        return rng.normal(size=shape) * 10.0 ** rng.integers(-8, 10)
    if kind == 3:
        return 10.0 ** rng.uniform(-6, 6, shape)
    if kind == 4:
        return np.round(rng.uniform(-100, 100, shape), int(rng.integers(0, 5)))
    if kind == 5:
        return rng.choice([0.0, -0.0, 1.0, 0.5, 1e-5, 99999.0, 1e8], shape)
    return rng.normal(size=shape)


def case(number: int) -> Case:
    """Case ``number``."""
    rng = np.random.default_rng(number)
    dtype = DTYPES[int(rng.choice(len(DTYPES), p=(0.4, 0.12, 0.08, 0.1, 0.06, 0.06, 0.06, 0.06, 0.06)))]
    shape = SHAPES[int(rng.integers(len(SHAPES)))]
    with np.errstate(all="ignore"):
        if dtype.startswith("float"):
            data = _numbers(rng, shape)
            if rng.random() < 0.3:
                mask = rng.random(shape) < rng.choice([0.1, 0.5, 1.0])
                data = np.where(mask, rng.choice([np.nan, np.inf, -np.inf], shape), data)
            data = np.asarray(data).astype(dtype)
        elif dtype == "bool":
            data = rng.random(shape) < 0.5
        else:
            limits = np.iinfo(dtype)
            small = rng.random() < 0.6
            low, high = (max(limits.min, -20), 30) if small else (limits.min, limits.max)
            data = rng.integers(low, high, shape, dtype=np.dtype(dtype), endpoint=True)
    history = str(rng.choice(["leaf", "leaf", "requires_grad", "grad_fn"])) if dtype.startswith("float") else "leaf"
    return Case(number, np.asarray(data), history, OPTIONS[int(rng.integers(len(OPTIONS)))])


def text(torch: Any, case: Case) -> str:
    """How ``torch`` prints the case."""
    t = torch.tensor(case.data, requires_grad=case.history != "leaf")
    if case.history == "grad_fn":
        t = t * 1
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**case.options)
    try:
        return repr(t)
    finally:
        torch.set_printoptions(profile="default")
