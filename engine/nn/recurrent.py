"""RNN, LSTM and GRU over sequences, and their cells for single steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from engine.nn import functional, init
from engine.nn.module import Module
from engine.nn.parameter import Parameter, blank
from engine.nn.utils.rnn import PackedSequence, permuted
from engine.ops.filled import zeros
from engine.ops.recurrent import from_input, gru_cell, lstm_cell, relu_cell, run_layers, tanh_cell
from engine.state import warn
from engine.tensors import Tensor

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "GRU": 3, "LSTM": 4}


def _check_sizes(input_size: Any, hidden_size: Any, num_layers: Any, bias: Any, batch_first: Any) -> None:
    for name, value, kind in (
        ("bias", bias, bool),
        ("batch_first", batch_first, bool),
        ("input_size", input_size, int),
        ("hidden_size", hidden_size, int),
    ):
        if not isinstance(value, kind):
            raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        if kind is int and value <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")


def _check_dropout(dropout: Any, num_layers: int) -> None:
    if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if dropout > 0 and num_layers == 1:
        warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
            f"greater than 1, but got dropout={dropout} and num_layers={num_layers}"
        )


class RNNBase(Module):
    """Weights and checks of all recurrent networks."""

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        _check_dropout(dropout, num_layers)
        _check_sizes(input_size, hidden_size, num_layers, bias, batch_first)
        if proj_size:
            raise NotImplementedError("proj_size is not part of Chainrule: put a Linear behind the LSTM")
        rows = GATES[mode] * hidden_size
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for direction in range(self._directions()):
                suffix = f"l{layer}" + ("_reverse" if direction else "")
                width = hidden_size * self._directions() if layer else input_size
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, width), "weight_hh": (rows, hidden_size)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                self._all_weights.append([f"{name}_{suffix}" for name in shapes])
                for name, shape in shapes.items():
                    setattr(self, f"{name}_{suffix}", Parameter(blank(*shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def reset_parameters(self) -> None:
        """All weights drawn evenly from ±1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing to do: there is no GPU memory to arrange."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def _check_input(self, input: Tensor, packed: bool) -> None:
        kind = self.all_weights[0][0].dtype
        if input.dtype is not kind:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({kind}). Convert input: "
                f"input.to({kind}), or convert model: model.to({input.dtype})"
            )
        rank = 2 if packed else 3
        if input.dim() != rank:
            raise RuntimeError(f"input must have {rank} dimensions, got {input.dim()}")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )
        if not packed and input.shape[1 if self.batch_first else 0] == 0:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")

    def _run(self, input: Tensor, state: tuple[Tensor, ...], sizes: list[int] | None) -> Any:
        def between(x: Tensor) -> Tensor:
            return functional.dropout(x, self.dropout, self.training)

        return run_layers(
            self.mode,
            input,
            state,
            self.all_weights,
            bidirectional=self.bidirectional,
            batch_first=self.batch_first and sizes is None,
            between=between,
            sizes=sizes,
        )

    def _state_shape(self, batch: int) -> tuple[int, int, int]:
        return (self.num_layers * self._directions(), batch, self.hidden_size)

    def _forward(self, input: Any, state: Any) -> Any:
        """The outputs and the last state, a tuple; ``state`` is a tuple or None."""
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, state)
        name = type(self).__name__
        name = self.mode.partition("_")[0] if name not in ("RNN", "LSTM", "GRU") else name
        if input.dim() not in (2, 3):
            kind = f"{input.dim()}D tensor" if name == "RNN" else f"{input.dim()}D"
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {kind} instead")
        batched = input.dim() == 3
        batch_dim = 0 if self.batch_first else 1
        self._check_state_rank(state, batched)
        if not batched:
            input = input.unsqueeze(batch_dim)
            state = None if state is None else tuple(s.unsqueeze(1) for s in state)
        shape = self._state_shape(input.shape[batch_dim])
        begin = self._zeros(shape, input) if state is None else state
        self._check_input(input, False)
        self._check_state(begin, shape)
        out, end = self._run(input, begin, None)
        if not batched:
            out, end = out.squeeze(batch_dim), tuple(s.squeeze(1) for s in end)
        return out, end

    def _forward_packed(self, packed: PackedSequence, state: Any) -> Any:
        sizes = packed.batch_sizes.tolist()
        shape = self._state_shape(sizes[0])
        begin = self._zeros(shape, packed.data) if state is None else state
        self._check_input(packed.data, True)
        self._check_state(begin, shape)
        if state is not None:
            begin = tuple(permuted(s, packed.sorted_indices) for s in begin)
        out, end = self._run(packed.data, begin, sizes)
        result = PackedSequence(out, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices)
        return result, tuple(permuted(s, packed.unsorted_indices) for s in end)

    def _zeros(self, shape: tuple[int, ...], like: Tensor) -> tuple[Tensor, ...]:
        return tuple(zeros(*shape, dtype=like.dtype) for _ in range(2 if self.mode == "LSTM" else 1))

    def _check_state_rank(self, state: Any, batched: bool) -> None:
        rank = 3 if batched else 2
        if state is None or state[0].dim() == rank:
            return
        kind = f"{'batched' if batched else 'unbatched'} {rank}-D input, hx should also be {rank}-D"
        raise RuntimeError(f"For {kind} but got {state[0].dim()}-D tensor")

    def _check_state(self, state: tuple[Tensor, ...], shape: tuple[int, ...]) -> None:
        if tuple(state[0].shape) != shape:
            raise RuntimeError(f"Expected hidden size {shape}, got {list(state[0].shape)}")

    def extra_repr(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}"]
        for name, usual in (
            ("num_layers", 1),
            ("bias", True),
            ("batch_first", False),
            ("dropout", 0),
            ("bidirectional", False),
        ):
            value = getattr(self, name)
            if value != usual:
                parts.append(f"{name}={value}")
        return ", ".join(parts)


