"""torch.lstm_cell and its kin: one step of a recurrent cell, with the weights given."""

from __future__ import annotations

from typing import Any

from engine.ops import recurrent
from engine.ops.functions import public
from engine.ops.recurrent import Cell, from_input
from engine.tensors import Tensor


def _step(cell: Cell, x: Tensor, state: tuple[Tensor, ...], w_ih: Tensor, w_hh: Tensor, *biases: Any) -> Any:
    """A step of ``cell``; torch's errors for sizes that do not fit."""
    if x._data.shape[1] != w_ih._data.shape[1]:
        raise RuntimeError(f"input has inconsistent input_size: got {x._data.shape[1]} expected {w_ih._data.shape[1]}")
    for place, s in enumerate(state):
        if s._data.shape[0] != x._data.shape[0]:
            raise RuntimeError(
                f"Input batch size {x._data.shape[0]} doesn't match hidden{place} batch size {s._data.shape[0]}"
            )
        if s._data.shape[1] != w_hh._data.shape[1]:
            raise RuntimeError(
                f"hidden{place} has inconsistent hidden_size: got {s._data.shape[1]}, expected {w_hh._data.shape[1]}"
            )
    weights = [w_ih, w_hh, *(b for b in biases if b is not None)]
    return cell(from_input(x, weights), state, weights)


def lstm_cell(
    input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Any:
    """The next (h, c) of an LSTM."""
    if len(hx) != 2:
        raise RuntimeError("lstm_cell expects two hidden states")
    return _step(recurrent.lstm_cell, input, tuple(hx), w_ih, w_hh, b_ih, b_hh)


def gru_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Any:
    """The next h of a GRU."""
    return _step(recurrent.gru_cell, input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


def rnn_tanh_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Any:
    """The next h of a plain cell with tanh."""
    return _step(recurrent.tanh_cell, input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


def rnn_relu_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Any:
    """The next h of a plain cell with relu."""
    return _step(recurrent.relu_cell, input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


FUNCTIONS: dict[str, Any] = public(lstm_cell, gru_cell, rnn_tanh_cell, rnn_relu_cell)
METHODS: dict[str, Any] = {}
OPERATORS: dict[str, Any] = {}
