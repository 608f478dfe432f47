"""OpSpec: everything that is known about one op, in one place.

Every suite that tests all ops, the explanations and the completion list iterate the table of these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.node import OUT, Node, Raw

Vjp = Callable[[Any, Any], Any]
"""``(g, c) -> gradient of one input``. ``g`` is what arrived (for an op of several outputs a list);
``c`` gives saved values, params and the functions to compute with (see engine.ops.context). It is
written with differentiable functions only, so that create_graph needs nothing extra."""


@dataclass(frozen=True, slots=True)
class Arg:
    """A sample tensor: values are drawn evenly from [low, high) by a generator seeded from its place."""

    shape: tuple[int, ...]
    low: float = -2.0
    high: float = 2.0
    dtype: str = "float64"
    requires_grad: bool = True


@dataclass(frozen=True, slots=True)
class Sample:
    """A call that must work: ``torch.<spec.call>(*args, **kwargs)``; Args become tensors."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)


def S(*args: Any, **kwargs: Any) -> Sample:
    """A sample in short: a tuple of ints is the shape of a float64 tensor that requires grad (dims are lists)."""
    shapes = (Arg(a) if isinstance(a, tuple) and all(type(n) is int for n in a) else a for a in args)
    return Sample(tuple(shapes), kwargs)


@dataclass(frozen=True, slots=True)
class Bad:
    """A call that must fail with this exception type and text."""

    args: tuple[Any, ...]
    error: type[Exception]
    message: str
    kwargs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class OpSpec:
    """One op.

    ``forward(*raw, **params)`` computes on numpy. ``vjps[i]`` gives input i's gradient; ``joint`` gives all
    at once, for ops of many inputs; with neither the op is not differentiable. ``saves`` lists what is kept
    for backward: (input index or OUT, the inputs whose gradient needs it); ``holds`` names the params that
    torch keeps as saved tensors, which are gone, too, once backward has run. ``form`` and ``latex`` show the
    op with its operands put in; ``derivatives[i]`` is LaTeX for input i: the local factor, or, where ``{g}``
    appears in it, the whole vector-Jacobian product.
    """

    name: str
    forward: Callable[..., Raw]
    vjps: tuple[Vjp | None, ...] = ()
    joint: Vjp | None = None
    grad_fn: str = ""
    namespace: str = ""
    args: tuple[str, ...] = ("input",)
    saves: tuple[tuple[int, tuple[int, ...]], ...] = ()
    holds: tuple[str, ...] = ()
    form: str = ""
    latex: str = ""
    derivatives: tuple[str, ...] = ()
    glyph: str = ""
    local: bool = False
    """Each output element depends on one element of each input: the derivative is a number per element."""
    view: bool = False
    doc: str = ""
    call: str = ""
    samples: tuple[Sample, ...] = ()
    errors: tuple[Bad, ...] = ()
    node: type[Node] = field(init=False)
    differentiable: bool = field(init=False)
    plan: tuple[tuple[int, int], ...] = field(init=False)
    """``saves`` as (input index, the inputs that need it as bits); nothing needs a result in advance."""
    pair: tuple[int, int] | None = field(init=False)
    """The users of the two inputs as bits, if these and nothing else are saved."""
    result_slots: tuple[tuple[int, tuple[int, ...]], ...] = field(init=False)
    """Where in ``saves`` results stand, and the inputs whose gradient needs them."""

    def __post_init__(self) -> None:
        name = self.grad_fn or "".join(part.capitalize() for part in self.name.split("_")) + "Backward0"
        inside = {"__module__": "builtins", "spec": self, "namespace": self.namespace}
        node = type(name, (Node,), inside | {"rules": self.vjps if self.joint is None else None})
        put = object.__setattr__
        put(self, "grad_fn", name)
        put(self, "node", node)
        put(self, "differentiable", bool(self.vjps) or self.joint is not None)
        put(self, "call", self.call or self.name)
        bits = [(index, sum(1 << i for i in users)) for index, users in self.saves]
        put(self, "plan", tuple((index, 0 if index == OUT else users) for index, users in bits))
        put(self, "pair", (bits[0][1], bits[1][1]) if [index for index, _ in bits] == [0, 1] else None)
        results = [(slot, users) for slot, (index, users) in enumerate(self.saves) if index == OUT]
        put(self, "result_slots", tuple(results))
        if not self.form:
            put(self, "form", f"{self.name}({', '.join(f'{{{i}}}' for i in range(len(self.args)))})")
        if not self.glyph:
            put(self, "glyph", self.name)

    def saved_name(self, slot: int) -> str:
        """What torch calls entry ``slot`` of the saved tensors: the argument's name, or ``result``."""
        index = self.saves[slot][0]
        return "result" if index == OUT else self.args[index]
