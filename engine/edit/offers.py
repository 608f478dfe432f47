"""Offers: what can be added by a gesture, and how it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass

MODULES = {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional"}
"""What stands in a template for a module, and the module."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An op, as it is offered.

    ``template`` is how it is written: ``{0} + {1}``, ``{torch}.sigmoid({0})``, ``{F}.mse_loss({0}, {1})``; the numbers
    are its tensor inputs, whose names are ``inputs``. ``group`` is the heading under which it stands, ``doc`` one line
    of help, ``form`` its formula with the inputs as ``{0}``, ``{1}``.
    """

    name: str
    group: str
    template: str
    inputs: tuple[str, ...]
    doc: str = ""
    form: str = ""

    def modules(self) -> list[str]:
        """The modules that the template names, by their places in it."""
        return [name for name in re.findall(r"{(\w+)}", self.template) if name in MODULES]


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
