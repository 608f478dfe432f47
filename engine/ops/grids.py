"""grid_sample: an image's values at points between its pixels; affine_grid: the points of an affine map.

A value is a sum of pixels with weights, which are products of one weight per dimension. The derivative by a point
has the same form with differentiated weights: so three ops with the derivatives' order as a param give all orders.
Source: aten/src/ATen/native/GridSampler.h and GridSamplerUtils.h.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from engine.dtypes import FROM_NUMPY
from engine.node import Raw
from engine.ops.dispatch import apply, array
from engine.ops.functions import expect_tensor
from engine.ops.spec import Arg, OpSpec, S
from engine.state import warn
from engine.tensors import Tensor

Array = np.ndarray[Any, Any]
Order = tuple[int, ...]
"""How often the weights of each dimension are differentiated, in the order of the image's dimensions."""


class Settings(NamedTuple):
    """How grid_sample looks between pixels and beyond the border."""

    mode: str
    padding: str
    align: bool


_A = -0.75
"""The coefficient of torch's cubic."""
_CUBIC = np.array(
    [
        [0, _A, -2 * _A, _A],
        [1, 0, -(_A + 3), _A + 2],
        [0, -_A, 2 * _A + 3, -(_A + 2)],
        [0, 0, _A, -_A],
    ]
)
"""The weights of the four pixels around a point as polynomials of how far it is from the second, lowest power first."""

# --- from points to pixels --------------------------------------------------------------------


def _bounded(at: Array, n: int, settings: Settings) -> tuple[Array, Array]:
    """Coordinates as the padding sees them, and the derivative of that."""
    slope = np.ones_like(at)
    if settings.padding == "zeros":
        return at, slope
    if settings.padding == "reflection":
        low, high = (0.0, n - 1.0) if settings.align else (-0.5, n - 0.5)
        span = high - low
        if span == 0:
            return np.zeros_like(at), np.zeros_like(at)
        away = np.abs(at - low)
        rest, odd = np.fmod(away, span), np.floor(away / span) % 2 == 1
        slope = np.where((at < low) == odd, slope, -slope)
        at = np.where(odd, span - rest, rest) + low
    outside = (at <= 0) | (at >= n - 1)
    return np.clip(at, 0, n - 1), np.where(outside, 0, slope).astype(at.dtype)


def _located(grid: Raw, place: int, n: int, settings: Settings) -> tuple[Array, Array]:
    """The coordinates of points along the image's dimension ``place``, and their derivative by the grid."""
    at = array(grid)[..., grid.shape[-1] - 1 - place]
    at = (at + 1) / 2 * (n - 1) if settings.align else ((at + 1) * n - 1) / 2
    scale = np.asarray((n - 1 if settings.align else n) / 2, at.dtype)
    if settings.mode == "bicubic":
        return at, np.full_like(at, scale)
    at, slope = _bounded(at, n, settings)
    return at, slope * scale


def _taps(grid: Raw, place: int, n: int, settings: Settings, order: int) -> list[tuple[Array, Array]]:
    """The pixels of one dimension that count for each point, and their weights."""
    at, _ = _located(grid, place, n, settings)
    at = np.where(np.isfinite(at), at, -100).astype(at.dtype)
    if settings.mode == "nearest":
        return [_inside(np.rint(at), n, np.full_like(at, not order))]
    first = np.floor(at)
    t = at - first
    if settings.mode == "bilinear":
        weights = ((1 - t, t), (-np.ones_like(t), np.ones_like(t)))[order] if order < 2 else (0 * t, 0 * t)
        return [_inside(first + k, n, w) for k, w in enumerate(weights)]
    found = []
    for k, powers in enumerate(_CUBIC):
        weight = np.polynomial.polynomial.polyval(t, np.polynomial.polynomial.polyder(powers, order))
        pixel, _ = _bounded(first + (k - 1), n, settings)
        found.append(_inside(np.trunc(pixel), n, (weight + 0 * t).astype(t.dtype)))
    return found


def _inside(pixel: Array, n: int, weight: Array) -> tuple[Array, Array]:
    valid = (pixel >= 0) & (pixel < n)
    return np.where(valid, pixel, 0).astype(np.int64), np.where(valid, weight, 0).astype(weight.dtype)


