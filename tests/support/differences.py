"""Derivatives by central differences, to hold gradients to."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def weighted(tensors: list[Any], seeds: list[Any]) -> float:
    return math.fsum(float((t.detach() * s).sum().item()) for t, s in zip(tensors, seeds, strict=True))


def differences(leaf: Any, value: Callable[[], float], h: float) -> np.ndarray:
    """The derivative of ``value()`` by each element of a leaf, by central differences."""
    flat = leaf._array().reshape(-1)
    out = np.zeros(flat.shape)
    for k in range(flat.size):
        keep = flat[k]
        flat[k] = keep + h
        up = value()
        flat[k] = keep - h
        down = value()
        flat[k] = keep
        out[k] = (up - down) / (2 * h)
    return out


def flat(g: Any, like: Any) -> np.ndarray:
    return np.zeros(like.numel()) if g is None else np.asarray(g.detach()._data).reshape(-1)
