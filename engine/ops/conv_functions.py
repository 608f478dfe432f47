"""conv1d to conv3d and their transposes: torch's functions on top of the one op."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.ops.convolution import convolution, ints, reach
from engine.ops.functions import expect_tensor, public
from engine.ops.padding import constant_pad_nd
from engine.ops.shape import squeeze, unsqueeze
from engine.state import warn_once
from engine.tensors import Tensor

SAME_STRIDED = "padding='same' is not supported for strided convolutions"
SAME_UNEVEN = (
    "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the input be "
    "created"
)


def _batched(x: Tensor, rank: int, name: str) -> tuple[Tensor, bool]:
    """``x`` with a batch dimension, and whether it had one; RuntimeError if it has another number of dimensions."""
    if x._data.ndim == rank + 1:
        return unsqueeze(x, 0), False
    if x._data.ndim != rank + 2:
        raise RuntimeError(
            f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {name}, but got input of size: "
            f"{list(x._data.shape)}"
        )
    return x, True


def _same(x: Tensor, weight: Tensor, stride: Any, dilation: Any) -> tuple[Tensor, tuple[int, ...]]:
    """The input and the padding that keep its size; uneven padding is put on the input itself."""
    rank = weight._data.ndim - 2
    dilations = ints(dilation) * (rank if len(ints(dilation)) == 1 else 1)
    if any(s != 1 for s in ints(stride)):
        raise RuntimeError(SAME_STRIDED)
    total = [r - 1 for r in reach(weight._data.shape[2:], dilations)]
    if all(n % 2 == 0 for n in total):
        return x, tuple(n // 2 for n in total)
    warn_once(SAME_UNEVEN)
    extra = [v for n in reversed(total) for v in (0, n % 2)]
    return constant_pad_nd(x, extra), tuple(n // 2 for n in total)


def _forward(name: str, rank: int) -> Callable[..., Tensor]:
    def call(
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:
        x, w = expect_tensor(input, name), expect_tensor(weight, name, "weight", 2)
        x, batched = _batched(x, rank, name)
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise RuntimeError(f"Invalid padding string: '{padding}'")
            if padding == "same":
                x, padding = _same(x, w, stride, dilation)
            else:
                padding = 0
        out = convolution(x, w, bias, stride, padding, dilation, False, 0, groups)
        return out if batched else squeeze(out, 0)

    call.__name__ = name
    call.__doc__ = f"{name}: windows of the input times kernels (cross-correlation over {rank} dimensions)."
    return call


def _transposed(name: str, rank: int) -> Callable[..., Tensor]:
    def call(
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Tensor:
        x, w = expect_tensor(input, name), expect_tensor(weight, name, "weight", 2)
        x, batched = _batched(x, rank, name)
        settings = [ints(v) * (rank if len(ints(v)) == 1 else 1) for v in (output_padding, stride, dilation)]
        if any(o >= s and o >= d for o, s, d in zip(*settings, strict=False)):
            raise RuntimeError(_too_much_output_padding(*settings))
        out = convolution(x, w, bias, stride, padding, dilation, True, output_padding, groups)
        return out if batched else squeeze(out, 0)

    call.__name__ = name
    call.__doc__ = f"{name}: each element of the input adds a kernel; the gradient of a convolution by its input."
    return call


def _too_much_output_padding(output_padding: Any, stride: Any, dilation: Any) -> str:
    axes = ("depth", "height", "width")[-max(2, len(stride)) :]
    shown = []
    for name, values in (("output_padding", output_padding), ("stride", stride), ("dilation", dilation)):
        filled = (0 if name == "output_padding" else 1,) * (len(axes) - len(values)) + tuple(values)
        shown += [f"{name}_{axis}: {v}" for axis, v in zip(axes, filled, strict=True)]
    return f"output padding must be smaller than either stride or dilation, but got {' '.join(shown)}"


conv1d = _forward("conv1d", 1)
conv2d = _forward("conv2d", 2)
conv3d = _forward("conv3d", 3)
conv_transpose1d = _transposed("conv_transpose1d", 1)
conv_transpose2d = _transposed("conv_transpose2d", 2)
conv_transpose3d = _transposed("conv_transpose3d", 3)

FUNCTIONS: dict[str, Any] = public(
    convolution, conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
)
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
