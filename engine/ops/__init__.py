"""The ops: one OpSpec per op, in files by kind. Importing this package attaches them to Tensor."""

from __future__ import annotations

from engine.ops.table import TABLE, attach

attach()

__all__ = ["TABLE"]
