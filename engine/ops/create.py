"""Tensors made from data, from a shape, or at random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine import dtypes, random
from engine.dtypes import dtype as DType
from engine.node import Raw
from engine.ops.autograd_ops import expect_cpu
from engine.ops.functions import expect_tensor
from engine.ops.inplace import check, store
from engine.ops.shape import shape_args
from engine.state import check_bytes, state, warn
from engine.tensors import Tensor, leaf

NOT_FLOATING = "Only Tensors of floating point and complex dtype can require gradients"


def created(data: Raw, requires_grad: bool, how: str) -> Tensor:
    """A new leaf around ``data`` (kept, not copied), told to the recorder."""
    if requires_grad and data.dtype.kind != "f":
        raise RuntimeError(NOT_FLOATING)
    if isinstance(data, np.ndarray) and data.ndim == 0:
        data = data[()]
    out = leaf(data, bool(requires_grad))
    if state.recorder is not None:
        state.recorder.created(out, how)
    return out


def _infer(data: Any) -> np.dtype[Any]:
    """The numpy dtype that torch.tensor chooses for Python data."""
    default = state.default_dtype.numpy
    if isinstance(data, bool):
        return np.dtype(bool)
    if isinstance(data, int):
        return np.dtype(np.int64)
    if isinstance(data, float):
        return default
    if isinstance(data, Tensor):
        return data._data.dtype
    if isinstance(data, (np.ndarray, np.generic)):
        return data.dtype
    if isinstance(data, (list, tuple, range)):
        if len(data) == 0:
            return default
        found = [dtypes.FROM_NUMPY[_infer(v)] for v in data]
        out = found[0]
        for d in found[1:]:
            out = dtypes.promote(out, d)
        return out.numpy
    if isinstance(data, str):
        raise ValueError("too many dimensions 'str'")
    raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")


def _check_ragged(data: Any, shape: Sequence[int], depth: int) -> None:
    if depth == len(shape):
        return
    if not isinstance(data, (list, tuple, range, Tensor, np.ndarray)):
        raise TypeError(f"expected sequence at dim {depth} (got {type(data).__name__})")
    if len(data) != shape[depth]:
        raise ValueError(f"expected sequence of length {shape[depth]} at dim {depth} (got {len(data)})")
    for item in data:
        _check_ragged(item, shape, depth + 1)


def _shape_of(data: Any) -> list[int]:
    shape = []
    while isinstance(data, (list, tuple, range)):
        shape.append(len(data))
        if not data:
            return shape
        data = data[0]
    if isinstance(data, (Tensor, np.ndarray)):
        shape += data.shape
    return shape


def _plain(data: Any) -> Any:
    """Nested data with tensors as numbers or arrays."""
    if isinstance(data, Tensor):
        return data._data
    if isinstance(data, (list, tuple)):
        return [_plain(v) for v in data]
    return list(data) if isinstance(data, range) else data


def from_data(data: Any, dtype: DType | None) -> np.ndarray[Any, Any]:
    """An array with a copy of ``data``; torch's errors for what is no regular data."""
    if isinstance(data, (Tensor, np.ndarray, np.generic)):
        raw = data._data if isinstance(data, Tensor) else data
        if raw.dtype not in dtypes.FROM_NUMPY:
            raise TypeError(
                f"can't convert np.ndarray of type {raw.dtype}. The only supported types are: float64, float32, "
                "float16, int64, int32, int16, int8, uint8, and bool."
            )
        return np.array(raw, dtype.numpy if dtype else raw.dtype)
    kind = dtype.numpy if dtype is not None and not _has_text(data) else _infer(data)
    if isinstance(data, (list, tuple, range)):
        _check_ragged(data, _shape_of(data), 0)
    return np.array(_plain(data), kind)


def _has_text(data: Any) -> bool:
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return not isinstance(data, (bool, int, float, list, tuple, range, Tensor, np.ndarray, np.generic))


