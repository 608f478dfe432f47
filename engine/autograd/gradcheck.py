"""gradcheck and gradgradcheck: backward against finite differences.

Source of the errors: torch/autograd/gradcheck.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from engine.autograd.calls import grad
from engine.ops.filled import zeros_like
from engine.random import default_generator
from engine.state import unseen, warn
from engine.tensors import Tensor, leaf, wrap

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

UNDEFINED = (
    "Backwards compatibility: New undefined gradient support checking feature is enabled by default, but it may break "
    'existing callers of this function. If this is true for you, you can call this function with "check_undefined_grad='
    'False" to disable the feature'
)
UNDEFINED_FAILED = (
    'Expected backward function to handle undefined output grads. Please look at "Notes about undefined output '
    'gradients" in "tools/autograd/derivatives.yaml"'
)
NOT_REENTRANT = (
    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different "
    "values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism was {}.\n\n"
    "NOTE: If your op relies on non-deterministic operations i.e., it is listed here:\n"
    "https://pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html\n"
    "this failure might be expected.\n\n"
    "If you are adding a new operator, please file an issue and then use one of the\n"
    "workarounds. The workaround depends on how your test invokes gradcheck/gradgradcheck.\n"
    "If the test\n"
    "- manually invokes gradcheck/gradgradcheck, then call gradcheck/gradgradcheck\n"
    "  with `nondet_tol=<tol>` as a keyword argument.\n"
    "- is OpInfo-based (e.g., in test_ops_gradients.py), then modify the OpInfo for the test\n"
    "  to have `gradcheck_nondet_tol=<tol>`.\n"
    "- is a Module test (e.g., in common_nn.py), then modify the corresponding\n"
    "  module_test entry to have `gradcheck_nondet_tol=<tol>`\n"
)
NO_FORWARD_MODE = "forward-mode differentiation is not part of Chainrule: leave {} as it is"


class GradcheckError(RuntimeError):
    """Backward and differences do not agree."""

    __module__ = "torch.autograd.gradcheck"


def _as_tuple(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else tuple(x) if isinstance(x, list) else (x,)


def _tensors(x: Any, tracked: bool = False) -> Iterator[Tensor]:
    """The tensors in ``x`` and in the sequences in it; only those that require grad if ``tracked``."""
    if isinstance(x, Tensor):
        if x.requires_grad or not tracked:
            yield x
    elif isinstance(x, (tuple, list)):
        for element in x:
            yield from _tensors(element, tracked)


def _differentiable(outputs: Any) -> tuple[Any, ...]:
    return tuple(o for o in _as_tuple(outputs) if o.requires_grad)


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of ``func`` agree with differences; if not, GradcheckError with both Jacobians.

    The inputs that require grad must be of double precision for the differences to be good. ``fast_mode`` and
    ``check_batched_grad`` are accepted: everything is compared here, one gradient at a time.
    """
    for name, forward in (("check_forward_ad", check_forward_ad), ("check_backward_ad", not check_backward_ad)):
        if forward:
            raise NotImplementedError(NO_FORWARD_MODE.format(name))
    given = _as_tuple(inputs)
    try:
        with unseen():
            return _checked(func, given, eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes)
    except GradcheckError:
        if raise_exception:
            raise
        return False


