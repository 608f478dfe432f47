"""torch.utils.swap_tensors: two tensors that change places under the names that hold them.

Source: torch/utils/__init__.py.
"""

from __future__ import annotations

from typing import Any, NoReturn

from engine.state import state
from engine.tensors import Tensor

_CONTENT = ("_data", "_grad", "_grad_fn", "_nr", "_track", "_version_counter", "_more", "__class__", "__dict__")
POISONED = (
    "Trying to execute AccumulateGrad node that was poisoned by swap_tensors this can happen when you try to run "
    "backward on a tensor that was swapped. For a module m with "
    "`torch.__future__.set_swap_module_params_on_conversion(True)` you should not change the device or dtype of the "
    "module (e.g. `m.cpu()` or `m.half()`) between running forward and backward. To resolve this, please only change "
    "the device/dtype before running forward (or after both forward and backward)."
)


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Give each of two tensors all that the other one is."""
    for t in (t1, t2):
        accumulator = t._more.accumulator if t._more is not None else None
        node = None if accumulator is None else accumulator()
        if node is not None:
            node.register_prehook(_refuse)
    for name in _CONTENT:
        first, second = getattr(t1, name), getattr(t2, name)
        setattr(t1, name, second)
        setattr(t2, name, first)
    if state.recorder is not None:
        for t in (t1, t2):
            state.recorder.created(t, "swap_tensors")


def _refuse(grads: Any) -> NoReturn:
    raise RuntimeError(POISONED)
