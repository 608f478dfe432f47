"""Functions take the arguments that torch's signatures name, and refuse others in torch's words."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from engine.ops import decompositions, factors, inverses, matrix_functions
from engine.ops.signature_table import signatures
from engine.ops.signatures import HIDDEN, Signature
from engine.ops.table import FUNCTIONS, MODULES

UNUSED = frozenset(("out", "device", "layout", "pin_memory", "memory_format"))

STRICT: list[tuple[str, bool, Any]] = [
    *((name, False, f.strict) for name, f in FUNCTIONS.items() if hasattr(f, "strict")),
    *(
        (f"linalg.{name}", False, f.strict)
        for module in (inverses, decompositions, matrix_functions, factors)
        for name, f in module.LINALG.items()
    ),
    *((name, True, f.strict) for m in MODULES for name, f in m.METHODS.items() if hasattr(f, "strict")),
]


@pytest.mark.parametrize(("name", "method", "function"), STRICT, ids=lambda v: v if isinstance(v, str) else None)
def test_every_argument_is_taken(name: str, method: bool, function: Any) -> None:
    found = signatures(name, method)
    assert found, "torch has no signature of this name"
    taken = inspect.signature(function)
    for text in found:
        if text == HIDDEN:
            continue
        given = {p.name: None for p in Signature(text).parameters if p.name not in UNUSED}
        taken.bind(*((None,) if method else ()), **given)
