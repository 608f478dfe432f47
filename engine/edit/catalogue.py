"""Catalogue: everything that can be added by a gesture, made of the table of ops, under headings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from engine import dtypes, nn
from engine.edit.composed import COMPOSED, INSTEAD, LAYERS, Sized
from engine.edit.offers import OPERATORS, Offer, sizes
from engine.ops.signature_table import signatures
from engine.ops.signatures import Signature
from engine.ops.spec import Arg, OpSpec, Sample
from engine.ops.table import MODULES
from engine.tensors import Tensor
from engine.torch_api import NAMES

ARITHMETIC, POWERS, TRIGONOMETRY = "Arithmetic", "Powers and logarithms", "Trigonometry"
ACTIVATIONS, SUMS, CHOOSING, SHAPE = "Activations", "Sums and means", "Comparing and choosing", "Shape"
JOINING, INDEXING, MATRICES, LOSSES = "Joining and splitting", "Indexing", "Matrices", "Losses"
NORMALISING, POOLING, LAYERS_OF_NN = "Normalisation and dropout", "Convolution and pooling", "Layers"
ALGEBRA, SORTING, RANDOM = "Linear algebra", "Sorting", "Random"
SPECIAL, LIMITS, GRAPH = "Special functions", "Rounding and limits", "Graph and types"

GROUPS = (
    *(ARITHMETIC, POWERS, TRIGONOMETRY, ACTIVATIONS, SUMS, MATRICES, LOSSES, LAYERS_OF_NN, CHOOSING, LIMITS, SHAPE),
    *(JOINING, INDEXING, NORMALISING, POOLING, SORTING, RANDOM, ALGEBRA, SPECIAL, GRAPH),
)
"""All headings, what beginners look for first."""

HEADINGS = {
    **dict.fromkeys(("arithmetic", "division", "pairs"), ARITHMETIC),
    **dict.fromkeys(("powers", "analytic"), POWERS),
    **dict.fromkeys(("pointwise", "odds"), LIMITS),
    **dict.fromkeys(("activations", "softmax", "corners", "gates", "attention"), ACTIVATIONS),
    **dict.fromkeys(("mixing", "compare"), CHOOSING),
    **dict.fromkeys(("reduce", "extremes", "norms", "running", "quantiles", "spread", "differences"), SUMS),
    **dict.fromkeys(("linalg", "matrices", "products", "diagonals"), MATRICES),
    **dict.fromkeys(("shape", "broadcasting", "copying", "rearranging"), SHAPE),
    "joining": JOINING,
    **dict.fromkeys(("picking", "indexing", "scattering", "scatter_reduce", "placing", "lookup", "bags"), INDEXING),
    **dict.fromkeys(("losses", "classification", "margins", "likelihoods", "ctc"), LOSSES),
    "normalisation": NORMALISING,
    **dict.fromkeys(("padding", "pooling", "patches", "volumes", "resampling", "grids"), POOLING),
    "sorting": SORTING,
    "sampling": RANDOM,
    **dict.fromkeys(("inverses", "decompositions", "matrix_functions", "factors"), ALGEBRA),
    "incomplete": SPECIAL,
    "special": SPECIAL,
    "transcendental": SPECIAL,
    "autograd_ops": GRAPH,
}
"""The heading of a family of ops."""

APART = {
    TRIGONOMETRY: "sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh hypot deg2rad rad2deg sinc",
    ACTIVATIONS: "sigmoid logit",
    SPECIAL: "erf logaddexp logaddexp2 nextafter gcd lcm",
    LIMITS: "copysign heaviside signbit sgn frac",
    CHOOSING: "fmax fmin isposinf isneginf isreal maximum minimum",
    SHAPE: "roll flip",
    JOINING: "block_diag",
    SORTING: "nonzero",
}
"""The ops of a family that stand under another heading."""

_OWN = {name: heading for heading, names in APART.items() for name in names.split()}

SIGNS = frozenset(("eq", "ne", "lt", "le", "gt", "ge", "floor_divide", "remainder"))
"""Ops that are written as their formula is."""

INNER = frozenset(
    (
        *("rsub", "rsub_tensor", "rpow", "convolution", "constant_pad_nd", "as_strided_view", "embedding", "isreal"),
        *("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "bitwise_not"),
    )
)
"""Ops with samples that nobody writes in a program."""

CALLED = {"Tensor.unfold": "windows", "Tensor.__getitem__": "index", "Tensor.to": "to whole numbers"}
"""What calls are called whose own name says too little, or is another's."""

