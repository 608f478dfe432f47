"""Dropout of elements and of channels."""

from __future__ import annotations

from typing import Any

from engine.nn import functional
from engine.nn.module import Module
from engine.tensors import Tensor


class _Dropout(Module):
    function: Any

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        out: Tensor = type(self).function(input, self.p, self.training, self.inplace)
        return out

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """Sets elements to 0 with probability p while training."""

    function = staticmethod(functional.dropout)


class Dropout1d(_Dropout):
    """Sets whole channels of (N, C, L) to 0 with probability p while training."""

    function = staticmethod(functional.dropout1d)


class Dropout2d(_Dropout):
    """Sets whole channels of (N, C, H, W) to 0 with probability p while training."""

    function = staticmethod(functional.dropout2d)


class Dropout3d(_Dropout):
    """Sets whole channels of (N, C, D, H, W) to 0 with probability p while training."""

    function = staticmethod(functional.dropout3d)


class AlphaDropout(_Dropout):
    """Dropout for selu: mean and variance are kept."""

    function = staticmethod(functional.alpha_dropout)


class FeatureAlphaDropout(_Dropout):
    """The same for whole channels."""

    function = staticmethod(functional.feature_alpha_dropout)
