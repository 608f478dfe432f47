"""Float32 results agree with torch's to the last bit: products, softmax and activations, forward and backward.

torch takes products from a library that has other loops on other processors. The orders of adding that the engine
follows are those of the machine named below; elsewhere the results must be as near as rounding allows.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch as real

from engine.ops import multiplying
from engine.state import fresh_state
from tests.support.library import torch

pytestmark = pytest.mark.torch

CPUINFO = Path("/proc/cpuinfo")
KNOWN = CPUINFO.exists() and "AuthenticAMD" in CPUINFO.read_text() and "avx512f" in CPUINFO.read_text()
"""Whether this is the kind of processor on which the orders of adding were found."""

ROWS = (1, 2, 3, 4, 5, 7, 8, 16)
COLUMNS = (1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 20)
INNER = (2, 3, 4, 5, 7, 8, 10, 12, 13, 16, 20, 33, 64, 130)


def agree(ours: Any, theirs: Any, what: str) -> None:
    """Equal bits on the known processor, elsewhere equal but for rounding."""
    if KNOWN:
        assert np.array_equal(ours, theirs), what
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5, err_msg=what)


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = real.get_num_threads()
    real.set_num_threads(1)
    real.manual_seed(0)
    yield
    real.set_num_threads(before)


@pytest.mark.parametrize("k", INNER)
@pytest.mark.parametrize("layout", ["plain", "right transposed", "left transposed"])
def test_product_of_matrices(k: int, layout: str) -> None:
    for m in ROWS:
        for n in COLUMNS:
            a, b = real.randn(m, k), real.randn(k, n)
            if layout == "right transposed":
                b = real.randn(n, k).t()
            elif layout == "left transposed":
                if m == 1:
                    continue
                a = real.randn(k, m).t()
            agree(multiplying.product(a.numpy(), b.numpy()), (a @ b).numpy(), f"{m} x {k} x {n}, {layout}")


@pytest.mark.parametrize("shape", [(4, 193, 12), (8, 200, 16), (5, 384, 20), (64, 784, 32), (16, 1000, 100)])
def test_layer_with_many_inputs(shape: tuple[int, int, int]) -> None:
    m, k, n = shape
    x, w, bias = real.randn(m, k), real.randn(n, k), real.randn(n)
    ours = multiplying.added_product(bias.numpy(), x.numpy(), w.numpy().T)
    agree(ours, real.nn.functional.linear(x, w, bias).numpy(), str(shape))


def test_inner_product_and_matrix_times_vector() -> None:
    for k in range(1, 120):
        a, b, rows = real.randn(k), real.randn(k), real.randn(7, k)
        agree(multiplying.inner(a.numpy(), b.numpy()), (a @ b).numpy(), f"{k} elements")
        agree(multiplying.times_vector(rows.numpy(), a.numpy()), (rows @ a).numpy(), f"7 x {k}")


@pytest.mark.parametrize("shape", [(2, 3, 4), (5, 7, 5), (8, 16, 8), (7, 9, 11), (9, 16, 9), (20, 30, 1), (8, 100, 16)])
def test_batch_of_products(shape: tuple[int, int, int]) -> None:
    m, k, n = shape
    for count in (1, 3):
        a = real.randn(count, m, k)
        for b in (real.randn(count, k, n), real.randn(count, n, k).transpose(1, 2)):
            agree(multiplying.batched(a.numpy(), b.numpy()), real.bmm(a, b).numpy(), f"{count} of {shape}")


def _rows(library: Any, numbers: list[Any]) -> Any:
    return library.tensor(numbers, requires_grad=True)


ALONG: dict[str, Callable[[Any, Any, int], Any]] = {
    "softmax": lambda library, x, dim: library.softmax(x, dim),
    "log_softmax": lambda library, x, dim: library.log_softmax(x, dim),
}
ONE_BY_ONE: dict[str, Callable[[Any, Any], Any]] = {
    "bce": lambda library, x: library.nn.functional.binary_cross_entropy(x.sigmoid(), library.full_like(x, 0.3)),
    "sigmoid": lambda library, x: library.sigmoid(x),
    "silu": lambda library, x: library.nn.functional.silu(x),
    "hardswish": lambda library, x: library.nn.functional.hardswish(x),
    "norm": lambda library, x: x.norm(),
    "std": lambda library, x: x.std(),
    "var": lambda library, x: x.var(),
    "sqrt": lambda library, x: library.sqrt(x.abs()),
    "square": lambda library, x: x**2,
    "reciprocal": lambda library, x: 1 / x,
}
NEARLY: dict[str, Callable[[Any, Any], Any]] = {
    "tanh": lambda library, x: library.tanh(x),
    "softplus": lambda library, x: library.cat([library.nn.functional.softplus(part) for part in x.split(20)]),
}
"""Functions that take tanh from the processor's library: one number in two thousand differs."""


def _both(f: Callable[[Any, Any], Any], numbers: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    theirs = _rows(real, numbers.tolist())
    there = f(real, theirs)
    weights = real.randn(there.shape)
    there.backward(weights)
    with fresh_state():
        ours = _rows(torch, numbers.tolist())
        here = f(torch, ours)
        here.backward(torch.tensor(weights.tolist()))
        return (np.array(here.tolist()), np.array(ours.grad.tolist())), (there.detach().numpy(), theirs.grad.numpy())


@pytest.mark.parametrize("name", ALONG)
@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("size", [2, 3, 5, 8, 10, 16, 32])
def test_softmax_along_a_dim(name: str, dim: int, size: int) -> None:
    numbers = real.randn((48, size) if dim else (size, 48)) * 2
    ours, theirs = _both(lambda library, x: ALONG[name](library, x, dim), numbers)
    agree(ours[0], theirs[0], name)
    agree(ours[1], theirs[1], f"gradient of {name}")


@pytest.mark.parametrize("name", ONE_BY_ONE)
@pytest.mark.parametrize("size", [5, 10, 64])
def test_function_of_many_numbers(name: str, size: int) -> None:
    ours, theirs = _both(ONE_BY_ONE[name], real.randn(size) * 2)
    agree(ours[0], theirs[0], name)
    agree(ours[1], theirs[1], f"gradient of {name}")


@pytest.mark.parametrize("name", NEARLY)
def test_activation(name: str) -> None:
    ours, theirs = _both(NEARLY[name], real.randn(1000) * 2)
    assert np.mean(ours[0] == theirs[0]) > 0.99
    assert np.mean(ours[1] == theirs[1]) > 0.99
