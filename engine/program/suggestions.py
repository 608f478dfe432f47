"""What was probably meant by a name that does not exist."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any

from engine.program.namespaces import words

MOVED = {
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "F": "import torch.nn.functional as F",
    "nn": "import torch.nn as nn",
    "torch": "import torch",
    "optim": "import torch.optim as optim",
    "math": "import math",
    "random": "import random",
    "Variable": "from torch.autograd import Variable",
}
"""Names that tutorials use without showing the import."""

_KEYWORD = re.compile(r"unexpected keyword argument '(\w+)'")


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` most looks like; None if there is none near it."""
    folded = {k.casefold(): k for k in known}
    if name.casefold() in folded and folded[name.casefold()] != name:
        return folded[name.casefold()]
    candidates = [k for k in folded.values() if not k.startswith("_") or name.startswith("_")]
    squeezed = {k.replace("_", ""): k for k in candidates}
    if name.replace("_", "") in squeezed and squeezed[name.replace("_", "")] != name:
        return squeezed[name.replace("_", "")]
    found = difflib.get_close_matches(name, candidates, 1, 0.72)
    return found[0] if found and found[0] != name else None


def hint(error: BaseException, environment: dict[str, Any], names_of: Callable[[Any], Iterable[str]]) -> str:
    """One sentence on what a name error, an attribute error or a wrong keyword probably meant; empty if unknown."""
    if isinstance(error, NameError) and error.name:
        builtins = environment.get("__builtins__", {})
        own = [n for n in environment if not (n.startswith("_") and n.endswith("_"))]
        meant = closest(error.name, [*own, *(n for n in builtins if not n.startswith("_"))])
        if error.name in MOVED and meant is None:
            return f"Is the line `{MOVED[error.name]}` missing?"
        return _did_you_mean(meant)
    if isinstance(error, AttributeError) and error.name and error.obj is not None:
        return _did_you_mean(closest(error.name, names_of(error.obj)))
    if isinstance(error, TypeError):
        match = _KEYWORD.search(str(error))
        if match:
            return _did_you_mean(closest(match.group(1), KEYWORDS))
    return ""


def _did_you_mean(meant: str | None) -> str:
    return f"Did you mean `{meant}`?" if meant else ""


KEYWORDS = words(
    "requires_grad dtype device dim keepdim lr momentum weight_decay nesterov betas eps alpha reduction bias "
    "in_features out_features retain_graph create_graph gradient inputs grad_outputs allow_unused kernel_size stride "
    "padding batch_first num_layers hidden_size input_size batch_size shuffle step_size gamma start end steps min max "
    "size generator weight ignore_index label_smoothing unbiased correction descending largest sorted"
)
"""Keyword arguments of torch's functions."""
