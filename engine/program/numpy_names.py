"""numpy for programs: its own arrays, behind a list of what may be used of them.

Arrays hold numbers, bools and texts. What reaches files, raw memory, other types or the interpreter is not on
the lists: reading and writing files, ctypes, strides, buffers, ``view`` under another type, arrays of objects.
The random stream is numpy's legacy one, seeded with 0 at the start of every run.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from engine.program.namespaces import Namespace, words
from engine.state import check_bytes

ARRAY_NAMES = frozenset(
    words(
        "T all any argmax argmin argpartition argsort astype choose clip compress conj conjugate copy cumprod cumsum "
        "diagonal dot dtype fill flags flat flatten imag item itemsize mT max mean min nbytes ndim nonzero partition "
        "prod put ravel real repeat reshape round searchsorted shape size sort squeeze std strides sum swapaxes take "
        "tobytes tolist trace transpose var hex is_integer as_integer_ratio bit_count bit_length"
    )
)
"""What may be used of arrays and of numpy's numbers."""

FUNCTIONS = words(
    "abs absolute acos acosh add all allclose amax amin angle any append apply_along_axis apply_over_axes arccos "
    "arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argpartition argsort argwhere around array2string "
    "array_equal array_equiv array_repr array_split array_str asin asinh atan atan2 atanh atleast_1d atleast_2d "
    "atleast_3d average bincount bitwise_and bitwise_not bitwise_or bitwise_xor block broadcast_arrays "
    "broadcast_shapes broadcast_to cbrt ceil choose clip column_stack compress concat concatenate conj conjugate "
    "convolve copysign copyto corrcoef correlate cos cosh count_nonzero cov cross cumprod cumsum deg2rad degrees "
    "delete diag diag_indices diagflat diagonal diff digitize divide divmod dot dsplit dstack ediff1d einsum equal exp "
    "exp2 expand_dims expm1 extract fabs fill_diagonal flatnonzero flip fliplr flipud float_power floor floor_divide "
    "fmax fmin fmod frexp gcd geomspace gradient greater greater_equal hanning heaviside histogram histogram2d "
    "histogram_bin_edges hsplit hstack hypot imag inner insert interp intersect1d invert isclose iscomplexobj isfinite "
    "isin isinf isnan isneginf isposinf isreal isscalar issubdtype iterable ix_ kron lcm ldexp left_shift less "
    "less_equal lexsort linspace log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or "
    "logical_xor logspace matmul matvec max maximum may_share_memory mean median meshgrid min minimum mod modf "
    "moveaxis multiply nan_to_num nanargmax nanargmin nancumsum nanmax nanmean nanmedian nanmin nanpercentile nanprod "
    "nanquantile nanstd nansum nanvar ndim negative nextafter nonzero not_equal outer pad partition percentile "
    "piecewise place polyadd polyder polydiv polyfit polyint polymul polysub polyval positive pow power prod "
    "promote_types ptp put put_along_axis quantile rad2deg radians ravel ravel_multi_index real reciprocal remainder "
    "reshape resize result_type right_shift rint roll rollaxis roots rot90 round searchsorted select setdiff1d "
    "setxor1d shape shares_memory sign signbit sin sinc sinh size sort spacing split sqrt square squeeze stack std "
    "subtract sum swapaxes take take_along_axis tan tanh tensordot tile trace transpose trapezoid tri tril "
    "tril_indices trim_zeros triu triu_indices true_divide trunc union1d unique unravel_index unstack unwrap vander "
    "var vdot vecdot vsplit vstack where format_float_positional format_float_scientific get_printoptions "
    "set_printoptions printoptions errstate seterr repeat array_str base_repr binary_repr"
)

MAKERS = words(
    "array asarray asanyarray ascontiguousarray zeros ones empty full zeros_like ones_like empty_like full_like eye "
    "identity arange linspace indices fromiter copy"
)
"""Functions that make arrays of a size or type that the program names."""

TYPES = words(
    "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool_ bool complex64 complex128 "
    "float128 longdouble double single half int_ intp uint intc short long longlong byte ubyte str_ number integer "
    "floating generic inexact signedinteger unsignedinteger complexfloating"
)

VALUES = words("pi e inf nan newaxis euler_gamma mgrid ogrid r_ c_ s_ index_exp finfo iinfo poly1d ndindex ndenumerate")

LINALG = words(
    "cholesky cond cross det diagonal eig eigh eigvals eigvalsh inv lstsq matmul matrix_norm matrix_power matrix_rank "
    "matrix_transpose multi_dot norm outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm "
    "LinAlgError"
)

FFT = (
    "fft fft2 fftfreq fftn fftshift hfft ifft ifft2 ifftn ifftshift ihfft irfft irfft2 irfftn rfft rfft2 rfftfreq rfftn"
)

RANDOM = words(
    "beta binomial chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric laplace logistic "
    "lognormal logseries multinomial multivariate_normal negative_binomial normal pareto permutation poisson power "
    "rand randint randn random_integers random_sample rayleigh seed shuffle standard_cauchy standard_exponential "
    "standard_gamma standard_normal standard_t triangular uniform vonmises wald weibull zipf get_state"
)

