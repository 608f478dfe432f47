"""torch.nn.utils.parametrizations: ready-made ones."""

from __future__ import annotations

from engine.nn.utils.norms import parametrized_spectral_norm as spectral_norm
from engine.nn.utils.norms import parametrized_weight_norm as weight_norm

__all__ = ["spectral_norm", "weight_norm"]
