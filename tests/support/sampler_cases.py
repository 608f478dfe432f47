"""Calls that draw random numbers, by name: each takes a torch, a shape and a dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SHAPES: tuple[tuple[int, ...], ...] = (
    (),
    (0,),
    (1,),
    (2,),
    (3,),
    (15,),
    (16,),
    (17,),
    (31,),
    (32,),
    (33,),
    (100,),
    (1000,),
    (0, 3),
    (3, 5),
    (4, 4),
    (7, 11),
    (2, 3, 4),
    (10, 10, 10),
    (1, 1, 1, 1),
)
FLOATING = ("float32", "float64", "float16")
DTYPES = (*FLOATING, "int64", "int32", "int16", "int8", "uint8", "bool")

CHOSEN = [
    (shape, dtype)
    for shape in ((), (3,), (16,), (17,), (4, 5), (0,))
    for dtype in ("float32", "float64", "float16", "int64", "bool")
]
"""What is recorded for the suite that runs without torch."""

Draw = Callable[[Any, tuple[int, ...], Any], Any]


def _filled(name: str, *args: Any, **kwargs: Any) -> Draw:
    return lambda torch, shape, dtype: getattr(torch.zeros(shape, dtype=dtype), name)(*args, **kwargs)


def _transposed(name: str, *args: Any) -> Draw:
    """Filled through a view whose elements do not lie in order."""

    def draw(torch: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        x = torch.zeros(shape, dtype=dtype)
        view = x.transpose(0, -1) if x.dim() > 1 else x
        getattr(view, name)(*args)
        return x

    return draw


def _probabilities(torch: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    count = 1
    for n in shape:
        count *= n
    return torch.linspace(0.05, 0.95, max(count, 1)).to(dtype)[:count].reshape(shape)


CASES: dict[str, Draw] = {
    "rand": lambda torch, shape, dtype: torch.rand(shape, dtype=dtype),
    "randn": lambda torch, shape, dtype: torch.randn(shape, dtype=dtype),
    "rand_like": lambda torch, shape, dtype: torch.rand_like(torch.zeros(shape, dtype=dtype)),
    "randn_like": lambda torch, shape, dtype: torch.randn_like(torch.zeros(shape, dtype=dtype)),
    "randint": lambda torch, shape, dtype: torch.randint(0, 2, shape, dtype=dtype),
    "randint of a range": lambda torch, shape, dtype: torch.randint(3, 100, shape, dtype=dtype),
    "randint of many": lambda torch, shape, dtype: torch.randint(0, 2**40, shape).to(dtype),
    "randint_like": lambda torch, shape, dtype: torch.randint_like(torch.zeros(shape, dtype=dtype), 0, 2),
    "randperm": lambda torch, shape, dtype: torch.randperm(max(shape, default=1), dtype=dtype),
    "normal": lambda torch, shape, dtype: torch.normal(1.0, 2.0, shape, dtype=dtype),
    "normal of means": lambda torch, shape, dtype: torch.normal(_probabilities(torch, shape, dtype), 0.5),
    "normal of deviations": lambda torch, shape, dtype: torch.normal(2.0, _probabilities(torch, shape, dtype)),
    "normal of both": lambda torch, shape, dtype: torch.normal(
        _probabilities(torch, shape, dtype), _probabilities(torch, shape, dtype)
    ),
    "bernoulli": lambda torch, shape, dtype: torch.bernoulli(_probabilities(torch, shape, dtype)),
    "bernoulli of one": lambda torch, shape, dtype: torch.bernoulli(torch.zeros(shape, dtype=dtype), 0.3),
    "bernoulli_": _filled("bernoulli_", 0.3),
    "bernoulli_ of many": lambda torch, shape, dtype: torch.zeros(shape, dtype=dtype).bernoulli_(
        _probabilities(torch, shape, torch.float32)
    ),
    "uniform_": _filled("uniform_"),
    "uniform_ of a range": _filled("uniform_", -2.0, 3.5),
    "normal_": _filled("normal_"),
    "normal_ shifted": _filled("normal_", 3.0, 0.5),
    "exponential_": _filled("exponential_", 1.5),
    "geometric_": _filled("geometric_", 0.3),
    "cauchy_": _filled("cauchy_", 1.0, 2.0),
    "log_normal_": _filled("log_normal_", 0.1, 0.5),
    "random_": _filled("random_"),
    "random_ below": _filled("random_", 2),
    "random_ between": _filled("random_", 1, 100),
    "uniform_ of a view": _transposed("uniform_"),
    "normal_ of a view": _transposed("normal_"),
    "random_ of a view": _transposed("random_", 2),
    "dropout": lambda torch, shape, dtype: torch.nn.functional.dropout(torch.ones(shape, dtype=dtype), 0.4),
    "alpha_dropout": lambda torch, shape, dtype: torch.nn.functional.alpha_dropout(
        torch.ones(shape, dtype=dtype), 0.4, training=True
    ),
    "poisson": lambda torch, shape, dtype: torch.poisson(_probabilities(torch, shape, dtype) * 30),
    "multinomial": lambda torch, shape, dtype: torch.multinomial(_probabilities(torch, (7,), dtype), 3),
    "multinomial of one": lambda torch, shape, dtype: torch.multinomial(_probabilities(torch, (4, 5), dtype), 1),
    "multinomial with replacement": lambda torch, shape, dtype: torch.multinomial(
        _probabilities(torch, (3, 4), dtype), 20, replacement=True
    ),
    "generator": lambda torch, shape, dtype: torch.rand(shape, dtype=dtype, generator=torch.Generator().manual_seed(5)),
    "after a pair": lambda torch, shape, dtype: (torch.randn(3), torch.randn(shape, dtype=dtype))[1],
    "state": lambda torch, shape, dtype: (
        torch.set_rng_state(torch.get_rng_state()),
        torch.randn(3),
        torch.get_rng_state(),
    )[2],
}


def outcome(torch: Any, name: str, shape: tuple[int, ...], dtype: str, seed: int) -> tuple[str, Any, Any, float]:
    """What a case gives: an error or nothing, the numbers, their dtype, and what the stream gives next."""
    torch.manual_seed(seed)
    try:
        drawn = CASES[name](torch, shape, getattr(torch, dtype))
    except Exception as error:
        return f"{type(error).__name__}: {error}", None, None, 0.0
    return "", drawn.detach().reshape(-1).tolist(), str(drawn.dtype), torch.rand(1).item()
