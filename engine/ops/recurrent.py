"""Recurrent cells and layers, composed of the same ops as torch composes them; LSTM layers in float32 are one op.

Source: aten/src/ATen/native/RNN.cpp and native/mkldnn/RNN.cpp.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops import kernels
from engine.ops.activations import relu
from engine.ops.analytic import METHODS as _analytic
from engine.ops.dispatch import apply_many, array
from engine.ops.joining import SPLIT, cat, stack, unbind
from engine.ops.linalg import linear
from engine.ops.shape import TRANSPOSE, transpose
from engine.ops.spec import OpSpec
from engine.ops.viewing import view_op
from engine.tensors import Tensor

sigmoid, tanh = _analytic["sigmoid"], _analytic["tanh"]

Weights = Sequence[Tensor]
"""weight_ih, weight_hh and, with biases, bias_ih, bias_hh of one layer in one direction."""
States = list[tuple[Tensor, ...]]
"""The hidden state of each layer and direction: (h,), for an LSTM (h, c)."""
Cell = Callable[[Tensor, tuple[Tensor, ...], Weights], tuple[Tensor, ...]]
"""From what a step's input comes to, the state and the weights: the next state, whose first part is the output."""

# --- cells ------------------------------------------------------------------------------------

UNSAFE_SPLIT = replace(SPLIT, name="unsafe_split", grad_fn="UnsafeSplitBackward0", view=False, call="split", samples=())
TRANSPOSED = replace(TRANSPOSE, name="transpose_", grad_fn="TransposeBackward1", samples=())


def gates(x: Tensor, count: int) -> tuple[Tensor, ...]:
    """The parts of ``x`` along dim 1, as tensors of their own."""
    n = x._data.shape[1] // count
    parts = [np.ascontiguousarray(p) for p in np.split(array(x._data), count, axis=1)]
    return apply_many(UNSAFE_SPLIT, (x,), {"dim": 1, "sizes": (n,) * count}, parts)


def _bias(weights: Weights, place: int) -> Tensor | None:
    return weights[2 + place] if len(weights) > 2 else None


def from_input(x: Tensor, weights: Weights) -> Tensor:
    """What the input contributes, for one step or for all steps at once."""
    return linear(x, weights[0], _bias(weights, 0))


def _from_state(h: Tensor, weights: Weights) -> Tensor:
    return linear(h, weights[1], _bias(weights, 1))


def tanh_cell(x: Tensor, state: tuple[Tensor, ...], weights: Weights) -> tuple[Tensor, ...]:
    """tanh(W x + U h + b)."""
    return (tanh(_from_state(state[0], weights) + x),)


def relu_cell(x: Tensor, state: tuple[Tensor, ...], weights: Weights) -> tuple[Tensor, ...]:
    """relu(W x + U h + b)."""
    return (relu(_from_state(state[0], weights) + x),)


def gru_cell(x: Tensor, state: tuple[Tensor, ...], weights: Weights) -> tuple[Tensor, ...]:
    """Gates that reset and update the state."""
    h = state[0]
    ours, theirs = gates(x, 3), gates(_from_state(h, weights), 3)
    reset, update = sigmoid(theirs[0] + ours[0]), sigmoid(theirs[1] + ours[1])
    new = tanh(ours[2] + theirs[2] * reset)
    return ((h - new) * update + new,)


def lstm_cell(x: Tensor, state: tuple[Tensor, ...], weights: Weights) -> tuple[Tensor, ...]:
    """Gates on what is taken in, kept and given out; the state is (h, c)."""
    parts = gates(_from_state(state[0], weights) + x, 4)
    taken, kept, new, given = sigmoid(parts[0]), sigmoid(parts[1]), tanh(parts[2]), sigmoid(parts[3])
    c = kept * state[1] + taken * new
    return given * tanh(c), c


# --- an LSTM layer as one op ------------------------------------------------------------------


