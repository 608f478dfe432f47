"""What of a training program can be set without touching its text: found as literals, set as edits of them."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from engine.edit import TextEdit
from engine.edit.optimizers import CHOICES, OPTIMIZERS, choice_of, choose
from engine.edit.syntax import Syntax
from engine.trace.events import Span

RATES = ("lr", "learning_rate", "eta", "step_size", "alpha")
EPOCHS = (
    "epochs",
    "num_epochs",
    "n_epochs",
    "max_epochs",
    "n_iters",
    "num_iterations",
    "iterations",
    "steps",
    "num_steps",
)
BATCHES = ("batch_size", "batchsize", "batch")
NOISES = ("randn", "randn_like", "normal", "normal_")


@dataclass(frozen=True, slots=True)
class Control:
    """A number or a name of the text. ``low`` to ``high`` is what a slider offers, by decades if ``decades``.

    ``kind`` is ``number``, ``whole`` or ``choice``; ``label`` says what it is, with the variable's name if it has one.
    """

    kind: str
    label: str
    span: Span
    text: str
    low: float = 0.0
    high: float = 1.0
    decades: bool = False
    choices: tuple[str, ...] = ()
    rate: bool = False
    """Whether it is a learning rate."""
    shared: bool = False
    """Whether the number may stand in several places and mean one thing."""
    call: Span | None = None
    """Of a choice: the whole call."""
    others: tuple[Span, ...] = ()
    """Other places of the same number, which are set with it."""

    @property
    def value(self) -> float:
        return float(self.text.replace("_", ""))


def controls(source: str) -> list[Control]:
    """The controls of a program, in the order of its text; none where it cannot be parsed."""
    return list(_controls(source))


@lru_cache(maxsize=16)
def _controls(source: str) -> tuple[Control, ...]:
    try:
        place = Syntax(source)
    except (SyntaxError, ValueError):
        return ()
    found = {control.span.start: control for control in _together(_found(place.tree, place))}
    seen: dict[str, int] = {}
    out = []
    for start in sorted(found):
        label = found[start].label
        seen[label] = seen.get(label, 0) + 1
        out.append(found[start] if seen[label] == 1 else replace(found[start], label=f"{label} {seen[label]}"))
    return tuple(out)


def learning_rate(source: str) -> float | None:
    """The rate that a program's steps are made with; None if it says none, several, or changes it on the way."""
    rates = [c.value for c in controls(source) if c.rate]
    return rates[0] if len(rates) == 1 and "lr_scheduler" not in source else None


def set_number(control: Control, value: float) -> list[TextEdit]:
    """The edits that give a number another value, written as its author writes numbers."""
    return [TextEdit(span, written(control, value)) for span in (control.span, *control.others)]


def written(control: Control, value: float) -> str:
    """``value`` as text, to as many digits as a slider means."""
    if control.kind == "whole":
        return str(max(0, round(value)))
    if value == 0 or not math.isfinite(value):
        return "0.0"
    digits = 1 - math.floor(math.log10(abs(value)))
    if "e" in control.text.lower() and (abs(value) < 1e-2 or abs(value) >= 1e4):
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    body = f"{value:.{max(1, digits)}f}".rstrip("0")
    return body + "0" if body.endswith(".") else body


def set_choice(source: str, control: Control, choice: str) -> list[TextEdit]:
    """The edits that put another optimizer in."""
    return [] if control.call is None else choose(source, control.call, choice)


