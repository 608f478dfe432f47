"""Dirichlet and Beta. Source: the files of these names in torch/distributions."""

from __future__ import annotations

from typing import Any

from engine.distributions import constraints
from engine.distributions.distribution import NUMBERS, Distribution, broadcast_all
from engine.distributions.draws import dirichlet
from engine.nn.functional import one_hot
from engine.ops.create import tensor
from engine.ops.joining import stack
from engine.ops.transcendental import xlogy
from engine.tensors import Tensor, wrap


class Dirichlet(Distribution):
    """Shares that sum to 1, with a concentration for each."""

    arg_constraints = {"concentration": constraints.positive_vector}
    support = constraints.simplex

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        if concentration.dim() < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        shape = concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Shares; without gradient, since there is none for gamma numbers here."""
        return wrap(dirichlet(self.concentration.expand(self._extended_shape(sample_shape))._data))

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the density."""
        self._check_value(value)
        powers = xlogy(self.concentration - 1.0, value).sum(-1)
        total: Tensor = self.concentration.sum(-1)
        return powers + total.lgamma() - self.concentration.lgamma().sum(-1)

    @property
    def mean(self) -> Any:
        """The concentrations as shares."""
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Any:
        """The likeliest shares; all for one of them where every concentration is below 1."""
        rest = (self.concentration - 1).clamp(min=0.0)
        mode = rest / rest.sum(-1, True)
        low = (self.concentration < 1).all(-1)
        mode[low] = one_hot(mode[low].argmax(dim=-1), rest.shape[-1]).to(mode)
        return mode

    @property
    def variance(self) -> Any:
        """The variance of each share."""
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def entropy(self) -> Any:
        """The entropy."""
        total, count = self.concentration.sum(-1), self.concentration.shape[-1]
        rest = ((self.concentration - 1.0) * self.concentration.digamma()).sum(-1)
        logs = self.concentration.lgamma().sum(-1) - total.lgamma()
        return logs - (count - total) * total.digamma() - rest


class Beta(Distribution):
    """A number from (0, 1): the first of two shares."""

    arg_constraints = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        if isinstance(concentration1, NUMBERS) and isinstance(concentration0, NUMBERS):
            both = tensor([float(concentration1), float(concentration0)])
        else:
            both = stack(list(broadcast_all(concentration1, concentration0)), -1)
        self._dirichlet = Dirichlet(both, validate_args=validate_args)
        super().__init__(self._dirichlet.batch_shape, validate_args=validate_args)

    @property
    def concentration1(self) -> Tensor:
        """How much speaks for 1."""
        return self._dirichlet.concentration[..., 0]

    @property
    def concentration0(self) -> Tensor:
        """How much speaks for 0."""
        return self._dirichlet.concentration[..., 1]

    @property
    def mean(self) -> Any:
        """The first concentration's share."""
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> Any:
        """The likeliest number."""
        return self._dirichlet.mode[..., 0]

    @property
    def variance(self) -> Any:
        """The variance."""
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Numbers from (0, 1); without gradient, since there is none for gamma numbers here."""
        return self._dirichlet.rsample(sample_shape)[..., 0]

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the density."""
        self._check_value(value)
        return self._dirichlet.log_prob(stack([value, 1.0 - value], -1))

    def entropy(self) -> Any:
        """The entropy."""
        return self._dirichlet.entropy()
