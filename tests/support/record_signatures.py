"""Records torch's signatures of the functions and methods that the engine has.

Run in an environment that has torch (and PyYAML):  python -m tests.support.record_signatures

torchgen knows all overloads, with types; torch's own error texts tell their order.
"""

from __future__ import annotations

import re
import textwrap
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torchgen
from torchgen.api.python import signature
from torchgen.gen import parse_native_yaml
from torchgen.model import SchemaKind, Variant

from engine.ops.table import FUNCTIONS, MODULES

TARGET = Path(__file__).parent.parent.parent / "engine" / "ops" / "signature_table.py"

SHORT = [
    (r"(Sym)?IntArrayRef\[1\]", "ints1"),
    (r"(Sym)?IntArrayRef(\[\d+\])?", "ints"),
    (r"TensorList(\[\d+\])?", "Tensors"),
    (r"c10::string_view", "str"),
    (r"int64_t|SymInt", "int"),
    (r"double", "float"),
    (r"ScalarType", "dtype"),
    (r"Scalar", "Number"),
    (r"Layout|Device|Generator", lambda m: m.group().lower()),
    (r"MemoryFormat", "memory_format"),
    (r"ArrayRef<double>", "floats"),
    (r"c10::List<::std::optional<Tensor>>", "Tensors"),
]
OPTIONS = (
    "dtype? dtype=None, layout? layout=None, device? device=None, bool? pin_memory=False, bool? requires_grad=False"
)

# Written by hand in torch, or with signatures that neither source tells.
BY_HAND = {
    "arange": [
        f"Number end, *, Tensor? out=None, {OPTIONS}",
        f"Number start, Number end, *, {OPTIONS}",
        f"Number start, Number end, Number step=1, *, Tensor? out=None, {OPTIONS}",
    ],
    "as_tensor": ["object data, dtype? dtype=None, device? device=None"],
    "full": [f"ints size, Number fill_value, *, Tensor? out=None, {OPTIONS}"],
    "mul": ["Tensor input, Tensor other, *, Tensor out=None"],
    "range": [f"Number start, Number end, Number step=1, *, Tensor? out=None, {OPTIONS}"],
    "tensor": [
        "object data, *, dtype? dtype=None, device? device=None, bool pin_memory=False, bool requires_grad=False"
    ],
}
_SWITCHES = "bool non_blocking=False, bool copy=False, *, memory_format? memory_format=None"
METHODS_BY_HAND = {
    "new_tensor": ["object data, *, dtype? dtype=None, device? device=None, bool requires_grad=False"],
    "requires_grad_": ["bool requires_grad=True"],
    "size": ["int? dim=None"],
    "stride": ["int? dim=None"],
    "to": [
        f"device? device=None, dtype? dtype=None, {_SWITCHES}",
        f"dtype dtype, {_SWITCHES}",
        f"Tensor tensor, {_SWITCHES}",
    ],
    "zero_": [""],
}
PYTHON = frozenset(
    [
        "from_numpy",
        "split",
        "norm",
        "meshgrid",
        "einsum",
        "unique",
        "unique_consecutive",
        "cartesian_prod",
        "cdist",
        "tensordot",
        "chain_matmul",
        "block_diag",
        "atleast_1d",
        "atleast_2d",
        "atleast_3d",
        "broadcast_tensors",
        "broadcast_shapes",
        "unravel_index",
        "gradient",
        "is_tensor",
        "manual_seed",
        "seed",
        "initial_seed",
        "get_rng_state",
        "set_rng_state",
        "numpy",
        "tolist",
        "item",
        "backward",
        "type",
        "detach_",
        "new",
        "relu_",
        "data_ptr",
        "contiguous",
        "cpu",
        "cuda",
        "apply_",
        "map_",
        "map2_",
        "resize_",
        "resize",
        "nonzero",
    ]
)
"""Functions with parsers of their own, or in Python: the engine's functions do the checks."""


def shown_type(kind: str) -> str:
    from engine.ops.signatures import SHOWN

    return SHOWN.get(kind.rstrip("?"), kind)


def shortened(parameter: str) -> str:
    if parameter == "*":
        return parameter
    kind, rest = parameter.split(" ", 1)
    question = "?" if kind.endswith("?") else ""
    kind = kind.rstrip("?")
    for pattern, name in SHORT:
        if re.fullmatch(pattern, kind):
            kind = re.sub(pattern, name, kind, count=1)
            break
    return f"{kind}{question} {rest}"


