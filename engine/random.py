"""torch's random numbers on the CPU: the same seed gives the same numbers.

A 32-bit Mersenne Twister seeded by a single integer; float32 keeps 24 bits of one draw, float64 53 bits
of two. Source: aten/src/ATen/core/DistributionsHelper.h and native/cpu/DistributionTemplates.h.
"""

from __future__ import annotations

import contextlib
import math
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.boxmuller import normal_blocks
from engine.device import CPU, Device
from engine.fused import fused
from engine.state import state
from engine.tensors import Tensor, leaf

Array = np.ndarray[Any, Any]

FLOAT64 = np.dtype(np.float64)
FLOAT32 = np.dtype(np.float32)
WORDS = 624
"""How many words of 32 bits the Mersenne Twister holds."""
STATE_BYTES = 5056
_LAYOUT = struct.Struct(f"<QiiQ{WORDS}QdddB")
"""Seed, draws left, seeded, next word; the words; the second normal number between two others, and whether it is."""

BLOCK = 16
"""From this many numbers on, normal numbers are made in blocks."""


class Generator:
    """A stream of random numbers; ``torch.Generator``."""

    __module__ = "torch._C"
    device = CPU

    def __init__(self, device: Any = "cpu") -> None:
        if Device(device).type != "cpu":
            raise RuntimeError(f"Device type {str(device).upper()} is not supported for torch.Generator() api.")
        self.manual_seed(67280421310721)

    def manual_seed(self, seed: int) -> Generator:
        """Begin the stream of ``seed``; ValueError if it needs more than 64 bits."""
        number = int(seed)
        if not -(2**63) <= number < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = number & 2**64 - 1
        self._bits = np.random.MT19937()
        self._bits._legacy_seeding(self._seed & 0xFFFFFFFF)
        self._other: float | None = None
        """The second number of a Box-Muller pair whose first one was given out."""
        return self

    def initial_seed(self) -> int:
        """The seed with which the stream began."""
        return self._seed

    def seed(self) -> int:
        """Begin a stream that nobody can foretell; its seed."""
        self.manual_seed(int(np.random.SeedSequence().generate_state(1)[0]))
        return self._seed

    def get_state(self) -> Tensor:
        """Where the stream stands, as a tensor of bytes laid out as torch's."""
        state = self._bits.state["state"]
        place, words = int(state["pos"]), state["key"]
        begun = not (place == WORDS and int(words[0]) == self._seed & 0xFFFFFFFF)
        place = place if begun else 0
        left = WORDS + 1 - place if begun else 1
        other = 0.0 if self._other is None else self._other
        saved = _LAYOUT.pack(self._seed, left, 1, place, *words.tolist(), 0.0, other, 0.0, self._other is not None)
        return leaf(np.frombuffer(saved.ljust(STATE_BYTES, b"\0"), np.uint8).copy())

    def set_state(self, new_state: Tensor) -> None:
        """Go back to where the stream stood; RuntimeError or TypeError if it is no such state."""
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        raw = new_state._data
        if raw.dtype != np.uint8:
            raise TypeError(f"RNG state must be a torch.ByteTensor, but got {raw.dtype}")
        if raw.size != STATE_BYTES:
            raise RuntimeError(
                f"Expected either a CPUGeneratorImplStateLegacy of size {STATE_BYTES - 8} or a CPUGeneratorImplState "
                f"of size {STATE_BYTES} but found the input RNG state size to be {raw.size}"
            )
        seed, left, _, place, *rest = _LAYOUT.unpack(raw.tobytes()[: _LAYOUT.size])
        words, (_, other, _, valid) = rest[:WORDS], rest[WORDS:]
        self.manual_seed(seed)
        inside: Any = {"key": np.array(words, np.uint64).astype(np.uint32), "pos": WORDS if left == 1 else place}
        self._bits.state = {"bit_generator": "MT19937", "state": inside}
        self._other = other if valid else None

    # --- draws ------------------------------------------------------------------------------

    def random32(self, count: int) -> Array:
        """``count`` draws of 32 bits."""
        draws: Array = self._bits.random_raw(count)
        return draws

    def random64(self, count: int) -> Array:
        """``count`` draws of 64 bits: two of 32 each, the second one in the low half."""
        pairs = self.random32(2 * count).reshape(count, 2)
        return (pairs[:, 0] << np.uint64(32)) | pairs[:, 1]

    def fractions(self, count: int, kind: np.dtype[Any]) -> Array:
        """``count`` numbers from [0, 1) in double precision, of as many bits as torch draws for ``kind``."""
        if kind == FLOAT64:
            return (self.random64(count) & np.uint64(2**53 - 1)) * 2.0**-53
        return (self.random32(count) & np.uint64(2**24 - 1)) * 2.0**-24

    # --- distributions ----------------------------------------------------------------------

    def uniform(self, count: int, kind: np.dtype[Any], low: float = 0.0, high: float = 1.0) -> Array:
        """``count`` numbers from [low, high) in ``kind``."""
        u = self.fractions(count, kind)
        if kind == FLOAT64:
            return fused(u, high - low, low)
        a, b = np.float32(low), np.float32(high)
        out = fused(u.astype(np.float32), b - a, a).astype(kind)
        if kind == np.float16:
            # What rounds to the bound, which is not to be reached, becomes the other one.
            out[out == kind.type(high)] = kind.type(low)
        return out

    def normal(self, count: int, kind: np.dtype[Any], mean: float = 0.0, std: float = 1.0) -> Array:
        """``count`` normal numbers in ``kind``, from 16 on in blocks."""
        if count < BLOCK:
            return self.normal_one_by_one(count, kind, mean, std)
        wide = FLOAT64 if kind == FLOAT64 else FLOAT32
        whole = count - count % BLOCK
        # The uniforms of an incomplete block are drawn, and not used; but not for float16.
        drawn = whole if kind == np.float16 else count
        out = np.empty(count, wide)
        out[:whole] = normal_blocks(self.fractions(drawn, wide)[:whole].astype(wide), mean, std)
        if count > whole:
            # The block at the end is made of the last 16 numbers, of which some were made before.
            out[-BLOCK:] = normal_blocks(self.fractions(BLOCK, wide).astype(wide), mean, std)
        return out.astype(kind)

    def normal_one_by_one(self, count: int, kind: np.dtype[Any], mean: float = 0.0, std: float = 1.0) -> Array:
        """The same number by number, in double precision."""
        return fused(np.array([self._normal() for _ in range(count)], FLOAT64), std, mean).astype(kind)

    def _normal(self) -> float:
        """One number of a Box-Muller pair; the other is kept for the next call."""
        if self._other is not None:
            value, self._other = self._other, None
            return value
        u1, u2 = self.fractions(2, FLOAT64).tolist()
        radius = math.sqrt(-2.0 * math.log1p(-u2))
        angle = 2.0 * math.pi * u1
        self._other = radius * math.sin(angle)
        return radius * math.cos(angle)

    def integers(self, low: int, high: int, count: int) -> Array:
        """``count`` integers from [low, high)."""
        span = high - low
        draws = self.random64(count) if span >= 2**28 else self.random32(count)
        return (draws % np.uint64(span)).astype(np.int64) + low

    def bernoulli(self, p: Array | float, count: int, kind: np.dtype[Any]) -> Array:
        """``count`` times whether an event of probability ``p`` (a number, or one per event in ``kind``) occurs."""
        wide = FLOAT64 if isinstance(p, float) else kind
        return self.fractions(count, wide) < p

    def permutation(self, n: int) -> Array:
        """0..n-1 in random order: Fisher and Yates' shuffle."""
        out = np.arange(n)
        for i, draw in enumerate(self.random32(max(0, n - 1)).tolist()):
            j = i + draw % (n - i)
            out[i], out[j] = out[j], out[i]
        return out


def default_generator() -> Generator:
    """The generator that samplers use when none is given; each run has one of its own."""
    if state.generator is None:
        state.generator = Generator()
    return state.generator


@contextlib.contextmanager
def forked(devices: Any = (), enabled: bool = True, **settings: Any) -> Iterator[None]:
    """``torch.random.fork_rng``: a block after which the stream goes on as if it had not been there."""
    if not enabled:
        yield
        return
    generator = default_generator()
    before = generator.get_state()
    try:
        yield
    finally:
        generator.set_state(before)
