"""Chainrule's engine: PyTorch's tensors and autograd on numpy.

``import engine as torch`` is a working library. Its parts load when first used, so that importing one
floor of the package (the trace, the layout) does not load them all.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_TORCH_MODULES = frozenset(("autograd", "nn", "optim", "random"))
_MODULES = _TORCH_MODULES | {"dtypes", "hooks", "modes", "node", "ops", "printing", "queue", "size", "state"}
_MODULES |= {"tensors", "torch_api"}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"engine.{name}")
    if not name.startswith("_"):
        names = importlib.import_module("engine.torch_api").NAMES
        if name in names:
            return names[name]
        raise importlib.import_module("engine.refusals").missing("torch", name)
    raise AttributeError(f"module 'torch' has no attribute '{name}'")
