"""Programs on disk: reading, writing so that nothing is lost, and the copy that survives a crash."""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSaveFile

LARGEST = 2_000_000
"""Bytes of a program file."""


LARGEST_TABLE = 20_000_000
"""Bytes of a file with numbers."""


class CannotRead(Exception):
    """A file that is no program; the text says why."""


def read(path: Path) -> str:
    """A program's text; CannotRead with a sentence for the user if it cannot be had."""
    data = _bytes(path, LARGEST, "that is no program to step through")
    try:
        return _unix(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CannotRead(f"{path.name} is not text in UTF-8.") from None


def read_table(path: Path) -> str:
    """The text of a table, also in the encodings of spreadsheets; CannotRead as above."""
    data = _bytes(path, LARGEST_TABLE, "take a part of it")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _unix(data.decode("utf-16", errors="replace"))
    try:
        return _unix(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _unix(data.decode("cp1252", errors="replace"))


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bytes(path: Path, most: int, too_large: str) -> bytes:
    try:
        if path.stat().st_size > most:
            raise CannotRead(f"{path.name} is larger than {most // 1_000_000} MB: {too_large}.")
        return path.read_bytes()
    except FileNotFoundError:
        raise CannotRead(f"{path} does not exist.") from None
    except IsADirectoryError:
        raise CannotRead(f"{path} is a folder.") from None
    except OSError as error:
        raise CannotRead(f"{path.name} cannot be read: {error.strerror}.") from None


def write(path: Path, text: str) -> None:
    """Write a file wholly or not at all; OSError if it cannot be done."""
    file = QSaveFile(str(path))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        raise OSError(file.errorString())
    file.write(text.encode())
    if not file.commit():
        raise OSError(file.errorString())


@dataclass(frozen=True, slots=True)
class Rescued:
    """What an app that did not end well left behind."""

    text: str
    file: str | None
    saved: float
    """When, in seconds since the epoch."""


class Autosave:
    """The text being edited, written aside after each pause in typing.

    Each running app has a file of its own, named by its process; what a dead process left is offered again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "unsaved"
        self._own = self._folder / f"{os.getpid()}.json"

    def keep(self, text: str, file: str | None) -> None:
        """Write the text aside; trouble with the disk is not worth stopping anybody's typing."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            write(self._own, json.dumps({"text": text, "file": file, "saved": time.time()}))

    def drop(self) -> None:
        """Nothing is unsaved any more."""
        with contextlib.suppress(OSError):
            self._own.unlink(missing_ok=True)

    def rescue(self) -> Rescued | None:
        """The newest text that a process which is no more left behind; its file is taken away."""
        found: Rescued | None = None
        try:
            files = sorted(self._folder.glob("*.json"))
        except OSError:
            return None
        for path in files:
            if path == self._own or _running(path.stem):
                continue
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                data = json.loads(path.read_text(encoding="utf-8"))
                rescued = Rescued(str(data["text"]), data["file"], float(data["saved"]))
                if found is None or rescued.saved > found.saved:
                    found = rescued
            with contextlib.suppress(OSError):
                path.unlink()
        return found


def _running(pid: str) -> bool:
    """Whether a process of that number exists."""
    if not pid.isdigit():
        return False
    if os.name == "nt":
        return _running_on_windows(int(pid))
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _running_on_windows(pid: int) -> bool:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(0x1000, False, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == 259