def _lstm_layer(x: Raw, w: Raw, u: Raw, b: Raw, d: Raw, h: Raw, c: Raw, reverse: bool) -> tuple[Raw, Raw, Raw]:
    out = np.empty((x.shape[0], x.shape[1], u.shape[1]), x.dtype)
    size = u.shape[1]
    bias = 0 if b is None else b + d
    for t in _order(x.shape[0], reverse):
        z = x[t] @ w.T + h @ u.T + bias
        taken, kept, given = (kernels.logistic(z[:, size * i : size * (i + 1)]) for i in (0, 1, 3))
        c = kept * c + taken * kernels.tanh(z[:, 2 * size : 3 * size])
        h = given * kernels.tanh(c)
        out[t] = h
    return out, h, c


def _order(steps: int, reverse: bool) -> range:
    return range(steps - 1, -1, -1) if reverse else range(steps)


def _lstm_grads(gs: Any, c: Any) -> list[Any]:
    """Back through time, with the gates computed anew from what was saved."""
    x, w, u, b, d = (c.saved(i) for i in range(5))
    h, state = c.saved(5), c.saved(6)
    size = u.shape[1]
    steps = list(_order(x.shape[0], c.param("reverse")))
    seen: list[Any] = []
    for t in steps:
        z = c.mm(c.select(x, 0, t), c.t(w)) + c.mm(h, c.t(u))
        z = z if b is None else z + (b + d)
        taken, kept, given = (c.sigmoid(c.narrow(z, 1, size * i, size)) for i in (0, 1, 3))
        new = c.tanh(c.narrow(z, 1, 2 * size, size))
        after = kept * state + taken * new
        seen.append((t, h, state, taken, kept, new, given, c.tanh(after)))
        h, state = given * seen[-1][-1], after
    gh, gc = (c.zeros_like(h) if g is None else g for g in gs[1:3])
    gx: list[Any] = [None] * len(steps)
    gw = gu = gb = None
    for t, h, state, taken, kept, new, given, squashed in reversed(seen):
        if gs[0] is not None:
            gh = gh + c.select(gs[0], 0, t)
        gc = gc + gh * given * (1 - squashed * squashed)
        gz = c.cat(
            [
                gc * new * taken * (1 - taken),
                gc * state * kept * (1 - kept),
                gc * taken * (1 - new * new),
                gh * squashed * given * (1 - given),
            ],
            1,
        )
        gx[t] = c.mm(gz, w)
        parts = (c.mm(c.t(gz), c.select(x, 0, t)), c.mm(c.t(gz), h), c.sum(gz, (0,)))
        gw, gu, gb = parts if gw is None else (gw + parts[0], gu + parts[1], gb + parts[2])
        gh, gc = c.mm(gz, u), gc * kept
    return [c.stack(gx, 0), gw, gu, gb, gb, gh, gc]


LSTM_LAYER = OpSpec(
    "lstm_layer",
    _lstm_layer,
    joint=_lstm_grads,
    grad_fn="MkldnnRnnLayerBackward0",
    args=("input", "weight0", "weight1", "weight2", "weight3", "hx_", "cx_"),
    saves=tuple((i, tuple(range(7))) for i in range(7)),
    form="lstm({0})",
    latex=r"\operatorname{{LSTM}}({0})",
    derivatives=(r"\text{{back through time}}",),
    glyph="LSTM",
    call="nn.LSTM",
    doc="All steps of an LSTM layer.",
)

# --- layers -----------------------------------------------------------------------------------


def _whole_lstm(x: Tensor, state: tuple[Tensor, ...], weights: Weights, reverse: bool) -> tuple[Tensor, Any]:
    """A layer in one direction as one op."""
    biases: Sequence[Any] = weights[2:] or (None, None)
    inputs = (x, weights[0], weights[1], *biases, *state)
    raws: list[Any] = [None if t is None else t._data for t in inputs]
    out, h, c = apply_many(LSTM_LAYER, inputs, {"reverse": reverse}, LSTM_LAYER.forward(*raws, reverse=reverse))
    return out, (h, c)