class RNN(RNNBase):
    """h' = tanh(W x + U h + b), step by step."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if len(args) > 3:
            nonlinearity, args = args[3], (*args[:3], *args[4:])
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", *args, **kwargs)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Tensor | None = None) -> Any:
        out, end = self._forward(input, None if hx is None else (hx,))
        return out, end[0]


class GRU(RNNBase):
    """A recurrent network with gates that reset and update its state."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)

    def forward(self, input: Any, hx: Tensor | None = None) -> Any:
        out, end = self._forward(input, None if hx is None else (hx,))
        return out, end[0]


class LSTM(RNNBase):
    """A recurrent network with a memory beside its state, and gates on what is taken in, kept and given out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def forward(self, input: Any, hx: tuple[Tensor, Tensor] | None = None) -> Any:
        return self._forward(input, None if hx is None else (hx[0], hx[1]))

    def _check_state_rank(self, state: Any, batched: bool) -> None:
        rank = 3 if batched else 2
        if state is None or (state[0].dim() == rank and state[1].dim() == rank):
            return
        kind = f"{'batched' if batched else 'unbatched'} {rank}-D input, hx and cx should also be {rank}-D"
        raise RuntimeError(f"For {kind} but got ({state[0].dim()}-D, {state[1].dim()}-D) tensors")

    def _check_state(self, state: tuple[Tensor, ...], shape: tuple[int, ...]) -> None:
        for place, s in enumerate(state):
            if tuple(s.shape) != shape:
                raise RuntimeError(f"Expected hidden[{place}] size {shape}, got {list(s.shape)}")


# --- cells ------------------------------------------------------------------------------------


class RNNCellBase(Module):
    """Weights and checks of a single step."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(blank(rows, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(blank(rows, hidden_size, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            if bias:
                setattr(self, name, Parameter(blank(rows, dtype=dtype)))
            else:
                self.register_parameter(name, None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """All weights drawn evenly from ±1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _step(self, cell: Callable[..., tuple[Tensor, ...]], input: Tensor, state: Any, parts: int) -> Any:
        """One step of ``cell``; ``state`` is a tuple of ``parts`` tensors, or None for zeros."""
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for place, s in enumerate(state or ()):
            if s.dim() not in (1, 2):
                what = "hidden" if parts == 1 else f"hx[{place}]"
                raise ValueError(f"{name}: Expected {what} to be 1D or 2D, got {s.dim()}D instead")
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        if state is None:
            empty = zeros(x.shape[0], self.hidden_size, dtype=x.dtype)
            state = (empty,) * parts
        elif not batched:
            state = tuple(s.unsqueeze(0) for s in state)
        self._check(x, state)
        weights = [w for w in (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh) if w is not None]
        out = cell(from_input(x, weights), state, weights)
        return out if batched else tuple(s.squeeze(0) for s in out)

    def _check(self, x: Tensor, state: tuple[Tensor, ...]) -> None:
        if x.shape[1] != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {x.shape[1]} expected {self.input_size}")
        for place, s in enumerate(state):
            if s.shape[0] != x.shape[0]:
                raise RuntimeError(f"Input batch size {x.shape[0]} doesn't match hidden{place} batch size {s.shape[0]}")
            if s.shape[1] != self.hidden_size:
                raise RuntimeError(
                    f"hidden{place} has inconsistent hidden_size: got {s.shape[1]}, expected {self.hidden_size}"
                )

    def extra_repr(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}"]
        if self.bias is not True:
            parts.append(f"bias={self.bias}")
        if getattr(self, "nonlinearity", "tanh") != "tanh":
            parts.append(f"nonlinearity={self.nonlinearity}")
        return ", ".join(parts)


class RNNCell(RNNCellBase):
    """h' = tanh(W x + U h + b)."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Any:
        cells = {"tanh": tanh_cell, "relu": relu_cell}
        if self.nonlinearity not in cells:
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(cells[self.nonlinearity], input, None if hx is None else (hx,), 1)[0]


class LSTMCell(RNNCellBase):
    """One step of an LSTM: (h', c')."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        return self._step(lstm_cell, input, None if hx is None else tuple(hx), 2)


class GRUCell(RNNCellBase):
    """One step of a GRU."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Any:
        return self._step(gru_cell, input, None if hx is None else (hx,), 1)[0]
