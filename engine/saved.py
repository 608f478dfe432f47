"""``grad_fn._saved_<name>``: what a node keeps for backward, by torch's names.

Source: the attributes that tools/autograd/gen_autograd_functions.py writes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from engine.node import FREED, Node, SavedResult
from engine.ops.context import TensorContext, modified
from engine.ops.spec import OpSpec
from engine.packing import Packed, packed
from engine.tensors import Tensor, wrap

PLAIN = "_saved_"
RAW = "_raw_saved_"
REDUCTIONS = {"none": 0, "mean": 1, "sum": 2}
UNSIGNED = frozenset(("ignore_index", "padding_idx"))
"""Numbers that torch shows as if they had no sign."""
OPTIONS: dict[str, dict[str, Any]] = {
    **{key: {"alpha": 1} for key in ("add", "sub", "rsub", "rsub_tensor")},
    **{key: {"alpha": 1, "beta": 1} for key in ("addmm", "addbmm", "addmv", "addr", "baddbmm")},
    **{key: {"keepdim": False} for key in ("sum_dim", "mean_dim", "amax", "amin", "max_dim", "min_dim", "prod_dim")},
    **{key: {"dim": None, "keepdim": False} for key in ("var", "std", "norm")},
    "clamp": {"min": None, "max": None},
}
"""What an op was called with, by its name, if nothing else was said."""
PARAMS = """
accumulate alpha approximate atol base beta correction decimals delta diagonal dilation dim dim0 dim1 dim2 dimension
dims dtype end eps exponent factor groups ignore_index include_self index indices k keepdim kernel kernel_size lambd
margin mask matrices max max_val mean min min_val mode n nan negative_slope neginf noise normalized_shape num_groups
offset ord output_padding output_size p padding padding_idx pairs places posinf reduce reduction repeats rtol scale
scale_grad_by_freq shape shapes shifts size sizes start step stride target threshold transposed unitriangular upper
value var weight
"""
"""What ops are called with, beside tensors: the names that are seen."""
_SENTINEL = object()

REGISTERED_LATE = (
    "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are "
    "freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through "
    "the graph a second time or if you need to access saved variables after calling backward."
)


class Attribute:
    """``_saved_<name>`` or ``_raw_saved_<name>`` of nodes, most of which have nothing of that name.

    A ``__getattr__`` would do without a list of names, but Python looks up every attribute of such a class, and a
    backward pass many thousands, at a fraction of the speed.
    """

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute

    def __get__(self, node: Node | None, cls: type) -> Any:
        return self if node is None else find(node, self.attribute)


def attach(specs: Iterable[OpSpec]) -> None:
    """Give nodes the attributes by which what they saved is seen."""
    args = {"result", *(name for spec in specs for name in spec.args)}
    sizes = {name + ending for name in args for ending in _SIZES}
    for attribute in (*(PLAIN + name for name in args | sizes | set(PARAMS.split())), *(RAW + name for name in args)):
        setattr(Node, attribute, Attribute(attribute))


def names(node: Node) -> list[str]:
    """The attributes that dir() tells."""
    spec = node.spec
    slots = [spec.saved_name(slot) for slot in range(len(spec.saves))]
    params = {**OPTIONS.get(spec.name, {}), **(node.params or {})}
    return [PLAIN + name for name in (*slots, *params) if hasattr(Node, PLAIN + name)]


def find(node: Node, attribute: str) -> Any:
    """``_saved_<name>`` or ``_raw_saved_<name>`` of a node; AttributeError, or RuntimeError if it was freed."""
    raw = attribute.startswith(RAW)
    name = attribute.removeprefix(RAW if raw else PLAIN)
    spec = getattr(type(node), "spec", None)
    if spec is not None:
        for slot in range(len(spec.saves)):
            if spec.saved_name(slot) == name:
                if raw:
                    return SavedTensor(node, slot)
                if node.saved is None:
                    raise RuntimeError(FREED)
                return _value(node, slot)
        value = _SENTINEL if raw else _computed(node, name)
        if value is not _SENTINEL:
            return value
    raise AttributeError(f"'{type(node).__name__}' object has no attribute '{attribute}'")


def _value(node: Node, slot: int) -> Any:
    """A saved value by its place; RuntimeError if it was edited in place since."""
    item = (node.saved or ())[slot]
    if isinstance(item, Tensor):
        expected = node.versions[slot] if node.versions else 0
        if item._counter().count != expected:
            raise modified(node, slot, item, expected)
        return item
    if isinstance(item, SavedResult):
        if item.version.count != item.expected:
            raise modified(node, slot, item, item.expected)
        context = TensorContext()
        context.node = node
        return context.result(item)
    return item.tensor(node) if isinstance(item, Packed) else item


def _computed(node: Node, name: str) -> Any:
    """What is no saved tensor: sizes of inputs, and what the op was called with."""
    for ending, size in _SIZES.items():
        owner = name.removesuffix(ending)
        if owner != name and owner in node.spec.args:
            index = node.spec.args.index(owner)
            target = node.next[index]
            if target is None:
                return _SENTINEL
            return size(target.output_shape(node.numbers[index] if node.numbers else 0))
    params = {**OPTIONS.get(node.spec.name, {}), **(node.params or {})}
    if name not in params:
        if name in node.spec.holds:
            raise RuntimeError(FREED)
        return _SENTINEL
    value = params[name]
    if isinstance(value, (np.ndarray, np.generic)):
        return wrap(np.asarray(value))
    if name == "reduction":
        return REDUCTIONS.get(value, value)
    return value % 2**64 if name in UNSIGNED and isinstance(value, int) else value


_SIZES: dict[str, Callable[[tuple[int, ...]], Any]] = {
    "_sym_sizes": lambda shape: shape,
    "_sym_numel": math.prod,
}


class SavedTensor:
    """``_raw_saved_<name>``: the place where a node keeps a tensor, for which hooks can be registered."""

    __module__ = "torch._C._autograd"

    def __init__(self, node: Node, slot: int) -> None:
        self._node = node
        self._slot = slot

    def register_hooks(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        """Pack what is kept here; ``unpack_hook`` runs when backward asks for it."""
        saved = self._node.saved
        if saved is None:
            raise RuntimeError(REGISTERED_LATE)
        item = saved[self._slot]
        if item is None:
            raise RuntimeError("None is forbidden")
        if isinstance(item, Packed):
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only "
                "one pair of hooks is allowed at a time."
            )
        made = packed(self._node, item, pack_hook, unpack_hook)
        self._node.saved = tuple(made if i == self._slot else kept for i, kept in enumerate(saved))
