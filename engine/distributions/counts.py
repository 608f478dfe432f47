"""Poisson, Geometric, NegativeBinomial, Multinomial, OneHotCategorical. Source: these files in torch/distributions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.distributions import constraints
from engine.distributions.discrete import Binomial, Categorical, Chances
from engine.distributions.distribution import NOT_BOTH, Distribution, batch_shape_of, broadcast_all
from engine.distributions.gamma import Gamma
from engine.modes import no_grad
from engine.nn.functional import binary_cross_entropy_with_logits, logsigmoid, one_hot
from engine.ops.create import tensor
from engine.ops.draws import poisson
from engine.ops.filled import empty, eye, ones_like, zeros
from engine.ops.transcendental import xlogy
from engine.size import Size
from engine.tensors import Tensor


class Poisson(Distribution):
    """How many events come in a unit of time, at ``rate``."""

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(batch_shape_of((rate,), self.rate), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """rate."""
        return self.rate

    @property
    def mode(self) -> Any:
        """rate, rounded down."""
        out: Any = self.rate
        return out.floor()

    @property
    def variance(self) -> Any:
        """rate."""
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Counts."""
        with no_grad():
            return poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the probability."""
        self._check_value(value)
        rate, value = broadcast_all(self.rate, value)
        return xlogy(value, rate) - rate - (value + 1).lgamma()


class Geometric(Chances):
    """How often something fails before it succeeds, with probability probs each time."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError(NOT_BOTH)
        given = logits if probs is None else probs
        (param,) = broadcast_all(given)
        self.__dict__["logits" if probs is None else "probs"] = param
        super().__init__(batch_shape_of((given,), param), validate_args=validate_args)
        if self._validate_args and probs is not None and not (param > 0).all():
            raise ValueError(
                f"Expected parameter probs ({type(param).__name__} of shape {tuple(param.shape)}) of distribution "
                f"{self!r} to be positive but found invalid values:\n{param.data[~(param > 0)]}"
            )

    @property
    def mean(self) -> Any:
        """1 / probs - 1."""
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Any:
        """0."""
        return self.probs.new_zeros(self.probs.shape)

    @property
    def variance(self) -> Any:
        """(1 / probs - 1) / probs."""
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = ()) -> Any:
        """Counts, from logarithms of evenly drawn numbers."""
        shape = self._extended_shape(sample_shape)
        with no_grad():
            u: Any = empty(shape, dtype=self.probs.dtype).uniform_(float(np.finfo(self.probs._data.dtype).tiny), 1)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the probability."""
        self._check_value(value)
        value, probs = broadcast_all(value, self.probs)
        inner = probs.masked_fill((probs == 1) & (value == 0), 0)
        return value * (-inner).log1p() + self.probs.log()

    def entropy(self) -> Any:
        """The entropy."""
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs


class NegativeBinomial(Chances):
    """How often something succeeds, with probability probs each time, before it fails total_count times."""

    arg_constraints = {
        "total_count": constraints.nonnegative,
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if (probs is None) == (logits is None):
            raise ValueError(NOT_BOTH)
        count, param = broadcast_all(total_count, logits if probs is None else probs)
        self.__dict__["logits" if probs is None else "probs"] = param
        self.total_count: Any = count.type_as(param)
        super().__init__(param.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """total_count times the odds."""
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Any:
        """(total_count - 1) times the odds, rounded down."""
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Any:
        """mean / (1 - probs)."""
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Poisson numbers of gamma rates."""
        with no_grad():
            rates = Gamma(self.total_count, (-self.logits).exp(), validate_args=False)
            return poisson(rates.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the probability."""
        self._check_value(value)
        powers = self.total_count * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        ways: Any = -(self.total_count + value).lgamma() + (1.0 + value).lgamma() + self.total_count.lgamma()
        return powers - ways.masked_fill(self.total_count + value == 0.0, 0.0)


class OfCategories(Distribution):
    """What is drawn from a Categorical, in another form."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    _categorical: Categorical

    @property
    def probs(self) -> Any:
        """The probabilities of the categories."""
        return self._categorical.probs

    @property
    def logits(self) -> Any:
        """Their logarithms."""
        return self._categorical.logits

    @property
    def param_shape(self) -> Size:
        """The shape of the probabilities."""
        return self._categorical.param_shape


class OneHotCategorical(OfCategories):
    """Rows with a single 1, whose place is drawn with the given probabilities."""

    support = constraints.one_hot
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._categorical = Categorical(probs, logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """probs."""
        return self.probs

    @property
    def mode(self) -> Any:
        """The likeliest row."""
        return one_hot(self.probs.argmax(-1), self.probs.shape[-1]).to(self.probs)

    @property
    def variance(self) -> Any:
        """probs * (1 - probs)."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Rows."""
        return one_hot(self._categorical.sample(sample_shape), self.param_shape[-1]).to(self.probs)

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the probability."""
        self._check_value(value)
        return self._categorical.log_prob(value.argmax(-1))

    def entropy(self) -> Any:
        """The entropy."""
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All rows."""
        n = self.event_shape[0]
        values = eye(n, dtype=self.probs.dtype).view((n, *(1,) * len(self.batch_shape), n))
        return values.expand((n, *self.batch_shape, n)) if expand else values


class Multinomial(OfCategories):
    """How often each category is drawn in total_count draws."""

    total_count: int

    def __init__(
        self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs, logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    @property
    def support(self) -> constraints.Constraint:
        """Counts with the sum total_count."""
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Any:
        """probs * total_count."""
        return self.probs * self.total_count

    @property
    def variance(self) -> Any:
        """total_count * probs * (1 - probs)."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Counts of categories."""
        draws = self._categorical.sample((self.total_count, *sample_shape))
        places = draws.permute(*range(1, draws.dim()), 0)
        counts: Any = zeros(self._extended_shape(sample_shape), dtype=draws.dtype)
        return counts.scatter_add_(-1, places, ones_like(places)).type_as(self.probs)

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the probability."""
        self._check_value(value)
        logits, value = broadcast_all(self.logits, value)
        ways: Any = (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1)
        inner = logits.masked_fill((value == 0) & (logits == -math.inf), 0)
        return ways + (inner * value).sum(-1)

    def entropy(self) -> Any:
        """The entropy."""
        n: Any = tensor(self.total_count)
        first = n * self._categorical.entropy() - (n + 1).lgamma()
        binomial = Binomial(self.total_count, probs=self.probs)
        support: Any = binomial.enumerate_support(expand=False)[1:]
        return first + (binomial.log_prob(support).exp() * (support + 1).lgamma()).sum([0, -1])
