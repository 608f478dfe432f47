"""MultivariateNormal and MixtureSameFamily. Source: the files of these names in torch/distributions."""

from __future__ import annotations

import math
from typing import Any

from engine.distributions import constraints
from engine.distributions.continuous import standard_normal
from engine.distributions.discrete import Categorical
from engine.distributions.distribution import Distribution
from engine.modes import no_grad
from engine.ops.dispatch import broadcast_shape
from engine.ops.filled import eye
from engine.ops.inverses import cholesky, solve_triangular
from engine.ops.linalg import matmul
from engine.ops.softmax import log_softmax, logsumexp
from engine.tensors import Tensor


def mahalanobis(factor: Tensor, x: Tensor) -> Any:
    """The squared length of ``factor⁻¹ x``, for a lower triangular factor."""
    shape = broadcast_shape(tuple(factor.shape[:-1]), tuple(x.shape))
    triangle = factor.expand((*shape, shape[-1]))
    inner: Any = solve_triangular(triangle, x.expand(shape).unsqueeze(-1), upper=False)
    return inner.squeeze(-1).pow(2).sum(-1)


def _of_precision(precision: Any) -> Any:
    turned = cholesky(precision.flip((-2, -1)))
    inverse = turned.flip((-2, -1)).transpose(-2, -1)
    return solve_triangular(inverse, eye(precision.shape[-1], dtype=precision.dtype), upper=False)


class MultivariateNormal(Distribution):
    """Vectors of normal numbers with mean loc and a covariance matrix, its inverse, or its lower triangular root."""

    has_rsample = True
    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        given = {
            "scale_tril": scale_tril,
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
        }
        named = {name: matrix for name, matrix in given.items() if matrix is not None}
        if len(named) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = named.items()
        if matrix.dim() < 2:
            what = name if name != "scale_tril" else "scale_tril matrix"
            raise ValueError(f"{what} must be at least two-dimensional, with optional leading batch dimensions")
        batch = broadcast_shape(tuple(matrix.shape[:-2]), tuple(loc.shape[:-1]))
        self.__dict__[name] = matrix.expand((*batch, -1, -1))
        self.loc: Any = loc.expand((*batch, -1))
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        if name == "scale_tril":
            self._factor: Any = matrix
        else:
            self._factor = cholesky(matrix) if name == "covariance_matrix" else _of_precision(matrix)

    def __getattr__(self, name: str) -> Any:
        if name not in self.arg_constraints or "_factor" not in self.__dict__:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        found = self.__dict__[name] = self._form(name)
        return found

    def _form(self, name: str) -> Any:
        """The covariance matrix in the form that was not given."""
        shape = (*self._batch_shape, *self._event_shape, *self._event_shape)
        if name == "scale_tril":
            return self._factor.expand(shape)
        if name == "covariance_matrix":
            return matmul(self._factor, self._factor.mT).expand(shape)
        inverse: Any = solve_triangular(self._factor, eye(shape[-1], dtype=self.loc.dtype), upper=False)
        return matmul(inverse.mT, inverse).expand(shape)

    def expand(self, batch_shape: Any) -> Any:
        """The same distribution for a larger batch."""
        batch = tuple(batch_shape)
        factor = self._factor.expand((*batch, *self._factor.shape[-2:]))
        return MultivariateNormal(self.loc.expand((*batch, -1)), scale_tril=factor, validate_args=False)

    @property
    def mean(self) -> Any:
        """loc."""
        return self.loc

    @property
    def mode(self) -> Any:
        """loc."""
        return self.loc

    @property
    def variance(self) -> Any:
        """The diagonal of the covariance matrix."""
        return self._factor.pow(2).sum(-1).expand((*self._batch_shape, *self._event_shape))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """loc + the root of the covariance matrix times normal numbers."""
        eps = standard_normal(self._extended_shape(sample_shape), self.loc)
        return self.loc + matmul(self._factor, eps.unsqueeze(-1)).squeeze(-1)

    def _half_log_det(self) -> Any:
        return self._factor.diagonal(0, -2, -1).log().sum(-1)

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the density."""
        self._check_value(value)
        away = mahalanobis(self._factor, value - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + away) - self._half_log_det()

    def entropy(self) -> Any:
        """The entropy."""
        found = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._half_log_det()
        return found.expand(self._batch_shape) if len(self._batch_shape) else found


class MixtureSameFamily(Distribution):
    """Samples of one of several distributions of a kind, which a Categorical chooses."""

    arg_constraints = {}

    def __init__(
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(" The Mixture distribution needs to be an  instance of torch.distributions.Categorical")
        if not isinstance(component_distribution, Distribution):
            raise ValueError("The Component distribution needs to be an instance of torch.distributions.Distribution")
        self.mixture_distribution = mixture_distribution
        self.component_distribution = component_distribution
        batch = component_distribution.batch_shape[:-1]
        for m, n in zip(reversed(mixture_distribution.batch_shape), reversed(batch), strict=False):
            if m != n and 1 not in (m, n):
                raise ValueError(
                    f"`mixture_distribution.batch_shape` ({mixture_distribution.batch_shape}) is not compatible with "
                    f"`component_distribution.batch_shape`({batch})"
                )
        count, components = mixture_distribution.param_shape[-1], component_distribution.batch_shape[-1]
        if count != components:
            raise ValueError(
                f"`mixture_distribution component` ({count}) does not equal `component_distribution.batch_shape[-1]` "
                f"({components})"
            )
        super().__init__(batch, component_distribution.event_shape, validate_args=validate_args)

    @property
    def support(self) -> constraints.Constraint:
        """That of the components."""
        return self.component_distribution.support

    def _shares(self) -> Any:
        probs: Any = self.mixture_distribution.probs
        return probs.reshape((*probs.shape, *(1,) * len(self.event_shape)))

    def _along(self) -> int:
        return -1 - len(self.event_shape)

    @property
    def mean(self) -> Any:
        """The mean of the means."""
        return (self._shares() * self.component_distribution.mean).sum(self._along())

    @property
    def variance(self) -> Any:
        """The mean of the variances, and the variance of the means."""
        inside = (self._shares() * self.component_distribution.variance).sum(self._along())
        away = self.component_distribution.mean - self.mean.unsqueeze(self._along())
        return inside + (self._shares() * away.pow(2.0)).sum(self._along())

    def cdf(self, value: Tensor) -> Any:
        """The probability of a sample of at most value."""
        found: Any = self.component_distribution.cdf(value.unsqueeze(self._along()))
        return (found * self.mixture_distribution.probs).sum(-1)

    def log_prob(self, value: Tensor) -> Any:
        """The logarithm of the density."""
        self._check_value(value)
        each = self.component_distribution.log_prob(value.unsqueeze(self._along()))
        return logsumexp(each + log_softmax(self.mixture_distribution.logits, -1), -1)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Samples of all components, of which one is taken."""
        with no_grad():
            chosen: Any = self.mixture_distribution.sample(sample_shape)
            drawn: Any = self.component_distribution.sample(sample_shape)
            place = chosen.reshape((*chosen.shape, *(1,) * (len(self.event_shape) + 1)))
            dim = len(sample_shape) + len(self.batch_shape)
            return drawn.gather(dim, place.expand((*chosen.shape, 1, *self.event_shape))).squeeze(dim)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"
