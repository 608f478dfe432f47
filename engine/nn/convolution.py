"""Convolutions over one to three dimensions, and their transposes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from engine.nn import functional, init
from engine.nn.module import Module
from engine.nn.parameter import Parameter, blank
from engine.tensors import Tensor


def repeated(value: Any, count: int) -> tuple[Any, ...]:
    """A tuple as it is given; anything else ``count`` times."""
    return tuple(value) if isinstance(value, Iterable) else (value,) * count


class _Conv(Module):
    """Weight, bias and settings of all convolutions; ``rank`` dimensions are convolved."""

    rank: int
    transposed = False

    def _set_up(
        self,
        channels: tuple[int, int],
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        output_padding: Any = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        self.in_channels, self.out_channels = channels
        self.kernel_size = repeated(kernel_size, self.rank)
        self.stride = repeated(stride, self.rank)
        self.padding = padding if isinstance(padding, str) else repeated(padding, self.rank)
        self.dilation = repeated(dilation, self.rank)
        self.output_padding = repeated(output_padding, self.rank)
        self.groups = groups
        self.padding_mode = padding_mode
        self._check()
        pair = (self.in_channels, self.out_channels // groups)
        if not self.transposed:
            pair = (self.out_channels, self.in_channels // groups)
        self.weight = Parameter(blank(*pair, *self.kernel_size, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(blank(self.out_channels, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _check(self) -> None:
        if self.groups <= 0:
            raise ValueError("groups must be a positive integer")
        if self.in_channels % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        if self.out_channels % self.groups:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(self.padding, str):
            if self.padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {self.padding!r}, should be one of {{'same', 'valid'}}")
            if self.padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if self.padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                "padding_mode must be one of {'zeros', 'reflect', 'replicate', 'circular'}, but got "
                f"padding_mode='{self.padding_mode}'"
            )

    def reset_parameters(self) -> None:
        """Weight and bias drawn evenly from ±1 / sqrt(fan_in)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            if fan_in:
                init.uniform_(self.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))

    def extra_repr(self) -> str:
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        if self.padding != (0,) * len(self.padding):
            parts.append(f"padding={self.padding}")
        if self.dilation != (1,) * len(self.dilation):
            parts.append(f"dilation={self.dilation}")
        if self.output_padding != (0,) * len(self.output_padding):
            parts.append(f"output_padding={self.output_padding}")
        if self.groups != 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        if self.padding_mode != "zeros":
            parts.append(f"padding_mode={self.padding_mode}")
        return ", ".join(parts)


class _Forward(_Conv):
    function: Any

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        channels = (in_channels, out_channels)
        self._set_up(channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, 0, device, dtype)

    def _around(self) -> list[int]:
        """How much to pad, as F.pad counts it: from the last dimension on."""
        if self.padding == "valid":
            return [0, 0] * self.rank
        if self.padding == "same":
            total = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return [v for n in reversed(total) for v in (n // 2, n - n // 2)]
        around: Any = self.padding
        return [p for p in reversed(around) for _ in range(2)]

    def forward(self, input: Tensor) -> Tensor:
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input, padding = functional.pad(input, self._around(), mode=self.padding_mode), (0,) * self.rank
        out: Tensor = type(self).function(
            input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )
        return out


class Conv1d(_Forward):
    """Kernels along the last dimension of (N, C, L)."""

    rank = 1
    function = staticmethod(functional.conv1d)


class Conv2d(_Forward):
    """Kernels over images (N, C, H, W)."""

    rank = 2
    function = staticmethod(functional.conv2d)


class Conv3d(_Forward):
    """Kernels over volumes (N, C, D, H, W)."""

    rank = 3
    function = staticmethod(functional.conv3d)


class _Transposed(_Conv):
    function: Any
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__()
        channels = (in_channels, out_channels)
        self._set_up(
            channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, output_padding, device, dtype
        )

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        extra = self.output_padding if output_size is None else self._extra(input, output_size)
        out: Tensor = type(self).function(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )
        return out

    def _extra(self, input: Tensor, wanted: Any) -> tuple[int, ...]:
        """The output_padding that gives the size that is wanted."""
        lead = 2 if input.dim() == self.rank + 2 else 1
        if len(wanted) == lead + self.rank:
            wanted = wanted[lead:]
        if len(wanted) != self.rank:
            raise ValueError(
                f"ConvTranspose{self.rank}D: for {input.dim()}D input, output_size must have {self.rank} or "
                f"{lead + self.rank} elements (got {len(wanted)})"
            )
        settings = zip(input.shape[lead:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True)
        lowest = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in settings]
        highest = [m + s - 1 for m, s in zip(lowest, self.stride, strict=True)]
        if any(not low <= n <= high for n, low, high in zip(wanted, lowest, highest, strict=True)):
            raise ValueError(
                f"requested an output size of {wanted}, but valid sizes range from {lowest} to {highest} (for an input "
                f"of {input.shape[2:]})"
            )
        return tuple(n - low for n, low in zip(wanted, lowest, strict=True))


class ConvTranspose1d(_Transposed):
    """The transpose of a convolution along the last dimension."""

    rank = 1
    function = staticmethod(functional.conv_transpose1d)


class ConvTranspose2d(_Transposed):
    """The transpose of a convolution over images."""

    rank = 2
    function = staticmethod(functional.conv_transpose2d)


class ConvTranspose3d(_Transposed):
    """The transpose of a convolution over (D, H, W)."""

    rank = 3
    function = staticmethod(functional.conv_transpose3d)
