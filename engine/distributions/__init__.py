"""torch.distributions on the engine."""

from __future__ import annotations

from engine.distributions import beta, constraints, gamma, kl, transforms
from engine.distributions.beta import Beta, Dirichlet
from engine.distributions.circles import Kumaraswamy, LogisticNormal, VonMises
from engine.distributions.continuous import Exponential, Laplace, Normal, Uniform
from engine.distributions.counts import Geometric, Multinomial, NegativeBinomial, OneHotCategorical, Poisson
from engine.distributions.discrete import Bernoulli, Binomial, Categorical
from engine.distributions.distribution import Distribution
from engine.distributions.gamma import Cauchy, Chi2, Gamma, StudentT
from engine.distributions.kl import kl_divergence, register_kl
from engine.distributions.multivariate import MixtureSameFamily, MultivariateNormal
from engine.distributions.relaxed import (
    ExpRelaxedCategorical,
    LogitRelaxedBernoulli,
    RelaxedBernoulli,
    RelaxedOneHotCategorical,
)
from engine.distributions.transformed import (
    Gumbel,
    HalfCauchy,
    HalfNormal,
    Independent,
    LogNormal,
    Pareto,
    TransformedDistribution,
    Weibull,
)
from engine.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    ComposeTransform,
    ExpTransform,
    PowerTransform,
    SigmoidTransform,
    SoftplusTransform,
    StickBreakingTransform,
    TanhTransform,
    Transform,
    identity_transform,
)
from engine.refusals import Names, refusing

# torch's file of each class, which type() shows and programs import from.
PLACES: dict[str, tuple[type, ...]] = {
    "bernoulli": (Bernoulli,),
    "beta": (Beta,),
    "binomial": (Binomial,),
    "categorical": (Categorical,),
    "cauchy": (Cauchy,),
    "chi2": (Chi2,),
    "dirichlet": (Dirichlet,),
    "distribution": (Distribution,),
    "exponential": (Exponential,),
    "gamma": (Gamma,),
    "geometric": (Geometric,),
    "gumbel": (Gumbel,),
    "half_cauchy": (HalfCauchy,),
    "half_normal": (HalfNormal,),
    "independent": (Independent,),
    "kumaraswamy": (Kumaraswamy,),
    "laplace": (Laplace,),
    "log_normal": (LogNormal,),
    "logistic_normal": (LogisticNormal,),
    "mixture_same_family": (MixtureSameFamily,),
    "multinomial": (Multinomial,),
    "multivariate_normal": (MultivariateNormal,),
    "negative_binomial": (NegativeBinomial,),
    "normal": (Normal,),
    "one_hot_categorical": (OneHotCategorical,),
    "pareto": (Pareto,),
    "poisson": (Poisson,),
    "relaxed_bernoulli": (LogitRelaxedBernoulli, RelaxedBernoulli),
    "relaxed_categorical": (ExpRelaxedCategorical, RelaxedOneHotCategorical),
    "studentT": (StudentT,),
    "transformed_distribution": (TransformedDistribution,),
    "transforms": (
        *(AbsTransform, AffineTransform, ComposeTransform, ExpTransform, PowerTransform, SigmoidTransform),
        *(SoftplusTransform, StickBreakingTransform, TanhTransform, Transform),
    ),
    "uniform": (Uniform,),
    "von_mises": (VonMises,),
    "weibull": (Weibull,),
}
for _place, _classes in PLACES.items():
    for _class in _classes:
        _class.__module__ = f"torch.distributions.{_place}"

# Programs also write torch.distributions.normal.Normal; kl and gamma are files here, too.
_PATHS = {
    place: Names(f"torch.distributions.{place}", **{c.__name__: c for c in classes})
    for place, classes in PLACES.items()
    if place not in globals()
}
globals().update(_PATHS)

__all__ = [
    *_PATHS,
    "beta",
    "constraints",
    "gamma",
    "kl",
    "identity_transform",
    "kl_divergence",
    "register_kl",
    "transforms",
]
__all__ += ["transforms"]
__all__ += [_class.__name__ for _classes in PLACES.values() for _class in _classes]

__getattr__ = refusing("torch.distributions")
