"""Views: tensors that share storage with a base, and their share of history.

After an in-place edit of the base, a view's grad_fn is stale: the history of the shared storage has
moved on. It is then made anew from the base, as torch does, when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.node import Node
    from engine.tensors import Tensor

Replay = Callable[[Any, Any], Any]
"""``(base, c) -> view``: takes the view again from a base, or from a gradient of its shape."""


class View:
    """How a view came from its base. ``made`` says what forbids to edit it in place, if anything does."""

    __slots__ = ("attr_version", "base", "made", "replay")

    def __init__(self, base: Tensor, replay: Callable[[Any], Any], attr_version: int, made: str) -> None:
        self.base = base
        self.replay = replay
        self.attr_version = attr_version
        self.made = made

    def current_grad_fn(self, view: Tensor) -> Node | None:
        """The view's grad_fn, made anew if the shared storage was edited since.

        Source: ``VariableHooks::grad_fn`` in torch/csrc/autograd/variable.cpp.
        """
        base = self.base
        if view._grad_fn is None and not base._track:
            return view._grad_fn
        version = view._version_counter.count if view._version_counter is not None else 0
        if self.attr_version != version:
            from engine.ops.inplace import regenerate

            regenerate(view, self)
            self.attr_version = version
        return view._grad_fn
