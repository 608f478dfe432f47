"""Runner: keeps a worker process warm, runs the text in it, and replaces it when it hangs or dies."""

from __future__ import annotations

import sys
import time
from collections import deque

import msgspec
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Slot

from engine.program import client, last_words, protocol
from engine.program.budget import Limits
from gui.base.change import Change
from gui.intake import Intake
from gui.session import Session

TYPING_PAUSE = 220
"""Milliseconds after the last key before the program runs."""
STREAM_AFTER = 0.35
"""Seconds after which the beginning of a running program is shown."""
STREAM_EDITED_AFTER = 1.0
"""The same for an edited program: till then its last picture stays, so that it does not jump at every key."""
REFRESH = 120
"""Milliseconds between two looks at a stream."""
SLICE = 0.006
"""Seconds that taking in events may hold the window at a time."""
GIVE_UP_AFTER = 1.5
"""Seconds after which a run is given up for a newer text, while a number is moved: till then each is shown."""


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
        self.words = deque[bytes](maxlen=last_words.LINES)
        """What it wrote last to its standard error: where the program stood if it died."""
        self.process.readyReadStandardError.connect(self._hear)
        self.process.readyReadStandardOutput.connect(self._read)
        self.process.finished.connect(self._finished)
        self.process.errorOccurred.connect(self._failed)
        self.process.start(client.COMMAND[0], client.COMMAND[1:])

    def send(self, order: protocol.Run) -> None:
        self.process.write(protocol.frame(protocol.RUN, msgspec.msgpack.encode(order)))

    @Slot()
    def _read(self) -> None:
        self._runner.take(self, bytes(self.process.readAllStandardOutput().data()))

    @Slot()
    def _hear(self) -> None:
        data = bytes(self.process.readAllStandardError().data())
        self.words.extend(data.splitlines(keepends=True))
        if sys.stderr is not None:
            sys.stderr.write(data.decode(errors="replace"))

    @Slot(int, QProcess.ExitStatus)
    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._hear()
        self._runner.lost(self, -code if status is QProcess.ExitStatus.CrashExit else code)

    @Slot(QProcess.ProcessError)
    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._runner.lost(self, None)

    def stop(self) -> None:
        """End the process without further word."""
        self.process.readyReadStandardOutput.disconnect(self._read)
        self.process.readyReadStandardError.disconnect(self._hear)
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
        self._number = 0
        self._waiting = False
        """Whether a run is to begin as soon as a worker is ready."""
        self._again = False
        """Whether the text has changed while its number is being moved: another run follows this one."""
        self._sent: Intake | None = None
        """The run that the worker is at."""
        self._arrived: Intake | None = None
        """A run that the worker has ended, and that is still being taken in. The worker may be at the next one."""
        self._failures = 0
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE)
        self._pause.timeout.connect(self.run)
        self._refresh = QTimer(self)
        self._refresh.setInterval(REFRESH)
        self._refresh.timeout.connect(self._look)
        self._watchdog = QTimer(self)
        self._watchdog.setSingleShot(True)
        self._watchdog.timeout.connect(self._too_late)
        session.changed.connect(self._on_change)

    @property
    def _active(self) -> bool:
        """Whether a run is under way, or on its way into the window."""
        return self._sent is not None or self._arrived is not None

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
            self._worker = Worker(self)

    @Slot()
    def run(self) -> None:
        """Run the text now; a run under way is given up."""
        self._pause.stop()
        self._again = False
        if self._sent is not None:
            self._drop_worker()
        self._settle()
        self.warm_up()
        self._waiting = self._session.computing = True
        self._session.run_started()
        self._start_if_ready()

    def _run_soon(self) -> None:
        """Run at once, or as soon as the run under way is over: of many texts the newest."""
        if self._sent is not None or self._waiting:
            self._again = True
        elif self._arrived is not None and self._worker is not None:
            self._send(self._worker)
        else:
            self.run()

    @Slot()
    def cancel(self) -> None:
        """Stop the run under way. The picture stays as it is."""
        self._pause.stop()
        if self._active or self._waiting:
            self._waiting = self._again = False
            self._drop_worker()
            self.warm_up()
            self._session.run_cancelled()

    def close(self) -> None:
        self._pause.stop()
        self._drop_worker()
        self._session.close()

    def _start_if_ready(self) -> None:
        if self._waiting and self._worker is not None and self._worker.ready:
            self._send(self._worker)

    def _send(self, worker: Worker) -> None:
        """Let the worker, which is free, run the text as it is now."""
        self._waiting = self._again = False
        self._number += 1
        self._session.computing = True
        self._sent = Intake(self._session.source)
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
        self._session.computing = False
        self._sent = self._arrived = None
        self._session.rounds.remove(self._take_in)
        self._refresh.stop()
        self._watchdog.stop()

    # --- answers ----------------------------------------------------------------------------

    def take(self, worker: Worker, data: bytes) -> None:
        """Bytes from a worker."""
        if worker is not self._worker:
            return
        if self._sent is not None:
            self._watch()
        try:
            for kind, body in worker.reader.feed(data):
                if kind == protocol.READY:
                    worker.ready = True
                    self._failures = 0
                    self._start_if_ready()
                elif kind == protocol.EVENTS and self._sent is not None:
                    self._sent.put(body)
                elif kind == protocol.DONE and self._sent is not None:
                    self._sent.done = protocol.done_decoder.decode(body)
                    self._go_ahead()
        except (protocol.BrokenMessage, msgspec.DecodeError):
            self._nonsense()
            return
        if self._active:
            self._session.rounds.add(self._take_in)

    def _go_ahead(self) -> None:
        """The worker is free: while its last run is taken in, it may begin with the next."""
        if self._arrived is None:
            self._sent, self._arrived = None, self._sent
            self._watchdog.stop()
            if self._again and self._worker is not None:
                self._send(self._worker)
            else:
                self._session.computing = False
                self._session.computed.emit()

    def _take_in(self) -> bool:
        """Turn messages into longer traces, a slice of time at once, those of the older run first.

        Whether there is more to take in.
        """
        intake = self._arrived or self._sent
        if intake is not None:
            try:
                intake.take(SLICE)
            except msgspec.DecodeError:
                self._nonsense()
                return False
            if intake.complete:
                self._end(intake)
        intake = self._arrived or self._sent
        return intake is not None and (intake.waiting or intake.complete)

    def _end(self, intake: Intake) -> None:
        """A run is in the window as a whole."""
        assert intake.done is not None
        self._arrived = None
        if self._sent is None:
            self._settle()
        self._session.run_ended(intake.trace, intake.scenes, intake.done.seconds)
        if self._sent is not None:
            self._session.run_started()
            if self._sent.done is not None:
                self._go_ahead()
        elif self._again:
            self.run()

    @Slot()
    def _look(self) -> None:
        """Show the beginning of a run that takes its time."""
        intake = self._arrived or self._sent
        if intake is None or not len(intake.trace):
            return
        seconds = time.monotonic() - intake.began
        if seconds < STREAM_AFTER:
            return
        self._session.run_seconds = seconds
        if self._again and intake is self._sent:
            if seconds > GIVE_UP_AFTER:
                self.run()
        elif intake.shown:
            began = time.perf_counter()
            self._session.run_grew()
            # Where a look takes long, it comes less often: most of the time belongs to what arrives.
            self._refresh.setInterval(max(REFRESH, round(4000 * (time.perf_counter() - began))))
        elif self._session.fresh_document or seconds > STREAM_EDITED_AFTER:
            intake.shown = True
            self._session.run_streams(intake.trace, intake.scenes)
        else:
            self._session.notify(Change.RUNNING)

    @Slot()
    def _too_late(self) -> None:
        if self._sent is not None and self._worker is not None:
            words, source = b"".join(self._worker.words), self._sent.trace.source
            self._drop_worker()
            self.warm_up()
            self._session.run_broke(client.timed_out(words, source, self.limits))

    def _nonsense(self) -> None:
        """The worker sent what is no message: it is of no use any more."""
        if self._worker is not None:
            self.lost(self._worker, 1)

    def lost(self, worker: Worker, code: int | None) -> None:
        """A worker ended by itself."""
        if worker is not self._worker:
            return
        was_active = self._active
        source = self._session.source if self._sent is None else self._sent.trace.source
        self._settle()
        self._worker = None
        worker.stop()
        self._failures += 1
        if was_active or self._waiting:
            self._waiting = False
            words = b"".join(worker.words)
            self._session.run_broke(client.worker_died(code, words, source, self.limits))
        if self._failures < 3:
            self.warm_up()
