"""torch.func: functions that make derivatives of functions.

Each call differentiates its own copies of the arguments, so that nothing is left on them. Source of the
errors: torch/_functorch/eager_transforms.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from engine import trees
from engine.autograd.calls import grad as gradients
from engine.modes import enable_grad
from engine.nn.utils.stateless import functional_call, stack_module_state
from engine.node import AccumulateGrad, Node
from engine.ops.filled import zeros_like
from engine.ops.joining import stack
from engine.state import state
from engine.tensors import Tensor
from engine.vmap import vmap

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "stack_module_state",
    "vjp",
    "vmap",
]

Func = Callable[..., Any]

# --- arguments that are tensors, or hold some --------------------------------------------------


def _leaves(tree: Any) -> list[Tensor]:
    """The tensors in nested tuples, lists and dicts."""
    if isinstance(tree, Tensor):
        return [tree]
    parts = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, (tuple, list)) else ()
    return [leaf for part in parts for leaf in _leaves(part)]


def _mapped(tree: Any, change: Callable[[Any], Any]) -> Any:
    """The same nesting, with each tensor changed."""
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, dict):
        return type(tree)({key: _mapped(part, change) for key, part in tree.items()})
    return type(tree)(_mapped(part, change) for part in tree) if type(tree) in (tuple, list) else tree


def _copied(x: Tensor) -> Tensor:
    """A tensor of this call's own: a leaf, or a view that stays connected where a graph leads on from ``x``."""
    return x.view_as(x) if x._track else x.detach().requires_grad_()


def _chosen(args: tuple[Any, ...], argnums: int | Sequence[int]) -> tuple[tuple[Any, ...], Any]:
    """The arguments with those that are differentiated by copied, and these copies."""
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for number in numbers:
        if not -len(args) <= number < len(args):
            raise RuntimeError(f"Got argnum={number}, but only {len(args)} positional inputs")
    places = [number % len(args) for number in numbers]
    own = list(args)
    for place in places:
        own[place] = _mapped(args[place], _copied)
    picked = tuple(own[place] for place in places)
    return tuple(own), picked[0] if isinstance(argnums, int) else picked


def _settled(tree: Any, own: Sequence[Tensor], tracking: bool) -> Any:
    """Results, cut from the graph unless it leads to other tensors than this call's own."""
    mine = {id(x) for x in own}

    def cut(x: Tensor) -> Tensor:
        return x if tracking and x._track and _leads_on(x._edge(), mine) else x.detach()

    return _mapped(tree, cut)


def _leads_on(root: Node | None, mine: set[int]) -> bool:
    seen = {root}
    stack_ = [root]
    while stack_:
        node = stack_.pop()
        if type(node) is AccumulateGrad and id(node.variable) not in mine:
            return True
        for target in () if node is None else node.next:
            if target not in seen:
                seen.add(target)
                stack_.append(target)
    return False


def _grads(output: Tensor, wrt: Any, seed: Tensor | None = None) -> Any:
    """Gradients in the nesting of ``wrt``; zeros where nothing depends on it."""
    xs = _leaves(wrt)
    if output._track:
        found = gradients(output, xs, seed, retain_graph=True, create_graph=True, allow_unused=True)
    else:
        found = (None,) * len(xs)
    by_tensor = {id(x): zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True)}
    return _mapped(wrt, lambda x: by_tensor[id(x)])


_VJP = "vjp(f, *primals)"
_JVP = "jvp(f, primals, tangents)"


