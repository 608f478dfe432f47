"""Nested tuples, lists and dicts: taking their leaves apart and putting them together again.

Source of the texts: torch/utils/_pytree.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


class Spec:
    """The shape of a nesting: a leaf (``kind`` None), or a container with the shapes of its parts."""

    __slots__ = ("keys", "kind", "parts")

    def __init__(self, kind: type | None = None, keys: list[Any] | None = None, parts: tuple[Spec, ...] = ()) -> None:
        self.kind = kind
        self.keys = keys
        self.parts = parts

    def count(self) -> int:
        """How many leaves there are."""
        return 1 if self.kind is None else sum(part.count() for part in self.parts)

    def text(self, indent: int = 0) -> str:
        """What torch prints of it."""
        if self.kind is None:
            return "*"
        indent += 2
        inside = (",\n" + " " * indent).join(part.text(indent) for part in self.parts)
        return f"TreeSpec({self.kind.__name__}, {self.keys}, [{inside}])"

    def __repr__(self) -> str:
        return self.text()


def flatten(tree: Any) -> tuple[list[Any], Spec]:
    """The leaves from left to right, and how they are nested."""
    kind = type(tree)
    if kind is dict:
        keys, parts = list(tree), list(tree.values())
    elif kind in (tuple, list):
        keys, parts = None, list(tree)
    else:
        return [tree], Spec()
    leaves: list[Any] = []
    specs = []
    for part in parts:
        inside, spec = flatten(part)
        leaves += inside
        specs.append(spec)
    return leaves, Spec(kind, keys, tuple(specs))


def unflatten(leaves: list[Any], spec: Spec) -> Any:
    """Leaves in the nesting of ``spec``."""
    return _put(iter(leaves), spec)


def _put(leaves: Iterator[Any], spec: Spec) -> Any:
    if spec.kind is None:
        return next(leaves)
    parts = [_put(leaves, part) for part in spec.parts]
    return dict(zip(spec.keys or (), parts, strict=True)) if spec.kind is dict else spec.kind(parts)


def spread(tree: Any, spec: Spec) -> list[Any] | None:
    """The leaves of ``tree``, each repeated for all that ``spec`` has in its place; None if the two do not fit."""
    kind = type(tree)
    if kind not in (tuple, list, dict):
        return [tree] * spec.count()
    if kind is not spec.kind or len(tree) != len(spec.parts) or (kind is dict and list(tree) != spec.keys):
        return None
    out: list[Any] = []
    for part, below in zip(tree.values() if kind is dict else tree, spec.parts, strict=True):
        found = spread(part, below)
        if found is None:
            return None
        out += found
    return out


def mapped(change: Callable[[Any], Any], tree: Any) -> Any:
    """The same nesting with each leaf changed."""
    leaves, spec = flatten(tree)
    return unflatten([change(leaf) for leaf in leaves], spec)
