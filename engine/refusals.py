"""Names that PyTorch has and Chainrule leaves out: each says so in one line."""

from __future__ import annotations

from typing import Any

CPU_ONLY = "everything runs on the CPU"
NO_COMPILER = "programs are run as they are written"
ONE_PROCESS = "a program runs in one process"
REAL = "numbers are real"
DENSE = "tensors are dense"
PLAIN = "tensors are of plain types"

REASONS = {
    "bfloat16": PLAIN,
    "compile": NO_COMPILER,
    "export": NO_COMPILER,
    "fft": REAL,
    "fx": NO_COMPILER,
    "hub": "there is no network here",
    "jit": NO_COMPILER,
    "load": "programs cannot read files",
    "nested": DENSE,
    "onnx": NO_COMPILER,
    "profiler": "nothing is measured here",
    "quantization": PLAIN,
    "save": "programs cannot write files",
    "vmap": "write the loop, or use a further dimension",
}
"""Why a name is not there, where it is not plain that it is merely missing."""

_BY_PART = (
    (("cuda", "cudnn", "xpu", "mps", "mtia", "hpu", "miopen", "amp", "autocast", "Stream", "Event"), CPU_ONLY),
    (("complex", "cfloat", "cdouble", "chalf", "polar", "eigvals", "eig", "stft", "fft"), REAL),
    (("sparse", "coalesce", "crow_indices", "col_indices", "to_dense"), DENSE),
    (("quant", "qint", "quint", "q_", "float8", "float4", "bits", "uint1", "uint2", "uint4", "int4", "fbgemm"), PLAIN),
    (("jit", "Script", "compil", "export", "onnx", "dynamo"), NO_COMPILER),
    (("distributed", "multiprocessing", "share_memory"), ONE_PROCESS),
)


class OutOfScope(AttributeError):
    """A name that exists in PyTorch and that Chainrule leaves out on purpose."""


def reason(name: str) -> str:
    """Why ``torch.<...>.<name>`` is left out; empty if it is merely missing."""
    if name in REASONS:
        return REASONS[name]
    for parts, why in _BY_PART:
        if any(part in name for part in parts):
            return why
    return ""


def missing(space: str, name: str) -> AttributeError:
    """The error for a name that ``space`` (``torch.linalg``, ``Tensor`` ...) does not have here.

    A refusal in one line if PyTorch has it; PyTorch's own text if it does not.
    """
    from engine.torch_names import known

    names = known(space)
    if name in REASONS if names is None else name in names:
        why = reason(name) or (CPU_ONLY if space.startswith("torch.cuda") else "")
        return OutOfScope(f"{space}.{name} is not part of Chainrule" + (f": {why}" if why else ""))
    if space == "Tensor":
        return AttributeError(f"'Tensor' object has no attribute '{name}'")
    return AttributeError(f"module '{space}' has no attribute '{name}'")


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