def tensor(
    data: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new leaf tensor with a copy of data."""
    expect_cpu(device)
    if isinstance(data, Tensor):
        warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor)."
        )
    return created(from_data(data, dtype), requires_grad, "tensor")


def as_tensor(data: Any, dtype: DType | None = None, device: Any = None) -> Tensor:
    """data as a tensor: itself if it is one of that dtype, else a copy."""
    expect_cpu(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return created(from_data(data, dtype), False, "as_tensor")


def from_numpy(array: Any) -> Tensor:
    """A tensor that shares the array's storage."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    out = leaf(array)
    if state.recorder is not None:
        state.recorder.created(out, "from_numpy")
    return out


def legacy_tensor(cls: type[Tensor], dtype: DType, args: tuple[Any, ...]) -> Tensor:
    """``torch.Tensor(2, 3)`` (uninitialised) and ``torch.Tensor([1, 2])`` (from data)."""
    if len(args) == 1 and isinstance(args[0], (list, tuple)) and not hasattr(args[0], "numel"):
        data = from_data(list(args[0]), dtype)
    elif len(args) == 1 and isinstance(args[0], Tensor):
        data = args[0]._data
    elif len(args) == 1 and isinstance(args[0], np.ndarray):
        data = args[0].astype(dtype.numpy)
    elif any(isinstance(a, float) for a in args):
        raise TypeError("new(): data must be a sequence (got float)")
    else:
        data = np.zeros(_sizes("Tensor", args) if args else (0,), dtype.numpy)
    out = leaf(data, False, cls)
    if state.recorder is not None:
        state.recorder.created(out, dtype.legacy)
    return out


class LegacyType(type):
    """torch.FloatTensor and its kin: types that make tensors of one dtype and know their instances."""

    tensor_dtype: DType

    def __call__(cls, *args: Any) -> Tensor:
        return legacy_tensor(Tensor, cls.tensor_dtype, args)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor) and x.dtype is cls.tensor_dtype

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


LEGACY = {d.legacy: LegacyType(d.legacy, (), {"tensor_dtype": d}) for d in dtypes.ALL}


def _sizes(function: str, size: Sequence[Any]) -> tuple[int, ...]:
    shape = shape_args(size, function)
    for n in shape:
        if n < 0:
            raise RuntimeError(f"{function}: Dimension size must be non-negative.")
    return shape


def _dtype(dtype: DType | None) -> np.dtype[Any]:
    return (dtype or state.default_dtype).numpy


def _allocate(shape: tuple[int, ...], kind: np.dtype[Any]) -> tuple[int, ...]:
    check_bytes(math.prod(shape) * kind.itemsize)
    return shape


def _filled(name: str, make: Any) -> Any:
    def call(
        *size: Any,
        out: Tensor | None = None,
        dtype: DType | None = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        **named: Any,
    ) -> Tensor:
        expect_cpu(device)
        kind = _dtype(dtype)
        shape = _sizes(name, named["size"] if "size" in named else size)
        return created(make(_allocate(shape, kind), kind), requires_grad, name)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"A tensor of the given shape: {name}."
    return call


zeros = _filled("zeros", np.zeros)
ones = _filled("ones", np.ones)
empty = _filled("empty", np.zeros)


