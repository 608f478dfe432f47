"""torch.save and torch.load: files held in memory for the run, under their names; nothing reaches the disk."""

from __future__ import annotations

import posixpath
from collections import OrderedDict
from copy import deepcopy
from pathlib import PurePath
from typing import Any

from engine.nn.names import typename
from engine.ops.accumulate import owned
from engine.state import state
from engine.tensors import Tensor, leaf

MARK = b"chainrule "
"""How a file object's bytes begin that stand for something saved; the number of it follows."""

WEIGHTS_ONLY = (
    "Weights only load failed. This file can still be loaded, to do so you have two options, \x1b[1mdo those steps "
    "only if you trust the source of the checkpoint\x1b[0m. \n\t(1) In PyTorch 2.6, we changed the default value of "
    "the `weights_only` argument in `torch.load` from `False` to `True`. Re-running `torch.load` with `weights_only` "
    "set to `False` will likely succeed, but it can result in arbitrary code execution. Do it only if you got the file "
    "from a trusted source.\n\t(2) Alternatively, to load with `weights_only=True` please check the recommended steps "
    "in the following error message.\n\tWeightsUnpickler error: Unsupported global: GLOBAL {0} was not an allowed "
    "global by default. Please use `torch.serialization.add_safe_globals([{0}])` or the "
    "`torch.serialization.safe_globals([{0}])` context manager to allowlist this global if you trust this "
    "class/function.\n\nCheck the documentation of torch.load to learn more about types accepted by default with "
    "weights_only https://pytorch.org/docs/stable/generated/torch.load.html."
)
NOT_A_FILE = "expected 'f' to be string, path, or a file-like object with a 'write' attribute"


class UnpicklingError(Exception):
    """The error for a file that holds more than weights."""

    __module__ = "_pickle"


def name_of(path: Any) -> str:
    """The name of a file, whichever way its path is written."""
    return posixpath.normpath(str(path))


def save(obj: Any, f: Any, *args: Any, **kwargs: Any) -> None:
    """Keep a copy of ``obj`` under the name ``f``, or behind a file object."""
    copied = _copied(obj, {})
    if isinstance(f, (str, PurePath)):
        state.files[name_of(f)] = copied
    elif hasattr(f, "write"):
        number = len(state.files)
        state.files[number] = copied
        f.write(MARK + str(number).encode())
    else:
        raise AttributeError(NOT_A_FILE)


def load(f: Any, map_location: Any = None, *args: Any, weights_only: bool = True, **kwargs: Any) -> Any:
    """A copy of what was saved under the name ``f``, or behind a file object.

    Raises FileNotFoundError if nothing was, and UnpicklingError for whole models unless weights_only is off.
    """
    key: Any = name_of(f) if isinstance(f, (str, PurePath)) else f
    if hasattr(f, "read"):
        head, _, number = f.read().partition(b" ")
        key = int(number) if head + b" " == MARK and number.isdigit() else None
        if key is None:
            raise EOFError
    if key not in state.files:
        raise FileNotFoundError(2, "No such file or directory", str(f))
    found = state.files[key]
    if weights_only:
        _expect_weights(found)
    return _copied(found, {})


def _copied(obj: Any, memo: dict[int, Any]) -> Any:
    """A copy that shares nothing with ``obj``; tensors are leaves, containers keep their kinds."""
    if id(obj) in memo:
        return memo[id(obj)]
    if isinstance(obj, Tensor):
        out: Any = leaf(owned(obj._data), obj._track, type(obj))
        if state.recorder is not None:
            state.recorder.created(out, "load")
    elif type(obj) in (dict, OrderedDict):
        out = type(obj)((key, _copied(value, memo)) for key, value in obj.items())
    elif type(obj) in (list, tuple):
        out = type(obj)(_copied(value, memo) for value in obj)
    else:
        out = deepcopy(obj, memo)
    memo[id(obj)] = out
    return out


def _expect_weights(obj: Any) -> None:
    """Raise torch's error for what is more than tensors, numbers and containers."""
    if isinstance(obj, (Tensor, str, bytes, int, float, type(None))):
        return
    if type(obj) in (dict, OrderedDict):
        for key, value in obj.items():
            _expect_weights(key)
            _expect_weights(value)
    elif type(obj) in (list, tuple, set):
        for value in obj:
            _expect_weights(value)
    elif type(obj).__module__.startswith("engine"):
        return
    else:
        raise UnpicklingError(WEIGHTS_ONLY.format(typename(type(obj))))
