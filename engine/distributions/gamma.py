"""Gamma, Chi2, StudentT and Cauchy. Source: the files of these names in torch/distributions."""

from __future__ import annotations

import math
from typing import Any

from engine.distributions import constraints
from engine.distributions.continuous import LocationScale, standard_normal
from engine.distributions.distribution import Distribution, batch_shape_of, broadcast_all
from engine.distributions.draws import standard_gamma
from engine.ops.create import tensor
from engine.ops.filled import full
from engine.ops.transcendental import xlogy
from engine.state import state
from engine.tensors import Tensor

NO_GRADIENT = "the gradient of gamma numbers by their concentration is not part of Chainrule: call sample()"


def gamma_numbers(concentration: Tensor) -> Tensor:
    """Numbers of the gamma distributions of rate 1; NotImplementedError if they were to have a gradient."""
    if state.grad_enabled and concentration.requires_grad:
        raise NotImplementedError(NO_GRADIENT)
    return standard_gamma(concentration)


class Gamma(Distribution):
    """The time until the concentration-th of events that come at ``rate``."""

    has_rsample = True
    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        shape = batch_shape_of((concentration, rate), self.concentration)
        super().__init__(shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """concentration / rate."""
        return self.concentration / self.rate

    @property
    def mode(self) -> Any:
        """(concentration - 1) / rate, or 0."""
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Any:
        """concentration / rate squared."""
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Gamma numbers of rate 1, divided by rate."""
        shape = self._extended_shape(sample_shape)
        return gamma_numbers(self.concentration.expand(shape)) / self.rate.expand(shape)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        value = value if isinstance(value, Tensor) else tensor(value, dtype=self.rate.dtype)
        self._check_value(value)
        own, rate = self.concentration, self.rate
        return xlogy(own, rate) + xlogy(own - 1, value) - rate * value - own.lgamma()

    def entropy(self) -> Any:
        """The entropy."""
        own: Any = self.concentration
        return own - self.rate.log() + own.lgamma() + (1.0 - own) * own.digamma()


class Chi2(Gamma):
    """The sum of df squared normal numbers."""

    arg_constraints = {"df": constraints.positive}

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        super().__init__(0.5 * df, 0.5, validate_args=validate_args)

    @property
    def df(self) -> Any:
        """Twice the concentration."""
        return self.concentration * 2


class StudentT(Distribution):
    """A normal number, divided by the root of the mean of df squared ones."""

    has_rsample = True
    arg_constraints = {"df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df)
        super().__init__(self.df.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """loc, where df is above 1."""
        return self.loc.masked_fill(self.df <= 1, math.nan)

    @property
    def mode(self) -> Any:
        """loc."""
        return self.loc

    @property
    def variance(self) -> Any:
        """df / (df - 2) times scale squared, where df is above 2."""
        found = (self.scale.pow(2) * self.df / (self.df - 2)).masked_fill(self.df <= 2, math.inf)
        return found.masked_fill(self.df <= 1, math.nan)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """loc + scale times normal numbers over roots of chi-squared ones."""
        x = standard_normal(self._extended_shape(sample_shape), self.df)
        z: Any = self._chi2.rsample(sample_shape)
        return self.loc + self.scale * (x * (z / self.df).rsqrt())

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the density."""
        self._check_value(value)
        y: Any = (value - self.loc) / self.scale
        df: Any = self.df
        norm = (
            self.scale.log()
            + 0.5 * df.log()
            + 0.5 * math.log(math.pi)
            + (0.5 * df).lgamma()
            - (0.5 * (df + 1.0)).lgamma()
        )
        return -0.5 * (df + 1.0) * (y**2.0 / df).log1p() - norm

    def entropy(self) -> Any:
        """The entropy."""
        half: Any = 0.5 * self.df
        beta = half.lgamma() + math.lgamma(0.5) - (0.5 * (self.df + 1)).lgamma()
        slopes = (0.5 * (self.df + 1)).digamma() - half.digamma()
        return self.scale.log() + 0.5 * (self.df + 1) * slopes + 0.5 * self.df.log() + beta


class Cauchy(LocationScale):
    """The quotient of two normal numbers: without mean and variance."""

    @property
    def mean(self) -> Any:
        """None: nan."""
        return full(self._extended_shape(), math.nan, dtype=self.loc.dtype)

    @property
    def variance(self) -> Any:
        """None: inf."""
        return full(self._extended_shape(), math.inf, dtype=self.loc.dtype)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """loc + scale times Cauchy numbers."""
        eps: Any = self.loc.new_zeros(self._extended_shape(sample_shape)).cauchy_()
        return self.loc + eps * self.scale

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the density."""
        self._check_value(value)
        return -math.log(math.pi) - self.scale.log() - (((value - self.loc) / self.scale) ** 2).log1p()

    def cdf(self, value: Tensor) -> Any:
        """The probability of a sample of at most value."""
        self._check_value(value)
        return ((value - self.loc) / self.scale).atan() / math.pi + 0.5

    def icdf(self, value: Tensor) -> Any:
        """The inverse of cdf."""
        return (math.pi * (value - 0.5)).tan() * self.scale + self.loc

    def entropy(self) -> Any:
        """The entropy."""
        return math.log(4 * math.pi) + self.scale.log()
