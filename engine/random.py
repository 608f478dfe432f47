"""torch's random numbers on the CPU: the same seed gives the same numbers.

A 32-bit Mersenne Twister seeded by a single integer; float32 keeps 24 bits of one draw, float64 53 bits
of two. Source: aten/src/ATen/core/DistributionsHelper.h and native/cpu/DistributionTemplates.h.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.node import Raw
from engine.state import state

_FLOAT24 = 1.0 / (1 << 24)
_FLOAT53 = 1.0 / (1 << 53)
_FLOAT11 = 1.0 / (1 << 11)


class Generator:
    """A stream of random numbers; ``torch.Generator``."""

    def __init__(self, device: Any = "cpu") -> None:
        self.manual_seed(67280421310721)

    def manual_seed(self, seed: int) -> Generator:
        self._seed = int(seed)
        self._bits = np.random.MT19937()
        self._bits._legacy_seeding(self._seed & 0xFFFFFFFF)  # type: ignore[attr-defined]
        self._cached: float | None = None
        self._cached32: float | None = None
        return self

    def initial_seed(self) -> int:
        return self._seed

    def seed(self) -> int:
        self.manual_seed(int(np.random.SeedSequence().generate_state(1)[0]))
        return self._seed

    def get_state(self) -> Any:
        return (self._seed, self._bits.state, self._cached, self._cached32)

    def set_state(self, saved: Any) -> None:
        self._seed, self._bits.state, self._cached, self._cached32 = saved

    def random32(self, count: int) -> np.ndarray[Any, Any]:
        return self._bits.random_raw(count)

    def random64(self, count: int) -> np.ndarray[Any, Any]:
        """Two draws each, the second one in the low half: as torch's ``random64``."""
        pairs = self._bits.random_raw(2 * count).reshape(count, 2)
        return (pairs[:, 0] << np.uint64(32)) | pairs[:, 1]

    def uniform(self, count: int, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
        """``count`` numbers from [0, 1) in ``dtype``."""
        if dtype == np.float64:
            return (self.random64(count) & np.uint64((1 << 53) - 1)) * _FLOAT53
        if dtype == np.float16:
            return ((self.random32(count) & np.uint64((1 << 11) - 1)) * _FLOAT11).astype(dtype)
        return ((self.random32(count) & np.uint64((1 << 24) - 1)) * _FLOAT24).astype(np.float32)

    def normal(self, count: int, dtype: np.dtype[Any], mean: float = 0.0, std: float = 1.0) -> Raw:
        """``count`` normal numbers in ``dtype``."""
        if count >= 16:
            return self._normal_blocks(count, dtype, mean, std)
        return np.array([self._normal_one() * std + mean for _ in range(count)], np.float64).astype(dtype)

    def _normal_one(self) -> float:
        """One number of a Box-Muller pair in double precision; the other is kept for the next call."""
        if self._cached is not None:
            value, self._cached = self._cached, None
            return value
        u1, u2 = self.uniform(2, np.dtype(np.float64))
        r = math.sqrt(-2.0 * math.log1p(-u2))
        theta = 2.0 * math.pi * u1
        self._cached = r * math.sin(theta)
        return r * math.cos(theta)

    def _normal_blocks(self, count: int, dtype: np.dtype[Any], mean: float, std: float) -> Raw:
        """From 16 numbers on: uniforms, turned into normals in blocks of 16 (8 cosines, 8 sines)."""
        kind = np.dtype(np.float64) if dtype == np.float64 else np.dtype(np.float32)
        u = self.uniform(count, kind)
        whole = count - count % 16
        out = np.empty(count, kind)
        out[:whole] = _box_muller(u[:whole].reshape(-1, 16), mean, std).reshape(-1)
        if count % 16:
            out[-16:] = _box_muller(self.uniform(16, kind).reshape(1, 16), mean, std).reshape(-1)
        return out.astype(dtype)

    def integers(self, low: int, high: int, count: int) -> np.ndarray[Any, Any]:
        """``count`` integers from [low, high)."""
        span = high - low
        draws = self.random64(count) if span >= 1 << 32 else self.random32(count)
        return (draws % np.uint64(span)).astype(np.int64) + low

    def permutation(self, n: int) -> np.ndarray[Any, Any]:
        """0..n-1 in random order: Fisher-Yates, as torch does below its parallel limit."""
        out = np.arange(n)
        draws = self.random32(max(0, n - 1)) if n > 1 else np.empty(0, np.uint64)
        for i in range(n - 1):
            j = i + int(draws[i] % np.uint64(n - i))
            out[i], out[j] = out[j], out[i]
        return out


def _box_muller(u: np.ndarray[Any, Any], mean: float, std: float) -> np.ndarray[Any, Any]:
    kind = u.dtype.type
    u1, u2 = kind(1) - u[:, :8], u[:, 8:]
    radius = np.sqrt(kind(-2) * np.log(u1))
    theta = kind(2.0 * math.pi) * u2
    return np.concatenate(
        (radius * np.cos(theta) * kind(std) + kind(mean), radius * np.sin(theta) * kind(std) + kind(mean)), axis=1
    )


def default_generator() -> Generator:
    """The generator that samplers use when none is given; each run has one of its own."""
    if state.generator is None:
        state.generator = Generator()
    return state.generator
