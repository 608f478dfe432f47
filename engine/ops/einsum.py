"""einsum, decomposed into sums, products and one bmm per pair of operands as torch decomposes it.

Source: ``einsum`` and ``sumproduct_pair`` in aten/src/ATen/native/Linear.cpp.
"""

from __future__ import annotations

import math
import string
from collections import Counter
from typing import Any

from engine.ops.diagonals import diagonal
from engine.ops.linalg import bmm
from engine.ops.rearranging import movedim
from engine.ops.reduce import torch_sum
from engine.ops.shape import permute, reshape, unsqueeze, view
from engine.tensors import Tensor

LETTERS = string.ascii_uppercase + string.ascii_lowercase


def _labels(text: str, start: int) -> list[str]:
    """One operand's subscripts: letters and ``...``."""
    found: list[str] = []
    place = 0
    while place < len(text):
        if text[place] == " ":
            place += 1
        elif text.startswith("...", place):
            if "..." in found:
                raise RuntimeError(f"einsum(): found '.' for operand {start} for which an ellipsis was already found")
            found.append("...")
            place += 3
        elif text[place] in LETTERS:
            found.append(text[place])
            place += 1
        elif text[place] == ".":
            raise RuntimeError(f"einsum(): found '.' for operand {start} that is not part of any ellipsis")
        else:
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {place} in the equation string, subscripts must be in "
                "[a-zA-Z]"
            )
    return found


def _covered(labels: list[list[str]], operands: list[Tensor]) -> int:
    """How many dimensions the ellipsis stands for; checks the number of subscripts."""
    most = 0
    for i, (names, x) in enumerate(zip(labels, operands, strict=True)):
        count, rank = len([n for n in names if n != "..."]), x._data.ndim
        if "..." in names:
            if count > rank:
                raise RuntimeError(
                    f"einsum(): the number of subscripts in the equation ({count}) is more than the number of "
                    f"dimensions ({rank}) for operand {i}"
                )
            most = max(most, rank - count)
        elif count != rank:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({count}) does not match the number of "
                f"dimensions ({rank}) for operand {i} and no ellipsis was given"
            )
    return most


def _output(right: str | None, counts: Counter[str], ellipsis: int) -> list[str]:
    """The labels of the result; without an arrow those that occur once, in alphabetical order."""
    if right is None:
        return ["..."] * (ellipsis > 0) + [letter for letter in LETTERS if counts[letter] == 1]
    out: list[str] = []
    for label in _labels(right, -1):
        if label in out:
            raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
        if label != "..." and not counts[label]:
            raise RuntimeError(
                f"einsum(): output subscript {label} does not appear in the equation for any input operand"
            )
        out.append(label)
    return out


def _aligned(x: Tensor, names: list[str], places: dict[str, int], ellipsis: int, rank: int, number: int) -> Tensor:
    """The operand with one dimension per label of the whole equation, of size 1 where it has none."""
    order = [-1] * rank
    seen: dict[str, int] = {}
    j = 0
    for label in names:
        if label == "...":
            for _ in range(ellipsis - (x._data.ndim - len([n for n in names if n != "..."]))):
                x = unsqueeze(x, j)
            for k in range(ellipsis):
                order[places["..."] + k] = j
                j += 1
        elif label in seen:
            own, other = x._data.shape[j], x._data.shape[seen[label]]
            if own != other:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {number} but the sizes don't match, "
                    f"{own} != {other}"
                )
            x = movedim(diagonal(x, 0, seen[label], j), -1, seen[label])
        else:
            seen[label] = j
            order[places[label]] = j
            j += 1
    for place, dim in enumerate(order):
        if dim == -1:
            x = unsqueeze(x, -1)
            order[place] = j
            j += 1
    return permute(x, order)


