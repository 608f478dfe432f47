"""Adding a gradient to a leaf's ``.grad``: what AccumulateGrad does."""

from __future__ import annotations

import numpy as np

from engine.node import Raw
from engine.ops.dispatch import finish
from engine.ops.inplace import COPY
from engine.ops.storage import write
from engine.state import state
from engine.tensors import Tensor, wrap


def owned(g: Raw) -> Raw:
    """``g`` as data that nobody else holds: gradients that were only passed on are shared."""
    return g.copy() if isinstance(g, np.ndarray) else g


def add_to_grad(variable: Tensor, g: Raw, alone: bool = False) -> tuple[Tensor | None, Tensor]:
    """Add ``g`` to the leaf's ``.grad``; what was there before (for whoever records), and what is there.

    The first gradient becomes the grad (a copy of it, unless the caller is ``alone`` in holding it), later ones are
    added to it in place.
    Source: torch/csrc/autograd/functions/accumulate_grad.h.
    """
    grad = variable._grad
    if grad is None:
        keep = alone and (type(g) is not np.ndarray or (g.base is None and g.flags.c_contiguous))
        grad = variable._grad = wrap(g if keep else owned(g))
        return None, grad
    before = None if state.recorder is None else wrap(owned(grad._data))
    write(grad, grad._data + g)
    return before, grad


def add_to_grad_with_graph(variable: Tensor, g: Tensor) -> tuple[Tensor | None, Tensor]:
    """The same for a gradient with a graph of its own: nothing is changed in place, so that the graph holds."""
    before = variable._grad
    if before is not None:
        variable._grad = before + g
    elif g._track:
        variable._grad = finish(COPY, (None, g), None, owned(g._data))
    else:
        variable._grad = wrap(owned(g._data))
    return before, variable._grad
