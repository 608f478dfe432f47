"""Shapes and dtypes that do not go together."""

from __future__ import annotations

import ast
import re

from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.past import Past
from engine.trace import events as ev

NAMES = {"float": "float32", "double": "float64", "long": "int64", "int": "int32", "half": "float16"}


def matrices(past: Past, failed: ev.Failed) -> Advice | None:
    """``mat1 and mat2 shapes cannot be multiplied (3x1 and 2x1)``."""
    found = re.search(r"\((\d+)x(\d+) and (\d+)x(\d+)\)", failed.message)
    pair = _operands(past, failed)
    if found is None:
        return None
    a, b, c, d = (int(n) for n in found.groups())
    if pair is None:
        return Advice(
            "matrix-shapes",
            "The matrices do not fit",
            f"[{a}×{b}] times [{c}×{d}]: a row of the first is {b} long, a column of the second {c}. They must be "
            "equally long.",
            f"This layer takes rows of {c}. Make it one of {b}, or reshape its input.",
            "",
            failed.span,
        )
    left, right = pair
    names = past.source.of(left), past.source.of(right)
    todo, code = "Transpose or reshape one of them.", ""
    if b == d and b != c:
        todo = f"Transpose {names[1]}."
        span = past.source.span(right)
        code = past.source.changed(failed.span, (span, f"{past.source.bracketed(right)}.T"))
    elif a == c:
        todo = f"Transpose {names[0]}."
        span = past.source.span(left)
        code = past.source.changed(failed.span, (span, f"{past.source.bracketed(left)}.T"))
    return Advice(
        "matrix-shapes",
        "The matrices do not fit",
        f"{names[0]} has shape [{a}×{b}], {names[1]} has [{c}×{d}]: a row of the first is {b} long, a column of the "
        f"second {c}. They must be equally long.",
        todo,
        code,
        failed.span,
        _made(past, left, right),
    )


def broadcast(past: Past, failed: ev.Failed) -> Advice | None:
    """``The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 0``."""
    found = re.search(r"a \((\d+)\) must match the size of tensor b \((\d+)\).*dimension (\d+)", failed.message)
    pair = _operands(past, failed)
    if found is None or pair is None:
        return None
    left, right = pair
    tensors = past.tensor_of(left), past.tensor_of(right)
    shapes = [
        f"{past.source.of(n)}{'' if t is None else ' has shape ' + past.shape(t)}"
        for n, t in zip(pair, tensors, strict=True)
    ]
    return Advice(
        "broadcast-shapes",
        "The shapes do not fit",
        f"{' and '.join(shapes)}. Compared from the right, sizes must be equal, or one of them 1: here "
        f"{found[1]} meets {found[2]}.",
        "Reshape one of them, or add a dimension of size 1 with unsqueeze().",
        "",
        failed.span,
        _made(past, left, right),
    )


def dtypes(past: Past, failed: ev.Failed) -> Advice | None:
    """Two operands of different dtypes, where torch does not convert."""
    words = re.findall(r"\b(float|double|long|int|half)\b", failed.message.lower())
    pair = _operands(past, failed)
    kinds = [NAMES[w] for w in words[:2]]
    if len(set(kinds)) < 2:
        return None
    code = ""
    if pair is not None:
        for node in pair:
            tensor = past.tensor_of(node)
            info = None if tensor is None else past.info(tensor)
            if info is not None and info.value.dtype != "float32":
                code = past.source.changed(
                    failed.span, (past.source.span(node), f"{past.source.bracketed(node)}.float()")
                )
    return Advice(
        "dtypes",
        "The dtypes do not fit",
        f"One operand is {kinds[0]}, the other {kinds[1]}. torch does not convert them in a product of matrices; "
        "what comes from Python's or numpy's own numbers is often of another dtype than the parameters.",
        "Convert one of them, most often to float32.",
        code,
        failed.span,
        () if pair is None else _made(past, *pair, dtypes=True),
    )


def _operands(past: Past, failed: ev.Failed) -> tuple[ast.expr, ast.expr] | None:
    """The two operands of the expression that failed."""
    node = past.source.expression(failed.span)
    if isinstance(node, ast.BinOp):
        return node.left, node.right
    if isinstance(node, ast.Call):
        if len(node.args) == 2 and not isinstance(node.args[1], ast.Starred):
            return node.args[0], node.args[1]
        if len(node.args) == 1 and isinstance(node.func, ast.Attribute) and past.tensor_of(node.func.value) is not None:
            return node.func.value, node.args[0]
    return None


def _made(past: Past, *nodes: ast.expr, dtypes: bool = False) -> tuple[Cause, ...]:
    causes = []
    for node in nodes:
        tensor = past.tensor_of(node)
        span = None if tensor is None else past.made_at(tensor)
        if tensor is not None and span is not None:
            info = past.info(tensor)
            word = f"shape {past.shape(tensor)}" if info is None or not dtypes else info.value.dtype
            causes.append(Cause(word, span, past.keys(tensor)))
    return tuple(causes)
