"""Functions that few programs use: windows, histogram, frexp, the names that torch has removed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.device import expect_cpu
from engine.node import Raw
from engine.ops.create import created, numpy_dtype
from engine.ops.dispatch import apply_many, array, floating
from engine.ops.front import functions, methods, strict
from engine.ops.joining import split
from engine.ops.results import named_result
from engine.ops.spec import OpSpec, S
from engine.ops.stacking import vander
from engine.tensors import Tensor, wrap

# --- windows ----------------------------------------------------------------------------------


def _window(name: str, shape: Callable[[Raw], Raw], doc: str) -> Callable[..., Tensor]:
    """``shape`` takes the places of a window's numbers, from 0 to 1."""

    def call(
        window_length: int, periodic: bool = True, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        expect_cpu(device)
        if window_length < 0:
            raise RuntimeError(f"{name} requires non-negative window_length, got window_length={window_length}")
        kind = numpy_dtype(dtype, name)
        if window_length == 1:
            return created(np.ones(1, kind), requires_grad, name)
        last = window_length if periodic else window_length - 1
        places = np.arange(window_length) / max(last, 1)
        return created(shape(places).astype(kind), requires_grad, name)

    call.__name__ = name
    call.__doc__ = doc
    return call


def _cosine(a: float, b: float) -> Callable[[Raw], Raw]:
    return lambda x: a - b * np.cos(2 * math.pi * x)


hann_window = _window("hann_window", _cosine(0.5, 0.5), "Hann's window.")
hamming_window = _window("hamming_window", _cosine(0.54, 0.46), "Hamming's window.")
blackman_window = _window(
    "blackman_window",
    lambda x: 0.42 - 0.5 * np.cos(2 * math.pi * x) + 0.08 * np.cos(4 * math.pi * x),
    "Blackman's window.",
)
bartlett_window = _window("bartlett_window", lambda x: 1 - np.abs(2 * x - 1), "Bartlett's window: a triangle.")

# --- frexp, histogram --------------------------------------------------------------------------


def _parts(x: Raw) -> tuple[Raw, Raw]:
    mantissa, exponent = np.frexp(floating(x))
    return mantissa, exponent.astype(np.int32)


FREXP = OpSpec(
    "frexp",
    _parts,
    (lambda g, c: None if g[0] is None else g[0] / c.constant(c.param("scale")),),
    args=("self",),
    form="frexp({0})",
    derivatives=(r"{g} / 2^{{e}}",),
    doc="Mantissas from [0.5, 1) and exponents of 2.",
    samples=(S((2, 3)),),
)


def frexp(input: Tensor) -> Any:
    """Mantissas from [0.5, 1) and exponents of 2."""
    if not input.is_floating_point():
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    mantissa, exponent = _parts(input._data)
    params = {"scale": np.asarray(np.exp2(exponent.astype(np.float64)))}
    return named_result("frexp", "mantissa", "exponent")(*apply_many(FREXP, (input,), params, (mantissa, exponent), 1))


def histogram(
    input: Tensor, bins: Any = 100, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> Any:
    """How many elements fall between the edges of bins, and the edges."""
    if isinstance(bins, Tensor):
        edges: Raw = array(bins._data)
    else:
        low, high = (float(np.min(input._data)), float(np.max(input._data))) if range is None else range
        if low == high:
            low, high = low - 1, high + 1
        edges = np.linspace(low, high, int(bins) + 1).astype(input._data.dtype)
    counts, _ = np.histogram(input._data, edges, weights=None if weight is None else weight._data, density=density)
    return named_result("histogram", "hist", "bin_edges")(wrap(counts.astype(input._data.dtype)), wrap(edges))


def split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of the given sizes along dim."""
    return split(input, list(split_sizes), dim)


def linalg_vander(x: Tensor, N: int | None = None) -> Tensor:
    """The powers of a vector's elements, one column each, lowest first."""
    return vander(x, N, increasing=True)


# --- what torch has removed -------------------------------------------------------------------

_GONE = "This function was deprecated since version 1.9 and is now removed."
_REMOVED = {
    "matrix_rank": (
        f"{_GONE}\nPlease use the `torch.linalg.matrix_rank` function instead. The parameter 'symmetric' was renamed "
        "in `torch.linalg.matrix_rank()` to 'hermitian'."
    ),
    "symeig": (
        f"{_GONE} The default behavior has changed from using the upper triangular portion of the matrix by default to "
        "using the lower triangular portion.\n\nL, _ = torch.symeig(A, upper=upper) should be replaced with:\n"
        "L = torch.linalg.eigvalsh(A, UPLO='U' if upper else 'L')\n\nand\n\nL, V = torch.symeig(A, eigenvectors=True) "
        "should be replaced with:\nL, V = torch.linalg.eigh(A, UPLO='U' if upper else 'L')"
    ),
    "eig": (
        f"{_GONE} `torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble` rather than real tensors "
        "mimicking complex tensors.\n\nL, _ = torch.eig(A) should be replaced with:\nL_complex = "
        "torch.linalg.eigvals(A)\n\nand\n\nL, V = torch.eig(A, eigenvectors=True) should be replaced with:\n"
        "L_complex, V_complex = torch.linalg.eig(A)"
    ),
    "lstsq": (
        f"{_GONE} `torch.lstsq` is deprecated in favor of `torch.linalg.lstsq`.\n`torch.linalg.lstsq` has reversed "
        "arguments and does not return the QR decomposition in the returned tuple (although it returns other "
        "information about the problem).\n\nTo get the QR decomposition consider using `torch.linalg.qr`.\n\nThe "
        "returned solution in `torch.lstsq` stored the residuals of the solution in the last m - n columns of the "
        "returned value whenever m > n. In torch.linalg.lstsq, the residuals are in the field 'residuals' of the "
        "returned named tuple.\n\nThe unpacking of the solution, as in\nX, _ = torch.lstsq(B, "
        "A).solution[:A.size(1)]\nshould be replaced with:\nX = torch.linalg.lstsq(A, B).solution"
    ),
    "solve": (
        f"{_GONE} `torch.solve` is deprecated in favor of `torch.linalg.solve`. `torch.linalg.solve` has its arguments "
        "reversed and does not return the LU factorization.\n\nTo get the LU factorization see `torch.lu`, which can "
        "be used with `torch.lu_solve` or `torch.lu_unpack`.\nX = torch.solve(B, A).solution should be replaced with:\n"
        "X = torch.linalg.solve(A, B)"
    ),
}


def _removed(name: str, text: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(text)

    call.__name__ = name
    return call


METHODS: dict[str, Any] = {
    **methods(frexp, split_with_sizes),
    **{name: _removed(name, text) for name, text in _REMOVED.items() if name != "matrix_rank"},
}
FUNCTIONS: dict[str, Any] = {
    **functions(frexp, split_with_sizes),
    **{f.__name__: f for f in (hann_window, hamming_window, blackman_window, bartlett_window, histogram)},
    **{name: _removed(name, text) for name, text in _REMOVED.items()},
}
LINALG: dict[str, Any] = {"vander": strict(linalg_vander, "linalg.vander")}
OPERATORS: dict[str, Any] = {}
