"""Continuous stand-ins for discrete distributions, whose samples have a gradient.

Source: relaxed_bernoulli.py and relaxed_categorical.py in torch/distributions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.distributions import constraints
from engine.distributions.counts import OfCategories
from engine.distributions.discrete import Categorical, Chances
from engine.distributions.distribution import NOT_BOTH, batch_shape_of, broadcast_all
from engine.distributions.transformed import TransformedDistribution
from engine.distributions.transforms import ExpTransform, SigmoidTransform
from engine.ops.filled import full_like
from engine.ops.sampling import rand
from engine.tensors import Tensor


def _inside(x: Tensor) -> Any:
    """``x`` kept away from 0 and 1."""
    eps = float(np.finfo(x._data.dtype).eps)
    return x.clamp(min=eps, max=1 - eps)


def _uniform(shape: Any, like: Tensor) -> Any:
    return _inside(rand(*shape, dtype=like.dtype))


class LogitRelaxedBernoulli(Chances):
    """The logits of relaxed zeros and ones."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        if (probs is None) == (logits is None):
            raise ValueError(NOT_BOTH)
        given = logits if probs is None else probs
        (param,) = broadcast_all(given)
        self.__dict__["logits" if probs is None else "probs"] = param
        super().__init__(batch_shape_of((given,), param), validate_args=validate_args)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Samples with a gradient."""
        shape = self._extended_shape(sample_shape)
        probs = _inside(self.probs.expand(shape))
        u = _uniform(shape, probs)
        return (u.log() - (-u).log1p() + probs.log() - (-probs).log1p()) / self.temperature

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the density."""
        self._check_value(value)
        logits, value = broadcast_all(self.logits, value)
        difference: Any = logits - value.mul(self.temperature)
        return self.temperature.log() + difference - 2 * difference.exp().log1p()


class _OfBase(TransformedDistribution):
    """A transformed distribution that shows the parameters of its base."""

    @property
    def temperature(self) -> Any:
        """How far samples keep from the corners: the lower, the nearer they come."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """Those of the base."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """Those of the base."""
        return self.base_dist.probs


class RelaxedBernoulli(_OfBase):
    """Numbers from (0, 1), the nearer to 0 or 1 the lower the temperature."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)
        self.has_rsample = True


class ExpRelaxedCategorical(OfCategories):
    """The logarithms of relaxed one-hot vectors."""

    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._categorical = Categorical(probs, logits)
        self.temperature = temperature
        batch = self._categorical.batch_shape
        super().__init__(batch, self._categorical.param_shape[-1:], validate_args=validate_args)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Samples with a gradient, from Gumbel's numbers."""
        u = _uniform(self._extended_shape(sample_shape), self.logits)
        scores = (self.logits + -((-(u.log())).log())) / self.temperature
        return scores - scores.logsumexp(dim=-1, keepdim=True)

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the density."""
        count = self.param_shape[-1]
        self._check_value(value)
        logits, value = broadcast_all(self.logits, value)
        size = full_like(self.temperature, float(count)).lgamma() - self.temperature.log().mul(-(count - 1))
        score: Any = logits - value.mul(self.temperature)
        return (score - score.logsumexp(dim=-1, keepdim=True)).sum(-1) + size


class RelaxedOneHotCategorical(_OfBase):
    """Shares that sum to 1, the nearer to one-hot vectors the lower the temperature."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.simplex

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)
