"""torch.optim.lr_scheduler: the names of all schedulers."""

from __future__ import annotations

from engine.optim.combined import ChainedScheduler, SequentialLR
from engine.optim.cycles import CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR
from engine.optim.plateau import ReduceLROnPlateau
from engine.optim.schedule import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
    _LRScheduler,
)
from engine.refusals import refusing

SCHEDULERS: tuple[type[LRScheduler], ...] = (
    *(ChainedScheduler, ConstantLR, CosineAnnealingLR, CosineAnnealingWarmRestarts, CyclicLR, ExponentialLR),
    *(LRScheduler, LambdaLR, LinearLR, MultiStepLR, MultiplicativeLR, OneCycleLR, PolynomialLR, ReduceLROnPlateau),
    *(SequentialLR, StepLR, _LRScheduler),
)
for _class in SCHEDULERS:
    _class.__module__ = "torch.optim.lr_scheduler"

__all__ = [_class.__name__ for _class in SCHEDULERS]

__getattr__ = refusing("torch.optim.lr_scheduler")