def _checked(
    func: Callable[..., Any],
    inputs: tuple[Any, ...],
    eps: float,
    atol: float,
    rtol: float,
    nondet_tol: float,
    check_undefined_grad: bool,
    check_grad_dtypes: bool,
) -> bool:
    _check_inputs(inputs)
    every = func(*inputs)
    outputs = _differentiable(every)
    numerical = _numerical(func, inputs, _as_tuple(every), eps)
    if not outputs:
        if any(np.any(jacobian != 0) for jacobians in numerical for jacobian in jacobians):
            raise GradcheckError("Numerical gradient for function expected to be zero")
        return True
    kept = [n for o, n in zip(_as_tuple(every), numerical, strict=True) if o.requires_grad]
    for i, output in enumerate(outputs):
        analytical = _analytical(output, inputs, nondet_tol, check_grad_dtypes)
        for j, (a, n) in enumerate(zip(analytical, kept[i], strict=True)):
            if not np.allclose(a, n, rtol, atol):
                raise GradcheckError(
                    f"Jacobian mismatch for output {i:d} with respect to input {j:d},\n"
                    f"numerical:{wrap(n)}\nanalytical:{wrap(a)}\n"
                )
    _check_zero_seeds(outputs, inputs)
    if check_undefined_grad:
        _check_undefined(func, inputs)
    return True


def _check_inputs(inputs: tuple[Any, ...]) -> None:
    tracked = False
    for i, x in enumerate(inputs):
        if not isinstance(x, Tensor) or not x.requires_grad:
            continue
        tracked = True
        if x._data.dtype != np.float64:
            warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. "
            )
        if any(step <= 0 and size > 1 for step, size in zip(x.stride(), x._data.shape, strict=True)):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call .contiguous "
                "on the input before passing it to gradcheck."
            )
    if not tracked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )


def _numerical(
    func: Callable[..., Any], inputs: tuple[Any, ...], outputs: tuple[Any, ...], eps: float
) -> list[list[np.ndarray[Any, Any]]]:
    """By output, by input: the Jacobian of shape (input elements, output elements) from central differences."""
    found: list[list[np.ndarray[Any, Any]]] = [[] for _ in outputs]
    for x in _tensors(inputs, tracked=True):
        storage = x._array()
        columns = [np.zeros((storage.size, o.numel()), o._data.dtype) for o in outputs]
        for k, place in enumerate(np.ndindex(storage.shape)):
            middle = storage[place]
            storage[place] = middle - eps
            low = _values(func, inputs)
            storage[place] = middle + eps
            high = _values(func, inputs)
            storage[place] = middle
            for column, a, b in zip(columns, low, high, strict=True):
                _check_alike(a, b, place, eps)
                column[k] = (b._data.astype(np.float64) - a._data).reshape(-1) / (2 * eps)
        for jacobians, column in zip(found, columns, strict=True):
            jacobians.append(column)
    return found


def _values(func: Callable[..., Any], inputs: tuple[Any, ...]) -> list[Tensor]:
    return [wrap(np.array(o._data)) for o in _as_tuple(func(*inputs))]


def _check_alike(a: Tensor, b: Tensor, place: tuple[int, ...], eps: float) -> None:
    """Raise torch's AssertionError if the shape or the dtype of an output depends on the values of the input."""
    moved = f"when inputs are perturbed on index {place} by {eps}, but got:"
    if a.shape != b.shape:
        raise AssertionError(
            f"Expected `func` to return outputs with the same shape {moved} shapes {a.shape} and {b.shape}."
        )
    if a.dtype is not b.dtype:
        raise AssertionError(
            f"Expected `func` to return outputs with the same dtype {moved} dtypes {a.dtype} and {b.dtype}."
        )


