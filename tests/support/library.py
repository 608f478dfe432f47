"""The engine under torch's names, as a program sees it."""

from __future__ import annotations

from typing import Any

from engine.program.namespaces import Namespace
from engine.torch_api import NAMES

torch: Any = Namespace("torch", NAMES)
"""Not the package itself: some of its parts (engine.trace, engine.layout) have names that torch has, too."""