WAYS = {"floor": "rounded down", "trunc": "rounded to 0", "dim": "along dim", "value": "with a number"}
"""What an op is called that is another one in a certain way, by the ending of its name."""

FIELDS = {
    **dict.fromkeys(("max along dim", "min along dim", "median along dim", "nanmedian along dim"), "values"),
    **dict.fromkeys(("sort", "topk", "kthvalue", "mode", "cummax", "cummin"), "values"),
    "aminmax": "max",
    "frexp": "mantissa",
    "slogdet": "logabsdet",
    "eigh": "eigenvalues",
    "svd": "S",
    "qr": "R",
    "lstsq": "solution",
}
"""Which of an op's results it is that gradients come from."""

DOUBLE = ("LSTM", "GRU", "RNN", "MultiheadAttention")
"""Layers that give a tuple, whose first element is their output."""


@cache
def catalogue() -> tuple[Offer, ...]:
    """All offers, by heading."""
    offers = [offer for offer, _ in with_samples()]
    return tuple(sorted(offers, key=lambda o: GROUPS.index(o.group)))


def by_group() -> dict[str, list[Offer]]:
    """The offers under their headings."""
    found: dict[str, list[Offer]] = {heading: [] for heading in GROUPS}
    for offer in catalogue():
        found[offer.group].append(offer)
    return found


def find(name: str) -> Offer:
    """The offer of a name. Raises KeyError."""
    found = next((offer for offer in catalogue() if offer.name == name), None)
    if found is None:
        raise KeyError(name)
    return found


def with_samples() -> Iterator[tuple[Offer, Sample]]:
    """All offers, each with a call that works."""
    two = Sample((Arg((2, 2), 0.5, 2.0), Arg((2, 2), 0.5, 2.0)))
    yield from ((sign, Sample(two.args[: len(sign.inputs)])) for sign in OPERATORS)
    for call, sample, group, spec in _calls():
        yield _offer(call, sample, group, spec), sample
    for name, (made, sample) in LAYERS.items():
        yield _layer(name, made, sample), sample


def _calls() -> Iterator[tuple[str, Sample, str, OpSpec | None]]:
    """What can be called, a sample, the heading, and the op that it is; of ops that one call makes the first."""
    seen: set[str] = {sign.name for sign in OPERATORS}
    for family in MODULES:
        heading = HEADINGS.get(family.__name__.rsplit(".", 1)[-1], "")
        for spec in vars(family).values():
            sample = _sample(spec) if heading and isinstance(spec, OpSpec) and spec.name not in INNER else None
            called = spec.call + _way(spec) if sample is not None else ""
            if sample is not None and called not in seen:
                seen.add(called)
                yield spec.call, sample, _OWN.get(spec.name, heading), spec
    for group, calls in COMPOSED.items():
        for call, sample in calls.items():
            yield call, sample, group, None


def _sample(spec: OpSpec) -> Sample | None:
    return INSTEAD.get(spec.name) or next(iter(spec.samples), None)


def _way(spec: OpSpec) -> str:
    """In which way an op is another one: ``"along dim"`` of ``sum_dim``."""
    called, _, ending = spec.name.rpartition("_")
    way = WAYS.get(ending, "")
    return f" {way}" if way and called == spec.call.rpartition(".")[2] else ""


def _offer(call: str, sample: Sample, group: str, spec: OpSpec | None) -> Offer:
    place, _, called = call.rpartition(".")
    function = _function(place, called)
    name = CALLED.get(call, called) + (_way(spec) if spec is not None else "")
    wanted = _names(function, called, len(sample.args))
    texts: list[str] = []
    inputs: list[str] = []
    fields = dict.fromkeys(inspect.signature(function).parameters, "")
    for i, value in enumerate(sample.args):
        # After *args there are no names.
        parameter = wanted[i] if i < len(wanted) else ""
        text = _text(value, parameter, inputs)
        fields[parameter] = text
        last = i == len(sample.args) - 1
        texts.append(f"{parameter}={text}" if parameter == "dim" and last else text)
    for parameter, value in sample.kwargs.items():
        fields[parameter] = _text(value, parameter, inputs)
        texts.append(f"{parameter}={fields[parameter]}")
    template = _written(place, called, texts)
    if name in FIELDS:
        template += f".{FIELDS[name]}"
    if spec is not None and spec.name in SIGNS:
        template = spec.form
    form = _form(spec, called, inputs, fields)
    doc = (spec.doc if spec is not None else "") or _first_line(function)
    return _with_sizes(Offer(name, group, template, _unlike(inputs), doc, form), sample)


