"""Normalising to mean 0 and variance 1: over the batch, a layer's features, or groups of channels.

The derivatives are written on the saved input, so that a second derivative sees how mean and variance
depend on it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.modes import no_grad
from engine.node import Raw
from engine.ops.batch_statistics import LANES, followed, gradients, normalised
from engine.ops.dispatch import apply, array
from engine.ops.functions import expect_tensor, public
from engine.ops.reduce import mean as mean_op
from engine.ops.reduce import wide
from engine.ops.spec import Arg, OpSpec, S
from engine.ops.storage import store
from engine.tensors import Tensor

RUNNING = (Arg((3,), requires_grad=False), Arg((3,), 0.5, 2.0, requires_grad=False))
FORM = r"\frac{{{0} - \mu}}{{\sqrt{{\sigma^2 + \varepsilon}}}}<1|\,{1}><2| + {2}>"
DERIVATIVES = (
    r"\frac{{1}}{{\sigma}}(u - \overline{{u}} - \hat{{x}}\,\overline{{u\,\hat{{x}}}}),\; u = {g}<1|\,{1}>",
    r"\textstyle\sum {g}\,\hat{{x}}",
    r"\textstyle\sum {g}",
)
"""With the normalised input as x with a hat."""
MIXED = "mixed dtype (CPU): all inputs must share same datatype."


def _standardised(x: np.ndarray[Any, Any], dims: tuple[int, ...], eps: float) -> np.ndarray[Any, Any]:
    v = np.asarray(wide(x), np.float64)
    centred = v - v.mean(axis=dims, keepdims=True)
    out: np.ndarray[Any, Any] = centred / np.sqrt((centred**2).mean(axis=dims, keepdims=True) + eps)
    return out


def _scaled(normal: np.ndarray[Any, Any], weight: Any, bias: Any, shape: tuple[int, ...], kind: Any) -> Raw:
    """``normal * weight + bias``, both seen in ``shape``."""
    if weight is not None:
        normal = normal * np.reshape(weight, shape)
    if bias is not None:
        normal = normal + np.reshape(bias, shape)
    return normal.astype(kind)


def _normal_and_scale(c: Any, x: Any, dims: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    """The normalised input and the factor that it was multiplied by."""
    centred = x - c.mean(x, dims, True)
    scale = c.rsqrt(c.mean(centred * centred, dims, True) + eps)
    return centred * scale, scale


def _through(c: Any, g: Any, normal: Any, scale: Any, dims: tuple[int, ...]) -> Any:
    """The gradient of the input from that of the normalised input."""
    return scale * (g - c.mean(g, dims, True) - normal * c.mean(g * normal, dims, True))


def _sum_over_rest(c: Any, g: Any, shape: tuple[int, ...], seen: tuple[int, ...]) -> Any:
    """``g`` summed to ``seen`` (a shape with ones) and given ``shape``."""
    dims = tuple(d for d, n in enumerate(seen) if n == 1)
    return c.reshape(c.sum(g, dims, True) if dims else g, shape)


# --- batch norm -------------------------------------------------------------------------------


def _others(rank: int) -> tuple[int, ...]:
    """All dimensions but the channels'."""
    return (0, *range(2, rank))


def _per_channel(x: Any) -> tuple[int, ...]:
    return tuple(n if d == 1 else 1 for d, n in enumerate(x.shape))


def _batch_norm(
    x: Raw, weight: Raw = None, bias: Raw = None, *, mean: Raw = None, var: Raw = None, eps: float = 1e-5
) -> Raw:
    if x.dtype in LANES:
        return normalised(array(x), weight, bias, mean, var, eps)
    seen = _per_channel(x)
    if mean is None:
        normal = _standardised(array(x), _others(x.ndim), eps)
    else:
        normal = (x - np.reshape(mean, seen).astype(np.float64)) / np.sqrt(np.reshape(var, seen) + eps)
    return _scaled(normal, weight, bias, seen, x.dtype)


