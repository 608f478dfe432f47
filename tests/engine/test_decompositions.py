"""Derivatives of decompositions whose input has structure: symmetric, positive definite, of full rank."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.differences import differences, flat, weighted
from tests.support.library import torch

FIXED = torch.tensor([[3.0, 0.5, -1.0], [2.0, 4.5, 0.0], [-2.0, 1.0, 5.0]], dtype=torch.float64)


def symmetric(x: Any) -> Any:
    return x + x.mT


def positive(x: Any) -> Any:
    return x @ x.mT + 2.0 * torch.eye(x.shape[-1], dtype=x.dtype)


CASES: dict[str, Callable[[Any], list[Any]]] = {
    "eigvalsh": lambda x: [torch.linalg.eigvalsh(symmetric(x))],
    "eigvalsh of the upper triangle": lambda x: [torch.linalg.eigvalsh(symmetric(x), "U")],
    # The sign of a vector is free: products of two of them are not.
    "eigh": lambda x: [torch.linalg.eigh(symmetric(x))[0], torch.linalg.eigh(symmetric(x))[1] ** 2],
    "svd": lambda x: [torch.linalg.svd(x, full_matrices=False)[1], torch.linalg.svd(x, full_matrices=False)[0] ** 2],
    "V of svd": lambda x: [torch.svd(x)[2] ** 2],
    "cholesky": lambda x: [torch.linalg.cholesky(positive(x))],
    "upper cholesky": lambda x: [torch.linalg.cholesky(positive(x), upper=True)],
    "det of a singular matrix": lambda x: [torch.det(x * torch.tensor([[0.0], [1.0], [2.0]], dtype=x.dtype))],
    "logdet": lambda x: [torch.logdet(positive(x))],
    "matrix_norm 2": lambda x: [torch.linalg.matrix_norm(x, 2)],
    "nuclear norm": lambda x: [torch.linalg.matrix_norm(x, "nuc")],
    "condition": lambda x: [torch.linalg.cond(x)],
    "lstsq": lambda x: [torch.linalg.lstsq(x, x[:, :1] * 2 + 1)[0]],
    "matrix_power": lambda x: [torch.linalg.matrix_power(positive(x), -2)],
    "solve from the right": lambda x: [torch.linalg.solve(positive(x), x, left=False)],
    "quantile": lambda x: [torch.quantile(x, 0.4), torch.quantile(x, torch.tensor([0.2, 0.7], dtype=x.dtype), dim=1)],
    "cov": lambda x: [torch.cov(x), torch.corrcoef(x)],
    "gradient": lambda x: [*torch.gradient(x), *torch.gradient(x, spacing=0.5, dim=0, edge_order=2)],
    "einsum": lambda x: [torch.einsum("ij,kj->ik", x, x), torch.einsum("ii->i", x), torch.einsum("ij,jk,kl", x, x, x)],
    "trapezoid": lambda x: [torch.trapezoid(x, dx=0.5), torch.cumulative_trapezoid(x, FIXED, dim=0)],
    "cdist": lambda x: [torch.cdist(x, FIXED)],
    "renorm": lambda x: [torch.renorm(x, 2, 0, 1.0)],
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("order", [1, 2])
def test_gradient_agrees_with_differences(name: str, order: int) -> None:
    f = CASES[name]
    rng = np.random.default_rng(3)
    x = torch.tensor(rng.normal(size=(3, 3)), requires_grad=True)
    seeds = [torch.tensor(rng.uniform(0.5, 1.5, tuple(y.shape))) for y in f(x)]
    direction = torch.tensor(rng.uniform(0.5, 1.5, (3, 3)))

    def gradient(create_graph: bool) -> Any:
        return torch.autograd.grad(f(x), x, seeds, create_graph=create_graph)[0]

    if order == 1:
        np.testing.assert_allclose(
            flat(gradient(False), x), differences(x, lambda: weighted(f(x), seeds), 1e-6), rtol=1e-5, atol=1e-6
        )
        return
    first = gradient(True)
    second = torch.autograd.grad(first, x, direction)[0] if first.requires_grad else None
    expected = differences(x, lambda: weighted([gradient(False)], [direction]), 1e-5)
    np.testing.assert_allclose(flat(second, x), expected, rtol=1e-4, atol=1e-4)
