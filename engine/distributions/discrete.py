"""Bernoulli, Binomial and Categorical. Source: the files of these names in torch/distributions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.distributions import constraints
from engine.distributions.distribution import (
    NOT_BOTH,
    NUMBERS,
    Distribution,
    batch_shape_of,
    broadcast_all,
    to_logits,
    to_probs,
)
from engine.distributions.draws import binomial
from engine.modes import no_grad
from engine.nn.functional import binary_cross_entropy_with_logits
from engine.ops.broadcasting import broadcast_tensors
from engine.ops.filled import arange, full
from engine.ops.sampling import bernoulli
from engine.ops.softmax import logsumexp
from engine.size import Size
from engine.tensors import Tensor


class Chances(Distribution):
    """Probabilities or logits: the ones that were not given are computed when asked for."""

    binary = True
    probs: Tensor
    logits: Tensor

    def __getattr__(self, name: str) -> Any:
        if name == "probs" and "logits" in self.__dict__:
            self.probs = to_probs(self.logits, self.binary)
            return self.probs
        if name == "logits" and "probs" in self.__dict__:
            self.logits = to_logits(self.probs, self.binary)
            return self.logits
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @property
    def param_shape(self) -> Size:
        """The shape of the probabilities."""
        return self.probs.shape

    def _values(self, count: int, expand: bool) -> Tensor:
        return self._enumerated(arange(count, dtype=self.probs.dtype), expand)


class Bernoulli(Chances):
    """1 with probability probs, else 0."""

    has_enumerate_support = True
    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError(NOT_BOTH)
        given = logits if probs is None else probs
        (param,) = broadcast_all(given)
        self.__dict__["logits" if probs is None else "probs"] = param
        super().__init__(batch_shape_of((given,), param), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """probs."""
        return self.probs

    @property
    def mode(self) -> Any:
        """1 where it is likelier, nan where both are as likely."""
        mode = (self.probs >= 0.5).to(self.probs)
        mode[self.probs == 0.5] = math.nan
        return mode

    @property
    def variance(self) -> Any:
        """probs * (1 - probs)."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Zeros and ones."""
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the probability."""
        self._check_value(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Any:
        """The entropy."""
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Any:
        """0 and 1."""
        return self._values(2, expand)


class Binomial(Chances):
    """How many of total_count trials succeed."""

    has_enumerate_support = True
    arg_constraints = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if (probs is None) == (logits is None):
            raise ValueError(NOT_BOTH)
        count, param = broadcast_all(total_count, logits if probs is None else probs)
        self.total_count: Tensor = count.type_as(param)
        self.__dict__["logits" if probs is None else "probs"] = param
        super().__init__(param.shape, validate_args=validate_args)

    @property
    def support(self) -> constraints.Constraint:
        """0 to total_count."""
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Any:
        """total_count * probs."""
        return self.total_count * self.probs

    @property
    def mode(self) -> Any:
        """The likeliest count."""
        out: Tensor = ((self.total_count + 1) * self.probs).floor()
        return out.clamp(max=self.total_count)

    @property
    def variance(self) -> Any:
        """total_count * probs * (1 - probs)."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Counts."""
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the probability."""
        self._check_value(value)
        n, logits = self.total_count, self.logits
        clamped = (logits.clamp(min=0) + logits - logits.clamp(max=0)) / 2
        normal = n * clamped + n * (-logits.abs()).exp().log1p() - (n + 1).lgamma()
        return value * logits - (value + 1).lgamma() - (n - value + 1).lgamma() - normal

    def _one_count(self, what: str) -> int:
        count = int(self.total_count._data.max())
        if self.total_count._data.min() != count:
            raise NotImplementedError(f"Inhomogeneous total count not supported by `{what}`.")
        return count

    def entropy(self) -> Any:
        """The entropy."""
        self._one_count("entropy")
        logs = self.log_prob(self.enumerate_support(False))
        return -(logs.exp() * logs).sum(0)

    def enumerate_support(self, expand: bool = True) -> Any:
        """0 to total_count."""
        return self._values(1 + self._one_count("enumerate_support"), expand)


class Categorical(Chances):
    """A number from 0 to n - 1, with the probabilities along the last dimension."""

    has_enumerate_support = True
    binary = False
    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError(NOT_BOTH)
        name, given = ("logits", logits) if probs is None else ("probs", probs)
        if isinstance(given, NUMBERS) or given.dim() < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        if probs is None:
            param = logits - logsumexp(logits, -1, True)
        else:
            param = probs / probs.sum(-1, keepdim=True)
        self.__dict__[name] = param
        self._num_events = int(param.shape[-1])
        super().__init__(param.shape[:-1], validate_args=validate_args)

    @property
    def support(self) -> constraints.Constraint:
        """0 to n - 1."""
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Any:
        """None: nan."""
        return full(self._extended_shape(), math.nan, dtype=self.probs.dtype)

    @property
    def mode(self) -> Any:
        """The likeliest number."""
        return self.probs.argmax(dim=-1)

    @property
    def variance(self) -> Any:
        """None: nan."""
        return self.mean

    def sample(self, sample_shape: Any = ()) -> Any:
        """Numbers."""
        rows = self.probs.reshape(-1, self._num_events)
        drawn = rows.multinomial(math.prod(sample_shape), True).T
        return drawn.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the probability."""
        self._check_value(value)
        index, logs = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logs.gather(-1, index[..., :1]).squeeze(-1)

    def entropy(self) -> Any:
        """The entropy."""
        lowest = float(np.finfo(self.logits._data.dtype).min)
        return -(self.logits.clamp(min=lowest) * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Any:
        """0 to n - 1."""
        return self._enumerated(arange(self._num_events), expand)