def _combined(grid: Raw, sizes: tuple[int, ...], settings: Settings, order: Order) -> Iterator[tuple[Any, Array]]:
    """The index of a pixel for each point of each image, with its weight: all that count, one after another."""
    settings = Settings(*settings)
    rows = np.arange(len(grid)).reshape(-1, *(1,) * (grid.ndim - 2))
    each = [_taps(grid, place, n, settings, order[place]) for place, n in enumerate(sizes)]
    for taps in itertools.product(*each):
        weight = functools.reduce(operator.mul, (weight for _, weight in taps))
        yield (rows, slice(None), *(pixel for pixel, _ in taps)), weight


# --- the three ops on numpy -------------------------------------------------------------------


def _sampled(x: Raw, grid: Raw, settings: Settings, order: Order) -> Raw:
    """Values (N, C, ...) at the points of ``grid`` (N, ..., dimensions)."""
    out = np.zeros((*grid.shape[:-1], x.shape[1]), x.dtype)
    for index, weight in _combined(grid, x.shape[2:], settings, order):
        out += array(x)[index] * weight[..., None]
    return np.ascontiguousarray(np.moveaxis(out, -1, 1))


def _spread(g: Raw, grid: Raw, settings: Settings, order: Order, shape: tuple[int, ...]) -> Raw:
    """Each number of ``g`` added to the pixels that its point is made of."""
    out = np.zeros(shape, g.dtype)
    numbers = np.moveaxis(array(g), 1, -1)
    for index, weight in _combined(grid, shape[2:], settings, order):
        np.add.at(out, index, numbers * weight[..., None])
    return out


def _slopes(g: Raw, x: Raw, grid: Raw, settings: Settings, order: Order) -> Raw:
    """The derivative of ``sum(g * sampled)`` by the points."""
    parts = []
    for place, n in enumerate(x.shape[2:]):
        _, slope = _located(grid, place, n, settings)
        parts.append(np.sum(g * _sampled(x, grid, settings, _raised(order, place)), axis=1) * slope)
    return np.stack(parts[::-1], axis=-1).astype(grid.dtype)


def _raised(order: Order, place: int) -> Order:
    return (*order[:place], order[place] + 1, *order[place + 1 :])


# --- their derivatives ------------------------------------------------------------------------


def _settings(c: Any) -> tuple[Settings, Order]:
    return Settings(*c.param("settings")), c.param("order")


def _directions(h: Any, grid: Any, sizes: tuple[int, ...], c: Any) -> Iterator[tuple[Any, Order]]:
    """What arrives at each coordinate, by channel, and the order that differentiates by that coordinate."""
    settings, order = _settings(c)
    raw = grid._data if isinstance(grid, Tensor) else grid
    last = len(grid.shape) - 1
    for place, n in enumerate(sizes):
        _, slope = _located(raw, place, n, settings)
        part = c.select(h, last, len(sizes) - 1 - place) * c.constant(slope)
        yield c.reshape(part, (grid.shape[0], 1, *grid.shape[1:-1])), _raised(order, place)


def _total(parts: Iterator[Any]) -> Any:
    return functools.reduce(operator.add, parts)


def _slopes_by_grad(h: Any, c: Any) -> Any:
    x, grid = c.saved(1), c.saved(2)
    settings, _ = _settings(c)
    return _total(part * c.grid_sampler(x, grid, settings, o) for part, o in _directions(h, grid, x.shape[2:], c))


def _slopes_by_image(h: Any, c: Any) -> Any:
    g, grid, shape = c.saved(0), c.saved(2), c.shape(1)
    settings, _ = _settings(c)
    return _total(c.grid_spread(g * part, grid, settings, o, shape) for part, o in _directions(h, grid, shape[2:], c))


def _slopes_by_grid(h: Any, c: Any) -> Any:
    g, x, grid = c.saved(0), c.saved(1), c.saved(2)
    settings, _ = _settings(c)
    return _total(c.grid_slopes(g * part, x, grid, settings, o) for part, o in _directions(h, grid, x.shape[2:], c))


def _sampler(dims: int, samples: Any) -> OpSpec:
    return OpSpec(
        f"grid_sampler_{dims}d",
        _sampled,
        (
            lambda g, c: c.grid_spread(g, c.saved(1), *_settings(c), c.shape(0)),
            lambda g, c: c.grid_slopes(g, c.saved(0), c.saved(1), *_settings(c)),
        ),
        grad_fn=f"GridSampler{dims}DBackward0",
        args=("input", "grid"),
        saves=((0, (1,)), (1, (0, 1))),
        form="grid_sample({0}, {1})",
        latex=r"{0}({1})",
        derivatives=(r"\text{{spread }} {g} \text{{ over the pixels}}", r"{g}\,\nabla {0}({1})"),
        glyph="▦",
        call="nn.functional.grid_sample",
        doc="The values of an image at the points of a grid, between its pixels.",
        samples=samples,
    )


