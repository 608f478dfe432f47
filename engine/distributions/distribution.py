"""Distribution: batches of random variables, with checked parameters and samples.

Source: torch/distributions/distribution.py and utils.py.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np

from engine.distributions.constraints import Constraint
from engine.modes import no_grad
from engine.ops.broadcasting import broadcast_tensors
from engine.ops.create import tensor
from engine.ops.softmax import softmax
from engine.size import Size
from engine.state import warn
from engine.tensors import Tensor

NUMBERS = (int, float, bool)
NOT_BOTH = "Either `probs` or `logits` must be specified, but not both."


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Numbers and tensors as tensors of one shape."""
    if not all(isinstance(v, (Tensor, *NUMBERS)) for v in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    kind = next((v.dtype for v in values if isinstance(v, Tensor)), None)
    given = [v if isinstance(v, Tensor) else tensor(float(v) if kind is None else v, dtype=kind) for v in values]
    return tuple(given) if len({tuple(v.shape) for v in given}) == 1 else broadcast_tensors(*given)


def batch_shape_of(given: tuple[Any, ...], t: Tensor) -> Size:
    """No batch if all parameters were plain numbers."""
    return Size(()) if all(isinstance(v, NUMBERS) for v in given) else t.shape


def to_probs(logits: Tensor, binary: bool) -> Tensor:
    """Probabilities from logits."""
    out: Tensor = logits.sigmoid() if binary else softmax(logits, -1)
    return out


def to_logits(probs: Tensor, binary: bool) -> Tensor:
    """Logits from probabilities, which are kept away from 0 and 1."""
    eps = float(np.finfo(probs._data.dtype).eps)
    inner = probs.clamp(min=eps, max=1 - eps)
    out: Tensor = inner.log() - (-inner).log1p() if binary else inner.log()
    return out


def sum_rightmost(value: Any, dims: int) -> Any:
    """Summed over the last ``dims`` dimensions."""
    return value.reshape((*value.shape[: value.dim() - dims], -1)).sum(-1) if dims else value


class Distribution:
    """Base class: shapes, checks and what follows from ``rsample`` and ``variance``."""

    has_rsample = False
    has_enumerate_support = False
    _validate_args = True

    def __init__(self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            for name, constraint in self.arg_constraints.items():
                if name in self.__dict__ or isinstance(getattr(type(self), name, None), property):
                    self._check_parameter(name, constraint)

    def _check_parameter(self, name: str, constraint: Constraint) -> None:
        value = getattr(self, name)
        if not constraint.check(value).all():
            raise ValueError(
                f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
                f"{self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
            )

    @property
    def arg_constraints(self) -> dict[str, Constraint]:
        """What each parameter must satisfy."""
        raise NotImplementedError

    @property
    def support(self) -> Constraint:
        """What samples are like."""
        raise NotImplementedError

    @property
    def batch_shape(self) -> Size:
        """The shape of independent variables."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one sample of one variable."""
        return self._event_shape

    @property
    def mean(self) -> Tensor:
        """The mean of each variable."""
        raise NotImplementedError

    @property
    def mode(self) -> Tensor:
        """The likeliest value of each variable."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """The variance of each variable."""
        raise NotImplementedError

    @property
    def stddev(self) -> Tensor:
        """The standard deviation of each variable."""
        out: Tensor = self.variance.sqrt()
        return out

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random numbers in the shape sample_shape + batch_shape + event_shape, without gradient."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """The same with a gradient by the parameters."""
        raise NotImplementedError

    def expand(self, batch_shape: Any) -> Any:
        """The same distribution for a larger batch."""
        wanted, rank = tuple(batch_shape), len(self._batch_shape)
        new = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                new.__dict__[name] = value.expand((*wanted, *value.shape[rank:]))
            elif isinstance(value, Distribution):
                new.__dict__[name] = value.expand((*wanted, *value.batch_shape[rank:]))
        new._batch_shape = Size(wanted)
        return new

    def sample_n(self, n: int) -> Tensor:
        """n samples; deprecated."""
        warn("`sample_n(n)` will be deprecated. Use `sample((n,))` instead.", FutureWarning)
        return self.sample((n,))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density (or the probability) at value."""
        raise NotImplementedError

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of a sample of at most value."""
        raise NotImplementedError

    def icdf(self, value: Tensor) -> Tensor:
        """The inverse of cdf."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """The entropy of each variable."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete variable."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """exp of the entropy."""
        out: Tensor = self.entropy().exp()
        return out

    # --- for subclasses ---------------------------------------------------------------------

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def _enumerated(self, values: Tensor, expand: bool) -> Tensor:
        values = values.view((-1, *(1,) * len(self._batch_shape)))
        return values.expand((-1, *self._batch_shape)) if expand else values

    def _check_value(self, value: Any) -> None:
        """Raise torch's errors for values that are no samples."""
        if not self._validate_args:
            return
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        if tuple(value.shape)[value.dim() - len(self._event_shape) :] != tuple(self._event_shape):
            raise ValueError(
                f"The right-most size of value must match event_shape: {value.shape} vs {self._event_shape}."
            )
        whole = self._extended_shape()
        for m, n in zip(reversed(value.shape), reversed(whole), strict=False):
            if m != n and 1 not in (m, n):
                raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {value.shape} vs {whole}.")
        if not self.support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the "
                f"support ({self.support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        parts = []
        for name in self.arg_constraints:
            value = self.__dict__.get(name)
            if value is not None:
                parts.append(f"{name}: {value if value.numel() == 1 else value.shape}")
        return f"{type(self).__name__}({', '.join(parts)})"
