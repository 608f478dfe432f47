"""Random tensors: rand, randn, randint, randperm, normal, bernoulli, and filling in place."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.device import expect_cpu
from engine.dtypes import FROM_NUMPY, as_dtype
from engine.node import Raw
from engine.ops.create import created, numpy_dtype, sizes
from engine.ops.dispatch import broadcast_shape, checked_scalar, finish
from engine.ops.functions import expect_int, expect_tensor, invalid_combination, public
from engine.ops.inplace import check
from engine.ops.spec import OpSpec
from engine.ops.storage import store
from engine.random import BLOCK, Generator, default_generator
from engine.state import warn
from engine.tensors import Tensor

Array = np.ndarray[Any, Any]


def manual_seed(seed: int) -> Generator:
    """Starts the default generator's stream at ``seed``."""
    return default_generator().manual_seed(seed)


def initial_seed() -> int:
    """The seed with which the default generator's stream began."""
    return default_generator().initial_seed()


def seed() -> int:
    """Starts the default generator's stream at a seed that nobody can foretell."""
    return default_generator().seed()


def check_floating(kind: np.dtype[Any], kernel: str, count: int = 1) -> None:
    """Raise torch's NotImplementedError for dtypes of whole numbers; kernels that have nothing to do do not look."""
    if kind.kind != "f" and count:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{FROM_NUMPY[kind].scalar_type}'")


def in_memory_order(draws: Array, like: Raw) -> Array:
    """Draws in the shape of ``like``: torch fills storage from its beginning to its end, also transposed."""
    if any(step == 0 and n > 1 for step, n in zip(like.strides, like.shape, strict=True)):
        return draws.reshape(like.shape)
    order = sorted(range(like.ndim), key=lambda d: -like.strides[d])
    filled = draws.reshape([like.shape[d] for d in order])
    return filled.transpose(np.argsort(order)) if order else filled


# --- from a shape, or like another tensor -----------------------------------------------------


def _uniform(g: Generator, count: int, kind: np.dtype[Any]) -> Array:
    check_floating(kind, "check_uniform_bounds")
    return g.uniform(count, kind)


def _normal(g: Generator, count: int, kind: np.dtype[Any]) -> Array:
    check_floating(kind, "normal_kernel_cpu", count)
    return g.normal(count, kind)


def _sampler(name: str, sample: Callable[..., Array], doc: str) -> Callable[..., Tensor]:
    def call(
        *size: Any,
        generator: Generator | None = None,
        out: Tensor | None = None,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        **named: Any,
    ) -> Tensor:
        expect_cpu(device)
        kind = numpy_dtype(dtype, name)
        shape = sizes(name, named.get("size", size), kind)
        draws = sample(generator or default_generator(), math.prod(shape), kind)
        return created(draws.reshape(shape), requires_grad, name)

    call.__name__ = name
    call.__doc__ = doc
    return call


def _sampler_like(name: str, sample: Callable[..., Array], doc: str) -> Callable[..., Tensor]:
    def call(
        input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **rest: Any
    ) -> Tensor:
        x = expect_tensor(input, name)
        kind = x._data.dtype if dtype is None else as_dtype(dtype, name).numpy
        draws = sample(default_generator(), x._data.size, kind)
        return created(in_memory_order(draws, x._data), requires_grad, name)

    call.__name__ = name
    call.__doc__ = doc
    return call


rand = _sampler("rand", _uniform, "Evenly drawn numbers from [0, 1) in the given shape.")
randn = _sampler("randn", _normal, "Normal numbers in the given shape.")
rand_like = _sampler_like("rand_like", _uniform, "Evenly drawn numbers in the shape and dtype of input.")
randn_like = _sampler_like("randn_like", _normal, "Normal numbers in the shape and dtype of input.")


