"""What a module is called in a picture: the name that its parent has for it, its class, and what it was made with."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.nn.module import Module

_PART = re.compile(r"(?:(\w+)=)?((?:\([^()]*\)|[^,()])+)(?:, |$)")
"""One entry of an ``extra_repr``: its keyword, if it has one, and its value."""


def title(module: Module, parent: Module | None) -> str:
    """``fc1: Linear(2, 16)``; without the name if ``parent`` does not hold the module."""
    name = "" if parent is None else _name(module, parent)
    kind = f"{type(module).__name__}({_sizes(module)})"
    return f"{name}: {kind}" if name else kind


def _name(module: Module, parent: Module) -> str:
    """The module's path from its parent, through lists of modules that are not called themselves."""
    for name, child in parent._modules.items():
        if child is module:
            return name
    return next((path for path, child in parent.named_modules() if child is module), "")


def _sizes(module: Module) -> str:
    """The sizes that a layer was made with. A program's own class is not asked: its answer is code of its own."""
    if not type(module).__module__.startswith("torch."):
        return ""
    try:
        made_with = module.extra_repr()
    except Exception:
        # What it speaks of may have been taken away.
        return ""
    return _leading(made_with)


@lru_cache(maxsize=256)
def _leading(made_with: str) -> str:
    """The values at the beginning of an ``extra_repr`` that are sizes."""
    sizes = []
    for key, value in _PART.findall(made_with):
        # Linear and Bilinear name their sizes, the others do not.
        if key and not (key.startswith(("in", "out")) and value.isdigit()):
            break
        sizes.append(value)
    return ", ".join(sizes)
