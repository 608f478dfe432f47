"""The front door of torch's functions and methods: arguments checked against torch's signatures.

Two kinds: :func:`strict` looks at each call before the function runs, :func:`checked` only at one that has
failed, since looking takes longer than a small op.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from engine.device import expect_cpu
from engine.ops.dispatch import broadcast_shape
from engine.ops.functions import deliver
from engine.ops.outdated import outdated
from engine.ops.results import Named, named_result
from engine.ops.signatures import Parser, type_name
from engine.refusals import OutOfScope
from engine.tensors import Tensor

_ARITHMETIC = ("add", "sub", "mul", "div", "floor_divide", "true_divide", "divide", "multiply", "subtract")
NUMBERS_AS_TENSORS = frozenset((*_ARITHMETIC, *(f"{name}_" for name in _ARITHMETIC), "copy_", "to"))
"""Functions that take Python numbers where their signatures say Tensor."""

_BY_HAND = {
    "cdist": ("Tensor x1, Tensor x2, float p=2.0, str? compute_mode=None",),
    "relu_": ("Tensor input",),
    "gradient": ("Tensor input, *, object spacing=1, object dim=None, int edge_order=1",),
    "unique": ("Tensor input, bool sorted=True, bool return_inverse=False, bool return_counts=False, int? dim=None",),
}
"""Signatures of functions that torch has in Python, around one that checks its arguments."""

_UNUSED = ("layout", "pin_memory", "memory_format", "non_blocking", "names")


@functools.cache
def parser(name: str, method: bool) -> Parser | None:
    """The parser of ``torch.<name>`` or of Tensor's method; None if torch has no signatures for it."""
    from engine.ops.signature_table import signatures

    found = signatures(name, method) or (None if method else _BY_HAND.get(name))
    short = name.rpartition(".")[2] if name.startswith("nn.") else name.replace(".", "_")
    return None if found is None else Parser(short, found, short in NUMBERS_AS_TENSORS, method)


def strict(function: Callable[..., Any], name: str = "", method: bool = False) -> Callable[..., Any]:
    """``function``, called with arguments that fit one of torch's signatures, by name.

    Optional arguments that are not given are not passed on. ``out=`` is seen to here.
    """
    path = name or function.__name__.removeprefix("torch_")

    def bound(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        signatures = parser(path, method)
        assert signatures is not None, path
        try:
            values = signatures.bind(args, kwargs)
        except TypeError:
            old = outdated(path, method, args, kwargs)
            if old is None:
                raise
            values = old
        expect_cpu(values.pop("device", None))
        for unused in _UNUSED:
            values.pop(unused, None)
        return values, values.pop("out", None)

    def of_tensor(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        values, _ = bound(args, kwargs)
        return function(self, **values)

    def of_torch(*args: Any, **kwargs: Any) -> Any:
        values, out = bound(args, kwargs)
        return delivered(function(**values), out, path)

    call: Callable[..., Any] = of_tensor if method else of_torch
    call.strict = function  # type: ignore[attr-defined]
    return _dressed(call, function, path)


def delivered(result: Any, out: Any, name: str) -> Any:
    """``result``, or ``out`` (a tensor, or as many tensors as there are results) holding its values."""
    if out is None:
        return result
    if isinstance(result, Tensor):
        return deliver(result, out, name)
    filled = [deliver(r, o, name) for r, o in zip(result, out, strict=True)]
    return named_result(f"{name}_out", *result._fields)(*filled) if isinstance(result, Named) else tuple(filled)


def checked(function: Callable[..., Any], name: str, method: bool) -> Callable[..., Any]:
    """``function``; if it fails for a call that fits none of torch's signatures, with torch's TypeError.

    ``out=`` is seen to here, and numpy's names of arguments.
    """
    if hasattr(function, "strict"):
        return function
    own = int(method)
    of_tensor = getattr(function, "of_tensor", None)

    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            return by_name(args, kwargs)
        if of_tensor is not None and len(args) == 1 and isinstance(args[0], Tensor):
            return of_tensor(args[0])
        try:
            return function(*args)
        except (TypeError, AttributeError, ValueError, IndexError) as error:
            old = outdated(name, method, args[own:], {})
            if old is not None:
                return delivered(function(*args[:own], **old), None, name)
            signatures = parser(name, method)
            if signatures is not None:
                signatures.bind(args[own:], kwargs)
            _retell(error, args)
            raise

    def by_name(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        signatures = parser(name, method)
        out = None if method else kwargs.pop("out", None)
        if signatures is not None:
            if out is not None or not signatures.names.issuperset(kwargs):
                values = signatures.bind(args[own:], kwargs if out is None else {**kwargs, "out": out})
                values.pop("out", None)
                return delivered(function(*args[:own], **values), out, name)
        try:
            return delivered(function(*args, **kwargs), out, name)
        except (TypeError, AttributeError, ValueError, IndexError) as error:
            if signatures is not None:
                signatures.bind(args[own:], kwargs)
            _retell(error, args)
            raise

    return _dressed(call, function, name)


def _retell(error: Exception, args: tuple[Any, ...]) -> None:
    """Raise torch's error for what tells of the engine's inside: no tensor where one is needed, shapes that differ."""
    if isinstance(error, OutOfScope):
        return
    if isinstance(error, AttributeError) and not isinstance(error.obj, Tensor):
        place = next((i for i, a in enumerate(args) if a is error.obj), 0)
        raise TypeError(f"expected Tensor as element {place} in argument 0, but got {type_name(error.obj)}") from None
    if isinstance(error, ValueError) and "could not be broadcast" in str(error):
        broadcast_shape(*(x._data.shape for x in args if isinstance(x, Tensor)))


def _dressed(call: Callable[..., Any], function: Callable[..., Any], path: str) -> Callable[..., Any]:
    call.__name__ = call.__qualname__ = path.rpartition(".")[2]
    call.__doc__ = function.__doc__
    call.__wrapped__ = function  # type: ignore[attr-defined]  # where inspect finds the signature
    return call


def functions(*given: Callable[..., Any], under: str = "") -> dict[str, Any]:
    """Strict functions by torch's names; ``under`` is the namespace, such as ``linalg.``."""
    named = {}
    for f in given:
        name = f.__name__.removeprefix("torch_")
        named[name] = strict(f, under + name)
    return named


def methods(*given: Callable[..., Any]) -> dict[str, Any]:
    """The same for methods of Tensor."""
    named = {}
    for f in given:
        name = f.__name__.removeprefix("torch_")
        named[name] = strict(f, name, method=True)
    return named