def _check_range(low: int, high: int, kind: np.dtype[Any]) -> None:
    """Raise torch's RuntimeError for no range, and for one beyond what the dtype can hold."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    name = FROM_NUMPY[kind].c_name
    least, most = _bounds(kind)
    for bound, value in (("from", low), ("to - 1", high - 1)):
        if not least <= value <= most:
            raise RuntimeError(f"{bound} is out of bounds for {name}")
        if kind.kind == "f" and abs(value) > 2 ** _DIGITS[kind]:
            digits = f"2^{_DIGITS[kind]}"
            warn(
                f"{bound} is out of bounds [-({digits}), {digits}]. Due to precision limitations {name} can support "
                "discrete uniform distribution only within this range. This warning will become an error in version "
                "1.7 release, please fix the code in advance"
            )


def _bounds(kind: np.dtype[Any]) -> tuple[float, float]:
    if kind.kind == "b":
        return 0, 1
    limits: Any = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    return limits.min, limits.max


def randint(
    low: int = 0,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers from [low, high); with one bound, from [0, bound)."""
    expect_cpu(device)
    if isinstance(high, (tuple, list)):
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if size is None:
        raise invalid_combination("randint", (high,), {}, "int high, tuple of ints size", "int low, int high, size")
    kind = np.dtype(np.int64) if dtype is None else as_dtype(dtype, "randint").numpy
    draws = _integers(low, high, lambda: sizes("randint", (size,), kind), kind, generator)
    return created(draws, requires_grad, "randint")


def _integers(
    low: Any, high: Any, shape: Callable[[], tuple[int, ...]], kind: np.dtype[Any], generator: Generator | None = None
) -> Array:
    low, high = expect_int(low, "randint", "low"), expect_int(high, "randint", "high")
    _check_range(low, high, kind)
    wanted = shape()
    return (generator or default_generator()).integers(low, high, math.prod(wanted)).reshape(wanted).astype(kind)


def randint_like(input: Tensor, low: int, high: int | None = None, *, dtype: Any = None) -> Tensor:
    """Integers from [low, high), or [0, low), in the shape and dtype of input."""
    bounds = (0, low) if high is None else (low, high)
    kind = as_dtype(dtype or input.dtype, "randint_like").numpy
    draws = _integers(*bounds, lambda: input._data.shape, kind)
    return created(in_memory_order(draws.reshape(-1), input._data), False, "randint")


def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None, device: Any = None) -> Tensor:
    """0..n-1 in random order."""
    expect_cpu(device)
    kind = np.dtype(np.int64) if dtype is None else as_dtype(dtype, "randperm").numpy
    (count,) = sizes("randperm", (expect_int(n, "randperm", "n"),), kind)
    if kind.kind == "b":
        raise NotImplementedError("\"randperm\" not implemented for 'Bool'")
    checked_scalar(count, kind, FROM_NUMPY[kind].storage_name)
    return created((generator or default_generator()).permutation(count).astype(kind), False, "randperm")


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal numbers with the given mean and standard deviation; each may be a tensor."""
    g = generator or default_generator()
    if size is not None:
        kind = numpy_dtype(dtype, "normal")
        shape = sizes("normal", (size,), kind)
        _check_std(std)
        check_floating(kind, "normal_kernel_cpu", math.prod(shape))
        draws = g.normal(math.prod(shape), kind, float(mean), float(std))
        return created(draws.reshape(shape), requires_grad, "normal")
    tensors = [v for v in (mean, std) if isinstance(v, Tensor)]
    if not tensors:
        raise invalid_combination("normal", (mean, std), {}, "Tensor mean, Tensor std", "float mean, float std, size")
    _check_std(std)
    kind = tensors[0]._data.dtype
    shape = broadcast_shape(*(t._data.shape for t in tensors))
    check_floating(kind, "normal_kernel_cpu", math.prod(shape))
    location, scale = (v._data if isinstance(v, Tensor) else kind.type(v) for v in (mean, std))
    draws = g.normal(math.prod(shape), kind).reshape(shape)
    return created((draws * scale + location).astype(kind), requires_grad, "normal")


def _check_std(std: Any) -> None:
    if isinstance(std, Tensor):
        if np.any(std._data < 0):
            raise RuntimeError("normal expects all elements of std >= 0.0")
    elif std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")


def _occurs(g: Generator, p: Raw) -> Array:
    """Whether each of the events with probabilities ``p`` occurs."""
    check_floating(p.dtype, "bernoulli_tensor_cpu_p_", p.size)
    if not np.all((p >= 0) & (p <= 1)):
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If "
            "so, please report an enhancement request to PyTorch.)"
        )
    return g.bernoulli(np.ravel(p), p.size, p.dtype).reshape(p.shape)


def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that input gives (or with probability p), else 0."""
    x = expect_tensor(input, "bernoulli")
    g = generator or default_generator()
    if p is None:
        occurs = _occurs(g, x._data)
    else:
        occurs = g.bernoulli(float(p), x._data.size, x._data.dtype).reshape(x._data.shape)
    drawn = occurs.astype(x._data.dtype)
    return finish(BERNOULLI, (x,), None, drawn) if x._track else created(drawn, False, "bernoulli")


