"""torch.func.vmap: a function of one sample, called for each slice of a batch.

The slices are taken one after another, and the results stacked. Source of the checks: torch/_functorch/vmap.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn

from engine import trees
from engine.ops.joining import stack
from engine.random import Generator, default_generator
from engine.state import state
from engine.tensor_base import wrap_dim
from engine.tensors import Tensor

RANDOM = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation out of vmap"
)


class _NoDraws(Generator):
    """The generator of a block in which nothing may be drawn."""

    def __init__(self) -> None:
        pass

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(RANDOM)


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that calls ``func`` for each slice of its arguments along in_dims, and stacks along out_dims."""
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        _check_out_dims(func, out_dims)
        leaves, dims, spec = _inputs(func, in_dims, args)
        count = _batch_size(leaves, dims)
        if count == 0:
            raise NotImplementedError("vmap over a batch of size 0 is not part of Chainrule: there is no slice to try")
        results = _each_slice(func, leaves, dims, spec, count, randomness, kwargs)
        return _joined(func, results, out_dims)

    return call


def _name(func: Any) -> str:
    return getattr(func, "__name__", repr(func))


def _check_out_dims(func: Any, out_dims: Any) -> None:
    for dim in trees.flatten(out_dims)[0]:
        if dim is not None and not isinstance(dim, int):
            raise ValueError(
                f"vmap({_name(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python "
                "collection of ints representing where in the outputs the vmapped dimension should appear."
            )


def _inputs(func: Any, in_dims: Any, args: tuple[Any, ...]) -> tuple[list[Any], list[Any], trees.Spec]:
    """All leaves of the arguments, the dimension of each that is taken apart (None: none), and their nesting."""
    where = f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{where}expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({_name(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap "
            "over a function with no inputs. The latter is unsupported."
        )
    leaves, spec = trees.flatten(args)
    dims = trees.spread(in_dims, spec)
    if dims is None:
        raise ValueError(
            f"{where}in_dims is not compatible with the structure of `inputs`. in_dims has structure "
            f"{trees.flatten(in_dims)[1]} but inputs has structure {spec}."
        )
    for i, (x, dim) in enumerate(zip(leaves, dims, strict=True)):
        if dim is None:
            continue
        if not isinstance(dim, int):
            raise ValueError(
                f"{where}Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
            )
        if not isinstance(x, Tensor):
            raise ValueError(
                f"{where}Got in_dim={dim} for an input but the input is of type {type(x)}. We cannot vmap over "
                "non-Tensor arguments, please use None as the respective in_dim"
            )
        rank = x.dim()
        if not -rank <= dim < rank:
            raise ValueError(
                f"{where}Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {rank} so "
                f"expected in_dim to satisfy -{rank} <= in_dim < {rank}."
            )
        dims[i] = dim % rank
    return leaves, dims, spec


def _batch_size(leaves: list[Any], dims: list[Any]) -> int:
    sizes = [x.shape[dim] for x, dim in zip(leaves, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return int(sizes[0])


def _each_slice(
    func: Callable[..., Any],
    leaves: list[Any],
    dims: list[Any],
    spec: trees.Spec,
    count: int,
    randomness: str,
    kwargs: dict[str, Any],
) -> list[Any]:
    generator = default_generator()
    begin = generator.get_state() if randomness == "same" else None
    named, named_spec = trees.flatten(kwargs)
    results = []
    retained = state.retained
    try:
        if randomness == "error":
            state.generator = _NoDraws()
        for i in range(count):
            state.retained = retained or i + 1 < count
            if begin is not None:
                generator.set_state(begin)
            given = [x if dim is None else x.select(dim, i) for x, dim in zip(leaves, dims, strict=True)]
            further = [x[i] if isinstance(x, Tensor) else x for x in named]
            results.append(func(*trees.unflatten(given, spec), **trees.unflatten(further, named_spec)))
    finally:
        state.generator = generator
        state.retained = retained
    return results


def _joined(func: Any, results: list[Any], out_dims: Any) -> Any:
    """The results of all slices in one: each of their tensors stacked."""
    flat = [trees.flatten(result) for result in results]
    spec = flat[0][1]

    def unfit() -> NoReturn:
        raise ValueError(
            f"vmap({_name(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure "
            f"of `outputs`. out_dims has structure {trees.flatten(out_dims)[1]} but outputs has structure {spec}."
        )

    single = isinstance(out_dims, tuple) and len(out_dims) == 1 and spec.kind is None
    dims = [out_dims[0]] if single else trees.spread(out_dims, spec)
    if dims is None:
        unfit()
    columns = zip(*(leaves for leaves, _ in flat), strict=True)
    return trees.unflatten([_stacked(func, c, d) for c, d in zip(columns, dims, strict=True)], spec)


def _stacked(func: Any, column: tuple[Any, ...], dim: int | None) -> Any:
    first, name = column[0], _name(func)
    if dim is None:
        if isinstance(first, Tensor):
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        return first
    if not isinstance(first, Tensor):
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(first)}. Did you mean to set "
            "out_dims= to None for output?"
        )
    return stack(column, wrap_dim(dim, first.dim() + 1))
