"""Names that do not exist: what was probably meant."""

from __future__ import annotations

import ast
import builtins
import difflib
import re
from collections.abc import Iterable
from functools import cache

from engine import optim, torch_api
from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.past import Past
from engine.nn.module import Module
from engine.optim.optimizer import Optimizer
from engine.tensors import Tensor
from engine.trace import events as ev
from engine.trace.events import Span

LIKELY = 0.72
"""How alike two names must be for one to have been meant (difflib's ratio)."""

IMPORTS = {
    "torch": "import torch",
    "nn": "import torch.nn as nn",
    "F": "import torch.nn.functional as F",
    "optim": "import torch.optim as optim",
    "np": "import numpy as np",
    "numpy": "import numpy",
    "plt": "import matplotlib.pyplot as plt",
    "math": "import math",
    "random": "import random",
    "tensor": "from torch import tensor",
    "Variable": "from torch.autograd import Variable",
    "grad": "from torch.autograd import grad",
    "partial": "from functools import partial",
    "dataclass": "from dataclasses import dataclass",
    "Tensor": "from torch import Tensor",
    "DataLoader": "from torch.utils.data import DataLoader",
    "TensorDataset": "from torch.utils.data import TensorDataset",
}
"""Names that come from a line that was not copied."""

KEYWORDS = (
    *("requires_grad", "dtype", "device", "size", "out", "generator", "retain_graph", "create_graph", "inputs"),
    *("gradient", "grad_outputs", "grad_tensors", "allow_unused", "is_grads_batched", "materialize_grads"),
    *("lr", "momentum", "weight_decay", "dampening", "nesterov", "betas", "eps", "alpha", "amsgrad", "params"),
    *("dim", "keepdim", "reduction", "bias", "in_features", "out_features", "inplace", "negative_slope", "p", "min"),
    *("max", "steps", "start", "end", "step", "mean", "std", "set_to_none", "kernel_size", "stride", "padding"),
    *("in_channels", "out_channels", "num_embeddings", "embedding_dim", "batch_first", "hidden_size", "input_size"),
    *("num_layers", "weight", "ignore_index", "label_smoothing", "memory_format", "non_blocking", "dims", "other"),
    *("batch_size", "shuffle", "sep", "flush", "key", "reverse", "strict"),
)
"""Names of arguments that calls in such programs use."""


