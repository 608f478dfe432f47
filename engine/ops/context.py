"""What a vjp is given to compute with: numbers in an ordinary backward pass, tensors under create_graph.

Both offer the saved values of the node at hand and the same functions by the same names (``c.exp``,
``c.sum`` ...): numpy's kernels here, the differentiable ops there. So each derivative is written once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.dtypes import FROM_NUMPY
from engine.node import FREED, Node, Raw, SavedResult
from engine.packing import Packed, order
from engine.state import state
from engine.tensors import Tensor, wrap

UNTRACED = (
    "enable anomaly detection to find the operation that failed to compute its gradient, with "
    "torch.autograd.set_detect_anomaly(True, check_nan=False)."
)
TRACED = (
    "the backtrace further above shows the operation that failed to compute its gradient. The variable in question "
    "was changed in there or anywhere later. Good luck!"
)


def modified(node: Node, slot: int, item: Tensor | SavedResult, expected: int) -> RuntimeError:
    """torch's error for a saved tensor that was edited in place since; ``.slot`` says which.

    Source: ``SavedVariable::unpack`` in torch/csrc/autograd/saved_variable.cpp.
    """
    if isinstance(item, Tensor):
        data, counter, maker, number = item._data, item._version_counter, item.grad_fn, item._nr
    else:
        data, counter, maker, number = item.data, item.version, node, item.number
    made_by = ""
    if maker is not None:
        made_by = f", which is output {number} of {maker.short_name()},"
    error = RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.{FROM_NUMPY[data.dtype].legacy} {list(data.shape)}]{made_by} is at version "
        f"{counter.count if counter else 0}; expected version {expected} instead. Hint: "
        + (TRACED if state.anomaly else UNTRACED)
    )
    error.slot = slot  # type: ignore[attr-defined]
    return error


class Context:
    """Saved values and params of ``node``; one context serves one backward pass.

    The functions to compute with are attached by engine.ops.table: every public function of the ops, and
    helpers such as ``cast`` and ``put_slice``.
    """

    node: Node
    """The node at hand, and its saved values as this context computes with them."""
    values: Sequence[Any] = ()
    needed: set[Node] | None = None
    """The nodes whose gradient anybody wants; None: all."""
    added: tuple[Tensor | None, Tensor] | None = None
    """What the AccumulateGrad that just ran found in ``.grad``, and what it left there."""
    creates_graph = False
    view: Node | None = None
    """The grad_fn of the view whose edit is run, which made the results that the node saved."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def load(self, node: Node) -> None:
        """Take up a node with what it saved; RuntimeError if that was freed, or edited in place since."""
        self.node = node
        if node.saved is None:
            raise RuntimeError(FREED)
        values: list[Any] = []
        packed = False
        for item in node.saved:
            if isinstance(item, Tensor):
                counter = item._version_counter
                if counter is not None:
                    slot = len(values)
                    expected = node.versions[slot] if node.versions else 0
                    if counter.count != expected:
                        raise modified(node, slot, item, expected)
                values.append(item if self.creates_graph else item._data)
            elif type(item) is SavedResult:
                if item.version.count != item.expected:
                    raise modified(node, len(values), item, item.expected)
                values.append(self.result(item))
            else:
                values.append(item)
                packed = packed or type(item) is Packed
        if packed:
            for slot in order(node):
                if type(values[slot]) is Packed:
                    tensor = values[slot].tensor(node)
                    values[slot] = tensor if self.creates_graph else tensor._data
        self.values = values

    def result(self, item: SavedResult) -> Any:
        """A saved result, as this context computes with it."""
        raise NotImplementedError

    def saved(self, slot: int) -> Any:
        """Entry ``slot`` of what the node saved."""
        return self.values[slot]

    def needs(self, index: int) -> bool:
        """Whether input ``index`` gets a gradient."""
        return self.node.next[index] is not None

    def param(self, name: str, default: Any = None) -> Any:
        """What the op was called with beside its inputs."""
        params = self.node.params
        return params.get(name, default) if params else default

    def shape(self, index: int) -> tuple[int, ...]:
        """The shape of input ``index``, for an input that gets a gradient."""
        target = self.node.next[index]
        assert target is not None
        return target.output_shape(self.node.numbers[index] if self.node.numbers else 0)

    @staticmethod
    def dtype_of(x: Any) -> Any:
        """numpy dtype of an array or a tensor."""
        return x._data.dtype if isinstance(x, Tensor) else x.dtype


class NumpyContext(Context):
    """Computes on arrays and numpy scalars: an ordinary backward pass."""

    def result(self, item: SavedResult) -> Raw:
        """The saved data itself."""
        return item.data

    @staticmethod
    def wrapped(g: Raw) -> Any:
        """``g`` as a tensor, for hooks and user-written functions."""
        return wrap(g)

    @staticmethod
    def unwrapped(g: Any) -> Raw:
        """What a hook returned, as this context computes with it."""
        return g._data if isinstance(g, Tensor) else g

    def constant(self, data: Raw) -> Raw:
        """Data that is no function of any input, in the dtype of the node's output."""
        return np.asarray(data).astype(self.node.output_dtype(0))


class TensorContext(Context):
    """Computes on tensors, so that the gradients have a graph of their own: create_graph=True."""

    creates_graph = True

    def result(self, item: SavedResult) -> Tensor:
        """The saved value as a tensor that is connected to the graph it came from."""
        out = wrap(item.data, self.view or self.node, item.number)
        out._version_counter = item.version
        return out

    @staticmethod
    def wrapped(g: Tensor) -> Tensor:
        """``g``, which is a tensor already."""
        return g

    @staticmethod
    def unwrapped(g: Tensor) -> Tensor:
        """``g``, which is to stay a tensor."""
        return g

    def constant(self, data: Raw) -> Tensor:
        """Data that is no function of any input, in the dtype of the node's output."""
        return wrap(np.asarray(data).astype(self.node.output_dtype(0)))