_POINTS = Arg((1, 2, 2, 2), -1.2, 1.2)
GRID_SAMPLER_2D = _sampler(
    2,
    (
        S((1, 2, 3, 4), _POINTS, align_corners=False),
        S((1, 1, 3, 4), _POINTS, padding_mode="border", align_corners=True),
        S((1, 1, 4, 3), _POINTS, padding_mode="reflection", align_corners=False),
        S((1, 1, 4, 3), _POINTS, mode="nearest", align_corners=False),
        S((1, 1, 4, 3), _POINTS, mode="bicubic", align_corners=False),
        S((1, 1, 4, 3), _POINTS, mode="bicubic", padding_mode="reflection", align_corners=True),
    ),
)
GRID_SAMPLER_3D = _sampler(3, (S((1, 1, 2, 3, 3), Arg((1, 1, 2, 2, 3), -1.2, 1.2), align_corners=False),))
GRID_SPREAD = OpSpec(
    "grid_spread",
    _spread,
    (
        lambda h, c: c.grid_sampler(h, c.saved(1), *_settings(c)),
        lambda h, c: c.grid_slopes(c.saved(0), h, c.saved(1), *_settings(c)),
    ),
    grad_fn="GridSampler2DBackwardBackward0",
    args=("grad_output", "grid"),
    saves=((0, (1,)), (1, (0, 1))),
    form="grid_spread({0}, {1})",
    derivatives=(r"{g}({1})", r"{0}\,\nabla {g}({1})"),
    doc="Each number added to the pixels around its point.",
)
GRID_SLOPES = OpSpec(
    "grid_slopes",
    _slopes,
    (_slopes_by_grad, _slopes_by_image, _slopes_by_grid),
    grad_fn="GridSampler2DBackwardBackward0",
    args=("grad_output", "input", "grid"),
    saves=((0, (1, 2)), (1, (0, 2)), (2, (0, 1, 2))),
    form="{0} · ∇{1}({2})",
    latex=r"{0}\,\nabla {1}({2})",
    derivatives=(
        r"{g}\,\nabla {1}({2})",
        r"\text{{spread }} {0}\,{g} \text{{ over the pixels}}",
        r"{0}\,{g}\,\nabla^2 {1}({2})",
    ),
    doc="The derivative of an image's values by the points at which they were taken.",
)


def grid_sampler(x: Tensor, grid: Tensor, settings: Settings, order: Order) -> Tensor:
    """The values of ``x`` at the points of ``grid``, or a derivative of them."""
    spec = GRID_SAMPLER_2D if x._data.ndim == 4 else GRID_SAMPLER_3D
    return apply(spec, (x, grid), {"settings": settings, "order": order})


def _grid_spread(g: Tensor, grid: Tensor, settings: Settings, order: Order, shape: tuple[int, ...]) -> Tensor:
    return apply(GRID_SPREAD, (g, grid), {"settings": settings, "order": order, "shape": shape})


def _grid_slopes(g: Tensor, x: Tensor, grid: Tensor, settings: Settings, order: Order) -> Tensor:
    return apply(GRID_SLOPES, (g, x, grid), {"settings": settings, "order": order})


# --- torch's functions ------------------------------------------------------------------------

_CHANGED = (
    "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
    "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details."
)
_UNIT = (
    "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. This is not an "
    "intended use case of affine_grid. See the documentation of affine_grid for details."
)