def _analytical(
    output: Tensor, inputs: tuple[Any, ...], nondet_tol: float, check_grad_dtypes: bool
) -> list[np.ndarray[Any, Any]]:
    """The same from backward, computed twice; GradcheckError if both times differ or a gradient does not fit."""
    xs = list(_tensors(inputs, tracked=True))
    first, second = (_by_backward(output, xs, check_grad_dtypes) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        if np.any(np.abs(a - b) > nondet_tol):
            raise GradcheckError(NOT_REENTRANT.format(nondet_tol))
    return first


def _by_backward(output: Tensor, xs: Sequence[Tensor], check_grad_dtypes: bool) -> list[np.ndarray[Any, Any]]:
    found = [np.zeros((x.numel(), output.numel()), x._data.dtype) for x in xs]
    copy = output.clone()
    for k in range(output.numel()):
        seed = np.zeros(output._data.shape, output._data.dtype)
        seed.reshape(-1)[k] = 1
        for jacobian, x, g in zip(
            found, xs, grad(copy, xs, wrap(seed), retain_graph=True, allow_unused=True), strict=True
        ):
            if g is None:
                continue
            if g._data.shape != x._data.shape:
                raise GradcheckError("Analytical gradient has incorrect size")
            if check_grad_dtypes and g.dtype is not x.dtype:
                raise GradcheckError("Gradient has dtype mismatch")
            jacobian[:, k] = np.asarray(g._data).reshape(-1)
    return found


def _zero_seeds(outputs: Sequence[Tensor]) -> list[Tensor]:
    return [zeros_like(o) for o in outputs]


def _check_zero_seeds(outputs: Sequence[Tensor], inputs: tuple[Any, ...]) -> None:
    xs = list(_tensors(inputs, tracked=True))
    for g, x in zip(grad(outputs, xs, _zero_seeds(outputs), allow_unused=True), xs, strict=True):
        if g is None:
            continue
        if np.any(g._data != 0):
            raise GradcheckError("backward not multiplied by grad_output")
        if g.dtype is not x.dtype:
            raise GradcheckError("grad is incorrect type")
        if g._data.shape != x._data.shape:
            raise GradcheckError("grad is incorrect size")


def _check_undefined(func: Callable[..., Any], inputs: tuple[Any, ...]) -> None:
    """backward must cope with outputs of which nobody has asked for a gradient, and send zeros then."""
    xs = list(_tensors(inputs, tracked=True))
    count = len(_differentiable(func(*inputs)))
    for missing in [set(range(count)), *({i} for i in range(count if count > 1 else 0))]:
        outputs = _differentiable(func(*inputs))
        cut = [_cut(o) if i in missing else o for i, o in enumerate(outputs)]
        try:
            found = grad(cut, xs, _zero_seeds(cut), allow_unused=True)
        except RuntimeError as error:
            warn(UNDEFINED)
            raise GradcheckError(UNDEFINED_FAILED) from error
        if any(g is not None and np.any(g._data != 0) for g in found):
            warn(UNDEFINED)
            raise GradcheckError(
                "Expected all input grads to be undefined or zero when all output grads are undefined or zero. Please "
                'look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
            )


def _cut(output: Tensor) -> Tensor:
    """The same values, through which no gradient returns."""
    from engine.autograd.function import Function

    class UndefinedGrad(Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            out: Tensor = x.view_as(x)
            return out

        @staticmethod
        def backward(ctx: Any, g: Tensor) -> None:
            return None

    out: Tensor = UndefinedGrad.apply(output)
    return out


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """gradcheck of the gradients: whether second derivatives agree with differences of first ones.

    Without ``grad_outputs`` the gradients of the outputs are drawn between -1 and 1.
    """
    given = _as_tuple(inputs)
    if grad_outputs is None:
        seeds = tuple(_drawn(o) for o in _differentiable(func(*given)))
    else:
        seeds = _as_tuple(grad_outputs)
    tracked = [isinstance(x, Tensor) and x.requires_grad for x in given]

    def slopes(*args: Any) -> tuple[Tensor, ...]:
        xs, vs = args[: len(given)], args[len(given) :]
        wanted = [x for x, asked in zip(xs, tracked, strict=True) if asked]
        found = grad(_differentiable(func(*xs)), wanted, vs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        slopes,
        given + seeds,
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
    )


def _drawn(output: Tensor) -> Tensor:
    """A leaf like ``output`` with elements between -1 and 1, as torch.testing.make_tensor draws them."""
    kind = output._data.dtype
    drawn: Any = default_generator().uniform(output.numel(), kind, -1.0, 1.0)
    return leaf(drawn.reshape(output._data.shape)[()], True)
