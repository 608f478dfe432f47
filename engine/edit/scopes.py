"""Scopes: which names a statement reads from around it and gives to what follows, nested functions considered."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Set

from engine.edit.syntax import COMPREHENSIONS, FUNCTIONS

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def reads(node: ast.AST, bound: Set[str] = frozenset()) -> set[str]:
    """The names that something reads from the scope in which it stands, or from around that.

    Of a function, also what its body reads that is not its own; a name that is edited (``w += 1``) or taken away is
    read, too.
    """
    match node:
        case ast.Name(id=name, ctx=context):
            return set() if isinstance(context, ast.Store) or name in bound else {name}
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            return ({name} - bound) | reads(value, bound)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            outside = [*node.args.defaults, *filter(None, node.args.kw_defaults), *decorators_of(node)]
            inside = node.body if isinstance(node.body, list) else [node.body]
            own = bound | locals_of(node)
            return _all(outside, bound) | _all(inside, own) | (globals_of(node) - bound)
        case ast.ClassDef():
            own = bound | {name for statement in node.body for name in writes(statement)}
            here = [s for s in node.body if not isinstance(s, DEFINITIONS)]
            methods = [s for s in node.body if isinstance(s, DEFINITIONS)]
            outside = [*node.bases, *(k.value for k in node.keywords), *node.decorator_list]
            return _all(outside, bound) | _all(here, own) | _all(methods, bound)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            first = node.generators[0].iter
            own = bound | targets_of(node)
            return reads(first, bound) | _all((n for n in ast.iter_child_nodes(node)), own, without=first)
    return _all(ast.iter_child_nodes(node), bound)


def _all(nodes: Iterable[ast.AST], bound: Set[str], without: ast.AST | None = None) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.comprehension) and without is not None:
            children = [child for child in ast.iter_child_nodes(node) if child is not without]
            found |= _all(children, bound)
        elif node is not without:
            found |= reads(node, bound)
    return found


def writes(node: ast.AST) -> set[str]:
    """The names to which something gives a value in the scope in which it stands, or takes it from."""
    match node:
        case ast.Name(id=name, ctx=context):
            return set() if isinstance(context, ast.Load) else {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Lambda():
            return set()
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
        case ast.alias():
            return {(node.asname or node.name).split(".")[0]}
    found = {n for child in ast.iter_child_nodes(node) for n in writes(child)}
    match node:
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            found.add(name)
        case ast.MatchMapping(rest=str(name)):
            found.add(name)
    return found


def locals_of(function: Function) -> set[str]:
    """The names that are a function's own: its parameters, and what it gives values to."""
    args = function.args
    found = {a.arg for a in [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg] if a is not None}
    if isinstance(function, ast.Lambda):
        return found
    for statement in function.body:
        found |= writes(statement)
    return found - globals_of(function)


def globals_of(function: Function) -> set[str]:
    """The names that a function declares to be from around it."""
    return {name for node in own_nodes(function) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}


def targets_of(node: Comprehension) -> set[str]:
    """The names that a comprehension gives values to."""
    return {name for generator in node.generators for name in writes(generator.target)}


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """What stands in a scope itself, not in the functions and classes inside it."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, (*FUNCTIONS, ast.ClassDef, *COMPREHENSIONS)):
            yield from own_nodes(child)


def decorators_of(node: ast.AST) -> list[ast.expr]:
    return list(getattr(node, "decorator_list", ()))