def _function(place: str, called: str) -> Callable[..., Any]:
    owner: Any = Tensor if place == "Tensor" else NAMES["nn"].functional if place == "nn.functional" else None
    if owner is None:
        owner = NAMES[place] if place else None
    found = NAMES[called] if owner is None else getattr(owner, called)
    function: Callable[..., Any] = found
    return function


def _names(function: Callable[..., Any], called: str, count: int) -> list[str]:
    """What the positional arguments of a function are called, up to those that have no name of their own."""
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        told = [Signature(text) for text in signatures(called, method=False) or ()]
        names = next((s.parameters for s in told if s.positional >= count), None)
        if names is not None:
            return [p.name for p in names]
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _text(value: Any, parameter: str, inputs: list[str]) -> str:
    """An argument of a sample as it is written; tensors become inputs."""
    match value:
        case Arg():
            inputs.append("input" if parameter in ("", "self", "tensors", "xs") else parameter)
            return f"{{{len(inputs) - 1}}}"
        case Sample(args=(inner,)):
            return _text(inner, parameter, inputs)
        case list() if any(isinstance(v, Sample) for v in value):
            parts = ", ".join(_text(v, parameter, inputs) for v in value)
            return f"({parts},)" if parameter == "indices" else f"[{parts}]"
        case list() | tuple():
            return f"({', '.join(map(repr, value))}{',' * (len(value) == 1)})"
        case Sized():
            return str(value)
        case dtypes.dtype():
            return "{torch}" + str(value).removeprefix("torch")
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _written(place: str, called: str, texts: Sequence[str]) -> str:
    if called == "__getitem__":
        return f"{texts[0]}[{', '.join(texts[1:])}]"
    if place == "Tensor":
        return f"{texts[0]}.{called}({', '.join(texts[1:])})"
    owner = "{F}" if place == "nn.functional" else "{torch}" + f".{place}" * bool(place)
    return f"{owner}.{called}({', '.join(texts)})"


def _unlike(inputs: Sequence[str]) -> tuple[str, ...]:
    """The names of inputs, those that occur several times with numbers."""
    return tuple(f"{n}{inputs[:i].count(n) + 1}" if inputs.count(n) > 1 else n for i, n in enumerate(inputs))


def _form(spec: OpSpec | None, called: str, inputs: Sequence[str], known: dict[str, str]) -> str:
    """An op's formula with its numbers put in; the call where there is none that names all inputs."""
    places = [f"{{{i}}}" for i in range(len(inputs))]
    call = f"{called.strip('_')}({', '.join(places)})"
    if spec is None or any(place not in spec.form for place in places) or spec.form.startswith(f"{spec.name}({{0}})"):
        return call
    fields = re.findall(r"{([a-z]\w*)}", spec.form)
    if not set(fields) <= set(known):
        return call
    return re.sub(r"{([a-z]\w*)}", lambda m: known[m[1]] or m[1], spec.form)


def _with_sizes(offer: Offer, sample: Sample) -> Offer:
    """An offer whose literal arguments fit the first input of its sample."""
    first = next(a for a in sample.args if isinstance(a, (Arg, list)) or not isinstance(a, str))
    while not isinstance(first, Arg):
        first = first[0] if isinstance(first, list) else first.args[0]
    written = offer.layer or offer.template
    if not any(f"{{{word}}}" in written for word in sizes(())):
        return offer
    return replace(offer, pattern=written).fitted(first.shape)


def _layer(name: str, made: str, sample: Sample) -> Offer:
    template = "{layer}({0})"
    if name == "MultiheadAttention":
        template = "{layer}({0}, {0}, {0})"
    if name in DOUBLE:
        template += "[0]"
    doc = _first_line(getattr(nn, name))
    offer = Offer(f"nn.{name}", LAYERS_OF_NN, template, ("input",), doc, f"{name}({{0}})", made)
    return _with_sizes(offer, sample)


def _first_line(thing: object) -> str:
    """The first line of a docstring."""
    return (inspect.getdoc(thing) or "").split("\n")[0].replace("``", "")
