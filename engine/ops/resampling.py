"""interpolate: images of another size, from the nearest pixels or from means of neighbours.

Every mode is a matrix per dimension. Source: aten/src/ATen/native/UpSample.h.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.dtypes import FROM_NUMPY
from engine.ops.convolution import Ints
from engine.ops.dispatch import apply
from engine.ops.functions import expect_tensor
from engine.ops.pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, linear_spec
from engine.ops.spec import OpSpec, S
from engine.ops.volumes import adaptive_avg_pool3d
from engine.state import warn
from engine.tensors import Tensor

Matrix = np.ndarray[Any, Any]

CUBIC = -0.75
"""The coefficient of torch's cubic."""
DIMS = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}
NEAREST = ("nearest", "nearest-exact", "area")
MODES = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"
ANTIALIAS = "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
SIZES = (
    "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of {} and "
    "output size of {}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, "
    "...,oK) format."
)
FACTORS = (
    "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions of "
    "{} and scale_factor of shape {}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in "
    "(s1, s2, ...,sK) format."
)


def _spec(kind: str, dims: int, samples: Any = ()) -> OpSpec:
    stem = "".join(part.capitalize() for part in kind.split("_"))
    name = f"upsample_{kind}{dims}d"
    doc = "An image of another size."
    return linear_spec(name, f"Upsample{stem}{dims}DBackward0", doc, "nn.functional.interpolate", samples)


UPSAMPLE_NEAREST1D = _spec("nearest", 1, (S((1, 2, 4), 6), S((1, 2, 4), None, 2)))
UPSAMPLE_NEAREST2D = _spec("nearest", 2, (S((1, 2, 3, 4), [5, 3]),))
UPSAMPLE_NEAREST3D = _spec("nearest", 3, (S((1, 1, 2, 2, 3), 3),))
UPSAMPLE_NEAREST_EXACT1D = _spec("nearest_exact", 1, (S((1, 2, 4), 6, mode="nearest-exact"),))
UPSAMPLE_NEAREST_EXACT2D = _spec("nearest_exact", 2, (S((1, 2, 3, 4), [5, 3], mode="nearest-exact"),))
UPSAMPLE_NEAREST_EXACT3D = _spec("nearest_exact", 3, (S((1, 1, 2, 2, 3), 3, mode="nearest-exact"),))
UPSAMPLE_LINEAR1D = _spec("linear", 1, (S((1, 2, 4), 6, mode="linear"),))
UPSAMPLE_BILINEAR2D = _spec(
    "bilinear",
    2,
    (S((1, 2, 3, 4), [5, 3], mode="bilinear"), S((1, 1, 3, 4), None, 1.5, "bilinear", True)),
)
UPSAMPLE_TRILINEAR3D = _spec("trilinear", 3, (S((1, 1, 2, 2, 3), [3, 3, 2], mode="trilinear"),))
UPSAMPLE_BICUBIC2D = _spec("bicubic", 2, (S((1, 1, 3, 4), [5, 3], mode="bicubic"),))

_SPECS: dict[tuple[str, int], OpSpec] = {
    ("nearest", 1): UPSAMPLE_NEAREST1D,
    ("nearest", 2): UPSAMPLE_NEAREST2D,
    ("nearest", 3): UPSAMPLE_NEAREST3D,
    ("nearest-exact", 1): UPSAMPLE_NEAREST_EXACT1D,
    ("nearest-exact", 2): UPSAMPLE_NEAREST_EXACT2D,
    ("nearest-exact", 3): UPSAMPLE_NEAREST_EXACT3D,
    ("linear", 1): UPSAMPLE_LINEAR1D,
    ("bilinear", 2): UPSAMPLE_BILINEAR2D,
    ("trilinear", 3): UPSAMPLE_TRILINEAR3D,
    ("bicubic", 2): UPSAMPLE_BICUBIC2D,
}

# --- where each pixel comes from --------------------------------------------------------------


def _nearest(n: int, m: int, factor: float | None, shift: float) -> Matrix:
    scale = np.float32(1 / factor) if factor else np.float32(n) / np.float32(m)
    at = np.floor((np.arange(m, dtype=np.float32) + np.float32(shift)) * scale).astype(np.int64)
    out: Matrix = np.eye(n)[np.minimum(at, n - 1)]
    return out


def _positions(n: int, m: int, factor: float | None, align: bool, cubic: bool) -> Matrix:
    """Where in the input the pixels of the output lie."""
    at = np.arange(m, dtype=np.float64)
    if align:
        return at * ((n - 1) / (m - 1) if m > 1 else 0.0)
    scale = 1 / factor if factor else n / m
    found: Matrix = (at + 0.5) * scale - 0.5
    return found if cubic else np.maximum(found, 0)


def _linear(n: int, m: int, factor: float | None, align: bool) -> Matrix:
    at = _positions(n, m, factor, align, False)
    low = np.minimum(at.astype(np.int64), n - 1)
    part = np.minimum(at - low, 1.0)
    out = np.zeros((m, n))
    np.add.at(out, (np.arange(m), low), 1 - part)
    np.add.at(out, (np.arange(m), np.minimum(low + 1, n - 1)), part)
    return out