OUT_OF_SCOPE = {
    **dict.fromkeys(
        words("load loadtxt genfromtxt fromfile fromregex memmap save savez savez_compressed savetxt DataSource"),
        "programs cannot read or write files",
    ),
    **dict.fromkeys(words("ctypeslib frombuffer lib nditer from_dlpack"), "programs cannot reach raw memory"),
    **dict.fromkeys(words("object_ void recarray rec record frompyfunc"), "arrays hold numbers here"),
    **dict.fromkeys(words("f2py testing test show_config get_include"), "it is a tool for building software"),
}


class _ArrayType(type):
    """numpy.ndarray as programs see it: it knows its instances, and makes none (its own call reaches raw memory)."""

    def __instancecheck__(cls, obj: Any) -> bool:
        return isinstance(obj, np.ndarray)

    def __subclasscheck__(cls, sub: type) -> bool:
        return sub is cls or issubclass(sub, np.ndarray)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("numpy.ndarray() is not available here: use numpy.array, numpy.zeros or numpy.empty")

    def __repr__(cls) -> str:
        return "<class 'numpy.ndarray'>"


class ndarray(metaclass=_ArrayType):
    """The type of arrays."""


ndarray.__module__ = "numpy"


def check_plain(out: Any) -> Any:
    """``out``, if it holds no objects; TypeError if it does."""
    dtype = getattr(out, "dtype", None)
    if dtype is not None and (dtype.hasobject or dtype.names is not None):
        raise TypeError(f"arrays of {dtype} are not part of Chainrule: an array holds numbers, bools or texts")
    return out


def _size(shape: Any) -> int:
    if isinstance(shape, (int, np.integer)):
        return max(0, int(shape))
    if isinstance(shape, Iterable):
        return math.prod(max(0, int(n)) for n in shape)
    return 0


def _elements(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> float:
    """About how many elements a maker is about to make, as far as its arguments say."""
    if name in ("zeros", "ones", "empty", "full", "indices"):
        return _size(args[0] if args else kwargs.get("shape", 0))
    if name in ("eye", "identity"):
        n = int(args[0] if args else kwargs.get("N", kwargs.get("n", 0)))
        m = args[1] if len(args) > 1 else kwargs.get("M")
        return n * (n if m is None else int(m)) if name == "eye" else n * n
    if name == "linspace":
        return int(args[2] if len(args) > 2 else kwargs.get("num", 50))
    if name == "arange" and args and all(isinstance(a, (int, float)) for a in args[:3]):
        start, stop = (0, args[0]) if len(args) == 1 else args[:2]
        step = args[2] if len(args) > 2 else kwargs.get("step", 1)
        return abs((stop - start) / step) if step else 0
    return 0


def _maker(name: str, make: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(make, assigned=("__name__", "__doc__"), updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        check_bytes(int(_elements(name, args, kwargs)) * 8)
        return check_plain(make(*args, **kwargs))

    del call.__wrapped__
    return call


def _vectorize(pyfunc: Callable[..., Any], otypes: Any = None, **rest: Any) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return check_plain(np.vectorize(pyfunc, otypes=otypes)(*args, **kwargs))

    return call


def _fromfunction(function: Callable[..., Any], shape: Any, *, dtype: Any = float, **kwargs: Any) -> Any:
    check_bytes(_size(shape) * 8)
    return np.fromfunction(function, shape, dtype=dtype, **kwargs)


def _dtype(kind: Any) -> Any:
    """numpy.dtype of a plain type."""
    if isinstance(kind, (list, tuple, dict)):
        raise TypeError("structured arrays are not part of Chainrule")
    return check_plain(np.zeros(0, kind)).dtype


def numpy_module() -> dict[str, Namespace]:
    """numpy and its parts, for one run."""
    stream = np.random.RandomState(0)
    drawn = {name: getattr(stream, name) for name in RANDOM}
    drawn |= dict.fromkeys(("random", "ranf", "sample"), stream.random_sample)
    drawn |= {"default_rng": np.random.default_rng, "RandomState": np.random.RandomState}
    random = Namespace("numpy.random", drawn)
    linalg = Namespace("numpy.linalg", {name: getattr(np.linalg, name) for name in LINALG})
    fft = Namespace("numpy.fft", {name: getattr(np.fft, name) for name in FFT.split()})
    names: dict[str, Any] = {name: getattr(np, name) for name in (*FUNCTIONS, *TYPES, *VALUES) if hasattr(np, name)}
    names |= {name: _maker(name, getattr(np, name)) for name in MAKERS}
    names |= {
        "dtype": _dtype,
        "fft": fft,
        "fromfunction": _fromfunction,
        "linalg": linalg,
        "ndarray": ndarray,
        "random": random,
        "vectorize": _vectorize,
        "__version__": np.__version__,
    }
    whole = Namespace("numpy", names, OUT_OF_SCOPE)
    return {"numpy": whole, "numpy.random": random, "numpy.linalg": linalg, "numpy.fft": fft}
