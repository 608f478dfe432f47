"""What a program's text may contain, and what it is turned into.

RestrictedPython rewrites every access to an attribute, item and iterator into a call of a guard; this
policy opens it for what teaching programs use (listed special methods, underscored names of the
program's own objects, augmented and annotated assignment) and adds the hooks that tell which name got
which value and which turn a loop is in.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Any

from RestrictedPython.transformer import IOPERATOR_TO_STR, RestrictingNodeTransformer

from engine.program.calls import told
from engine.program.namespaces import words
from engine.program.patterns import Patterns, Refusal
from engine.program.patterns import guard_call as _call
from engine.program.patterns import placed as _at

FILENAME = "<program>"
"""Where the code of programs says that it comes from."""

SPECIAL_METHODS = frozenset(
    f"__{name}__"
    for name in words(
        "init call len iter next contains getitem setitem delitem enter exit repr str bool int float complex index "
        "hash eq ne lt le gt ge add radd iadd sub rsub isub mul rmul imul truediv rtruediv itruediv floordiv rfloordiv "
        "ifloordiv mod rmod imod divmod rdivmod pow rpow ipow matmul rmatmul imatmul lshift rlshift ilshift rshift "
        "rrshift irshift and rand iand or ror ior xor rxor ixor neg pos abs invert round trunc ceil floor post_init "
        "format reversed missing length_hint getattr"
    )
)
"""Special methods that a program's class may define, and may call on super()."""

READABLE = frozenset(("__name__", "__doc__", "__class__", "__version__", "__module__", "__dict__")) | SPECIAL_METHODS
"""Names with two underscores that may be read as attributes (the guards look at the object, too)."""

MODULE_NAMES = frozenset(
    f"__{name}__" for name in ("all", "author", "version", "date", "copyright", "license", "email", "status")
)
"""Names with two underscores that a text may give itself."""

GUARDED_OPERATORS: dict[type[ast.operator], str] = {
    ast.Mult: "*",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.Mod: "%",
}
"""Operators whose result can be vastly larger than their operands."""


def is_reserved(name: str) -> bool:
    """Names of guards (``_getattr_``) and of the interpreter (``__builtins__``)."""
    return name.startswith("__") or (len(name) > 2 and name.startswith("_") and name.endswith("_"))


def is_special(name: str) -> bool:
    """Names that Python itself looks up."""
    return name.startswith("__") and name.endswith("__")