def _check(x: Tensor, grid: Tensor, mode: str) -> None:
    """torch's errors. Source: ``check_grid_sampler_common`` in aten/src/ATen/native/GridSamplerUtils.h."""
    shape, points = list(x._data.shape), list(grid._data.shape)
    dims = len(shape) - 2
    if points[0] != shape[0]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{shape} and grid with sizes {points}"
        )
    if points[-1] != dims:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {dims} in last dimension, but got grid with sizes {points}"
        )
    for place in range(2, len(shape)):
        if not shape[place]:
            raise RuntimeError(
                f"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {shape} "
                f"with dimension {place} being empty"
            )
    if dims not in (2, 3) or len(points) != len(shape):
        raise RuntimeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes "
            f"{shape} and grid with sizes {points}"
        )
    if dims == 3 and mode == "bicubic":
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    if x._data.dtype.kind != "f":
        kernel = "grid_sampler_2d_cpu_kernel_impl" if dims == 2 else "grid_sampler_3d_cpu"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{FROM_NUMPY[x._data.dtype].scalar_type}'")
    if x._data.dtype is not grid._data.dtype:
        raise RuntimeError(f"expected scalar type {x.dtype.scalar_type} but found {grid.dtype.scalar_type}")


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The values of images (N, C, H, W) at points (N, h, w, 2) from [-1, 1], x before y; so for three dimensions."""
    x, points = expect_tensor(input, "grid_sampler"), expect_tensor(grid, "grid_sampler", "grid", 2)
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    if align_corners is None:
        warn(_CHANGED)
    _check(x, points, mode)
    return grid_sampler(x, points, Settings(mode, padding_mode, bool(align_corners)), (0,) * (x._data.ndim - 2))


def _middles(n: int, align: bool, kind: Any) -> Array:
    """The coordinates of n pixels from [-1, 1]."""
    if n <= 1:
        return np.zeros(n, kind)
    ends = np.linspace(-1, 1, n)
    return (ends if align else ends * (n - 1) / n).astype(kind)


def _homogeneous(size: tuple[int, ...], align: bool, kind: Any) -> Array:
    """The pixels of an image of this size as points (x, y, 1)."""
    axes = np.meshgrid(*(_middles(n, align, kind) for n in size), indexing="ij")
    return np.stack([*reversed(axes), np.ones(size, kind)], axis=-1)


def _mapped(theta: Raw, size: tuple[int, ...], align_corners: bool) -> Raw:
    points = _homogeneous(size, align_corners, theta.dtype)
    return np.asarray(np.einsum("...k,nik->n...i", points, theta)).astype(theta.dtype)


def _affine_grad(g: Any, c: Any) -> Any:
    base = _homogeneous(c.param("size"), c.param("align_corners"), c.dtype_of(g))
    rows = base.reshape(-1, base.shape[-1])
    flat = c.reshape(g, (g.shape[0], len(rows), g.shape[-1]))
    return c.matmul(c.transpose(flat, 1, 2), c.constant(rows))


AFFINE_GRID = OpSpec(
    "affine_grid",
    _mapped,
    (_affine_grad,),
    grad_fn="AffineGridGeneratorBackward0",
    args=("theta",),
    form="affine_grid({0})",
    latex=r"{0}\,p",
    derivatives=(r"\textstyle\sum {g}\,p^\top",),
    call="nn.functional.affine_grid",
    doc="Where an affine map takes the pixels of an image.",
    samples=(S((2, 2, 3), [2, 1, 2, 3], align_corners=False), S((1, 3, 4), [1, 1, 2, 2, 3], align_corners=True)),
)


def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """The points (N, h, w, 2) to which maps (N, 2, 3) take the pixels of images of this size; for grid_sample."""
    maps = expect_tensor(theta, "affine_grid_generator", "theta")
    if align_corners is None:
        warn(_CHANGED)
    if maps._data.dtype.kind != "f":
        raise ValueError(f"Expected theta to have floating point type, but got {maps.dtype}")
    if len(size) not in (4, 5):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
            f"{size}."
        )
    dims = len(size) - 2
    if maps._data.ndim != 3 or maps._data.shape[1:] != (dims, dims + 1):
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size {size}. Got "
            f"{maps.shape}."
        )
    spatial = tuple(size[2:])
    if align_corners and min(spatial) == 1:
        warn(_UNIT)
    elif min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    if size[0] != maps._data.shape[0]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{size[0]}, {dims + 1}] but got: "
            f"[{maps._data.shape[0]}, {dims + 1}]."
        )
    return apply(AFFINE_GRID, (maps,), {"size": spatial, "align_corners": bool(align_corners)})


HELPERS: dict[str, tuple[Any, Any]] = {
    "grid_sampler": (_sampled, grid_sampler),
    "grid_spread": (_spread, _grid_spread),
    "grid_slopes": (_slopes, _grid_slopes),
}
FUNCTIONS: dict[str, Any] = {}
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
