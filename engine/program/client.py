"""Running a program in a worker process and waiting for it: what the command line does."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import engine
from engine.program import last_words, protocol
from engine.program.budget import Limits
from engine.trace import codec
from engine.trace import events as ev
from engine.trace.events import AnyEvent

COMMAND = [sys.executable, "-P", "-m", "engine.program.worker"]
"""-P: what lies in the current folder is not imported."""
STARTING = 20.0
"""Seconds that a worker may take before it begins."""
GRACE = 3.0
"""Seconds that a worker gets beyond its time limit before it is killed."""


def environment() -> dict[str, str]:
    """The variables that a worker needs besides those of its parent."""
    root = str(Path(engine.__file__).parent.parent)
    known = os.environ.get("PYTHONPATH")
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    # Sets keep one order in every run, so that the same text does the same.
    return {"PYTHONPATH": os.pathsep.join([root, known] if known else [root]), "PYTHONHASHSEED": "0", **threads}


def worker_died(code: int | None, words: bytes, source: str, limits: Limits) -> ev.Failed:
    """The event for a worker that ended without an answer; ``words`` are its last."""
    if last_words.was_late(words):
        return timed_out(words, source, limits)
    span, line = last_words.place(words, source)
    if code is not None and code < 0:
        how = f"was ended by signal {-code}"
    else:
        how = f"ended with exit code {code}"
    return ev.Failed(
        kind="budget" if code in (-9, -24) else "internal",
        type="Stopped",
        message=f"The process that ran the program {how}.",
        hint="It may have used more memory or time than it may have. Make the program smaller and run it again.",
        span=span,
        line=line,
    )


def timed_out(words: bytes, source: str, limits: Limits) -> ev.Failed:
    """The event for a worker that did not keep its time limit by itself."""
    span, line = last_words.place(words, source)
    return ev.Failed(
        kind="budget",
        type="Stopped",
        message=f"Stopped after {limits.seconds:g} seconds: a single operation took too long.",
        hint="Make the data or the numbers smaller.",
        span=span,
        line=line,
    )


class Client:
    """A worker process that runs one program after another; one that dies is replaced at the next run."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._words = deque[bytes](maxlen=last_words.LINES)
        self._listener = threading.Thread()

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment()},
        )
        self._process = process
        self._words.clear()
        self._listener = threading.Thread(target=self._words.extend, args=(process.stderr,), daemon=True)
        self._listener.start()
        return process

    def run(self, source: str, emit: Callable[[AnyEvent], None], limits: Limits | None = None) -> ev.Failed | None:
        """Run a program; events are handed to ``emit`` as they arrive.

        Returns the failure, or None if the program ran to its end.
        """
        limits = limits or Limits()
        seconds = limits.seconds + GRACE + (STARTING if self._process is None else 0.0)
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        out: Any = process.stdout
        late = threading.Event()

        def kill() -> None:
            late.set()
            process.kill()

        failed: ev.Failed | None = None
        watchdog = threading.Timer(seconds, kill)
        watchdog.start()
        done = False
        try:
            order = protocol.Run(0, source, limits)
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(protocol.frame(protocol.RUN, protocol.run_encoder.encode(order)))
                process.stdin.flush()
            while not done and (message := protocol.read_frame(out)) is not None:
                kind, body = message
                if kind == protocol.EVENTS:
                    for event in codec.unpack(body):
                        emit(event)
                        if isinstance(event, ev.Failed):
                            failed = event
                done = kind == protocol.DONE
        finally:
            watchdog.cancel()
            if not done:
                process.kill()
                self.close()
        if not done and failed is None:
            words = b"".join(self._words)
            if late.is_set():
                failed = timed_out(words, source, limits)
            else:
                failed = worker_died(process.returncode, words, source, limits)
            emit(failed)
        return failed

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()
        self._listener.join()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def run_in_worker(source: str, emit: Callable[[AnyEvent], None], limits: Limits | None = None) -> ev.Failed | None:
    """Run a program in a process of its own; see :meth:`Client.run`."""
    client = Client()
    try:
        return client.run(source, emit, limits)
    finally:
        client.close()