class Policy(Patterns, RestrictingNodeTransformer):
    """Rewrites a syntax tree so that it can be run; raises Refusal at the first thing that is not allowed.

    ``shown`` are the statements of the top level whose value is printed, as a notebook does at a cell's end.
    """

    def __init__(self, shown: Collection[ast.stmt] = ()) -> None:
        super().__init__()
        self._scopes: list[str] = []
        self._classes: list[str] = []
        self._in_class = False
        self._loops = 0
        self._shown = {id(statement) for statement in shown}

    def error(self, node: ast.AST, info: str) -> None:
        raise Refusal(info, node)

    def not_allowed(self, node: ast.AST) -> None:
        self.error(node, f"{_what(node)} is not available here")

    # --- names ------------------------------------------------------------------------------

    def check_name(self, node: Any, name: str | None, allow_magic_methods: bool = False) -> None:
        if name is None or (allow_magic_methods and name in SPECIAL_METHODS):
            return
        if is_reserved(self._mangled(name)):
            self.error(node, f"the name {name} is reserved")

    def _mangled(self, name: str) -> str:
        """``__x`` of a class's own is ``_Class__x``, as Python's compiler makes it."""
        owner = self._classes[-1].lstrip("_") if self._classes else ""
        return f"_{owner}{name}" if owner and name.startswith("__") and not name.endswith("__") else name

    def visit_Name(self, node: ast.Name) -> Any:
        known = isinstance(node.ctx, ast.Load) and node.id in ("__name__", "__file__", "__doc__")
        own = not self._scopes and not self._in_class and node.id in MODULE_NAMES
        slots = self._in_class and node.id == "__slots__"
        # As in ``__radd__ = __add__``. A class's own __getattr__ must pass its guard.
        method = self._in_class and node.id in SPECIAL_METHODS and node.id != "__getattr__"
        if not (known or own or slots or method):
            self.check_name(node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        name = node.attr = self._mangled(node.attr)
        if is_special(name) and not (isinstance(node.ctx, ast.Load) and name in READABLE):
            self.error(node, f"the attribute {name} is not available here")
        node = self.node_contents_visit(node)
        if isinstance(node.ctx, ast.Load):
            return _at(node, _call("_getattr_", node.value, ast.Constant(name)))
        node.value = _at(node.value, _call("_write_", node.value, ast.Constant(name)))
        return node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        node = self.node_contents_visit(node)
        if isinstance(node.ctx, ast.Load):
            return _at(node, _call("_getitem_", node.value, node.slice))
        node.value = _at(node.value, _call("_write_", node.value, ast.Constant(None)))
        return node

    # --- expressions ------------------------------------------------------------------------

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        node = self.node_contents_visit(node)
        sign = GUARDED_OPERATORS.get(type(node.op))
        if sign is None or (_is_number(node.left) and _is_number(node.right) and sign != "**"):
            return node
        return _at(node, _call("_operator_", ast.Constant(sign), node.left, node.right))

    def visit_Call(self, node: ast.Call) -> Any:
        return self.node_contents_visit(node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        node = self.node_contents_visit(node)
        if node.format_spec is None:
            return node
        spec = node.format_spec
        value = _call("_format_", node.value, ast.Constant(node.conversion), spec)
        return _at(node, ast.FormattedValue(value=value, conversion=-1, format_spec=None))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        name = node.target.id
        node = self.node_contents_visit(node)
        node.value = _at(node, _call("_named_", ast.Constant(name), node.value, ast.Constant(self._scope())))
        return node

    def visit_Starred(self, node: ast.Starred) -> Any:
        return self.node_contents_visit(node)

    # --- assignments ------------------------------------------------------------------------

    def _scope(self) -> str:
        return self._scopes[-1] if self._scopes else ""

    def _told(self, statement: ast.stmt, targets: list[ast.expr]) -> list[ast.stmt]:
        """The statement, followed by word of what its names now stand for."""
        if self._in_class:
            return [statement]
        out = [statement]
        for target in targets:
            for name in _names(target):
                told = ast.Expr(
                    _call("_bound_", ast.Constant(name.id), ast.Name(name.id, ast.Load()), ast.Constant(self._scope()))
                )
                out.append(_at(name, told))
        return out

    def visit_Assign(self, node: ast.Assign) -> Any:
        targets = list(node.targets)
        node = self.node_contents_visit(node)
        if any(_takes_all(t) for t in targets):
            node.value = _at(node.value, _call("_unpacked_", node.value))
        return self._told(node, targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        node = self.node_contents_visit(node)
        return self._told(node, [node.target]) if node.value is not None else node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        sign = ast.Constant(IOPERATOR_TO_STR[type(node.op)])
        target = node.target
        value = self.visit(node.value)
        if isinstance(target, ast.Name):
            self.check_name(node, target.id)
            new: ast.stmt = ast.Assign(
                targets=[target], value=_call("_inplace_", sign, ast.Name(target.id, ast.Load()), value)
            )
            _at(node, new)
            return self._told(new, [target])
        if isinstance(target, ast.Attribute):
            name = self._mangled(target.attr)
            if is_special(name):
                self.error(node, f"the attribute {name} is not available here")
            call = _call("_inplace_attr_", sign, self.visit(target.value), ast.Constant(name), value)
        else:
            call = _call("_inplace_item_", sign, self.visit(target.value), self.visit(target.slice), value)
        return _at(node, ast.Expr(call))

    def visit_Delete(self, node: ast.Delete) -> Any:
        names = [t for t in node.targets if isinstance(t, ast.Name)]
        node = self.node_contents_visit(node)
        out: list[ast.stmt] = [node]
        for name in names:
            told = ast.Expr(_call("_unbound_", ast.Constant(name.id), ast.Constant(self._scope())))
            out.append(_at(name, told))
        return out

    # --- loops ------------------------------------------------------------------------------

    def visit_For(self, node: ast.For) -> Any:
        target = node.target
        number = self._loop()
        head = node.iter
        node = self.node_contents_visit(node)
        node.iter = _at(head, _call("_loop_", ast.Constant(number), node.iter))
        # What goes wrong when a value is drawn is marked there, not at the whole loop.
        _at(head, node)
        turn: list[ast.stmt] = [_at(head, ast.Expr(_call("_turn_", ast.Constant(number))))]
        for name in _names(target):
            told = ast.Expr(
                _call("_bound_", ast.Constant(name.id), ast.Name(name.id, ast.Load()), ast.Constant(self._scope()))
            )
            turn.append(_at(name, told))
        node.body[:0] = turn
        return [node, _at(head, ast.Expr(_call("_loop_end_", ast.Constant(number))))]

    def visit_While(self, node: ast.While) -> Any:
        number = self._loop()
        head = node.test
        node = self.node_contents_visit(node)
        node.body.insert(0, _at(head, ast.Expr(_call("_turn_", ast.Constant(number)))))
        before = _at(head, ast.Expr(_call("_loop_", ast.Constant(number), ast.Constant(None))))
        after = _at(head, ast.Expr(_call("_loop_end_", ast.Constant(number))))
        return [before, node, after]

    def _loop(self) -> int:
        self._loops += 1
        return self._loops

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        node = self.node_contents_visit(node)
        node.iter = _at(node.iter, _call("_getiter_", node.iter))
        return node

    # --- definitions ------------------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        self.check_name(node, node.name, allow_magic_methods=self._in_class)
        self.check_function_argument_names(node)
        catches_all = self._in_class and node.name == "__getattr__"
        in_class, self._in_class = self._in_class, False
        self._scopes.append(node.name)
        node = self.node_contents_visit(node)
        self._scopes.pop()
        self._in_class = in_class
        node.body = told(node, f"{self._classes[-1]}.{node.name}" if in_class else node.name)
        if catches_all:
            node.decorator_list.append(_at(node, ast.Name("_own_getattr_", ast.Load())))
        return node

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        self.check_function_argument_names(node)
        return self.node_contents_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self.check_name(node, node.name)
        for keyword in node.keywords:
            if keyword.arg != "metaclass":
                self.error(node, "class arguments are not available here")
            keyword.value = _at(keyword.value, _call("_meta_", self.visit(keyword.value)))
        bases = [_at(b, _call("_base_", self.visit(b))) for b in node.bases]
        decorators = [self.visit(d) for d in node.decorator_list]
        in_class, self._in_class = self._in_class, True
        self._classes.append(node.name)
        body: list[ast.stmt] = []
        for statement in node.body:
            done = self.visit(statement)
            body += done if isinstance(done, list) else [done]
        self._classes.pop()
        self._in_class = in_class
        # Python makes the class when its body has run: what goes wrong then is marked at the name.
        node.end_lineno, node.end_col_offset = node.lineno, node.col_offset + len(f"class {node.name}".encode())
        node.bases, node.decorator_list, node.body = bases, decorators, body
        node.decorator_list.append(_at(node, ast.Name("_class_", ast.Load())))
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> Any:
        return node

    def visit_Return(self, node: ast.Return) -> Any:
        return self.node_contents_visit(node)

    # --- imports ----------------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> Any:
        """``import a.b`` binds ``a``; the statement becomes calls, since Python's own imports use ``__import__``."""
        out: list[ast.stmt] = []
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self.check_name(node, name)
            value = _call("_import_", ast.Constant(alias.name), ast.Constant(alias.asname is None))
            out.append(_at(alias, ast.Assign(targets=[ast.Name(name, ast.Store())], value=value)))
        return out

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if node.level:
            self.error(node, "relative imports are not available here")
        if node.module == "__future__":
            return node
        out: list[ast.stmt] = []
        for alias in node.names:
            if alias.name == "*":
                if self._scopes or self._in_class:
                    self.error(node, "import * only allowed at module level")
                out.append(_at(alias, ast.Expr(_call("_import_all_", ast.Constant(node.module)))))
                continue
            name = alias.asname or alias.name
            self.check_name(node, name)
            value = _call("_from_", ast.Constant(node.module), ast.Constant(alias.name))
            out.append(_at(alias, ast.Assign(targets=[ast.Name(name, ast.Store())], value=value)))
        return out

    # --- the rest ---------------------------------------------------------------------------

    def visit_With(self, node: ast.With) -> Any:
        targets = [item.optional_vars for item in node.items if item.optional_vars is not None]
        last = node.items[-1].context_expr
        node = self.node_contents_visit(node)
        # What goes wrong at the block's beginning is marked there, not at all of it.
        node.end_lineno, node.end_col_offset = last.end_lineno, last.end_col_offset
        for target in reversed(targets):
            node.body[:0] = self._told(ast.Pass(), [target])[1:]
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        shown = id(node) in self._shown
        node = self.node_contents_visit(node)
        if shown:
            node.value = _at(node.value, _call("_shown_", node.value))
        return node

    def visit_Module(self, node: ast.Module) -> Any:
        return self.node_contents_visit(node)


def _names(target: ast.expr) -> list[ast.Name]:
    if isinstance(target, ast.Name):
        return [target]
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for part in target.elts for name in _names(part)]
    return _names(target.value) if isinstance(target, ast.Starred) else []


def _takes_all(target: ast.expr) -> bool:
    """Whether a target takes as many values as there are."""
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else []
    return any(isinstance(part, ast.Starred) or _takes_all(part) for part in parts)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _what(node: ast.AST) -> str:
    names = {
        "AsyncFunctionDef": "async",
        "Await": "await",
        "AsyncFor": "async for",
        "AsyncWith": "async with",
        "TryStar": "except*",
        "TypeAlias": "a type alias",
        "TypeVar": "a type parameter",
    }
    return names.get(type(node).__name__, type(node).__name__)