def _stepwise(cell: Cell) -> Callable[..., tuple[Tensor, Any]]:
    """A layer in one direction, step by step."""

    def layer(x: Tensor, state: tuple[Tensor, ...], weights: Weights, reverse: bool) -> tuple[Tensor, Any]:
        steps = unbind(from_input(x, weights), 0)
        outs: list[Any] = [None] * len(steps)
        for t in _order(len(steps), reverse):
            state = cell(steps[t], state, weights)
            outs[t] = state[0]
        return stack(outs, 0), state

    return layer


def _packed(cell: Cell, sizes: list[int]) -> Callable[..., tuple[Tensor, Any]]:
    """A layer over packed sequences: ``sizes[t]`` of them are long enough to have a step t."""

    def layer(x: Tensor, state: tuple[Tensor, ...], weights: Weights, reverse: bool) -> tuple[Tensor, Any]:
        steps = from_input(x, weights).split(sizes, 0)
        outs: list[Any] = [None] * len(sizes)
        begin = state
        state = tuple(s[: sizes[-1]] for s in begin) if reverse else begin
        ended: list[tuple[Tensor, ...]] = []
        for t in _order(len(sizes), reverse):
            missing = sizes[t] - state[0]._data.shape[0]
            if missing > 0:
                state = tuple(cat([s, b[sizes[t] - missing : sizes[t]]], 0) for s, b in zip(state, begin, strict=True))
            elif missing < 0:
                ended.append(tuple(s[sizes[t] :] for s in state))
                state = tuple(s[: sizes[t]] for s in state)
            state = cell(steps[t], state, weights)
            outs[t] = state[0]
        whole = [state, *reversed(ended)]
        return cat(outs, 0), tuple(cat([s[i] for s in whole], 0) for i in range(len(state)))

    return layer


CELLS: dict[str, Cell] = {"RNN_TANH": tanh_cell, "RNN_RELU": relu_cell, "GRU": gru_cell, "LSTM": lstm_cell}


def run_layers(
    mode: str,
    x: Tensor,
    state: Sequence[Tensor],
    weights: Sequence[Weights],
    *,
    bidirectional: bool,
    batch_first: bool,
    between: Callable[[Tensor], Tensor],
    sizes: list[int] | None = None,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """All layers of a recurrent network: the outputs of the last one, and the last states of all.

    ``state`` is (h,) or (h, c), each (layers * directions, batch, size); ``weights`` has an entry per layer
    and direction; ``between`` is what stands between layers (dropout).
    """
    one_op = mode == "LSTM" and x._data.dtype == np.float32 and sizes is None
    if one_op:
        layer: Callable[..., tuple[Tensor, Any]] = _whole_lstm
    else:
        layer = _stepwise(CELLS[mode]) if sizes is None else _packed(CELLS[mode], sizes)
    if batch_first:
        x = transpose(x, 0, 1)
        x = x.clone() if one_op else x
    begin: States = list(zip(*(unbind(s, 0) for s in state), strict=True))
    ends: States = []
    directions = 2 if bidirectional else 1
    for number in range(0, len(weights), directions):
        outs = []
        for direction in range(directions):
            out, end = layer(x, begin[number + direction], weights[number + direction], bool(direction))
            outs.append(out)
            ends.append(end)
        x = outs[0] if directions == 1 else cat(outs, x._data.ndim - 1)
        if number + directions < len(weights):
            x = between(x)
    if batch_first:
        x = transpose(x, 0, 1) if one_op else view_op(TRANSPOSED, x, {"dim0": 0, "dim1": 1})
    return x, tuple(stack(list(parts), 0) for parts in zip(*ends, strict=True))


FUNCTIONS: dict[str, Any] = {}
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
