"""Derivatives of functions: jacobian, hessian, and their products with vectors.

Source of the errors: torch/autograd/functional.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.autograd.calls import grad
from engine.modes import enable_grad, set_grad_enabled
from engine.ops.filled import zeros_like
from engine.ops.joining import stack
from engine.state import state
from engine.tensors import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = tuple[Any, ...]

STRATEGY = (
    'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than '
    'inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
)
FORWARD_MODE = (
    "Computing Jacobian using forward-AD or forward-over-reverse Hessian is only implemented for `vectorize=True`."
)
NEEDS_V = "The vector v can only be None if the {} is a single Tensor with a single element."
OUTPUTS = "outputs of the user-provided function"

# --- what goes in and out ---------------------------------------------------------------------


def _as_tuple(value: Any, what: str, function: str) -> tuple[bool, Tensors]:
    """Whether ``value`` is a tuple, and ``value`` as one; TypeError as from torch for what holds no tensors."""
    is_tuple = isinstance(value, tuple)
    values = value if is_tuple else (value,)
    for i, v in enumerate(values):
        if not isinstance(v, Tensor):
            which = f"value at index {i}" if is_tuple else f"given {what}"
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the {which} has "
                f"type {type(v)}."
            )
    return is_tuple, values


def _prepared(tensors: Sequence[Tensor], create_graph: bool, need_graph: bool) -> Tensors:
    """The tensors cut from their graphs; with ``create_graph``, as views that stay connected."""
    return tuple(
        x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_(need_graph) for x in tensors
    )


def _finished(results: Any, create_graph: bool) -> Any:
    """The results, without their graph if nobody asked for it."""
    if isinstance(results, tuple):
        return tuple(_finished(r, create_graph) for r in results)
    return results if create_graph else results.detach()


def _packed(results: Tensors, is_tuple: bool) -> Any:
    return results if is_tuple else results[0]


def _packed_twice(results: Tensors, outer: bool, inner: bool) -> Any:
    return _packed(tuple(_packed(r, inner) for r in results), outer)


def _check_v(v: Tensors, other: Tensors, is_other_tuple: bool) -> None:
    if len(other) != len(v):
        if is_other_tuple:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(other)} but got {len(v)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (mine, theirs) in enumerate(zip(v, other, strict=True)):
        if mine.size() != theirs.size():
            entry = f"Entry {i} in " if is_other_tuple else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {theirs.size()} but got {mine.size()}.")


def _vector(v: Any, function: str, other: Tensors, is_other_tuple: bool, create_graph: bool, needs: str) -> Any:
    """``v`` as a tuple that fits ``other``, or None if it may be left out."""
    if v is None:
        if len(other) != 1 or other[0].numel() != 1:
            raise RuntimeError(needs)
        return None
    _, given = _as_tuple(v, "v", function)
    vectors = _prepared(given, create_graph, need_graph=False)
    _check_v(vectors, other, is_other_tuple)
    return vectors


# --- strict mode ------------------------------------------------------------------------------

_NOT_TRACKED = {
    "outputs": (
        "Output {} of the user-provided function does not require gradients. The outputs must be computed in a "
        "differentiable manner from the input when running in strict mode."
    ),
    "grad_inputs": (
        "The gradient with respect to input {} is independent of the inputs of the user-provided function. This is not "
        "allowed in strict mode."
    ),
    "jacobian": (
        "While computing the hessian, found that the jacobian of the user-provided function with respect to input {} "
        "is independent of the input. This is not allowed in strict mode. You should ensure that your function is "
        "twice differentiable and that the jacobian depends on the inputs (this would be violated by a linear function "
        "for example)."
    ),
    "hessian": (
        "The hessian of the user-provided function with respect to input {} is independent of the input. This is not "
        "allowed in strict mode. You should ensure that your function is thrice differentiable and that the hessian "
        "depends on the inputs."
    ),
}
_UNUSED = {
    "back": "The output of the user-provided function is independent of input {}. This is not allowed in strict mode.",
    "back_trick": (
        "The gradient with respect to the input is independent of entry {} in the grad_outputs when using the double "
        "backward trick to compute forward mode gradients. This is not allowed in strict mode."
    ),
    "double_back": (
        "The jacobian of the user-provided function is independent of input {}. This is not allowed in strict mode."
    ),
    "double_back_trick": (
        "The hessian of the user-provided function is independent of entry {} in the grad_jacobian. This is not "
        "allowed in strict mode as it prevents from using the double backward trick to replace forward mode AD."
    ),
}
_INDEPENDENT = (
    "The {} of the user-provided function is independent of input {}. This is not allowed in strict mode when "
    "create_graph=True."
)


def _require_grad(tensors: Sequence[Any], kind: str, strict: bool) -> None:
    """In strict mode, raise RuntimeError for what is no differentiable function of the inputs."""
    for i, x in enumerate(tensors if strict else ()):
        if x is None:
            raise RuntimeError(_UNUSED["back"].format(i))
        if not x.requires_grad:
            raise RuntimeError(_NOT_TRACKED[kind].format(i))


def _filled(grads: Sequence[Any], like: Sequence[Tensor], strict: bool, create_graph: bool, stage: str) -> Tensors:
    """Zeros for the gradients that do not exist; in strict mode RuntimeError."""
    out = []
    for i, g in enumerate(grads):
        if g is None and strict:
            raise RuntimeError(_UNUSED[stage].format(i))
        if g is not None and strict and create_graph and not g.requires_grad:
            raise RuntimeError(_INDEPENDENT.format("hessian" if "double" in stage else "jacobian", i))
        out.append(zeros_like(like[i]) if g is None else g)
    return tuple(out)


def _grad(
    outputs: Sequence[Any],
    inputs: Sequence[Tensor],
    vectors: Sequence[Any] | None = None,
    create_graph: bool = False,
    retain_graph: bool | None = None,
) -> Tensors:
    """Gradients where there are any; None for inputs that are not used."""
    seeds = vectors or (None,) * len(outputs)
    tracked = [(y, v) for y, v in zip(outputs, seeds, strict=True) if y is not None and y.requires_grad]
    if not tracked:
        return (None,) * len(inputs)
    ys, vs = zip(*tracked, strict=True)
    found: Tensors = grad(ys, inputs, vs, retain_graph, create_graph, allow_unused=True)
    return found


# --- the functions ----------------------------------------------------------------------------


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of ``v`` with its Jacobian: what a backward pass computes."""
    with enable_grad():
        is_tuple, given = _as_tuple(inputs, "inputs", "vjp")
        xs = _prepared(given, create_graph, need_graph=True)
        is_out_tuple, ys = _as_tuple(func(*xs), OUTPUTS, "vjp")
        _require_grad(ys, "outputs", strict)
        needs = (
            "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
        )
        vectors = _vector(v, "vjp", ys, is_out_tuple, create_graph, needs)
    with set_grad_enabled(create_graph or state.grad_enabled):
        product = _filled(_grad(ys, xs, vectors, create_graph), xs, strict, create_graph, "back")
    return _packed(_finished(ys, create_graph), is_out_tuple), _packed(_finished(product, create_graph), is_tuple)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of its Jacobian with ``v``: by two backward passes."""
    with enable_grad():
        is_tuple, given = _as_tuple(inputs, "inputs", "jvp")
        xs = _prepared(given, create_graph, need_graph=True)
        needs = NEEDS_V.format("input to the user-provided function")
        vectors = _vector(v, "jvp", xs, is_tuple, create_graph, needs)
        is_out_tuple, ys = _as_tuple(func(*xs), OUTPUTS, "jvp")
        _require_grad(ys, "outputs", strict)
        seeds = tuple(zeros_like(y, requires_grad=True) for y in ys)
        slopes = _grad(ys, xs, seeds, create_graph=True)
        _require_grad(slopes, "grad_inputs", strict)
    with set_grad_enabled(create_graph or state.grad_enabled):
        product = _filled(_grad(slopes, seeds, vectors, create_graph), ys, strict, create_graph, "back_trick")
    return _packed(_finished(ys, create_graph), is_out_tuple), _packed(_finished(product, create_graph), is_out_tuple)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The derivatives of all elements of ``func(*inputs)`` by all elements of the inputs.

    Of shape (*output, *input); a tuple where outputs or inputs are. ``vectorize`` is accepted: it would only
    be a matter of speed.
    """
    _check_strategy(strategy, create_graph, vectorize)
    with enable_grad():
        is_tuple, given = _as_tuple(inputs, "inputs", "jacobian")
        xs = _prepared(given, create_graph, need_graph=True)
        is_out_tuple, ys = _as_tuple(func(*xs), OUTPUTS, "jacobian")
        _require_grad(ys, "outputs", strict)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
                "Please either set `strict=False` or `vectorize=False`."
            )
        result = tuple(_rows(y, i, xs, create_graph, strict) for i, y in enumerate(ys))
        return _packed_twice(_finished(result, create_graph), is_out_tuple, is_tuple)


