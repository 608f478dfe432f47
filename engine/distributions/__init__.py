"""torch.distributions on the engine: the ones that teaching programs use."""

from __future__ import annotations

from engine.distributions.beta import Beta, Dirichlet
from engine.distributions.continuous import Exponential, Laplace, Normal, Uniform
from engine.distributions.discrete import Bernoulli, Binomial, Categorical
from engine.distributions.distribution import Distribution

CLASSES: tuple[type[Distribution], ...] = (
    *(Bernoulli, Beta, Binomial, Categorical, Dirichlet, Distribution, Exponential, Laplace, Normal, Uniform),
)
for _class in CLASSES:
    _class.__module__ = f"torch.distributions.{_class.__name__.lower()}"

__all__ = [_class.__name__ for _class in CLASSES]
