"""Names of the nodes that stand for an op's gradient."""

from __future__ import annotations

import functools
from dataclasses import replace

from engine.ops.spec import OpSpec

_FIRST, _SECOND = "Backward0", "BackwardBackward0"
_OTHERWISE = {
    "EmbeddingBackward0": "EmbeddingDenseBackwardBackward0",
    "GatherBackward0": "ScatterAddBackward0",
    "IndexBackward0": "IndexPutImplBackward0",
    "IndexSelectBackward0": "IndexAddBackward0",
    "MaskedSelectBackward0": "MaskedScatterBackward0",
    "TakeBackward0": "PutBackward0",
}
"""Where torch computes a gradient with a public op."""


@functools.cache
def named(spec: OpSpec, grad_fn: str) -> OpSpec:
    """``spec`` with nodes of another name."""
    return replace(spec, grad_fn=grad_fn, samples=())


def derived(spec: OpSpec, of: OpSpec) -> OpSpec:
    """``spec``, which computes the gradient of the linear op ``of``, by torch's name for that.

    The gradient's gradient is the op itself again.
    """
    name = of.grad_fn
    if name.endswith(_SECOND):
        return named(spec, name.replace(_SECOND, _FIRST))
    return named(spec, _OTHERWISE.get(name) or name.removesuffix(_FIRST) + _SECOND)