@cache
def _members(kind: type) -> tuple[str, ...]:
    return tuple(n for n in dir(kind) if not n.startswith("_"))


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; ``""`` if none is near."""
    pool = [k for k in known if k != name]
    folded: dict[str, str] = {}
    for k in pool:
        folded.setdefault(_folded(k), k)
    same = folded.get(_folded(name))
    if same is not None:
        return same
    near = difflib.get_close_matches(name, pool, 1, LIKELY)
    if near:
        return near[0]
    found = difflib.get_close_matches(_folded(name), folded, 1, LIKELY)
    return folded[found[0]] if found else ""


def _folded(name: str) -> str:
    """Without case and underscores: zerograd is zero_grad."""
    return name.replace("_", "").lower()


# --- attributes -------------------------------------------------------------------------------


def attribute(past: Past, failed: ev.Failed) -> Advice | None:
    """``'Tensor' object has no attribute 'backwards'``, ``module 'torch' has no attribute 'tenosr'``."""
    found = re.match(
        r"(?:'([\w.]+)' object|(?:module|type object) '([\w.]+)') has no attribute '(\w+)'", failed.message
    )
    if found is None:
        return None
    owner, wrong = found[1] or found[2], found[3]
    if found[2]:
        space = next((m for m in NEIGHBOURS if m != owner and wrong in _module_names(m)), "")
        if space:
            return _elsewhere(past, failed, f"{found[2]} has no {wrong}", f"{space}.{wrong}")
    meant = closest(wrong, _attributes(past, owner, bool(found[2])))
    if not meant:
        return None
    where = _attribute_span(past, failed, wrong)
    return _spelled(past, failed, wrong, meant, where, f"{'A tensor' if owner == 'Tensor' else owner} has no {wrong}")


NEIGHBOURS = ("torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.autograd", "torch.linalg")
"""Where a name may stand that was looked for in the wrong part of torch."""


def _elsewhere(past: Past, failed: ev.Failed, why: str, meant: str) -> Advice:
    """A name that another part of torch has."""
    code = ""
    if failed.span is not None:
        text = past.source.text[failed.span.start : failed.span.stop]
        better = re.sub(r"^[\w.]+", meant, text, count=1)
        code = past.source.changed(failed.span, (failed.span, better))
    return Advice("other-part", f"It is {meant}", f"{why}; another part of torch has it.", "Write:", code, failed.span)


def imported(past: Past, failed: ev.Failed) -> Advice | None:
    """``cannot import name 'optm' from 'torch'``."""
    found = re.match(r"cannot import name '(\w+)' from '([\w.]+)'", failed.message)
    if found is None or failed.span is None:
        return None
    wrong, owner = found.groups()
    known = _module_names(owner)
    meant = closest(wrong, [n for n in known if n[0].isupper() == wrong[0].isupper()]) or closest(wrong, known)
    if not meant:
        return None
    at = past.source.text.rfind(wrong, failed.span.start, failed.span.stop)
    where = None if at < 0 else Span(at, at + len(wrong))
    return _spelled(past, failed, wrong, meant, where, f"{owner} has no {wrong}")


def _attributes(past: Past, owner: str, module: bool) -> list[str]:
    if module:
        return _module_names(owner)
    known: list[str] = []
    if owner in ("Tensor", "Parameter"):
        known += _members(Tensor)
    elif issubclass(getattr(optim, owner, object), Optimizer):
        known += _members(getattr(optim, owner))
    else:
        plain = getattr(builtins, owner, None)
        known += _members(plain) if isinstance(plain, type) else _members(Module)
    return [*known, *_own(past, owner)]


def _module_names(module: str) -> list[str]:
    """The public names of a part of torch."""
    first, *parts = module.split(".")
    if first != "torch":
        return []
    if not parts:
        return sorted(torch_api.NAMES)
    thing = torch_api.NAMES.get(parts[0])
    for part in parts[1:]:
        thing = getattr(thing, part, None)
    return [] if thing is None else [n for n in dir(thing) if not n.startswith("_")]


def _own(past: Past, owner: str) -> list[str]:
    """What a class of the program gives its objects: methods, and what is assigned to ``self``."""
    names = []
    for node in past.source.walk(ast.ClassDef):
        if isinstance(node, ast.ClassDef) and node.name == owner:
            for inner in ast.walk(node):
                if isinstance(inner, ast.FunctionDef):
                    names.append(inner.name)
                elif isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
                    names.append(inner.attr)
    return names


def _attribute_span(past: Past, failed: ev.Failed, wrong: str) -> Span | None:
    """The name after the dot."""
    if failed.span is None:
        return None
    at = past.source.text.find(f".{wrong}", failed.span.start, failed.span.stop)
    return failed.span if at < 0 else Span(at + 1, at + 1 + len(wrong))


def _spelled(
    past: Past, failed: ev.Failed, wrong: str, meant: str, where: Span | None, why: str, kind: str = "spelling"
) -> Advice:
    code = "" if where is None else past.source.changed(where, (where, meant))
    return Advice(
        kind,
        f"{meant} is probably meant",
        f"{why}; it is spelt {meant}.",
        "Change the name:",
        code,
        failed.span,
        () if where is None else (Cause(f"{meant}?", where),),
    )


# --- names ------------------------------------------------------------------------------------


def name(past: Past, failed: ev.Failed) -> Advice | None:
    """``name 'los' is not defined``."""
    found = re.match(r"name '(\w+)' is not defined", failed.message) or re.match(
        r"cannot access local variable '(\w+)'", failed.message
    )
    if found is None:
        return None
    wrong = found[1]
    where = _name_span(past, failed, wrong)
    later = _defined_later(past, failed, wrong)
    if later is not None:
        return Advice(
            "used-before",
            f"{wrong} comes too late",
            f"{wrong} gets its value on line {past.source.line(later)}, after this line has run.",
            f"Move the line that makes {wrong} up.",
            "",
            failed.span,
            (Cause(f"{wrong} is made here", later),),
        )
    meant = closest(wrong, _defined(past))
    if wrong in IMPORTS and not meant:
        return Advice(
            "missing-import",
            f"{wrong} is not imported",
            f"No line of the program says what {wrong} is.",
            "Put this at the top:",
            IMPORTS[wrong],
            failed.span,
        )
    if not meant:
        return None
    return _spelled(past, failed, wrong, meant, where, f"There is no {wrong} in the program")


def _name_span(past: Past, failed: ev.Failed, wrong: str) -> Span | None:
    statement = past.source.statement(failed.span)
    if statement is None:
        return failed.span
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and node.id == wrong:
            return past.source.span(node)
    return failed.span


def _defined(past: Past) -> list[str]:
    """The names that the program gives, and Python's own."""
    names: set[str] = set()
    tree = past.source.tree
    for node in ast.walk(tree) if tree is not None else ():
        match node:
            case ast.Name(ctx=ast.Store()):
                names.add(node.id)
            case ast.FunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.arg():
                names.add(node.arg)
            case ast.alias():
                names.add((node.asname or node.name).split(".")[0])
    return sorted(names) + [b for b in dir(builtins) if not b.startswith("_")]