def _batch_normal(c: Any) -> tuple[Any, Any]:
    x, eps, given = c.saved(0), c.param("eps"), c.param("mean")
    if given is None:
        return _normal_and_scale(c, x, _others(len(x.shape)), eps)
    seen = _per_channel(x)
    scale = c.constant(1 / np.sqrt(np.reshape(c.param("var"), seen) + eps))
    return (x - c.constant(np.reshape(given, seen))) * scale, scale


def _batch_kernel(g: Any, c: Any, which: int) -> Any:
    """The gradient of input (0), weight (1) or bias (2) as torch computes it over a batch; None in other cases."""
    if c.creates_graph or c.param("mean") is not None or c.saved(0).dtype not in LANES:
        return None
    return gradients(array(g), array(c.saved(0)), c.saved(1), c.param("eps"))[which]


def _batch_input_grad(g: Any, c: Any) -> Any:
    found = _batch_kernel(g, c, 0)
    if found is not None:
        return found
    weight = c.saved(1)
    normal, scale = _batch_normal(c)
    if weight is not None:
        g = g * c.reshape(weight, _per_channel(g))
    return _through(c, g, normal, scale, _others(len(g.shape))) if c.param("mean") is None else g * scale


def _batch_weight_grad(g: Any, c: Any) -> Any:
    found = _batch_kernel(g, c, 1)
    return c.sum(g * _batch_normal(c)[0], _others(len(g.shape))) if found is None else found


def _batch_bias_grad(g: Any, c: Any) -> Any:
    # Only the input is kept where nothing else is asked for.
    found = None if c.saved(0) is None else _batch_kernel(g, c, 2)
    return c.sum(g, _others(len(g.shape))) if found is None else found


BATCH_NORM = OpSpec(
    "batch_norm",
    _batch_norm,
    (
        _batch_input_grad,
        _batch_weight_grad,
        _batch_bias_grad,
    ),
    grad_fn="NativeBatchNormBackward0",
    args=("input", "weight", "bias"),
    saves=((0, (0, 1)), (1, (0,))),
    holds=("mean", "var"),
    form="batch_norm({0})",
    latex=FORM,
    derivatives=DERIVATIVES,
    glyph="BN",
    call="nn.functional.batch_norm",
    doc="Each channel with mean 0 and variance 1 over the batch, then scaled and moved.",
    samples=(
        S((4, 3), None, None, (3,), (3,), True),
        S((2, 3, 2), *RUNNING, (3,), (3,), False),
        S((3, 2, 2, 2), None, None, None, None, True),
    ),
)


def _check_elements(name: str, t: Tensor | None, count: int) -> None:
    if t is not None and t._data.size != count:
        raise RuntimeError(f"{name} should contain {count} elements not {t._data.size}")


def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = False,
) -> Tensor:
    """Each channel normalised: over the batch while training, which the running statistics follow, else by them."""
    x = expect_tensor(input, "batch_norm")
    channels = x._data.shape[1]
    if not training:
        for name, t in (("running_mean", running_mean), ("running_var", running_var)):
            if t is None:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
    named = (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias))
    for name, t in named:
        _check_elements(name, t, channels)
    if x._data.dtype.kind != "f":
        raise NotImplementedError(f"\"batch_norm\" not implemented for '{x.dtype.scalar_type}'")
    if any(t is not None and t.dtype is not x.dtype for _, t in named):
        raise RuntimeError(MIXED)
    params: dict[str, Any] = {"eps": eps, "mean": None, "var": None}
    if not training:
        assert running_mean is not None
        assert running_var is not None
        params.update(mean=np.array(running_mean._data), var=np.array(running_var._data))
    out = apply(BATCH_NORM, (x, weight, bias), params)
    if training and running_mean is not None and running_var is not None:
        _follow(x, running_mean, running_var, momentum)
    return out


