"""Another optimizer in a program's text: its name, the keywords that it takes, the import that it needs."""

from __future__ import annotations

import ast

from engine.edit import TextEdit
from engine.edit.syntax import Syntax
from engine.trace.events import Span

OPTIMIZERS: dict[str, tuple[str, ...]] = {
    "SGD": ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize"),
    "Adam": ("lr", "betas", "eps", "weight_decay", "amsgrad", "maximize"),
    "AdamW": ("lr", "betas", "eps", "weight_decay", "amsgrad", "maximize"),
    "RMSprop": ("lr", "alpha", "eps", "weight_decay", "momentum", "centered", "maximize"),
    "Adagrad": ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps", "maximize"),
    "Adadelta": ("lr", "rho", "eps", "weight_decay", "maximize"),
    "NAdam": ("lr", "betas", "eps", "weight_decay", "momentum_decay"),
    "RAdam": ("lr", "betas", "eps", "weight_decay"),
}
"""The optimizers to choose from, and the keywords that each one takes."""
WITH_MOMENTUM = "SGD + momentum"
MOMENTUM = "0.9"
CHOICES = ("SGD", WITH_MOMENTUM, *(name for name in OPTIMIZERS if name != "SGD"))
COMMON = 2
"""Arguments by position, parameters and learning rate, that mean the same to all."""


def choice_of(name: str, call: ast.Call) -> str:
    """What a call is among :data:`CHOICES`."""
    momentum = next((k.value for k in call.keywords if k.arg == "momentum"), None)
    if momentum is None and len(call.args) > COMMON:
        momentum = call.args[COMMON]
    plain = momentum is None or (isinstance(momentum, ast.Constant) and momentum.value == 0)
    return name if name != "SGD" or plain else WITH_MOMENTUM


def choose(source: str, span: Span, choice: str) -> list[TextEdit]:
    """The edits that put another optimizer in place of the call at ``span``.

    The learning rate stays. Other arguments stay if the optimizer takes them, and go with their comma if not.
    """
    syntax = Syntax(source)
    call = next(n for n in ast.walk(syntax.tree) if isinstance(n, ast.Call) and syntax.span(n) == span)
    name = "SGD" if choice == WITH_MOMENTUM else choice
    callee = syntax.span(call.func)
    old = call.func.attr if isinstance(call.func, ast.Attribute) else syntax.text(call.func)
    edits = [] if name == old else [TextEdit(Span(callee.stop - len(old), callee.stop), name)]
    taken = set(OPTIMIZERS[name])
    if name == "SGD" and (choice == "SGD" or old != "SGD"):
        taken -= {"momentum", "nesterov", "dampening"}
    momentum = next((k for k in call.keywords if k.arg == "momentum"), None)
    arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    wrong: list[ast.expr | ast.keyword] = [a for a in call.args[COMMON:] if name != old or choice == "SGD"]
    wrong += [k for k in call.keywords if k.arg is not None and k.arg not in taken]
    for argument in wrong:
        begin = syntax.span(arguments[arguments.index(argument) - 1]).stop
        edits.append(TextEdit(Span(begin, syntax.span(argument).stop), ""))
    if choice == WITH_MOMENTUM and (old != "SGD" or momentum is None):
        end = max(syntax.span(a).stop for a in arguments)
        edits.append(TextEdit(Span(end, end), f", momentum={MOMENTUM}"))
    elif choice == WITH_MOMENTUM and momentum is not None:
        edits.append(TextEdit(syntax.span(momentum.value), MOMENTUM))
    if isinstance(call.func, ast.Name) and name != old:
        edits += _imported(syntax, old, name)
    return edits


def _imported(syntax: Syntax, old: str, name: str) -> list[TextEdit]:
    """The name beside the old one in ``from torch.optim import …``, or in its place where nothing else uses it."""
    uses = sum(isinstance(n, ast.Name) and n.id == old for n in ast.walk(syntax.tree))
    for node in ast.walk(syntax.tree):
        if isinstance(node, ast.ImportFrom):
            names = [alias.asname or alias.name for alias in node.names]
            if name in names:
                return []
            if old in names:
                span = syntax.span(node.names[names.index(old)])
                return [TextEdit(span, name)] if uses == 1 else [TextEdit(Span(span.stop, span.stop), f", {name}")]
    return []
