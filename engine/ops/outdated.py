"""Calls in the order of arguments that torch had before 1.5, and still takes: ``x.add_(0.1, y)``.

Source: tools/autograd/deprecated.yaml.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from engine.ops.signatures import Signature
from engine.state import state, warn

_SCALED = "Number {0}, {1}"
_BLENDED = ("Number beta, {0}Number alpha, {1}", "Number beta, {0}{1}")
_OPERANDS = {
    "addbmm": "Tensor batch1, Tensor batch2",
    "addmm": "Tensor mat1, Tensor mat2",
    "addmv": "Tensor mat, Tensor vec",
    "addr": "Tensor vec1, Tensor vec2",
    "baddbmm": "Tensor batch1, Tensor batch2",
}


@functools.cache
def _signatures(name: str, method: bool) -> tuple[Signature, ...]:
    """How a function could be called before; none for most functions."""
    base = name.removesuffix("_")
    first = "" if method else "Tensor input, "
    if base in ("add", "sub"):
        texts: tuple[str, ...] = (first + _SCALED.format("alpha", "Tensor other"),)
    elif base in ("addcmul", "addcdiv"):
        texts = (first + _SCALED.format("value", "Tensor tensor1, Tensor tensor2"),)
    elif base in _OPERANDS:
        texts = tuple(text.format(first, _OPERANDS[base]) for text in _BLENDED)
    else:
        return ()
    out = "" if method else ", *, Tensor out=None"
    return tuple(Signature(text + out) for text in texts)


def outdated(name: str, method: bool, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any] | None:
    """The arguments by name, if the call is one of the old kind; it is warned of once in a run."""
    for signature in _signatures(name, method):
        try:
            values = signature.bind(name, args, kwargs, numbers=name.removesuffix("_") in ("add", "sub"))
        except TypeError:
            continue
        _tell(name, method, signature)
        return values
    return None


def _tell(name: str, method: bool, signature: Signature) -> None:
    """Warn of the first such call, as torch does, be it of whatever function."""
    if __name__ in state.warned:
        return
    state.warned.add(__name__)
    now = [str(p) for p in signature.parameters if p.kind == "Tensor" and p.name != "out"]
    scales = [f"Number {p.name} = 1" for p in signature.parameters if p.kind == "Number"]
    ending = [] if method else ["Tensor out = None"]
    warn(
        f"This overload of {name} is deprecated:\n\t{name}{signature}\nConsider using one of the following signatures "
        f"instead:\n\t{name}({', '.join([*now, '*', *scales, *ending])})"
    )