def _defined_later(past: Past, failed: ev.Failed, wrong: str) -> Span | None:
    """The first line after the failure, on the same level, that gives the name a value."""
    if failed.span is None or past.source.scope(failed.span):
        return None
    for node in past.source.walk(ast.Name, ast.FunctionDef, ast.ClassDef):
        span = past.source.span(node)
        given = node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else getattr(node, "name", "")
        if given == wrong and span.start > failed.span.stop and not past.source.scope(span):
            return Span(span.start, span.start + len(wrong)) if isinstance(node, ast.Name) else span
    return None


# --- arguments --------------------------------------------------------------------------------


def argument(past: Past, failed: ev.Failed) -> Advice | None:
    """``tensor() got an unexpected keyword argument 'requires_gard'``."""
    found = re.search(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'", failed.message)
    function, wrong = (found[1], found[2]) if found is not None else _not_expected(failed.message)
    if not wrong:
        return None
    meant = closest(wrong, [*_parameters(past, function), *KEYWORDS])
    if not meant:
        return None
    return _spelled(past, failed, wrong, meant, _keyword_span(past, failed, wrong), f"{function}() takes no {wrong}")


def _not_expected(message: str) -> tuple[str, str]:
    """(function, keyword) of ``randn() received an invalid combination of arguments - got (int, dtyp=…)``."""
    found = re.search(r"(\w+)\(\) received an invalid combination .* got \((.*?)\), but expected(.*)", message, re.S)
    if found is None:
        return "", ""
    given = re.findall(r"(\w+)=", found[2])
    return found[1], next((name for name in given if not re.search(rf"\b{name}\b", found[3])), "")


def _parameters(past: Past, function: str) -> list[str]:
    """The arguments of a function, or of a class's ``__init__``, that the program defines."""
    names = []
    for node in past.source.walk(ast.FunctionDef):
        if isinstance(node, ast.FunctionDef) and node.name in (function, "__init__", "forward"):
            names += [
                a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if a.arg != "self"
            ]
    return names


def _keyword_span(past: Past, failed: ev.Failed, wrong: str) -> Span | None:
    statement = past.source.statement(failed.span)
    if statement is None:
        return None
    for node in ast.walk(statement):
        if isinstance(node, ast.keyword) and node.arg == wrong:
            span = past.source.span(node)
            return Span(span.start, span.start + len(wrong))
    return None
