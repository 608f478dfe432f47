"""torch.optim on the engine."""

from __future__ import annotations

from engine.optim.optimizer import Optimizer
from engine.optim.sgd import SGD

__all__ = ["SGD", "Optimizer"]