def parameters(text: str) -> list[str]:
    inside = text[text.index("(") + 1 : text.rindex(")")]
    inside = re.sub(r"\{([^}]*)\}", lambda m: "{" + m.group(1).replace(" ", "") + "}", inside)
    return [shortened(p) for p in inside.split(", ")] if inside else []


def display(given: list[str]) -> str:
    out = []
    for p in given:
        kind, _, rest = p.partition(" ")
        name, equals, default = rest.partition("=")
        out.append(p if p == "*" else f"{shown_type(kind)} {name}" + (f" = {default}" if equals else ""))
    return f"({', '.join(out)})"


def without_out(text: str) -> str:
    for kind in ("Tensor", "tuple of Tensors"):
        text = text.replace(f", *, {kind} out = None)", ")").replace(f", {kind} out = None", "")
        text = text.replace(f"*, {kind} out = None, ", "*, ")
    return text


def from_display(text: str, known: list[list[str]]) -> list[str]:
    """The parameters that an error text shows, with the types as torchgen has them."""
    kinds = {}
    for given in known:
        for p in given:
            kind, _, rest = p.partition(" ")
            kinds[rest.partition("=")[0], shown_type(kind)] = kind
    back = {
        shown_type(k): k
        for k in (
            "Number",
            "Tensor",
            "Tensors",
            "bool",
            "device",
            "dtype",
            "float",
            "floats",
            "generator",
            "int",
            "ints",
            "layout",
            "memory_format",
            "object",
            "str",
        )
    }
    out = []
    for part in text[1:-1].split(", ") if len(text) > 2 else []:
        if part == "*":
            out.append(part)
            continue
        left, equals, default = part.partition(" = ")
        shown, _, name = left.rpartition(" ")
        kind = kinds.get((name, shown)) or back.get(shown, shown)
        if default == "None" and not kind.endswith("?"):
            kind += "?"
        out.append(f"{kind} {name}" + (f"={default}" if equals else ""))
    return out


class Nothing:
    """Fits no signature."""


def order_shown(call: Callable[..., Any]) -> list[str] | None:
    """The signatures that torch's error text lists; None if there is only one."""
    for args in ([Nothing()] * 12, [], [Nothing()], [Nothing()] * 2):
        for kwargs in ({}, {"zzz": 1, "yyy": 2}):
            try:
                call(*args, **kwargs)
            except TypeError as error:
                text = str(error)
                if "but expected" in text:
                    return [line[3:] for line in text.split("\n") if line.startswith(" * ")] or [
                        text.split("but expected ")[1].strip()
                    ]
            except Exception:
                pass
    return None


def overloads() -> tuple[dict[str, list[list[str]]], dict[str, list[list[str]]]]:
    """torchgen's signatures of functions (with their namespace) and methods."""
    base = Path(torchgen.__file__).parent / "packaged" / "ATen" / "native"
    every = parse_native_yaml(str(base / "native_functions.yaml"), str(base / "tags.yaml")).native_functions
    outs = defaultdict(list)
    for f in every:
        if f.func.kind() == SchemaKind.out:
            outs[str(f.func.name.name)].append(f)
    functions, methods = defaultdict(list), defaultdict(list)
    for f in every:
        name = str(f.func.name.name)
        if f.func.kind() == SchemaKind.out or name == "requires_grad_":
            continue
        if Variant.function in f.variants or f.python_module in ("linalg", "special"):
            own = signature(f, method=False, pyi=False)
            text = own.signature_str()
            twin = [g for g in outs[name] if g.func.signature() == f.func.signature()]
            if twin and own.tensor_options_args:
                text = text.replace("*, ScalarType", "*, Tensor out=None, ScalarType")
            elif twin:
                text = signature(twin[0], method=False, pyi=False).signature_str(skip_outputs=False)
            space = f"{f.python_module}_"
            key = f"{f.python_module}.{name.removeprefix(space)}" if name.startswith(space) else name
            functions[key].append(parameters(text))
        if Variant.method in f.variants:
            methods[name].append(parameters(signature(f, method=True, pyi=False).signature_str()))
    return functions, methods


def ordered(call: Callable[..., Any], known: list[list[str]]) -> list[str]:
    shown = order_shown(call)
    if shown is None:
        return [", ".join(known[0])] if len(known) == 1 else []
    out = []
    for text in shown:
        if "out_dtype" in text:
            continue  # only for CUDA
        exact = [given for given in known if display(given) == text]
        close = [given for given in known if without_out(display(given)) == without_out(text)]
        out.append(", ".join(exact[0] if exact else from_display(text, close or known)))
    # One signature shown in the words for several: there is a deprecated one, which is not shown.
    return [*out, "~"] if len(out) == 1 else out


