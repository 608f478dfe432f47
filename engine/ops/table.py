"""The table of all OpSpecs, and where their functions are attached: to Tensor and to the contexts of vjps."""

from __future__ import annotations

import operator
from types import ModuleType
from typing import Any

import numpy as np

from engine.dtypes import FROM_NUMPY
from engine.node import Raw
from engine.ops import (
    accumulate,
    activations,
    analytic,
    arithmetic,
    attention,
    attributes,
    autograd_ops,
    bags,
    broadcasting,
    cells,
    classification,
    compare,
    conv_functions,
    convolution,
    copying,
    corners,
    create,
    ctc,
    decompositions,
    diagonals,
    differences,
    division,
    draws,
    editing,
    einsum,
    extremes,
    factors,
    filled,
    gates,
    grids,
    in_place,
    incomplete,
    indexing,
    inplace,
    inverses,
    joining,
    likelihoods,
    linalg,
    lookup,
    losses,
    margins,
    matrices,
    matrix_functions,
    memory,
    mixing,
    normalisation,
    norms,
    odds,
    padding,
    pairs,
    patches,
    picking,
    placing,
    pointwise,
    pooling,
    powers,
    products,
    quantiles,
    rearranging,
    recurrent,
    reduce,
    resampling,
    running,
    sampling,
    scatter_reduce,
    scattering,
    second,
    second_activations,
    second_losses,
    shape,
    softmax,
    sorting,
    special,
    spread,
    stacking,
    transcendental,
    viewing,
    volumes,
    whole,
)
from engine.ops.context import NumpyContext, TensorContext
from engine.ops.dispatch import choose, zero_where
from engine.ops.front import checked
from engine.ops.spec import OpSpec
from engine.refusals import Absent
from engine.saved import attach as show_saved
from engine.tensors import Tensor
from engine.torch_names import known

MODULES: tuple[ModuleType, ...] = (
    arithmetic,
    division,
    powers,
    analytic,
    pointwise,
    mixing,
    activations,
    compare,
    reduce,
    extremes,
    norms,
    softmax,
    second,
    second_activations,
    second_losses,
    running,
    linalg,
    matrices,
    shape,
    broadcasting,
    joining,
    copying,
    picking,
    indexing,
    autograd_ops,
    editing,
    losses,
    classification,
    margins,
    likelihoods,
    corners,
    gates,
    padding,
    conv_functions,
    pooling,
    patches,
    normalisation,
    lookup,
    recurrent,
    cells,
    attention,
    volumes,
    resampling,
    grids,
    bags,
    ctc,
    create,
    filled,
    sampling,
    transcendental,
    special,
    incomplete,
    pairs,
    sorting,
    quantiles,
    spread,
    differences,
    products,
    einsum,
    diagonals,
    rearranging,
    stacking,
    scattering,
    scatter_reduce,
    placing,
    inverses,
    decompositions,
    matrix_functions,
    factors,
    draws,
    attributes,
    in_place,
    memory,
    odds,
    whole,
)
"""The families of ops: each file has OpSpecs, FUNCTIONS of torch, METHODS and OPERATORS of Tensor."""

SPECS: list[OpSpec] = list(
    {
        id(value): value
        for module in (*MODULES, inplace, viewing, convolution)
        for value in vars(module).values()
        if isinstance(value, OpSpec)
    }.values()
)
"""All ops; each name stands for one."""

TABLE: dict[str, OpSpec] = {spec.name: spec for spec in SPECS}

_FUNCTIONS: dict[str, Any] = {name: f for module in MODULES for name, f in module.FUNCTIONS.items()}

FUNCTIONS: dict[str, Any] = {name: checked(f, name, method=False) for name, f in _FUNCTIONS.items()}
"""What a program finds directly under ``torch``."""


def _assign(part: np.ndarray[Any, Any], value: Raw | None) -> None:
    part[...] = 0 if value is None else value


def _assign_tensor(part: Tensor, value: Tensor | None) -> None:
    if value is None:
        inplace.zero_(part)
    else:
        inplace.copy_(part, value)


