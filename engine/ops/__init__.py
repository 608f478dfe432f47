"""The ops: one OpSpec per op, in files by kind. Importing this package attaches them to Tensor.

torch never warns of overflow, division by zero or invalid values; numpy does. Its warnings are switched
off here for the importing thread, once, since np.errstate around each op would cost more than most ops;
a run switches them off for its own thread (see engine.state.fresh_state).
"""

from __future__ import annotations

import numpy as np

from engine.ops.table import TABLE, attach

np.seterr(all="ignore")
attach()

__all__ = ["TABLE"]
