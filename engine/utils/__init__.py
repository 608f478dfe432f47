"""torch.utils on the engine."""

from __future__ import annotations

from engine.utils import checkpoint

__all__ = ["checkpoint"]
