"""Faults of the app itself: written to a log, told in the window, offered again at the next start."""

from __future__ import annotations

import contextlib
import platform
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import engine


@contextlib.contextmanager
def reported() -> Iterator[None]:
    """For code that Qt calls while it paints: an exception that reached Qt from there could end the process."""
    try:
        yield
    except Exception:
        sys.excepthook(*sys.exc_info())


class CrashLog:
    """Catches what nobody caught. ``tell`` is called with one line for the user."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._path = folder / "crash.log"
        self._tell = tell

    def install(self) -> None:
        """From now on uncaught exceptions are logged instead of being lost on a console."""
        sys.excepthook = self.caught

    def caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        head = f"Chainrule {engine.__version__}, Python {platform.python_version()}, {platform.platform()}"
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"--- {stamp}\n{head}\n{text}\n")
        sys.__stderr__ and sys.__stderr__.write(text)
        self._tell(f"Something in Chainrule went wrong ({kind.__name__}: {error}). Your text is safe.")

    def take(self) -> str | None:
        """The log of the last session, if it left one; it is taken away."""
        with contextlib.suppress(OSError):
            text = self._path.read_text(encoding="utf-8")
            self._path.unlink()
            return text
        return None