def _found(tree: ast.Module, place: Syntax) -> Iterator[Control]:
    counts = _loop_counts(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() as value) if _is_number(value):
                yield from _named(name, name, value, place, counts)
            case ast.Call():
                yield from _called(node, place)
            case ast.For(iter=ast.Call(func=ast.Name(id="range"), args=[*_, ast.Constant() as last])) if _is_number(
                last
            ) and _trains(node):
                yield _epochs("turns" if not isinstance(node.target, ast.Name) else node.target.id, last, place)
            case ast.BinOp(op=ast.Mult(), left=left, right=right):
                for factor, other in ((left, right), (right, left)):
                    if isinstance(factor, ast.Constant) and _is_number(factor) and _draws(other):
                        yield _number("noise", factor, place, 0.0, 4.0)
                    elif isinstance(factor, ast.Constant) and _is_number(factor) and _last_name(other) == "grad":
                        yield replace(_rate("lr", factor, place), shared=True)
            case ast.FunctionDef(args=arguments):
                positional = [*arguments.posonlyargs, *arguments.args]
                defaults = list(
                    zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True)
                )
                defaults += [
                    (a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None
                ]
                for argument, default in defaults:
                    if isinstance(default, ast.Constant) and _is_number(default):
                        yield from _named(argument.arg, argument.arg, default, place, counts)
            case ast.Dict():
                for key, entry in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "lr" and _is_number(entry):
                        yield _rate("lr", entry, place)


def _together(found: Iterable[Control]) -> Iterator[Control]:
    """Rates that are written at each parameter's update: those alike are one."""
    shared: dict[str, list[Control]] = {}
    for control in found:
        if control.shared:
            shared.setdefault(control.text, []).append(control)
        else:
            yield control
    for alike in shared.values():
        first, *others = sorted(alike, key=lambda c: c.span.start)
        yield replace(first, others=tuple(c.span for c in others))


def _named(name: str, label: str, value: ast.Constant, place: Syntax, counts: set[str]) -> Iterator[Control]:
    low = name.lower()
    if low in RATES:
        yield _rate(label, value, place)
    elif name in counts or low in EPOCHS:
        yield _epochs(label, value, place)
    elif low in BATCHES:
        yield _whole(label, value, place, 1, 4)
    elif low in ("noise", "sigma", "noise_std", "std"):
        yield _number(label, value, place, 0.0, 4.0)
    elif low in ("momentum", "beta", "weight_decay"):
        yield _number(label, value, place, 0.0, 0.99, part=True)


def _called(node: ast.Call, place: Syntax) -> Iterator[Control]:
    name = _last_name(node.func)
    if name in OPTIMIZERS:
        stop = place.span(node.func).stop
        span, chosen = Span(stop - len(name), stop), choice_of(name, node)
        yield Control("choice", "optimizer", span, chosen, choices=CHOICES, call=place.span(node))
        if len(node.args) > 1 and _is_number(node.args[1]):
            yield _rate("lr", node.args[1], place)
    if name == "manual_seed" and node.args and _is_number(node.args[0]):
        yield _whole("seed", node.args[0], place, 0, 1, most=100)
    for keyword in node.keywords:
        if keyword.arg is None or not _is_number(keyword.value):
            continue
        if keyword.arg in ("lr", "learning_rate"):
            yield _rate(keyword.arg, keyword.value, place)
        elif keyword.arg in EPOCHS and name not in OPTIMIZERS:
            yield _epochs(keyword.arg, keyword.value, place)
        elif keyword.arg == "batch_size":
            yield _whole("batch_size", keyword.value, place, 1, 4)
        elif keyword.arg in ("momentum", "weight_decay") and name in OPTIMIZERS:
            yield _number(keyword.arg, keyword.value, place, 0.0, 0.99, part=True)


def _rate(label: str, node: ast.expr, place: Syntax) -> Control:
    text = place.text(node)
    value = abs(float(text)) or 0.01
    return Control(
        "number", label, place.span(node), text, min(1e-4, value / 10), max(1.0, value * 10), True, rate=True
    )


def _epochs(label: str, node: ast.expr, place: Syntax) -> Control:
    return _whole(label, node, place, 1, 5, most=max(100, 5 * int(float(place.text(node)))), decades=True)


def _whole(
    label: str, node: ast.expr, place: Syntax, low: int, times: int, most: int = 0, decades: bool = False
) -> Control:
    text = place.text(node)
    high = most or max(8, times * int(float(text)))
    return Control("whole", label, place.span(node), text, low, high, decades)


def _number(label: str, node: ast.expr, place: Syntax, low: float, times: float, part: bool = False) -> Control:
    """``part``: the highest is ``times`` itself, not so many times the value."""
    text = place.text(node)
    high = times if part else max(1e-6, abs(float(text)) or 0.25) * times
    return Control("number", label, place.span(node), text, low, max(high, float(text)))


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _draws(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _last_name(node.func) in NOISES


def _trains(loop: ast.For) -> bool:
    """Whether a loop or one inside it calls backward()."""
    return any(isinstance(n, ast.Call) and _last_name(n.func) in ("backward", "grad") for n in ast.walk(loop))


def _loop_counts(tree: ast.Module) -> set[str]:
    """Names that say how often a loop that trains turns."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Call) and _last_name(node.iter.func) == "range":
            last = node.iter.args[-1] if node.iter.args else None
            if isinstance(last, ast.Name) and _trains(node):
                found.add(last.id)
    return found