def _pair(left: Tensor, right: Tensor, over: list[int]) -> Tensor:
    """The product of two aligned operands, summed over dimensions, which stay as size 1."""
    if not over:
        return left * right
    both, only_left, only_right = [], [], []
    summed = 1
    for d in range(left._data.ndim):
        m, n = left._data.shape[d], right._data.shape[d]
        if d in over:
            if m != 1 and n != 1:
                summed *= m
            elif m != 1:
                left = torch_sum(left, d, True)
            elif n != 1:
                right = torch_sum(right, d, True)
        elif m != 1 and n != 1:
            both.append(d)
        elif m != 1:
            only_left.append(d)
        else:
            only_right.append(d)
    a, b = left._data.shape, right._data.shape
    size = [a[d] for d in (*both, *only_left)] + [1] * len(over) + [b[d] for d in only_right]
    back = [0] * len(size)
    for place, d in enumerate((*both, *only_left, *over, *only_right)):
        back[d] = place
    batch, rows, columns = (math.prod(s[d] for d in dims) for s, dims in ((a, both), (a, only_left), (b, only_right)))
    left = reshape(permute(left, (*both, *only_left, *over, *only_right)), (batch, rows, summed))
    right = reshape(permute(right, (*both, *over, *only_right, *only_left)), (batch, summed, columns))
    return permute(view(bmm(left, right), tuple(size)), back)


def _check_sizes(labels: list[list[str]], places: dict[str, int], ops: list[Tensor]) -> None:
    sizes: dict[str, int] = {}
    for number, (names, x) in enumerate(zip(labels, ops, strict=True)):
        for label in names:
            n = x._data.shape[places[label]] if label != "..." else 1
            if n != 1 and sizes.setdefault(label, n) != n:
                raise RuntimeError(
                    f"einsum(): subscript {label} has size {n} for operand {number} which does not broadcast with "
                    f"previously seen size {sizes[label]}"
                )


def einsum(*args: Any) -> Tensor:
    """Sums of products by Einstein's convention: ``einsum('ij,jk->ik', a, b)``."""
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    equation, *operands = args
    if isinstance(equation, Tensor):
        equation, operands = _from_lists(list(args))
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = list(operands[0])
    left, arrow, right = equation.partition("->")
    parts = left.split(",")
    if len(parts) > len(operands):
        raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
    if len(parts) < len(operands):
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    labels = [_labels(text, i) for i, text in enumerate(parts)]
    ellipsis = _covered(labels, operands)
    counts = Counter(name for names in labels for name in names)
    output = _output(right if arrow else None, counts, ellipsis)
    rest = [letter for letter in LETTERS if counts[letter] and letter not in output]
    places: dict[str, int] = {}
    place = 0
    for label in output:
        places[label] = place
        place += ellipsis if label == "..." else 1
    if "..." not in places and ellipsis:
        places["..."] = place
    kept = place
    place += ellipsis if "..." not in output else 0
    for label in rest:
        places[label] = place
        place += 1
    places.setdefault("...", 0)
    ops = [
        _aligned(x, names, places, ellipsis, place, i)
        for i, (x, names) in enumerate(zip(operands, labels, strict=True))
    ]
    _check_sizes(labels, places, ops)
    return _contracted(ops, kept, place)


def _contracted(ops: list[Tensor], kept: int, rank: int) -> Tensor:
    """All operands multiplied from left to right, each dimension summed as soon as the last one that has it is in."""
    several = len(ops) > 1
    users = [sum(x._data.shape[d] != 1 for x in ops) for d in range(rank)]
    out, *others = ops
    for x in others:
        over: list[int] = []
        alone: tuple[list[int], list[int]] = ([], [])
        for d in range(kept, rank):
            mine, theirs = out._data.shape[d] != 1, x._data.shape[d] != 1
            if mine and theirs:
                users[d] -= 1
                if users[d] == 1:
                    over.append(d)
                    users[d] = 0
            elif users[d] == 1 and (mine or theirs):
                alone[theirs].append(d)
                users[d] = 0
        if alone[0]:
            out = torch_sum(out, alone[0], True)
        if alone[1]:
            x = torch_sum(x, alone[1], True)
        out = _pair(out, x, over)
    if rank == kept:
        return out
    if several:
        return view(out, out._data.shape[:kept])
    return torch_sum(out, tuple(range(kept, rank)))


def _from_lists(args: list[Any]) -> tuple[str, list[Tensor]]:
    """The form ``einsum(a, [0, 1], b, [1, 2], [0, 2])`` as an equation."""

    def text(numbers: Any) -> str:
        return "".join("..." if n is ... else LETTERS[n] for n in numbers)

    pairs = len(args) // 2
    operands, lists = [args[2 * i] for i in range(pairs)], [text(args[2 * i + 1]) for i in range(pairs)]
    return ",".join(lists) + (f"->{text(args[-1])}" if len(args) % 2 else ""), operands


METHODS: dict[str, Any] = {}
FUNCTIONS: dict[str, Any] = {"einsum": einsum}
OPERATORS: dict[str, Any] = {}
