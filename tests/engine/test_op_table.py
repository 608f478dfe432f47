"""Every op of the table against torch's recorded answers and against numerical differences."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.ops import TABLE
from engine.ops.spec import Arg, OpSpec
from engine.ops.table import SPECS
from tests.support.differences import differences, flat, weighted
from tests.support.library import torch
from tests.support.op_calls import arguments, failure, function, observe, outputs, seed_for

# torch says so of index_reduce, once.
pytestmark = pytest.mark.filterwarnings("ignore:index_reduce.. is in beta")

RECORDED = json.loads((Path(__file__).parent.parent / "goldens" / "ops.json").read_text())
GOLDEN = RECORDED["samples"]
SAMPLES = [(spec, i) for spec in TABLE.values() for i in range(len(spec.samples))]
ERRORS = [(spec, i) for spec in TABLE.values() for i in range(len(spec.errors))]


def names(cases: list[tuple[OpSpec, int]]) -> list[str]:
    return [f"{spec.name}/{i}" for spec, i in cases]


def close(ours: dict[str, Any] | None, theirs: dict[str, Any] | None) -> bool:
    if ours is None or theirs is None:
        # A gradient that is identically zero may be None on one side.
        rest = ours or theirs
        return rest is None or not any(rest["data"])
    assert ours["shape"] == theirs["shape"]
    assert ours["dtype"] == theirs["dtype"]
    loose = "float32" in ours["dtype"]
    return bool(
        np.allclose(
            ours["data"], theirs["data"], rtol=1e-5 if loose else 1e-9, atol=1e-6 if loose else 1e-11, equal_nan=True
        )
    )


@pytest.mark.parametrize(("spec", "index"), SAMPLES, ids=names(SAMPLES))
def test_sample_agrees_with_torch(spec: OpSpec, index: int) -> None:
    ours, theirs = observe(torch, spec, index), GOLDEN[f"{spec.name}/{index}"]
    assert ours["grad_fn"] == theirs["grad_fn"]
    assert ours["requires_grad"] == theirs["requires_grad"]
    for part in ("outputs", "gradients", "second"):
        for a, b in zip(ours.get(part, []), theirs.get(part, []), strict=part == "outputs"):
            assert close(a, b), (part, a, b)


@pytest.mark.parametrize(("spec", "index"), ERRORS, ids=names(ERRORS))
def test_bad_call_fails_as_in_torch(spec: OpSpec, index: int) -> None:
    bad, recorded = spec.errors[index], RECORDED["errors"][f"{spec.name}/{index}"]
    assert [bad.error.__name__, bad.message] == recorded
    assert failure(torch, spec, index) == recorded


# --- numerical differences --------------------------------------------------------------------


def smooth(case: tuple[OpSpec, int]) -> bool:
    """Whether a sample has a derivative in double precision that torch knows."""
    seen = GOLDEN[f"{case[0].name}/{case[1]}"]
    made = [o["dtype"] for o, tracked in zip(seen["outputs"], seen["requires_grad"], strict=True) if tracked]
    return bool(made) and set(made) == {"torch.float64"} and "NotImplemented" not in seen["grad_fn"]


SMOOTH = [case for case in SAMPLES if smooth(case)]


def tracked_results(spec: OpSpec, index: int) -> tuple[list[Any], Callable[[], list[Any]], list[Any]]:
    """The leaves of a sample, a call that computes its tracked results, and a weight for each of these."""
    leaves: list[Any] = []
    args, kwargs = arguments(torch, spec, index, leaves)

    def results() -> list[Any]:
        return [o for o in outputs(function(torch, spec.call)(*args, **kwargs)) if o.requires_grad]

    return leaves, results, [seed_for(torch, o, f"{k}") for k, o in enumerate(results())]


@pytest.mark.parametrize(("spec", "index"), SMOOTH, ids=names(SMOOTH))
def test_gradient_agrees_with_differences(spec: OpSpec, index: int) -> None:
    leaves, results, seeds = tracked_results(spec, index)
    grads = torch.autograd.grad(results(), leaves, seeds, allow_unused=True)
    for x, g in zip(leaves, grads, strict=True):
        expected = differences(x, lambda: weighted(results(), seeds), 1e-6)
        np.testing.assert_allclose(flat(g, x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("spec", "index"), SMOOTH, ids=names(SMOOTH))
def test_second_gradient_agrees_with_differences(spec: OpSpec, index: int) -> None:
    leaves, results, seeds = tracked_results(spec, index)

    def gradients(create_graph: bool) -> list[Any]:
        found = torch.autograd.grad(results(), leaves, seeds, create_graph=create_graph, allow_unused=True)
        return [torch.zeros_like(x) if g is None else g for g, x in zip(found, leaves, strict=True)]

    first = gradients(True)
    weights = [seed_for(torch, g, f"second {k}") for k, g in enumerate(first)]
    again = [(g, w) for g, w in zip(first, weights, strict=True) if g.requires_grad]
    second: Any = [None] * len(leaves)
    if again:
        second = torch.autograd.grad([g for g, _ in again], leaves, [w for _, w in again], allow_unused=True)
    for x, g in zip(leaves, second, strict=True):
        expected = differences(x, lambda: weighted(gradients(False), weights), 1e-5)
        np.testing.assert_allclose(flat(g, x), expected, rtol=1e-4, atol=1e-5)


# --- the table itself -------------------------------------------------------------------------

# What only stands in the graphs of derivatives, of assignments and of modules, or needs input of some structure: each
# has tests of its own.
INNER = frozenset(
    [
        "_safe_softmax",
        "add_number",
        "add_padding",
        "alias",
        "along_each",
        "as_strided",
        "bernoulli",
        "binary_cross_entropy_backward",
        "celu_backward",
        "cholesky",
        "circular_pad",
        "copy",
        "ctc_loss",
        "div_scalar",
        "eigh",
        "eigvalsh",
        "elu_backward",
        "fill",
        "fill_tensor",
        "gelu_backward",
        "glu_backward",
        "grid_slopes",
        "grid_spread",
        "hardshrink_backward",
        "hardswish_backward",
        "hardtanh_backward",
        "huber_loss_backward",
        "index_put",
        "index_put_add",
        "leaky_relu_backward",
        "log_sigmoid_backward",
        "log_softmax_backward",
        "lstm_layer",
        "lu",
        "lu_factor",
        "lu_unpack",
        "main_diagonal",
        "max_unpool",
        "mse_loss_backward",
        "mul_number",
        "nll_loss_backward",
        "norm_dim",
        "prelu_backward",
        "put",
        "put_index",
        "put_slice",
        "reshape_alias",
        "reshape_copy",
        "select_backward",
        "selu_backward",
        "sigmoid_backward",
        "slice_backward",
        "smooth_l1_loss_backward",
        "soft_margin_loss_backward",
        "softmax_backward",
        "softplus_backward",
        "softshrink_backward",
        "squeeze_dim_in_place",
        "squeeze_dims_in_place",
        "squeeze_in_place",
        "squeeze_result",
        "svd",
        "t_in_place",
        "take_slice",
        "tanh_backward",
        "threshold_at_backward",
        "threshold_backward",
        "transpose_",
        "transpose_in_place",
        "unsafe_split",
        "unsqueeze_in_place",
        "zero",
        "zero_at",
    ]
)


def test_every_op_has_samples() -> None:
    sampled = {spec.grad_fn for spec in SPECS if spec.samples}
    bare = {spec.name for spec in SPECS if spec.differentiable and not spec.samples and spec.grad_fn not in sampled}
    assert bare <= INNER, bare - INNER


@pytest.mark.parametrize("spec", [s for s in TABLE.values() if s.differentiable], ids=lambda s: s.name)
def test_every_derivative_is_shown(spec: OpSpec) -> None:
    assert spec.derivatives
    if spec.joint is None:
        assert len(spec.derivatives) >= sum(vjp is not None for vjp in spec.vjps)


def test_names_are_told_apart() -> None:
    seen = [spec.name for spec in SPECS]
    assert len(seen) == len(set(seen)), {name for name in seen if seen.count(name) > 1}


def test_samples_are_in_double_precision() -> None:
    for spec, index in SAMPLES:
        for arg in spec.samples[index].args:
            assert not isinstance(arg, Arg) or arg.dtype in ("float64", "float32", "int64", "bool")