# What vjps use beside torch's public functions, or in another form: for arrays and for tensors.
_HELPERS: dict[str, tuple[Any, Any]] = {
    "accumulate": (accumulate.add_to_grad, accumulate.add_to_grad_with_graph),
    "assign": (_assign, _assign_tensor),
    "cast": (lambda g, dtype: g.astype(dtype), lambda g, dtype: autograd_ops.to_dtype(g, FROM_NUMPY[dtype])),
    "cat": (lambda xs, dim=0: np.concatenate(xs, axis=dim), joining.cat),
    "copy": (np.array, autograd_ops.clone),
    "diagonal_of": (matrices.DIAGONAL.forward, matrices.diagonal_of),
    "diagonal_put": (matrices.DIAG_EMBED.forward, matrices.diagonal_put),
    "divide": (operator.truediv, division.divide_by),
    "div_floor": (division.DIV_FLOOR.forward, division.div_floor),
    "div_trunc": (division.DIV_TRUNC.forward, division.div_trunc),
    "expand": (broadcasting.spread, broadcasting.expand),
    "full_like": (lambda x, value: np.full_like(x, value)[()], filled.full_like),
    "index": (picking.INDEX.forward, picking.index),
    "logsigmoid": (activations.LOG_SIGMOID.forward, activations.logsigmoid),
    "mean": (reduce.MEAN.forward, reduce.mean),
    "narrow": (
        lambda x, dim, start, length: x[picking.at(dim, slice(start, start + length))],
        picking.narrow,
    ),
    "outer_product": (np.multiply.outer, linalg.outer_product),
    "pick": (picking.TAKE.forward, picking.pick),
    "pow": (powers.power, powers.torch_pow),
    "put": (lambda g, index, shape, of=None: picking.PUT.forward(g, index, shape), picking.put),
    "put_index": (lambda g, index, shape, of=None: picking.add_at(g, index, shape), picking.put_index),
    "put_slice": (picking.PUT_SLICE.forward, picking.put_slice),
    "select_backward": (picking.PUT_SLICE.forward, picking.select_backward),
    "slice_backward": (picking.PUT_SLICE.forward, picking.slice_backward),
    "reshape": (lambda x, shape: np.reshape(x, shape)[()], shape.reshape),
    "scatter_along": (picking.scatter_along, picking.scatter_along),
    "select": (lambda x, dim, index: x[picking.at(dim, index)], picking.select),
    "square": (lambda x: x * x, powers.square),
    "squeeze_to": (lambda x, dim, shape: np.reshape(x, shape)[()], shape.squeeze_to),
    "unsqueeze_to": (lambda x, dims, shape: np.reshape(x, shape)[()], shape.unsqueeze_to),
    "stack": (lambda xs, dim=0: np.stack(xs, axis=dim), joining.stack),
    "sum": (reduce.SUM.forward, reduce.torch_sum),
    "t": (lambda x: x.T, shape.t),
    "take_slice": (picking.TAKE_SLICE.forward, picking.take_slice),
    "where": (choose, mixing.where),
    "zero_at": (indexing.ZERO_AT.forward, indexing.zero_at),
    "zero_where": (
        zero_where,
        lambda condition, g: mixing.where(condition, filled.zeros_like(g), g),
    ),
    "zeros_like": (lambda x: np.zeros_like(x)[()], filled.zeros_like),
}


for _module in MODULES:
    _HELPERS.update(getattr(_module, "HELPERS", {}))


def attach() -> None:
    """Give Tensor its methods and operators, and the vjps their functions."""
    for module in MODULES:
        for name, method in module.METHODS.items():
            setattr(Tensor, name, checked(method, name, method=True))
        for name, method in module.OPERATORS.items():
            setattr(Tensor, name, method)
    for name in known("Tensor") or ():
        if not hasattr(Tensor, name):
            setattr(Tensor, name, Absent("Tensor", name))
    show_saved(SPECS)
    for name in ("requires_grad_", "size", "stride"):
        setattr(Tensor, name, checked(getattr(Tensor, name), name, method=True))
    for name, function in _FUNCTIONS.items():
        if name in TABLE:
            setattr(NumpyContext, name, staticmethod(TABLE[name].forward))
            setattr(TensorContext, name, staticmethod(function))
    for name, (on_arrays, on_tensors) in _HELPERS.items():
        setattr(NumpyContext, name, staticmethod(on_arrays))
        setattr(TensorContext, name, staticmethod(on_tensors))