def _follow(x: Tensor, running_mean: Tensor, running_var: Tensor, momentum: float) -> None:
    """Move the running statistics towards those of the batch (the variance with Bessel's correction)."""
    if x._data.dtype in LANES:
        moved = followed(running_mean._array(), running_var._array(), x._array(), momentum)
        with no_grad():
            for running, new in zip((running_mean, running_var), moved, strict=True):
                store(running, new, "batch_norm")
        return
    data = np.asarray(wide(x._data), np.float64)
    dims = _others(data.ndim)
    count = math.prod(data.shape[d] for d in dims)
    spread = data.var(axis=dims) * count / (count - 1) if count > 1 else np.full(data.shape[1], np.nan)
    with no_grad():
        for running, new in ((running_mean, data.mean(axis=dims)), (running_var, spread)):
            store(running, running._data * (1 - momentum) + new * momentum, "batch_norm")


# --- layer norm -------------------------------------------------------------------------------


def _last(x: Any, count: int) -> tuple[int, ...]:
    """The last ``count`` dimensions."""
    rank = len(x.shape)
    return tuple(range(rank - count, rank))


def _layer_norm(x: Raw, weight: Raw = None, bias: Raw = None, *, normalized_shape: Any, eps: float) -> Raw:
    dims = _last(x, len(normalized_shape))
    return _scaled(_standardised(array(x), dims, eps), weight, bias, normalized_shape, x.dtype)


def _layer_normal(c: Any) -> tuple[Any, Any, tuple[int, ...]]:
    x = c.saved(0)
    dims = _last(x, len(c.param("normalized_shape")))
    return (*_normal_and_scale(c, x, dims, c.param("eps")), dims)


def _layer_input_grad(g: Any, c: Any) -> Any:
    weight = c.saved(1)
    normal, scale, dims = _layer_normal(c)
    return _through(c, g if weight is None else g * weight, normal, scale, dims)


def _leading_sum(c: Any, g: Any) -> Any:
    lead = tuple(range(len(g.shape) - len(c.param("normalized_shape"))))
    return c.sum(g, lead) if lead else g


LAYER_NORM = OpSpec(
    "layer_norm",
    _layer_norm,
    (
        _layer_input_grad,
        lambda g, c: _leading_sum(c, g * _layer_normal(c)[0]),
        lambda g, c: _leading_sum(c, g),
    ),
    grad_fn="NativeLayerNormBackward0",
    args=("input", "weight", "bias"),
    saves=((0, (0, 1)), (1, (0,))),
    form="layer_norm({0})",
    latex=FORM,
    derivatives=DERIVATIVES,
    glyph="LN",
    call="nn.functional.layer_norm",
    doc="The last dimensions with mean 0 and variance 1, then scaled and moved.",
    samples=(S((2, 4), [4], (4,), (4,)), S((2, 2, 3), [2, 3]), S((3, 2), [2], (2,))),
)


def layer_norm(
    input: Tensor,
    normalized_shape: Any,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """The last dimensions, of ``normalized_shape``, with mean 0 and variance 1, then scaled and moved."""
    x = expect_tensor(input, "layer_norm")
    if not isinstance(normalized_shape, (tuple, list)):
        kind = type(normalized_shape).__name__
        raise TypeError(f"layer_norm(): argument 'normalized_shape' (position 2) must be tuple of ints, not {kind}")
    shape = tuple(normalized_shape)
    check_normalized_shape(x, shape, weight, bias)
    if any(t is not None and t.dtype is not x.dtype for t in (weight, bias)):
        raise RuntimeError(MIXED)
    if x._data.dtype.kind != "f":
        raise NotImplementedError(f"\"LayerNormKernelImpl\" not implemented for '{x.dtype.scalar_type}'")
    return apply(LAYER_NORM, (x, weight, bias), {"normalized_shape": shape, "eps": eps})


def check_normalized_shape(x: Tensor, shape: tuple[int, ...], weight: Any, bias: Any) -> None:
    """Raise torch's errors if the input does not end in ``shape``."""
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            f"normalized_shape = {list(shape)}"
        )
    for name, t in (("weight", weight), ("bias", bias)):
        if t is not None and t._data.shape != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(t._data.shape)} and normalized_shape = {list(shape)}"
            )
    if x._data.shape[-len(shape) :] != shape:
        inside = "".join(f", {n}" for n in shape)
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*{inside}], but got input of "
            f"size{list(x._data.shape)}"
        )