def _parted(output: Any, has_aux: bool, told: str) -> tuple[Any, Any]:
    """What a function returned, without what it says beside it, and that. Errors as torch's, which names ``told``."""
    if not has_aux:
        return output, None
    if not isinstance(output, tuple) or len(output) != 2:
        raise RuntimeError(f"{told}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return output


# --- the functions -----------------------------------------------------------------------------


def grad_and_value(func: Func, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Func:
    """A function that gives the gradient of ``func`` by its arguments ``argnums``, and its value."""

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        tracking = state.grad_enabled
        with enable_grad():
            own, wrt = _chosen(args, argnums)
            output, aux = _parted(func(*own, **kwargs), has_aux, "grad_and_value(f)(*args)")
            if not isinstance(output, Tensor):
                raise RuntimeError(
                    f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(output)}"
                )
            if output.dim() != 0:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                    f"{output.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                )
            found = _grads(output, wrt)
        mine = _leaves(wrt)
        slopes, value = _settled(found, mine, tracking), _settled(output, mine, tracking)
        return (slopes, (value, _settled(aux, mine, tracking))) if has_aux else (slopes, value)

    return call


def grad(func: Func, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Func:
    """A function that gives the gradient of ``func``, which returns a 0-d tensor, by its arguments ``argnums``."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        slopes, value = both(*args, **kwargs)
        return (slopes, value[1]) if has_aux else slopes

    return call


def vjp(func: Func, *primals: Any, has_aux: bool = False) -> Any:
    """``func(*primals)``, and a function that multiplies a vector with its Jacobian."""
    tracking = state.grad_enabled
    with enable_grad():
        own = tuple(_mapped(p, _copied) for p in primals)
        output, aux = _parted(func(*own), has_aux, _VJP)
    mine = _leaves(own)

    def product(*cotangents: Any) -> Any:
        seeds = _leaves(cotangents)
        with enable_grad():
            found = gradients(_leaves(output), mine, seeds, retain_graph=True, create_graph=True, allow_unused=True)
            filled = iter([zeros_like(x) if g is None else g for x, g in zip(mine, found, strict=True)])
            return _settled(_mapped(own, lambda x: next(filled)), mine, tracking)

    value = _settled(output, mine, tracking)
    return (value, product, _settled(aux, mine, tracking)) if has_aux else (value, product)


def _pushing(outputs: Sequence[Tensor], mine: Sequence[Tensor]) -> Callable[[Sequence[Any]], list[Tensor]]:
    """What carries tangents of ``mine`` forward to the outputs (None: zeros).

    The gradient of the outputs is linear in what it starts with; its own gradient by that is the tangent.
    """
    starts = [zeros_like(y).requires_grad_() for y in outputs]
    paths = [(y, u) for y, u in zip(outputs, starts, strict=True) if y._track]
    found: Sequence[Any] = [None] * len(mine)
    if paths:
        ys, us = zip(*paths, strict=True)
        found = gradients(ys, mine, us, retain_graph=True, create_graph=True, allow_unused=True)

    def push(tangents: Sequence[Any]) -> list[Tensor]:
        pairs = [(g, t) for g, t in zip(found, tangents, strict=True) if g is not None and t is not None and g._track]
        pushed: Sequence[Any] = [None] * len(starts)
        if pairs:
            gs, ts = zip(*pairs, strict=True)
            pushed = gradients(gs, starts, ts, retain_graph=True, create_graph=True, allow_unused=True)
        return [zeros_like(y) if t is None else t for y, t in zip(outputs, pushed, strict=True)]

    return push


def _expect_tensors(leaves: Sequence[Any], what: str) -> None:
    if not leaves:
        raise RuntimeError(f"{_JVP}: Expected {what} to contain at least one Tensor.")
    for x in leaves:
        if not isinstance(x, Tensor):
            raise RuntimeError(f"{_JVP}: Expected {what} to only contain Tensors, got {type(x)}")


def jvp(
    func: Func, primals: tuple[Any, ...], tangents: tuple[Any, ...], *, strict: bool = False, has_aux: bool = False
) -> Any:
    """``func(*primals)``, and the product of its Jacobian with ``tangents``, which are nested as the primals are."""
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{_JVP}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    flat, spec = trees.flatten(primals)
    directions, other = trees.flatten(tangents)
    if repr(spec) != repr(other):
        raise RuntimeError(
            f"{_JVP}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got primals with structure {spec} and tangents with structure "
            f"{other}"
        )
    _expect_tensors(flat, "primals")
    _expect_tensors(directions, "tangents")
    tracking = state.grad_enabled
    with enable_grad():
        mine = [_copied(x) for x in flat]
        output, aux = _parted(func(*trees.unflatten(list(mine), spec)), has_aux, _JVP)
        outs, out_spec = trees.flatten(output)
        pushed = trees.unflatten(list(_pushing(outs, mine)(directions)), out_spec)
    own = [*mine, *directions] if not any(t._track for t in directions) else mine
    found = _settled(output, mine, tracking), _settled(pushed, own, tracking)
    return (*found, _settled(aux, mine, tracking)) if has_aux else found


def linearize(func: Func, *primals: Any) -> tuple[Any, Func]:
    """``func(*primals)``, and a function that carries tangents forward there, as often as one likes."""
    tracking = state.grad_enabled
    flat, spec = trees.flatten(primals)
    for x in flat:
        if not isinstance(x, Tensor):
            raise AttributeError(f"'{type(x).__name__}' object has no attribute 'new_empty'")
    with enable_grad():
        mine = [_copied(x) for x in flat]
        output = func(*trees.unflatten(list(mine), spec))
        outs, out_spec = trees.flatten(output)
        push = _pushing(outs, mine)

    def jvp_fn(*tangents: Any) -> Any:
        directions, other = trees.flatten(tangents)
        if repr(other) != repr(spec):
            raise RuntimeError(f"Expected the tangents {other} to have the same argspec as the primals {spec}")
        for k, (x, t) in enumerate(zip(flat, directions, strict=True)):
            place = f"tangent:{k} with"
            told = "in flattened pytree doesn't match the"
            if t.shape != x.shape:
                raise RuntimeError(f"{place} shape {t.shape} {told} shape {x.shape} of the corresponding primal.")
            if t.dtype is not x.dtype:
                raise RuntimeError(f"{place} dtype {t.dtype} {told} dtype {x.dtype} of the corresponding primal.")
        own = [*mine, *directions] if not any(t._track for t in directions) else mine
        with enable_grad():
            pushed = push(directions)
        return _settled(trees.unflatten(list(pushed), out_spec), own, tracking)

    return _settled(output, mine, tracking), jvp_fn


def jacrev(func: Func, argnums: int | Sequence[int] = 0, *, has_aux: bool = False, chunk_size: Any = None) -> Func:
    """A function that gives the Jacobian of ``func`` by its arguments ``argnums``, of shape (*output, *input)."""

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        tracking = state.grad_enabled
        with enable_grad():
            own, wrt = _chosen(args, argnums)
            output, aux = _parted(func(*own, **kwargs), has_aux, _VJP)
            found = _mapped(output, lambda y: _rows(y, wrt))
        mine = _leaves(wrt)
        jacobians = _settled(found, mine, tracking)
        return (jacobians, _settled(aux, mine, tracking)) if has_aux else jacobians

    return call


def _rows(y: Tensor, wrt: Any) -> Any:
    """The Jacobian of one output: a gradient per element, in the nesting of ``wrt``."""
    rows = [_leaves(_grads(y.reshape(-1)[j], wrt)) for j in range(y.numel())]
    columns = iter(range(len(_leaves(wrt))))

    def joined(x: Tensor) -> Tensor:
        k = next(columns)
        out: Tensor = stack([row[k] for row in rows], 0).view(y.size() + x.size())
        return out

    return _mapped(wrt, joined)


def jacfwd(func: Func, argnums: int | Sequence[int] = 0, has_aux: bool = False, **settings: Any) -> Func:
    """The same as jacrev, column by column: how each element of the input moves the outputs."""

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        tracking = state.grad_enabled
        with enable_grad():
            own, wrt = _chosen(args, argnums)
            output, aux = _parted(func(*own, **kwargs), has_aux, _JVP)
            mine = _leaves(wrt)
            outs = _leaves(output)
            push = _pushing(outs, mine)
            by_input = [_columns(push, outs, mine, place) for place in range(len(mine))]
        places = iter(range(len(outs)))

        def joined(_: Tensor) -> Any:
            row, columns = next(places), iter(by_input)
            return _mapped(wrt, lambda x: next(columns)[row])

        jacobians = _settled(_mapped(output, joined), mine, tracking)
        return (jacobians, _settled(aux, mine, tracking)) if has_aux else jacobians

    return call


def _columns(
    push: Callable[[Sequence[Any]], list[Tensor]], outs: Sequence[Tensor], mine: Sequence[Tensor], place: int
) -> list[Tensor]:
    """The Jacobian of each output by the input at ``place``, of shape (*output, *input)."""
    x = mine[place]
    pushed = []
    for k in range(x.numel()):
        basis = zeros_like(x).detach()
        basis.view(-1)[k] = 1
        pushed.append(push([basis if i == place else None for i in range(len(mine))]))
    return [stack([column[row] for column in pushed], -1).view(y.size() + x.size()) for row, y in enumerate(outs)]


def hessian(func: Func, argnums: int | Sequence[int] = 0) -> Func:
    """A function that gives the second derivatives of ``func`` by its arguments ``argnums``."""
    return jacfwd(jacrev(func, argnums), argnums)