def _check_strategy(strategy: str, create_graph: bool, vectorize: bool) -> None:
    """Raise torch's errors; which way it is computed is only a matter of speed."""
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(STRATEGY)
    if strategy == "forward-mode":
        if create_graph:
            raise NotImplementedError(
                'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not '
                'supported together (yet). Please either set `create_graph=False` or `strategy="reverse-mode"`.'
            )
        if not vectorize:
            raise NotImplementedError(FORWARD_MODE)


def _rows(y: Tensor, place: int, xs: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """The Jacobian of output ``place``, one backward pass per element."""
    rows: list[list[Tensor]] = [[] for _ in xs]
    for j in range(y.numel()):
        found = _grad((y.reshape(-1)[j],), xs, create_graph=create_graph, retain_graph=True)
        for i, (x, g) in enumerate(zip(xs, found, strict=True)):
            if g is None and strict:
                raise RuntimeError(
                    f"Output {place} of the user-provided function is independent of input {i}. This is not allowed in "
                    "strict mode."
                )
            if g is not None and strict and create_graph and not g.requires_grad:
                raise RuntimeError(_INDEPENDENT.format("jacobian", place))
            rows[i].append(zeros_like(x) if g is None else g)
    return tuple(stack(r, 0).view(y.size() + x.size()) for r, x in zip(rows, xs, strict=True))


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function of one element by all pairs of elements of the inputs."""
    is_tuple, given = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def single(*xs: Tensor) -> Tensor:
        out = func(*xs)
        is_out_tuple, ys = _as_tuple(out, OUTPUTS, "hessian")
        _require_grad(ys, "outputs", strict)
        _check_single(is_out_tuple, ys, "hessian")
        value: Tensor = out.squeeze()
        return value

    def slopes(*xs: Tensor) -> Any:
        found = jacobian(single, xs, create_graph=True)
        _require_grad(found, "jacobian", strict)
        return found

    found = jacobian(slopes, given, create_graph, strict, vectorize, outer_jacobian_strategy)
    return _packed_twice(found, is_tuple, is_tuple)


def _check_single(is_out_tuple: bool, ys: Tensors, function: str) -> None:
    if is_out_tuple:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if ys[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {function} should contain a single element")


def _bend(
    function: str, func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool
) -> tuple[bool, Tensors, Any, Tensors, Tensors]:
    """What vhp and hvp have in common: inputs, vector, output and its first derivatives."""
    is_tuple, given = _as_tuple(inputs, "inputs", function)
    xs = _prepared(given, create_graph, need_graph=True)
    vectors = _vector(v, function, xs, is_tuple, create_graph, NEEDS_V.format("input to the user-provided function"))
    is_out_tuple, ys = _as_tuple(func(*xs), OUTPUTS, function)
    _require_grad(ys, "outputs", strict)
    _check_single(is_out_tuple, ys, function)
    slopes = _grad(ys, xs, create_graph=True)
    _require_grad(slopes, "jacobian", strict)
    return is_tuple, xs, vectors, ys, slopes


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of ``v`` with its Hessian."""
    with enable_grad():
        is_tuple, xs, vectors, ys, slopes = _bend("vhp", func, inputs, v, create_graph, strict)
    with set_grad_enabled(create_graph or state.grad_enabled):
        product = _filled(_grad(slopes, xs, vectors, create_graph), xs, strict, create_graph, "double_back")
    return _finished(ys, create_graph)[0], _packed(_finished(product, create_graph), is_tuple)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of its Hessian with ``v``: by one more backward pass than vhp."""
    with enable_grad():
        is_tuple, xs, vectors, ys, slopes = _bend("hvp", func, inputs, v, create_graph, strict)
        seeds = tuple(zeros_like(x, requires_grad=True) for x in xs)
        bends = _grad(slopes, xs, seeds, create_graph=True)
        _require_grad(slopes, "hessian", strict)
    with set_grad_enabled(create_graph or state.grad_enabled):
        product = _filled(_grad(bends, seeds, vectors, create_graph), xs, strict, create_graph, "double_back_trick")
    return _finished(ys, create_graph)[0], _packed(_finished(product, create_graph), is_tuple)