def full(
    size: Any, fill_value: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of the given shape, filled with fill_value, whose type decides the dtype."""
    expect_cpu(device)
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    kind = dtype.numpy if dtype is not None else _infer(value)
    return created(np.full(_allocate(_sizes("full", (size,)), kind), value, kind), requires_grad, "full")


def _like(name: str, make: Any) -> Any:
    def call(
        input: Tensor,
        *args: Any,
        dtype: DType | None = None,
        device: Any = None,
        requires_grad: bool = False,
        **rest: Any,
    ) -> Tensor:
        x = expect_tensor(input, name)
        expect_cpu(device)
        kind = x._data.dtype if dtype is None else dtype.numpy
        return created(make(_allocate(x._data.shape, kind), kind, *args), requires_grad, name)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{name.removesuffix('_like')} in the shape and dtype of input."
    return call


zeros_like = _like("zeros_like", np.zeros)
ones_like = _like("ones_like", np.ones)
empty_like = _like("empty_like", np.zeros)


def full_like(input: Tensor, fill_value: Any, *, dtype: DType | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor in the shape and dtype of input, filled with fill_value."""
    kind = input._data.dtype if dtype is None else dtype.numpy
    return created(np.full(input._data.shape, fill_value, kind), requires_grad, "full_like")


def eye(
    n: int, m: int | None = None, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """The identity matrix."""
    kind = _dtype(dtype)
    check_bytes(n * (m or n) * kind.itemsize)
    return created(np.eye(n, m, dtype=kind), requires_grad, "eye")


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """From start (0 if only one number is given) up to but not including end."""
    a, b, s = (
        v.item() if isinstance(v, Tensor) else v for v in ((0, start, step) if end is None else (start, end, step))
    )
    if s == 0:
        raise RuntimeError("step must be nonzero")
    if (b - a) / s < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(v, int) for v in (a, b, s))
    kind = dtype.numpy if dtype is not None else np.dtype(np.int64) if whole else _dtype(None)
    n = max(0, math.ceil((b - a) / s))
    check_bytes(n * kind.itemsize)
    return created((a + np.arange(n) * s).astype(kind), requires_grad, "arange")


def linspace(
    start: Any, end: Any, steps: int, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """``steps`` numbers at even distance from start to end, both included."""
    kind = _dtype(dtype)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    check_bytes(steps * kind.itemsize)
    a, b = float(start), float(end)
    if steps == 1:
        return created(np.array([a], kind), requires_grad, "linspace")
    # torch works from both ends to the middle, in the result's own precision.
    step = kind.type((b - a) / (steps - 1)) if kind.kind == "f" else (b - a) / (steps - 1)
    i = np.arange(steps)
    half = steps // 2
    if kind.kind == "f":
        k = i.astype(kind)
        data = np.where(i < half, kind.type(a) + step * k, kind.type(b) - step * (kind.type(steps - 1) - k))
    else:
        data = np.where(i < half, a + step * i, b - step * (steps - 1 - i))
    return created(data.astype(kind), requires_grad, "linspace")


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: DType | None = None, requires_grad: bool = False
) -> Tensor:
    """``steps`` numbers from base**start to base**end, at even distance of exponents."""
    return created(np.logspace(start, end, steps, base=base).astype(_dtype(dtype)), requires_grad, "logspace")


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinate grids of vectors."""
    parts = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    n = len(parts)
    order = list(parts)
    if indexing == "xy" and n >= 2:
        order[0], order[1] = order[1], order[0]
    shape = tuple(p._data.size for p in order)
    outs = []
    for i, p in enumerate(order):
        view = p.reshape(tuple(-1 if k == i else 1 for k in range(n))).expand(shape)
        outs.append(view.transpose(0, 1) if indexing == "xy" and n >= 2 else view)
    if indexing == "xy" and n >= 2:
        outs[0], outs[1] = outs[1], outs[0]
    return tuple(outs)


# --- random ----------------------------------------------------------------------------------


def manual_seed(seed: int) -> random.Generator:
    """Starts the default generator's stream at ``seed``."""
    return random.default_generator().manual_seed(seed)


def initial_seed() -> int:
    return random.default_generator().initial_seed()


def _sampler(name: str, sample: Any) -> Any:
    def call(
        *size: Any,
        generator: random.Generator | None = None,
        out: Tensor | None = None,
        dtype: DType | None = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        **named: Any,
    ) -> Tensor:
        expect_cpu(device)
        kind = _dtype(dtype)
        shape = _allocate(_sizes(name, named["size"] if "size" in named else size), kind)
        data = sample(generator or random.default_generator(), math.prod(shape), kind).reshape(shape)
        return created(data, requires_grad, name)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{'Normal' if name == 'randn' else 'Evenly drawn'} numbers in the given shape."
    return call


rand = _sampler("rand", lambda g, n, kind: g.uniform(n, kind))
randn = _sampler("randn", lambda g, n, kind: g.normal(n, kind))


def _sampler_like(name: str, sample: Any) -> Any:
    def call(input: Tensor, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        kind = input._data.dtype if dtype is None else dtype.numpy
        data = sample(random.default_generator(), input._data.size, kind).reshape(input._data.shape)
        return created(data, requires_grad, name)

    call.__name__ = call.__qualname__ = name
    return call


rand_like = _sampler_like("rand_like", lambda g, n, kind: g.uniform(n, kind))
randn_like = _sampler_like("randn_like", lambda g, n, kind: g.normal(n, kind))


def randint(
    low: int,
    high: Any = None,
    size: Any = None,
    *,
    generator: random.Generator | None = None,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers from [low, high); with one bound, from [0, bound)."""
    if size is None or not isinstance(high, int):
        if isinstance(high, (tuple, list)):
            high, size = None, high
    if high is None:
        low, high = 0, low
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    shape = _sizes("randint", (size,))
    draws = (generator or random.default_generator()).integers(low, high, math.prod(shape))
    kind = dtype.numpy if dtype is not None else np.dtype(np.int64)
    return created(draws.reshape(shape).astype(kind), requires_grad, "randint")


def randperm(
    n: int, *, generator: random.Generator | None = None, dtype: DType | None = None, device: Any = None
) -> Tensor:
    """0..n-1 in random order."""
    kind = dtype.numpy if dtype is not None else np.dtype(np.int64)
    check_bytes(n * kind.itemsize)
    return created((generator or random.default_generator()).permutation(n).astype(kind), False, "randperm")


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: random.Generator | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal numbers with the given mean and standard deviation; each may be a tensor."""
    g = generator or random.default_generator()
    if size is not None:
        shape = _sizes("normal", (size,))
        kind = _dtype(None)
        data = g.normal(math.prod(shape), kind, float(mean), float(std)).reshape(shape)
        return created(data, requires_grad, "normal")
    like = mean if isinstance(mean, Tensor) else std
    if not isinstance(like, Tensor):
        raise TypeError("normal() needs a tensor for mean or std, or size")
    raw_mean = mean._data if isinstance(mean, Tensor) else mean
    raw_std = std._data if isinstance(std, Tensor) else std
    shape = np.broadcast_shapes(np.shape(raw_mean), np.shape(raw_std))
    data = g.normal(math.prod(shape), like._data.dtype).reshape(shape) * raw_std + raw_mean
    return created(data.astype(like._data.dtype), requires_grad, "normal")


def bernoulli(input: Tensor, *, generator: random.Generator | None = None) -> Tensor:
    """1 with the probability that input gives, else 0."""
    g = generator or random.default_generator()
    p = input._data
    draws = g.uniform(p.size, p.dtype).reshape(p.shape)
    return created((draws < p).astype(p.dtype), False, "bernoulli")


def uniform_(self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Any = None, **named: Any) -> Tensor:
    """Fills with numbers from [from, to), in place."""
    low = float(named.get("from", from_))
    check(self, self._track)
    kind = self._data.dtype
    draws = (generator or random.default_generator()).uniform(self._data.size, kind).reshape(self._data.shape)
    scale = kind.type(to - low) if kind.itemsize < 8 else to - low
    store(self, (draws * scale + kind.type(low)).astype(kind), "uniform_")
    return self


def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Tensor:
    """Fills with normal numbers, in place."""
    check(self, self._track)
    g = generator or random.default_generator()
    store(self, g.normal(self._data.size, self._data.dtype, mean, std).reshape(self._data.shape), "normal_")
    return self


def random_(self: Tensor, from_: int = 0, to: int | None = None, *, generator: Any = None, **named: Any) -> Tensor:
    """Fills with integers from [from, to), in place."""
    low, high = (int(named.get("from", from_)), to) if to is not None else (0, from_ or 2**24)
    g = generator or random.default_generator()
    store(
        self, g.integers(low, int(high), self._data.size).reshape(self._data.shape).astype(self._data.dtype), "random_"
    )
    return self


def bernoulli_(self: Tensor, p: float = 0.5, *, generator: Any = None) -> Tensor:
    """Fills with 1 with probability p, else 0, in place."""
    g = generator or random.default_generator()
    draws = g.uniform(self._data.size, np.dtype(np.float64)).reshape(self._data.shape)
    store(self, (draws < p).astype(self._data.dtype), "bernoulli_")
    return self


def numpy_method(self: Tensor, *, force: bool = False) -> np.ndarray[Any, Any]:
    """The storage as a numpy array; RuntimeError if the tensor requires grad."""
    if self._track and not force:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    return self._array()


def _new(name: str) -> Any:
    def method(self: Tensor, *args: Any, dtype: DType | None = None, **rest: Any) -> Tensor:
        call = {"new_zeros": zeros, "new_ones": ones, "new_empty": empty, "new_full": full, "new_tensor": tensor}[name]
        out: Tensor = call(*args, dtype=dtype or self.dtype, **rest)
        return out

    method.__name__ = name
    return method


def _array_protocol(self: Tensor, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
    array = numpy_method(self)
    return array if dtype is None else array.astype(dtype)


METHODS: dict[str, Any] = {
    "uniform_": uniform_,
    "normal_": normal_,
    "random_": random_,
    "bernoulli_": bernoulli_,
    "bernoulli": bernoulli,
    "numpy": numpy_method,
    **{n: _new(n) for n in ("new_zeros", "new_ones", "new_empty", "new_full", "new_tensor")},
}
FUNCTIONS: dict[str, Any] = {
    f.__name__: f
    for f in (
        tensor,
        as_tensor,
        from_numpy,
        zeros,
        ones,
        empty,
        full,
        zeros_like,
        ones_like,
        empty_like,
        full_like,
        eye,
        arange,
        linspace,
        logspace,
        meshgrid,
        manual_seed,
        initial_seed,
        rand,
        randn,
        rand_like,
        randn_like,
        randint,
        randperm,
        normal,
        bernoulli,
    )
}
OPERATORS: dict[str, Any] = {"__array__": _array_protocol}
