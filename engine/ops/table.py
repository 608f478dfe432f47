"""The table of all OpSpecs, and where their functions are attached: to Tensor and to the contexts of vjps."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from engine.ops import (
    arithmetic,
    autograd_ops,
    compare,
    create,
    elementwise,
    indexing,
    inplace,
    linalg,
    losses,
    reduce,
    shape,
)
from engine.ops.context import NumpyContext, TensorContext
from engine.ops.spec import OpSpec
from engine.tensors import Tensor

MODULES: tuple[ModuleType, ...] = (
    arithmetic,
    elementwise,
    compare,
    reduce,
    linalg,
    shape,
    indexing,
    autograd_ops,
    inplace,
    losses,
    create,
)

TABLE: dict[str, OpSpec] = {
    value.name: value for module in MODULES for value in vars(module).values() if isinstance(value, OpSpec)
}

FUNCTIONS: dict[str, Any] = {name: f for module in MODULES for name, f in module.FUNCTIONS.items()}
"""What a program finds directly under ``torch``."""

# In vjps: names that are no public function of torch, for arrays and for tensors.
_HELPERS: dict[str, tuple[Any, Any]] = {
    "zeros_like": (lambda x: np.zeros_like(x)[()], create.zeros_like),
    "full_like": (lambda x, value: np.full_like(x, value)[()], create.full_like),
    "expand": (lambda x, shape: np.broadcast_to(x, shape), shape.expand),
    "reshape": (lambda x, shape: np.reshape(x, shape)[()], shape.reshape),
    "stack": (lambda xs, dim=0: np.stack(xs, axis=dim), shape.stack),
    "cat": (lambda xs, dim=0: np.concatenate(xs, axis=dim), shape.cat),
    "narrow": (
        lambda x, dim, start, length: x[(slice(None),) * dim + (slice(start, start + length),)],
        indexing.narrow,
    ),
    "select": (lambda x, dim, index: x[(slice(None),) * dim + (index,)], indexing.select),
    "sum": (lambda x, dim=None, keepdim=False: reduce.SUM.forward(x, dim, keepdim), reduce.sum),
    "mean": (lambda x, dim=None, keepdim=False: reduce.MEAN.forward(x, dim, keepdim), reduce.mean),
    "where": (lambda condition, a, b: np.where(condition, a, b)[()], elementwise.where),
    "t": (lambda x: x.T, shape.t),
    "pow": (arithmetic.power, arithmetic.pow),
    "square": (lambda x: x * x, arithmetic.square),
    "outer_product": (linalg.outer_product, linalg.outer_product),
    "scatter_along": (indexing.scatter_along, indexing.scatter_along),
    "put": (indexing.PUT.forward, indexing.put),
    "pick": (indexing.PICK.forward, indexing.pick),
    "put_index": (indexing.PUT_INDEX.forward, indexing.put_index),
    "index": (indexing.INDEX.forward, indexing.index),
    "put_slice": (indexing.PUT_SLICE.forward, indexing.put_slice),
    "take_slice": (indexing.TAKE_SLICE.forward, indexing.take_slice),
    "zero_at": (indexing.ZERO_AT.forward, indexing.zero_at),
    "diagonal_of": (linalg.diagonal_of, linalg.diagonal_of),
    "diagonal_put": (linalg.diagonal_put, linalg.diagonal_put),
    "div_floor": (arithmetic.DIV_FLOOR.forward, arithmetic.div_floor),
    "div_trunc": (arithmetic.DIV_TRUNC.forward, arithmetic.div_trunc),
}


def attach() -> None:
    """Give Tensor its methods and operators, and the vjps their functions."""
    for module in MODULES:
        for name, method in {**module.METHODS, **module.OPERATORS}.items():
            setattr(Tensor, name, method)
    for name, function in FUNCTIONS.items():
        if name in TABLE:
            setattr(NumpyContext, name, staticmethod(TABLE[name].forward))
            setattr(TensorContext, name, staticmethod(function))
    for name, (on_arrays, on_tensors) in _HELPERS.items():
        setattr(NumpyContext, name, staticmethod(on_arrays))
        setattr(TensorContext, name, staticmethod(on_tensors))