BERNOULLI = OpSpec(
    "bernoulli",
    lambda p: p,
    (lambda g, c: c.zeros_like(g),),
    args=("self",),
    form="bernoulli({0})",
    latex=r"\operatorname{{Bernoulli}}({0})",
    derivatives=("0",),
    doc="1 with the probability that input gives, else 0: a draw has no slope.",
)


# --- in place ---------------------------------------------------------------------------------


def _refill(self: Tensor, draws: Array, name: str) -> Tensor:
    store(self, in_memory_order(draws, self._data), name)
    return self


def uniform_(
    self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None, **named: Any
) -> Tensor:
    """Fills with numbers from [from, to), in place."""
    low, high = float(named.get("from", from_)), float(to)
    check(self, self._track)
    check_floating(self._data.dtype, "check_uniform_bounds")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    draws = (generator or default_generator()).uniform(self._data.size, self._data.dtype, low, high)
    return _refill(self, draws, "uniform_")


def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fills with normal numbers, in place."""
    check(self, self._track)
    check_floating(self._data.dtype, "normal_kernel_cpu", self._data.size)
    _check_std(std)
    g = generator or default_generator()
    in_blocks = self._data.size >= BLOCK and self.is_contiguous()
    sample = g.normal if in_blocks else g.normal_one_by_one
    return _refill(self, sample(self._data.size, self._data.dtype, float(mean), float(std)), "normal_")


_DIGITS = {np.dtype(np.float16): 11, np.dtype(np.float32): 24, np.dtype(np.float64): 53}


def random_(
    self: Tensor, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None, **named: Any
) -> Tensor:
    """Fills with integers from [from, to) or [0, to), in place; without bounds, with all that the dtype can hold."""
    kind = self._data.dtype
    first = named.get("from", from_)
    g = generator or default_generator()
    check(self, self._track)
    if first is None and to is None:
        draws = _any_integers(g, self._data.size, kind)
    else:
        low, high = (0, first) if to is None else (first or 0, to)
        low, high = expect_int(low, "random_", "from"), expect_int(high, "random_", "to", 2)
        _check_range(low, high, kind)
        draws = g.integers(low, high, self._data.size)
    return _refill(self, draws.astype(kind), "random_")


def _any_integers(g: Generator, count: int, kind: np.dtype[Any]) -> Array:
    draws = g.random64(count) if kind.itemsize == 8 else g.random32(count)
    if kind.kind == "f":
        return draws % np.uint64(2 ** _DIGITS[kind] + 1)
    return draws % np.uint64(2 if kind.kind == "b" else int(np.iinfo(kind).max) + 1)


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fills with 1 with probability p (a number or a tensor), else 0, in place."""
    check(self, self._track)
    g = generator or default_generator()
    if isinstance(p, Tensor):
        occurs = _occurs(g, np.broadcast_to(p._data, self._data.shape)).reshape(-1)
    else:
        if not 0 <= p <= 1:
            raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
        occurs = g.bernoulli(float(p), self._data.size, self._data.dtype)
    return _refill(self, occurs.astype(self._data.dtype), "bernoulli_")


METHODS: dict[str, Any] = public(uniform_, normal_, random_, bernoulli_, bernoulli)
FUNCTIONS: dict[str, Any] = public(
    manual_seed,
    initial_seed,
    seed,
    rand,
    randn,
    rand_like,
    randn_like,
    randint,
    randint_like,
    randperm,
    normal,
    bernoulli,
)
OPERATORS: dict[str, Any] = {}
