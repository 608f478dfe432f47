"""Functions of whole tensors for what is usually done by methods: fill, dropout, a new diagonal; distances of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops.front import methods
from engine.ops.functions import expect_tensor
from engine.tensors import Tensor, wrap


def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor like input with all elements the same."""
    return expect_tensor(input, "fill").clone().fill_(value)  # type: ignore[no-any-return]


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """input with src on a diagonal."""
    out: Any = expect_tensor(input, "diagonal_scatter").clone()
    place = out.diagonal(offset, dim1, dim2)
    if place.shape != src.shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src.shape)}, slice size = {list(place.shape)}"
        )
    place.copy_(src)
    return out  # type: ignore[no-any-return]


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The distances between all pairs of rows."""
    x: Any = expect_tensor(input, "pdist")
    if x.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {x.dim()}D")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    first, second = (wrap(places) for places in np.triu_indices(x.shape[0], 1))
    out: Tensor = (x[first] - x[second]).norm(p, 1)
    return out


METHODS: dict[str, Any] = methods(diagonal_scatter)
FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (fill, diagonal_scatter, pdist)}
OPERATORS: dict[str, Any] = {}
