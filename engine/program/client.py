"""Running a program in a worker process and waiting for it: what the command line does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

import engine
from engine.program import protocol
from engine.program.budget import Limits
from engine.trace import codec
from engine.trace import events as ev
from engine.trace.events import AnyEvent

COMMAND = [sys.executable, "-P", "-m", "engine.program.worker"]
"""-P: what lies in the current folder is not imported."""
GRACE = 3.0
"""Seconds that a worker gets beyond its time limit before it is killed."""


def environment() -> dict[str, str]:
    """The variables that a worker needs besides those of its parent."""
    root = str(Path(engine.__file__).parent.parent)
    known = os.environ.get("PYTHONPATH")
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    # Sets keep one order in every run, so that the same text does the same.
    return {"PYTHONPATH": os.pathsep.join([root, known] if known else [root]), "PYTHONHASHSEED": "0", **threads}


def worker_died(code: int | None) -> ev.Failed:
    """The event for a worker that ended without an answer."""
    if code is not None and code < 0:
        how = f"was ended by signal {-code}"
    else:
        how = f"ended with exit code {code}"
    return ev.Failed(
        kind="budget" if code in (-9, -24) else "internal",
        type="Stopped",
        message=f"The process that ran the program {how}.",
        hint="It may have used more memory or time than it may have. Make the program smaller and run it again.",
    )


def timed_out(limits: Limits) -> ev.Failed:
    """The event for a worker that did not keep its time limit by itself."""
    return ev.Failed(
        kind="budget",
        type="Stopped",
        message=f"Stopped after {limits.seconds:g} seconds: a single operation took too long.",
        hint="Make the data or the numbers smaller.",
    )


def run_in_worker(source: str, emit: Callable[[AnyEvent], None], limits: Limits | None = None) -> ev.Failed | None:
    """Run a program in a process of its own; events are handed to ``emit`` as they arrive.

    Returns the failure, or None if the program ran to its end.
    """
    limits = limits or Limits()
    failed: ev.Failed | None = None
    process = subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **environment()}
    )
    late = threading.Event()

    def kill() -> None:
        late.set()
        process.kill()

    watchdog = threading.Timer(limits.seconds + GRACE, kill)
    done = False
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        out: IO[bytes] = process.stdout
        while (message := protocol.read_frame(out)) is not None:  # type: ignore[arg-type]
            kind, body = message
            if kind == protocol.READY:
                watchdog.start()
                order = protocol.Run(0, source, limits)
                process.stdin.write(protocol.frame(protocol.RUN, msgspec.msgpack.encode(order)))
                process.stdin.flush()
            elif kind == protocol.EVENTS:
                for event in codec.unpack(body):
                    emit(event)
                    if isinstance(event, ev.Failed):
                        failed = event
            elif kind == protocol.DONE:
                done = True
                break
    finally:
        watchdog.cancel()
        if process.stdin is not None:
            process.stdin.close()
        if not done:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if not done and failed is None:
        failed = timed_out(limits) if late.is_set() else worker_died(process.returncode)
        emit(failed)
    return failed
