"""torch.utils on the engine."""

from __future__ import annotations

from engine.refusals import refusing
from engine.utils import checkpoint

__all__ = ["checkpoint"]

__getattr__ = refusing("torch.utils")
