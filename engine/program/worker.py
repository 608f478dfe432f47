"""The worker process: loads the engine, then runs programs one after another until its input ends.

Started as ``python -m engine.program.worker``. Standard output carries messages only.
"""

from __future__ import annotations

import os

# One thread: programs are small, and every thread of a linear algebra library reserves memory.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import contextlib
import faulthandler
import sys
import time
from io import FileIO
from types import ModuleType
from typing import BinaryIO

import msgspec

from engine.program import protocol
from engine.program.budget import Limits
from engine.program.last_words import Watchdog
from engine.program.run import record_program

resource: ModuleType | None
try:
    import resource
except ImportError:
    resource = None


def write(out: FileIO, data: bytes) -> None:
    """All of it. Not by a buffered writer: that loses bytes when a signal comes while the pipe is full."""
    rest = memoryview(data)
    while rest:
        rest = rest[out.write(rest) :]


LATE = 1.0
"""Seconds beyond its limit after which a program is taken to be stuck: one that is not stops by itself."""


class Sender:
    """Sends packed batches as messages."""

    def __init__(self, out: FileIO, watchdog: Watchdog) -> None:
        self._out = out
        self._watchdog = watchdog

    def __call__(self, body: bytes) -> None:
        began = time.monotonic()
        write(self._out, protocol.head(protocol.EVENTS, body))
        write(self._out, body)
        # Whoever reads may be slower than the program.
        self._watchdog.moved(time.monotonic() - began)


def confine(limits: Limits) -> None:
    """Let the operating system hold the process to its limits, where it can."""
    if resource is None:
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, resource.RLIM_INFINITY))
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = int(used.ru_utime + used.ru_stime + limits.seconds + 5)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def peak_bytes() -> int:
    if resource is None:
        return 0
    peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def serve(inward: BinaryIO, outward: FileIO) -> None:
    """Answer messages until the input ends."""
    record_program("import torch\n(torch.ones(1, requires_grad=True) * 2).backward()", lambda body: None)
    write(outward, protocol.frame(protocol.READY, b""))
    while (message := protocol.read_frame(inward)) is not None:
        kind, body = message
        if kind != protocol.RUN:
            raise protocol.BrokenMessage(f"unexpected message {kind!r}")
        order = protocol.run_decoder.decode(body)
        began = time.perf_counter()
        confine(order.limits)
        watchdog = Watchdog(order.limits.seconds + LATE)
        record_program(order.source, Sender(outward, watchdog), order.limits)
        watchdog.stop()
        done = protocol.Done(order.number, time.perf_counter() - began, peak_bytes())
        write(outward, protocol.frame(protocol.DONE, msgspec.msgpack.encode(done)))


def main() -> None:
    faulthandler.enable()
    inward = sys.stdin.buffer
    outward = FileIO(sys.stdout.fileno(), "w", closefd=False)
    # Whatever writes to standard output by mistake must not break the messages.
    sys.stdout = sys.stderr
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        serve(inward, outward)


if __name__ == "__main__":
    main()
