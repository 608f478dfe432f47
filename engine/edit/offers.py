"""Offers: what can be added by a gesture, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

MODULES = {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional"}
"""What stands in a template for a module, and the module."""

LETTERS = {"input": "x", "other": "y", "exponent": "y", "input1": "x", "input2": "y", "input3": "z"}
"""How inputs are written in formulas."""


def sizes(shape: Sequence[int]) -> dict[str, str]:
    """What stands in a pattern for the sizes of the first input, and what it is for an input of a shape."""
    whole = tuple(shape)
    return {
        "last": str(whole[-1] if whole else 1),
        "channels": str(whole[1] if len(whole) > 1 else whole[0] if whole else 1),
        "backwards": str(tuple(reversed(range(len(whole))))),
        "twofold": str((2, *whole)),
        "once_more": str((2, *(1 for _ in whole[1:]))),
    }


@dataclass(frozen=True, slots=True)
class Offer:
    """An op, as it is offered.

    ``template`` is how it is written: ``{0} + {1}``, ``{torch}.sigmoid({0})``, ``{F}.mse_loss({0}, {1})``; the numbers
    are its tensor inputs, whose names are ``inputs``. ``group`` is the heading under which it stands, ``doc`` one line
    of help, ``form`` its formula with the inputs as ``{0}``, ``{1}``. A layer is made by ``layer``, in a line before;
    ``{layer}`` in the template is its name. ``pattern`` is the template, or what makes the layer, with words for sizes.
    """

    name: str
    group: str
    template: str
    inputs: tuple[str, ...]
    doc: str = ""
    form: str = ""
    layer: str = ""
    pattern: str = ""

    @property
    def formula(self) -> str:
        """The formula with letters for the inputs."""
        return self.form.format(*(LETTERS.get(name, name) for name in self.inputs))

    def fitted(self, shape: Sequence[int]) -> Offer:
        """The offer for a first input of a shape: literal arguments and layers that can take it."""
        if not self.pattern:
            return self
        text = self.pattern
        for word, size in sizes(shape).items():
            text = text.replace(f"{{{word}}}", size)
        return replace(self, layer=text) if self.layer else replace(self, template=text)


ADD = Offer("add", "Arithmetic", "{0} + {1}", ("input", "other"), "Adds other to input.", "{0} + {1}")
SUB = Offer("sub", "Arithmetic", "{0} - {1}", ("input", "other"), "Subtracts other from input.", "{0} − {1}")
MUL = Offer("mul", "Arithmetic", "{0} * {1}", ("input", "other"), "Multiplies input by other.", "{0} · {1}")
DIV = Offer("div", "Arithmetic", "{0} / {1}", ("input", "other"), "Divides input by other.", "{0} / {1}")
POW = Offer("pow", "Arithmetic", "{0} ** {1}", ("input", "exponent"), "input to the power of exponent.", "{0}^{1}")
NEG = Offer("neg", "Arithmetic", "-{0}", ("input",), "The negative of input.", "−{0}")
MATMUL = Offer("matmul", "Matrices", "{0} @ {1}", ("input", "other"), "The matrix product.", "{0} @ {1}")
OPERATORS = (ADD, SUB, MUL, DIV, POW, NEG, MATMUL)
"""What is written with a sign of Python's own."""

KEYS = {"+": ADD, "-": SUB, "*": MUL, "/": DIV, "^": POW, "m": MATMUL}
"""The keys of the operators: with operands selected, a key makes the op."""
