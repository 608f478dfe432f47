"""Runner: keeps a worker process warm, runs the text in it, and replaces it when it hangs or dies."""

from __future__ import annotations

import gc
import time
from collections import deque

import msgspec
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Slot

from engine.graph.scenes import Scenes
from engine.program import client, protocol
from engine.program.budget import Limits
from engine.trace import codec
from engine.trace.events import AnyEvent
from engine.trace.trace import Trace
from gui.base.change import Change
from gui.session import Session

TYPING_PAUSE = 220
"""Milliseconds after the last key before the program runs."""
STREAM_AFTER = 0.35
"""Seconds after which the beginning of a running program is shown."""
STREAM_EDITED_AFTER = 1.0
"""The same for an edited program: till then its last picture stays, so that it does not jump at every key."""
REFRESH = 120
"""Milliseconds between two looks at a stream."""
KEEP = 10_000
"""Events after which the garbage collector is told that what there is will stay. A trace has no cycles; looking
through a long one again and again would hold the window for half a second at a time."""
SLICE = 0.006
"""Seconds that taking in events may hold the window at a time."""
PART = 64
"""Events after which it looks at the clock."""


class Worker(QObject):
    """One worker process and the messages from it."""

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner)
        self._runner = runner
        self.reader = protocol.FrameReader()
        self.ready = False
        self.process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        for name, value in client.environment().items():
            environment.insert(name, value)
        self.process.setProcessEnvironment(environment)
        self.process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        self.process.readyReadStandardOutput.connect(self._read)
        self.process.finished.connect(self._finished)
        self.process.errorOccurred.connect(self._failed)
        self.process.start(client.COMMAND[0], client.COMMAND[1:])

    def send(self, order: protocol.Run) -> None:
        self.process.write(protocol.frame(protocol.RUN, msgspec.msgpack.encode(order)))

    @Slot()
    def _read(self) -> None:
        self._runner.take(self, bytes(self.process.readAllStandardOutput().data()))

    @Slot(int, QProcess.ExitStatus)
    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._runner.lost(self, -code if status is QProcess.ExitStatus.CrashExit else code)

    @Slot(QProcess.ProcessError)
    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._runner.lost(self, None)

    def stop(self) -> None:
        """End the process without further word."""
        self.process.readyReadStandardOutput.disconnect(self._read)
        self.process.finished.disconnect(self._finished)
        self.process.errorOccurred.disconnect(self._failed)
        self.process.kill()
        self.process.waitForFinished(500)
        self.deleteLater()


