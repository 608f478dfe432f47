"""saved_tensors_hooks: what is saved for backward may be packed into something else, until it is needed.

Source: torch/csrc/autograd/saved_variable.cpp.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from engine.anomaly import remember
from engine.node import AccumulateGrad, Node, SavedResult
from engine.state import state
from engine.tensors import Tensor, leaf, wrap

EDITED = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be "
    "modified by in-place operations as this can lead to unexpected side-effects. Please open an issue if you need to "
    "perform in-place operations on the input to a pack hook."
)


class Packed(msgspec.Struct, eq=False):
    """What a pack hook made of a saved tensor, and the place that the tensor had in the graph."""

    value: Any
    unpack: Callable[[Any], Any]
    edge: Node | None
    """Where its gradient goes; None for an untracked tensor, and for the node's own result."""
    number: int
    own: bool
    """Whether it is a result of the node that saved it."""

    def tensor(self, node: Node) -> Tensor:
        """The tensor again, in its place in the graph. TypeError if the unpack hook gives something else."""
        found = self.unpack(self.value)
        if not isinstance(found, Tensor):
            raise TypeError(
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(found).__name__}"
            )
        if self.own:
            return wrap(found._data, node, self.number)
        if type(self.edge) is AccumulateGrad:
            out = leaf(found._data, True)
            out._extra().accumulator = weakref.ref(self.edge)
            return out
        return wrap(found._data, self.edge, self.number)


def pack(node: Node) -> None:
    """Hand what the node has saved, and what is not packed yet, to the hooks that are set."""
    if state.saving is None or not node.saved:
        return
    to_pack, to_unpack = state.saving
    saved = list(node.saved)
    for slot in order(node):
        saved[slot] = packed(node, saved[slot], to_pack, to_unpack)
    node.saved = tuple(saved)


def order(node: Node) -> Sequence[int]:
    """In which order torch packs and unpacks what a node saved: by name, the node's own results last."""
    slots = range(len(node.saved or ()))
    spec = getattr(type(node), "spec", None)
    if spec is None or len(spec.saves) != len(slots):
        return slots
    names = [spec.saved_name(slot) for slot in slots]
    return sorted(slots, key=lambda slot: (names[slot] == "result", names[slot]))


def packed(node: Node, item: Any, to_pack: Callable[[Tensor], Any], to_unpack: Callable[[Any], Any]) -> Any:
    """A tensor that ``node`` saves, packed; anything else as it is. RuntimeError if the hook edits it in place."""
    own = type(item) is SavedResult
    if not own and not isinstance(item, Tensor):
        return item
    given = _result(node, item) if own else item
    counter = given._counter()
    version = counter.count
    tracking, state.grad_enabled = state.grad_enabled, False
    try:
        value = to_pack(given)
    finally:
        state.grad_enabled = tracking
    if counter.count != version:
        raise RuntimeError(EDITED)
    edge = given._edge() if not own and given._track else None
    return Packed(value, to_unpack, edge, item.number if own else given._nr, own)


def _result(node: Node, item: SavedResult) -> Tensor:
    out = wrap(item.data, node, item.number)
    out._version_counter = item.version
    return out


def attend(node: Node) -> None:
    """What is done with each new node while somebody watches: anomaly detection, packing."""
    if state.anomaly:
        remember(node)
    if state.saving is not None:
        # What unpacks calls the program's own code: the node is run with care, as those with hooks are.
        node.side()
    pack(node)


def set_saving(hooks: tuple[Callable[[Tensor], Any], Callable[[Any], Any]] | None) -> None:
    """From now on, pack what is saved with ``hooks``; None: keep it as it is."""
    state.saving = hooks
    state.watched = state.anomaly or hooks is not None
