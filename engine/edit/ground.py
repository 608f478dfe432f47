"""Ground: what a gesture stands on, the text and the run that came of it: which part of the text made a card."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property

from engine.edit import Refused
from engine.edit.syntax import COMPREHENSIONS, LOOPS, Syntax, stored
from engine.explain.moment import Moment
from engine.graph.scenes import CONSTANT, LEAF, OP, Entity, Scenes
from engine.trace.events import Span
from engine.trace.trace import Trace

MADE_INSIDE = frozenset(("Parameter", "Buffer"))

_NUMBERED = re.compile(r"\.(\d+)(?=[.\[]|$)")
"""A part of a Sequential or a list of modules, as state_dict() writes it."""


class Ground:
    """A trace, its scenes and the syntax of its text. Raises SyntaxError where the text is none."""

    def __init__(self, trace: Trace, scenes: Scenes) -> None:
        self.trace = trace
        self.scenes = scenes
        self.syntax = Syntax(trace.source)

    @property
    def source(self) -> str:
        return self.trace.source

    @cached_property
    def end(self) -> Moment:
        """The run when it was over."""
        return Moment.at(self.trace, self.scenes, len(self.trace))

    # --- cards and text ---------------------------------------------------------------------

    def entity(self, key: str) -> Entity:
        return self.scenes.entities[key]

    @cached_property
    def _at_span(self) -> dict[Span, list[Entity]]:
        found: dict[Span, list[Entity]] = {}
        for entity in self.scenes.entities.values():
            if entity.span is not None:
                found.setdefault(entity.span, []).append(entity)
        return found

    @cached_property
    def _nodes(self) -> dict[Span, ast.expr]:
        return {self.syntax.span(node): node for node in reversed(list(self.syntax.expressions()))}

    def expression(self, key: str) -> ast.expr | Refused:
        """The part of the text whose value a card is: read once in the run, so that a change of it is one of the card.

        Of a number that an op was given, the number.
        """
        entity = self.entity(key)
        if entity.kind == CONSTANT:
            return self._number(entity)
        node = self.maker(key)
        if isinstance(node, ast.expr) and not self._is_value(entity):
            call = self.syntax.text(node).partition("(")[0]
            span = self.syntax.span(node)
            return Refused(f"This was made inside {call}(…): change line {self.line(span)} itself.", span)
        return node

    def maker(self, key: str) -> ast.expr | Refused:
        """The part of the text that made a card, be it on the way to another: the call of a layer made all its ops."""
        entity = self.entity(key)
        if entity.span is None:
            return Refused("This was not made by a line of the program.")
        node = self._nodes.get(entity.span)
        if node is None:
            return Refused(
                f"This was made by line {self.line(entity.span)}, which a gesture cannot change.", entity.span
            )
        return self.repeated(node) or node

    def statement(self, key: str) -> ast.stmt | Refused:
        """The statement that made a card and was run once; also one that edits it in place."""
        entity = self.entity(key)
        if entity.kind == CONSTANT:
            return Refused("A number is part of an op: select the op.", entity.span)
        found = None if entity.span is None else self.syntax.statement_at(entity.span)
        if found is None:
            return Refused("This was not made by a line of the program.")
        node = None if entity.span is None else self._nodes.get(entity.span)
        return self.repeated(node or found) or found

    def results(self, keys: Sequence[str]) -> tuple[list[ast.stmt], dict[str, ast.expr]] | Refused:
        """What computes the results among cards: whole statements, and by card parts of others. Leaves are left out."""
        wholes: list[ast.stmt] = []
        parts: dict[str, ast.expr] = {}
        for key in keys:
            if self.entity(key).kind in (CONSTANT, LEAF):
                continue
            statement = self.statement(key)
            if isinstance(statement, Refused):
                return statement
            node = self.maker(key)
            if isinstance(node, ast.expr) and node is not getattr(statement, "value", None):
                parts[key] = node
            elif statement not in wholes:
                wholes.append(statement)
        within = {*wholes, *parts.values()}
        return wholes, {key: node for key, node in parts.items() if within.isdisjoint(self.syntax.around(node))}

    def _is_value(self, entity: Entity) -> bool:
        """Whether an entity is what the expression at its span comes to, not a step on the way there."""
        if entity.span is None or entity.how in MADE_INSIDE or "@" in entity.key:
            return False
        here = self._at_span[entity.span]
        return entity.output == 0 and entity.made == max(e.made for e in here)

    def repeated(self, node: ast.AST) -> Refused | None:
        """Why a part of the text does not stand for one card: it was run more than once, or may be."""
        inside = self.syntax.statement(node)
        for outer in self.syntax.around(node):
            what = ""
            if isinstance(outer, LOOPS):
                what = "in a loop"
            elif isinstance(outer, COMPREHENSIONS):
                what = "in a comprehension"
            elif isinstance(outer, ast.Lambda):
                what = "in a lambda"
            elif isinstance(outer, ast.ClassDef):
                what = f"in the class {outer.name}"
            elif isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and self._calls(outer) != 1:
                what = f"in {outer.name}(), which is called {_times(self._calls(outer))}"
            if what:
                line = inside.lineno
                return Refused(f"This is made {what}: change line {line} itself.", self.syntax.span(inside))
        return None

    def _calls(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        """How often a function of the program was called."""
        return self.scenes.stretches.calls(function.name)

    def line(self, span: Span) -> int:
        return self.syntax.line_of(span.start)

    # --- names ------------------------------------------------------------------------------

    def names(self, key: str) -> list[str]:
        """What stands for a card at the end of the run, the shortest first: ``w``, ``layer.weight``, ``ws[0]``."""
        entity = self.entity(key)
        if entity.tensor is None or self.scenes.of_tensor(entity.tensor, self.end.place) != key:
            return []
        found = [name for name, tensor in self._bound() if tensor == entity.tensor]
        return sorted(found, key=lambda n: (n in self._turning, not n.isidentifier(), len(n)))

    @cached_property
    def _turning(self) -> set[str]:
        """Names that loops give another value at each turn: ``p`` of ``for p in model.parameters()``."""
        return {n for loop in ast.walk(self.syntax.tree) if isinstance(loop, ast.For) for n in stored(loop.target)}

    def card(self, name: str) -> str | None:
        """The card that a variable or a part of one stands for at the end of the run."""
        tensor = next((tensor for bound, tensor in self._bound() if bound == name), None)
        return None if tensor is None else self.scenes.of_tensor(tensor, self.end.place)

    def _bound(self) -> Iterator[tuple[str, int]]:
        """What stands for a tensor at the end of the run, as a program writes it."""
        for (scope, bound), binding in self.end.state.names.items():
            if not scope:
                yield from ((written(bound, path), tensor) for path, tensor in binding.tensors)

    def name(self, key: str) -> str:
        """The name that stands for a card at the end of the run, or ``""``."""
        return next(iter(self.names(key)), "")

    def called(self, key: str) -> str:
        """What to call a card in a sentence: its name, else its part of the text, cut where it is long."""
        name = self.name(key) or self.end.name(key)
        if name and self.entity(key).kind != OP:
            return name
        expression = self.expression(key)
        if self.name(key) or isinstance(expression, Refused):
            return name
        text = " ".join(self.syntax.text(expression).split())
        return text if len(text) <= 24 else text[:23] + "…"

    def assigned(self, key: str) -> ast.stmt | None:
        """The statement that gives a card its first name of one word: ``w = …``; None if it is not the whole of one."""
        expression = self.expression(key)
        if isinstance(expression, Refused):
            return None
        statement = self.syntax.parents[expression]
        match statement:
            case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(target=ast.Name()):
                return statement
        return None

    # --- operands ---------------------------------------------------------------------------

    def operand(self, key: str, argument: int) -> ast.expr | Refused:
        """The part of the text that gives a card's op its input number ``argument``."""
        expression = self.maker(key)
        if isinstance(expression, Refused):
            return expression
        entity = self.entity(key)
        sources = entity.sources
        if argument >= len(sources):
            return Refused("This op has no such input.")
        wanted = sources[argument]
        earlier = sources[:argument].count(wanted)
        fitting = [child for child in operands_of(expression) if self.stands_for(child, wanted, entity)]
        if earlier < len(fitting):
            return fitting[earlier]
        span = self.syntax.span(expression)
        return Refused(f"This input is not written in line {self.line(span)}: it is made inside.", span)

    def stands_for(self, expression: ast.expr, key: str, user: Entity) -> bool:
        """Whether an expression came to a card when ``user`` was made."""
        source = self.entity(key)
        if source.kind == CONSTANT:
            return _number_of(expression) == source.number
        span = self.syntax.span(expression)
        if source.span == span:
            return self._is_value(source)
        text = self.syntax.text(expression)
        named = [(place, name) for place, name in source.names if place < user.made and name == text]
        return bool(named)

    def made_at(self, expression: ast.expr) -> list[Entity]:
        """The cards whose value an expression is, the newest first."""
        here = self._at_span.get(self.syntax.span(expression), [])
        return [e for e in reversed(here) if self._is_value(e)]

    @cached_property
    def _spans(self) -> list[Span]:
        return sorted(self._at_span, key=lambda span: span.start)

    def made_in(self, node: ast.expr | ast.stmt) -> list[Entity]:
        """The cards that a part of the text made, as often as it ran."""
        whole = self.syntax.span(node)
        begin = bisect_left(self._spans, whole.start, key=lambda span: span.start)
        end = bisect_left(self._spans, whole.stop, key=lambda span: span.start)
        return [e for span in self._spans[begin:end] if span.stop <= whole.stop for e in self._at_span[span]]

    def users(self, key: str) -> list[Entity]:
        """The cards that a card is an input of."""
        return [e for e in self.scenes.entities.values() if key in e.sources]

    def makes(self, key: str, other: str) -> bool:
        """Whether a card is among what another was made of, at whatever distance."""
        seen: set[str] = set()
        waiting = [other]
        while waiting:
            here = waiting.pop()
            if here == key:
                return True
            if here not in seen and here in self.scenes.entities:
                seen.add(here)
                waiting += self.entity(here).sources
        return False

    def _number(self, entity: Entity) -> ast.expr | Refused:
        for user in self.users(entity.key):
            found = self.operand(user.key, user.sources.index(entity.key))
            if not isinstance(found, Refused):
                return found
            span = found.span or user.span
            line = f"line {self.line(span)}" if span is not None else "the program"
            return Refused(f"This number is not written as one: it is computed in {line}.", span)
        return Refused("This number is not part of an op any more.")


def written(name: str, path: str) -> str:
    """A part of what a variable holds as a program writes it: ``layers[0].weight``."""
    return name + _NUMBERED.sub(r"[\1]", path)


def operands_of(expression: ast.expr) -> list[ast.expr]:
    """The expressions that an op is given: operands, receiver, arguments, elements of lists; in order of the text."""
    match expression:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.Compare(left=left, comparators=others):
            return [left, *others]
        case ast.Subscript(value=value):
            return [value]
        case ast.Attribute(value=value):
            return [value]
        case ast.Call(func=function, args=args, keywords=keywords):
            receiver = [function.value] if isinstance(function, ast.Attribute) else []
            found = receiver
            for argument in [*args, *(k.value for k in keywords)]:
                found = found + (list(argument.elts) if isinstance(argument, ast.List | ast.Tuple) else [argument])
            return found
    return []


def _number_of(expression: ast.expr) -> float | int | bool | None:
    match expression:
        case ast.Constant(value=bool() | int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    return None


def _times(count: int) -> str:
    return f"{count} times" if count else "by others"
