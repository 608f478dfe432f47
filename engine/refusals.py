"""Names that PyTorch has and Chainrule leaves out: each says so in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

CPU_ONLY = "everything runs on the CPU"
NO_COMPILER = "programs are run as they are written"
ONE_PROCESS = "a program runs in one process"
REAL = "numbers are real"
DENSE = "tensors are dense"
BACKWARD = "derivatives go backward, from a result to what it depends on"
PLAIN = "tensors are of plain types"

REASONS = {
    "SyncBatchNorm": ONE_PROCESS,
    "DataParallel": ONE_PROCESS,
    "GradScaler": CPU_ONLY,
    "amp": CPU_ONLY,
    "benchmark": "nothing is measured here",
    "bfloat16": PLAIN,
    "compile": NO_COMPILER,
    "export": NO_COMPILER,
    "forward_ad": BACKWARD,
    "fwAD": BACKWARD,
    "fft": REAL,
    "fx": NO_COMPILER,
    "hub": "there is no network here",
    "jit": NO_COMPILER,
    "nested": DENSE,
    "onnx": NO_COMPILER,
    "profiler": "nothing is measured here",
    "quantization": PLAIN,
    "tensorboard": "the timeline and the plots show the run",
}
"""Why a name is not there, where it is not plain that it is merely missing."""

_BY_PATTERN = (
    (r"cuda|cudnn|xpu|mps$|mtia|hpu|miopen|mkldnn|autocast|accelerator|Stream|Event|ipu", CPU_ONLY),
    (r"complex|cfloat|cdouble|chalf|polar|eig$|eigvals|fft|imag|lobpcg", REAL),
    (r"sparse|coalesce|crow_|ccol_|row_indices|col_indices|to_dense|^indices$|^values$", DENSE),
    (r"quant|qint|quint|^q_|qscheme|float8|float4|bits|^bit|uint[1-7]$|uint16|uint32|uint64|^int[1-7]$|fbgemm", PLAIN),
    (r"jit|Script|compile|export|onnx|dynamo|library", NO_COMPILER),
    (r"distributed|multiprocessing", ONE_PROCESS),
)


class OutOfScope(AttributeError):
    """A name that exists in PyTorch and that Chainrule leaves out on purpose."""


COMPLEX = "complex tensors are not part of Chainrule: numbers are real"


def no_operand(other: Any) -> Any:
    """An operator's answer to what it cannot compute with: Python's TypeError arises; complex numbers are refused."""
    if isinstance(other, complex):
        raise OutOfScope(COMPLEX)
    return NotImplemented


class OutOfScopeImport(ModuleNotFoundError):
    """An import of what Chainrule leaves out on purpose."""


def reason(name: str) -> str:
    """Why ``torch.<...>.<name>`` is left out; empty if it is merely missing."""
    if name in REASONS:
        return REASONS[name]
    for pattern, why in _BY_PATTERN:
        if re.search(pattern, name):
            return why
    return ""


def missing(space: str, name: str) -> AttributeError:
    """The error for a name that ``space`` (``torch.linalg``, ``Tensor`` ...) does not have here.

    A refusal in one line if PyTorch has it; PyTorch's own text if it does not.
    """
    from engine.torch_names import known

    names = known(space)
    if name in REASONS or (names is not None and name in names):
        why = reason(name) or (CPU_ONLY if space.startswith("torch.cuda") else "")
        return OutOfScope(f"{space}.{name} is not part of Chainrule" + (f": {why}" if why else ""))
    if space == "Tensor":
        return AttributeError(f"'Tensor' object has no attribute '{name}'")
    return AttributeError(f"module '{space}' has no attribute '{name}'")


class Absent:
    """The place of a name that PyTorch's class ``owner`` has, and ours leaves out: to look it up is an error.

    A ``__getattr__`` would say so, too, but Python looks up every attribute of such a class at a sixth of the speed.
    """

    def __init__(self, owner: str, name: str) -> None:
        self.owner = owner
        self.name = name

    def __get__(self, instance: Any, cls: type) -> Any:
        if instance is None:
            raise AttributeError(f"type object '{cls.__name__}' has no attribute '{self.name}'")
        raise missing(self.owner, self.name)


def refusing(space: str) -> Callable[[str], Any]:
    """A package's ``__getattr__``: for the names that it does not have."""

    def get(name: str) -> Any:
        raise missing(space, name)

    return get


class Names:
    """A namespace such as torch.linalg: the given names; others are refused."""

    def __init__(self, name: str, **names: Any) -> None:
        self.__name__ = name
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise missing(self.__name__, name)

    def __repr__(self) -> str:
        return f"<module '{self.__name__}'>"