def _cubic(n: int, m: int, factor: float | None, align: bool) -> Matrix:
    at = _positions(n, m, factor, align, True)
    low = np.floor(at).astype(np.int64)
    t = at - low
    out = np.zeros((m, n))
    for k in range(-1, 3):
        d = np.abs(t - k)
        near = ((CUBIC + 2) * d - (CUBIC + 3)) * d * d + 1
        far = ((CUBIC * d - 5 * CUBIC) * d + 8 * CUBIC) * d - 4 * CUBIC
        np.add.at(out, (np.arange(m), np.clip(low + k, 0, n - 1)), np.where(d <= 1, near, far))
    return out


def _matrix(mode: str, n: int, m: int, factor: float | None, align: bool) -> Matrix:
    if mode == "nearest":
        return _nearest(n, m, factor, 0.0)
    if mode == "nearest-exact":
        return _nearest(n, m, factor, 0.5)
    return (_cubic if mode == "bicubic" else _linear)(n, m, factor, align)


# --- the function -----------------------------------------------------------------------------


def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """(N, C, ...) in another size: ``size``, or its own times ``scale_factor``."""
    x = expect_tensor(input, "interpolate")
    if mode in NEAREST and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    rank = x._data.ndim
    inner = list(x._data.shape[2:])
    sizes, factors = _sizes(inner, size, scale_factor)
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if factors is not None and (recompute_scale_factor or mode == "area"):
        factors = None
    if antialias:
        if mode not in ("bilinear", "bicubic", "lanczos") or rank != 4:
            raise ValueError(ANTIALIAS)
        raise NotImplementedError("antialias=True is not part of Chainrule: average the image before")
    if rank in (3, 4, 5) and mode == "area":
        return _AREA[rank](x, sizes)
    spec = _SPECS.get((mode, rank - 2))
    if spec is None:
        raise NotImplementedError(_no_mode(mode, rank))
    _check(x, inner, sizes, spec)
    scales: Sequence[float | None] = factors or [None] * len(inner)
    each = zip(inner, sizes, scales, strict=True)
    matrices = tuple(_matrix(mode, n, m, factor, bool(align_corners)) for n, m, factor in each)
    return apply(spec, (x,), {"matrices": matrices, "output_size": tuple(sizes)})


_AREA: dict[int, Callable[..., Tensor]] = {3: adaptive_avg_pool1d, 4: adaptive_avg_pool2d, 5: adaptive_avg_pool3d}


def _sizes(inner: list[int], size: Any, scale_factor: Any) -> tuple[list[int], list[float] | None]:
    """The size of the output, and the factors if these were given."""
    dims = len(inner)
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        if isinstance(size, (list, tuple)):
            if len(size) != dims:
                raise ValueError(SIZES.format(inner, size))
            if not all(isinstance(n, int) for n in size):
                raise TypeError(
                    "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got "
                    f"size with types {[type(n) for n in size]}"
                )
            return list(size), None
        if not isinstance(size, int):
            raise TypeError(f"interpolate(): argument 'size' must be int or tuple of ints, not {type(size).__name__}")
        return [size] * dims, None
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if isinstance(scale_factor, (list, tuple)):
        if len(scale_factor) != dims:
            raise ValueError(FACTORS.format(inner, scale_factor))
        factors = [float(f) for f in scale_factor]
    else:
        factors = [float(scale_factor)] * dims
    return [math.floor(n * f) for n, f in zip(inner, factors, strict=True)], factors


def _no_mode(mode: str, rank: int) -> str:
    if mode in DIMS and mode != "bicubic" and rank in (3, 4, 5):
        return f"Got {rank}D input, but {mode} mode needs {DIMS[mode]}D input"
    return f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {rank}D) for the modes: {MODES} (got {mode})"


def _check(x: Tensor, inner: Ints | list[int], sizes: list[int], spec: OpSpec) -> None:
    if min(*inner, *sizes) <= 0:
        names = ("D", "H", "W")[-len(inner) :]
        before, after = (
            "(" + ", ".join(f"{name}: {n}" for name, n in zip(names, part, strict=True)) + ")"
            for part in (inner, sizes)
        )
        raise RuntimeError(f"Input and output sizes should be greater than 0, but got input {before} output {after}")
    kind = x._data.dtype
    if kind.kind != "f" and not (kind == np.uint8 and "nearest" in spec.name):
        kernel = f"{spec.name}_channels_last" if x._data.ndim == 4 else spec.name
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{FROM_NUMPY[kind].scalar_type}'")


def _deprecated(name: str, mode: str, align: bool | None) -> Callable[..., Tensor]:
    def call(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
        warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.")
        return interpolate(input, size, scale_factor, mode, align)

    call.__name__ = name
    call.__doc__ = "An older name of interpolate."
    return call


upsample_nearest = _deprecated("upsample_nearest", "nearest", None)
upsample_bilinear = _deprecated("upsample_bilinear", "bilinear", True)


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """An older name of interpolate."""
    warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.")
    return interpolate(input, size, scale_factor, mode, align_corners)


FUNCTIONS: dict[str, Any] = {}
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