class Runner(QObject):
    """Runs the session's text after a pause in typing, and hands the session what comes of it."""

    def __init__(self, session: Session, limits: Limits | None = None) -> None:
        super().__init__(session)
        self._session = session
        self.limits = limits or Limits()
        self._worker: Worker | None = None
        self._spare: Worker | None = None
        self._number = 0
        self._waiting = False
        """Whether a run is to begin as soon as a worker is ready."""
        self._active = False
        self._again = False
        """Whether the text has changed while its number is being moved: another run follows this one."""
        self._began = 0.0
        self._trace = Trace("")
        self._scenes = Scenes()
        self._inbox: deque[bytes] = deque()
        self._message = b""
        self._pending: list[AnyEvent] = []
        self._taken = 0
        """How many of the events of the message at hand are in the trace."""
        self._done: protocol.Done | None = None
        self._shown = False
        self._kept = 0
        self._failures = 0
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE)
        self._pause.timeout.connect(self.run)
        self._pump = QTimer(self)
        self._pump.setInterval(0)
        self._pump.timeout.connect(self._take_in)
        self._refresh = QTimer(self)
        self._refresh.setInterval(REFRESH)
        self._refresh.timeout.connect(self._look)
        self._watchdog = QTimer(self)
        self._watchdog.setSingleShot(True)
        self._watchdog.timeout.connect(self._too_late)
        session.changed.connect(self._on_change)

    # --- orders -----------------------------------------------------------------------------

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.SOURCE in change:
            if self._session.live:
                self._run_soon()
            else:
                self._pause.start(0 if self._session.fresh_document else TYPING_PAUSE)

    @Slot()
    def warm_up(self) -> None:
        """Start the process that the next run will need."""
        if self._worker is None:
            self._worker = self._spare or Worker(self)
            self._spare = None

    @Slot()
    def run(self) -> None:
        """Run the text now; a run under way is given up."""
        self._pause.stop()
        self._again = False
        if self._active:
            self._drop_worker()
        self.warm_up()
        self._number += 1
        self._waiting = True
        self._session.run_started()
        self._start_if_ready()

    def _run_soon(self) -> None:
        """Run at once, or as soon as the run under way is over: of many texts the newest."""
        if self._active or self._waiting:
            self._again = True
        else:
            self.run()

    @Slot()
    def cancel(self) -> None:
        """Stop the run under way. The picture stays as it is."""
        self._pause.stop()
        if self._active or self._waiting:
            self._waiting = False
            self._drop_worker()
            self.warm_up()
            self._session.run_cancelled()

    def close(self) -> None:
        self._pause.stop()
        for worker in (self._worker, self._spare):
            if worker is not None:
                worker.stop()
        self._worker = self._spare = None

    def _start_if_ready(self) -> None:
        worker = self._worker
        if not self._waiting or worker is None or not worker.ready:
            return
        self._waiting = False
        self._active = True
        self._began = time.monotonic()
        self._trace = Trace(self._session.source)
        self._scenes = Scenes()
        self._inbox, self._pending, self._done = deque(), [], None
        self._shown = False
        self._kept = 0
        worker.send(protocol.Run(self._number, self._session.source, self.limits))
        self._refresh.start(REFRESH)
        self._watch()

    def _watch(self) -> None:
        """A worker that has been silent for longer than its program may take is stuck."""
        self._watchdog.start(round((self.limits.seconds + client.GRACE) * 1000))

    def _drop_worker(self) -> None:
        self._settle()
        if self._worker is not None:
            self._worker.stop()
        self._worker = None

    def _settle(self) -> None:
        self._active = False
        self._pump.stop()
        self._refresh.stop()
        self._watchdog.stop()

    # --- answers ----------------------------------------------------------------------------

    def take(self, worker: Worker, data: bytes) -> None:
        """Bytes from a worker."""
        if worker is not self._worker:
            return
        if self._active:
            self._watch()
        try:
            for kind, body in worker.reader.feed(data):
                if kind == protocol.READY:
                    worker.ready = True
                    self._failures = 0
                    self._start_if_ready()
                elif kind == protocol.EVENTS and self._active:
                    self._inbox.append(body)
                elif kind == protocol.DONE and self._active:
                    self._done = protocol.done_decoder.decode(body)
        except (protocol.BrokenMessage, msgspec.DecodeError):
            self._nonsense()
            return
        if self._active and (self._inbox or self._done is not None):
            self._take_in()

    @Slot()
    def _take_in(self) -> None:
        """Turn messages into a longer trace, a slice of time at once."""
        # What a trace is made of has no cycles: looking for some while it grows would take most of the time.
        gc.disable()
        try:
            self._take_slice(time.perf_counter() + SLICE)
        except msgspec.DecodeError:
            self._nonsense()
            return
        finally:
            gc.enable()
        if len(self._trace.events) >= self._kept + KEEP:
            self._kept = len(self._trace.events)
            gc.freeze()
        if self._inbox or self._pending:
            self._pump.start()
            return
        self._pump.stop()
        if self._done is not None:
            seconds = self._done.seconds
            self._settle()
            self._session.run_ended(self._trace, self._scenes, seconds)
            if self._again:
                self.run()

    def _take_slice(self, limit: float) -> None:
        while time.perf_counter() < limit:
            if not self._pending:
                if not self._inbox:
                    break
                self._message = self._inbox.popleft()
                self._pending = codec.unpack(self._message)
                self._taken = 0
            part = self._pending[self._taken : self._taken + PART]
            self._trace.extend(part)
            self._scenes.extend(self._trace.events)
            self._taken += len(part)
            if self._taken >= len(self._pending):
                self._trace.seal(self._message, len(self._pending))
                self._pending = []

    @Slot()
    def _look(self) -> None:
        """Show the beginning of a run that takes its time."""
        seconds = time.monotonic() - self._began
        if not self._active or seconds < STREAM_AFTER or not len(self._trace):
            return
        self._session.run_seconds = seconds
        if self._again:
            self.run()
        elif self._shown:
            began = time.perf_counter()
            self._session.run_grew()
            # Where a look takes long, it comes less often: most of the time belongs to what arrives.
            self._refresh.setInterval(max(REFRESH, round(4000 * (time.perf_counter() - began))))
        elif self._session.fresh_document or seconds > STREAM_EDITED_AFTER:
            self._shown = True
            self._session.run_streams(self._trace, self._scenes)
        else:
            self._session.notify(Change.RUNNING)

    @Slot()
    def _too_late(self) -> None:
        if self._active:
            self._drop_worker()
            self.warm_up()
            self._session.run_broke(client.timed_out(self.limits))

    def _nonsense(self) -> None:
        """The worker sent what is no message: it is of no use any more."""
        if self._worker is not None:
            self.lost(self._worker, 1)

    def lost(self, worker: Worker, code: int | None) -> None:
        """A worker ended by itself."""
        if worker is not self._worker:
            return
        was_active = self._active
        self._settle()
        self._worker = None
        worker.stop()
        self._failures += 1
        if was_active or self._waiting:
            self._waiting = False
            self._session.run_broke(client.worker_died(code))
        if self._failures < 3:
            self.warm_up()
