"""Elementwise ops on floats, each in one Python function: the way of most calls of most programs.

:mod:`engine.ops.dispatch` says what a call is: promote, compute, leave a node behind, tell the recorder. Here that is
written out for the ordinary case, because to call a Python function costs as much as arithmetic on a number. What is
not ordinary goes through dispatch: mixed dtypes, integers, foreign types, inference mode, and while nodes are watched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node import Node, SavedResult
from engine.ops.dispatch import NUMBERS, apply, kept
from engine.ops.spec import OpSpec
from engine.state import state
from engine.tensors import Tensor, Version

FLOAT64 = np.float64
DOUBLE = np.dtype(FLOAT64)
_new = object.__new__


def quick_pair_fits(spec: OpSpec) -> bool:
    """Whether :func:`quick_pair` knows what the op saves: some of its operands, or nothing."""
    return spec.differentiable and not spec.result_slots and (spec.pair is not None or not spec.plan)


def quick_pair(spec: OpSpec, otherwise: Callable[[Tensor, Any], Any]) -> Callable[[Tensor, Any], Any]:
    """``spec`` for a tensor of floats and another one, or a number; ``otherwise`` is called for all else."""
    forward, new_node, plan = spec.forward, spec.node, spec.plan
    for_first, for_second = spec.pair or (0, 0)

    def call(a: Tensor, b: Any) -> Any:
        x = a._data
        if isinstance(b, Tensor):
            y = b._data
            if type(x) is not FLOAT64 or type(y) is not FLOAT64:
                kind = x.dtype
                if kind is not y.dtype or kind.kind != "f":
                    return otherwise(a, b)
        elif type(b) in NUMBERS and (type(x) is FLOAT64 or x.dtype.kind == "f"):
            y = b
        else:
            return otherwise(a, b)
        if state.watched or state.inference:
            return otherwise(a, b)
        try:
            data = forward(x, y)
        except ValueError:
            return otherwise(a, b)

        node: Node | None = None
        if state.grad_enabled:
            first: Node | None = None
            second: Node | None = None
            tracked = number = 0
            if a._track:
                tracked = 1
                number = a._nr
                first = a._grad_fn
                if first is None or a._more is not None:
                    first = a._edge()
            if y is not b and b._track:
                tracked |= 2
                number |= b._nr
                second = b._grad_fn
                if second is None or b._more is not None:
                    second = b._edge()
            if tracked:
                saved: tuple[Any, ...] = ()
                if plan:
                    saved = (a if tracked & for_first else None, b if tracked & for_second else None)
                sequence = state.sequence
                state.sequence = sequence + 1
                if type(data) is FLOAT64:
                    node = new_node((first, second), saved, (), DOUBLE, sequence)
                else:
                    node = new_node((first, second), saved, data.shape, data.dtype, sequence)
                if number:
                    node.numbers = (a._nr if tracked & 1 else 0, b._nr if tracked & 2 else 0)
                if plan and not (
                    a._version_counter is None
                    and (a._more is None or not a._more.inference)
                    and (y is b or (b._version_counter is None and (b._more is None or not b._more.inference)))
                ):
                    node.saved, node.versions = kept(plan, (a, b), tracked)

        out = _new(Tensor)
        out._data = data
        out._track = node is not None
        out._grad_fn = node
        out._nr = 0
        out._grad = None
        out._version_counter = None
        out._more = None
        if state.recorder is not None:
            state.recorder.applied_to_two(spec, a, b, None, out, node)
        return out

    return call


def quick_single(spec: OpSpec) -> Callable[..., Tensor]:
    """``spec`` for one tensor, and params (a dict, or None)."""
    forward, new_node, plan, tracks = spec.forward, spec.node, spec.plan, spec.differentiable
    saves_result = bool(spec.result_slots)
    if len(plan) > 1:
        return lambda a, params=None: apply(spec, (a,), params)

    def call(a: Tensor, params: dict[str, Any] | None = None) -> Tensor:
        if state.watched or state.inference:
            return apply(spec, (a,), params)
        x = a._data
        data = forward(x, **params) if params else forward(x)
        if data is x and type(data) is np.ndarray:
            data = data.copy()

        node: Node | None = None
        version: Version | None = None
        if tracks and state.grad_enabled and a._track:
            edge = a._grad_fn
            if edge is None or a._more is not None:
                edge = a._edge()
            saved: tuple[Any, ...] = ()
            if saves_result:
                version = Version()
                saved = (SavedResult(data, version, 0),)
            elif plan:
                saved = (a,)
            sequence = state.sequence
            state.sequence = sequence + 1
            if type(data) is FLOAT64:
                node = new_node((edge,), saved, (), DOUBLE, sequence, params)
            else:
                node = new_node((edge,), saved, data.shape, data.dtype, sequence, params)
            if a._nr:
                node.numbers = (a._nr,)
            if (
                plan
                and version is None
                and not (a._version_counter is None and (a._more is None or not a._more.inference))
            ):
                node.saved, node.versions = kept(plan, (a,), 1)

        out = _new(Tensor)
        out._data = data
        out._track = node is not None
        out._grad_fn = node
        out._nr = 0
        out._grad = None
        out._version_counter = version
        out._more = None
        if state.recorder is not None:
            state.recorder.applied_to_one(spec, a, params, out, node)
        return out

    return call