# --- group norm -------------------------------------------------------------------------------


def _grouped(shape: tuple[int, ...], groups: int) -> tuple[int, ...]:
    return (shape[0], groups, math.prod(shape[1:]) // groups)


def _group_norm(x: Raw, weight: Raw = None, bias: Raw = None, *, num_groups: int, eps: float) -> Raw:
    normal = _standardised(array(x).reshape(_grouped(x.shape, num_groups)), (2,), eps).reshape(x.shape)
    return _scaled(normal, weight, bias, _per_channel(x), x.dtype)


def _group_normal(c: Any) -> tuple[Any, Any]:
    x = c.saved(0)
    return _normal_and_scale(c, c.reshape(x, _grouped(tuple(x.shape), c.param("num_groups"))), (2,), c.param("eps"))


def _group_input_grad(g: Any, c: Any) -> Any:
    weight, shape = c.saved(1), tuple(g.shape)
    if weight is not None:
        g = g * c.reshape(weight, _per_channel(g))
    normal, scale = _group_normal(c)
    g = c.reshape(g, _grouped(shape, c.param("num_groups")))
    return c.reshape(_through(c, g, normal, scale, (2,)), shape)


GROUP_NORM = OpSpec(
    "group_norm",
    _group_norm,
    (
        _group_input_grad,
        lambda g, c: c.sum(g * c.reshape(_group_normal(c)[0], tuple(g.shape)), _others(len(g.shape))),
        lambda g, c: c.sum(g, _others(len(g.shape))),
    ),
    grad_fn="NativeGroupNormBackward0",
    args=("input", "weight", "bias"),
    saves=((0, (0, 1)), (1, (0,))),
    form="group_norm({0})",
    latex=FORM,
    derivatives=DERIVATIVES,
    glyph="GN",
    call="nn.functional.group_norm",
    doc="Each group of channels with mean 0 and variance 1, then scaled and moved.",
    samples=(S((2, 4, 2), 2, (4,), (4,)), S((2, 4), 2)),
)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:
    """Each of ``num_groups`` groups of channels with mean 0 and variance 1, then scaled and moved."""
    x = expect_tensor(input, "group_norm")
    shape = x._data.shape
    if len(shape) < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {len(shape)}")
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if shape[1] % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(shape)} and num_groups={num_groups}"
        )
    for name, t in (("weight", weight), ("bias", bias)):
        if t is not None and t._data.shape != (shape[1],):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(t._data.shape)} and input of shape {list(shape)}"
            )
    if any(t is not None and t.dtype is not x.dtype for t in (weight, bias)):
        raise RuntimeError(MIXED)
    if x._data.dtype.kind != "f":
        raise NotImplementedError(f"\"GroupNormKernelImpl\" not implemented for '{x.dtype.scalar_type}'")
    return apply(GROUP_NORM, (x, weight, bias), {"num_groups": num_groups, "eps": eps})


# --- root mean square -------------------------------------------------------------------------


def rms_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """The last dimensions divided by their root mean square, then scaled; of the smaller ops, as torch does it."""
    x = expect_tensor(input, "rms_norm")
    shape = tuple(normalized_shape)
    check_normalized_shape(x, shape, weight, None)
    small = np.finfo(x._data.dtype).eps if eps is None else eps
    dims = tuple(range(-len(shape), 0))
    out: Tensor = x * (mean_op(x * x, dims, True) + float(small)).rsqrt()
    return out if weight is None else out * weight


FUNCTIONS: dict[str, Any] = public(batch_norm, layer_norm, group_norm, rms_norm)
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