def folded(text: str) -> str:
    return text.replace(OPTIONS, "@options").replace("*, Tensor out=None", "*out")


def recorded() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What the table is to hold: signatures of the engine's functions and methods."""
    from engine.torch_api import NAMES

    known_functions, known_methods = overloads()
    functions, methods = {}, {}
    names = [n for n in FUNCTIONS if n not in PYTHON]
    for space in ("linalg", "special"):
        names += [f"{space}.{n}" for n in vars(NAMES[space]) if not n.startswith("_")]
    for name in names:
        owner: Any = torch
        for part in name.split("."):
            owner = getattr(owner, part, None)
        found = BY_HAND.get(name) or (ordered(owner, known_functions[name]) if known_functions.get(name) else [])
        if found:
            functions[name] = found
    sample = torch.ones(2, 3)
    for name in sorted({n for module in MODULES for n in module.METHODS} | set(METHODS_BY_HAND) - PYTHON):
        if name in METHODS_BY_HAND:
            methods[name] = METHODS_BY_HAND[name]
        elif known_methods.get(name):
            found = ordered(getattr(sample, name), known_methods[name])
            if found:
                methods[name] = found
    return functions, methods


def derived(function: list[str]) -> list[str]:
    """The signatures that a method has if they follow from the function's."""
    out = []
    for text in function:
        parts = [p for p in text.split(", ") if not p.endswith(" out=None")]
        if not parts or not parts[0].startswith("Tensor "):
            return []
        parts = parts[1:]
        if parts and parts[-1] == "*":
            parts.pop()
        out.append(", ".join(parts))
    return out


def block(table: dict[str, list[str]]) -> list[str]:
    """Lines of ``names: signature | signature``, names with the same signatures together."""
    groups = defaultdict(list)
    for name, found in table.items():
        groups[" | ".join(map(folded, found))].append(name)
    lines = []
    for text, names in sorted(groups.items(), key=lambda item: item[1]):
        whole = f"{' '.join(sorted(names))}: {text}".rstrip()
        lines += textwrap.wrap(whole, 116, break_long_words=False, break_on_hyphens=False, subsequent_indent="    ")
    return lines


HEAD = '''"""torch's signatures of functions and methods, recorded from torch by tests/support/record_signatures.py.

One line (with its continuation) per set of signatures: the names that have it, a colon, and the signatures.
``*out`` stands for ``*, Tensor out=None``, ``@options`` for dtype, layout, device, pin_memory and requires_grad. A
method that is not listed has the signatures of the function of its name, without the first tensor and ``out``.
"""

from __future__ import annotations

import functools
import re

OPTIONS = (
    "dtype? dtype=None, layout? layout=None, device? device=None, bool? pin_memory=False, bool? requires_grad=False"
)

FUNCTIONS = """\\
%s
"""

METHODS = """\\
%s
"""


def _unfolded(text: str) -> str:
    return text.replace("*out", "*, Tensor out=None").replace("@options", OPTIONS)


@functools.cache
def _table(block: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for line in re.sub(r"\\n    ", " ", block).strip().split("\\n"):
        names, _, text = line.partition(":")
        signatures = tuple(_unfolded(s.strip()) for s in text.split("|"))
        found.update(dict.fromkeys(names.split(), signatures))
    return found


def _of_method(text: str) -> str:
    """A function's signature as its method has it."""
    parts = [p for p in text.split(", ")[1:] if not p.endswith(" out=None")]
    return ", ".join(parts[:-1] if parts and parts[-1] == "*" else parts)


def signatures(name: str, method: bool) -> tuple[str, ...] | None:
    """The signatures of ``torch.<name>``, or of Tensor's method; None if torch parses its arguments in another way."""
    if not method:
        return _table(FUNCTIONS).get(name)
    own = _table(METHODS).get(name)
    if own is None and name in _table(FUNCTIONS):
        return tuple(map(_of_method, _table(FUNCTIONS)[name]))
    return own
'''


def main() -> None:
    warnings.simplefilter("ignore")
    functions, methods = recorded()
    rest = {n: found for n, found in methods.items() if found != derived(functions.get(n, [""]))}
    TARGET.write_text(HEAD % ("\n".join(block(functions)), "\n".join(block(rest))))
    print(f"{len(functions)} functions, {len(methods)} methods ({len(rest)} of their own) -> {TARGET}")


if __name__ == "__main__":
    main()
