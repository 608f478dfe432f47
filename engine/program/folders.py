"""The files of a run: what torch.save keeps in memory, seen through os, pathlib, shutil and tempfile.

Nothing of it reaches the disk; a file is a name under which something was saved, a folder a name that was made.
"""

from __future__ import annotations

import itertools
import pathlib
import posixpath
import random
import uuid
from collections.abc import Iterator
from typing import Any

from engine.files import name_of
from engine.program.namespaces import Namespace, words
from engine.refusals import OutOfScope
from engine.state import state

NO_FILES = "programs cannot read or write files"


class Folders:
    """The folders that a program has made, and the names below them."""

    def __init__(self) -> None:
        self.made = {".", "/", "/tmp"}
        self._numbers = itertools.count(1)

    def names(self) -> list[str]:
        """All files, by name."""
        return [name for name in state.files if isinstance(name, str)]

    def is_file(self, path: Any) -> bool:
        return name_of(path) in self.names()

    def is_dir(self, path: Any) -> bool:
        name = name_of(path)
        return name in self.made or any(file.startswith(f"{name}/") for file in (*self.names(), *self.made))

    def exists(self, path: Any) -> bool:
        return self.is_file(path) or self.is_dir(path)

    def make(self, path: Any, exist_ok: bool = False) -> None:
        """Make a folder and those above it; FileExistsError if it is there."""
        if self.exists(path) and not (exist_ok and self.is_dir(path)):
            raise FileExistsError(17, "File exists", str(path))
        self.made.add(name_of(path))

    def make_one(self, path: Any, mode: int = 0o777) -> None:
        """Make a folder in one that is there; FileNotFoundError if that is not."""
        if not self.is_dir(posixpath.dirname(name_of(path)) or "."):
            raise self._missing(path)
        self.make(path)

    def remove(self, path: Any) -> None:
        """Take a file away; FileNotFoundError if there is none."""
        if not self.is_file(path):
            raise self._missing(path)
        del state.files[name_of(path)]

    def remove_all(self, path: Any, ignore_errors: bool = False, **rest: Any) -> None:
        """Take a folder away with all that is in it."""
        name = name_of(path)
        if not self.is_dir(path):
            if ignore_errors:
                return
            raise self._missing(path)
        for file in self.names():
            if file.startswith(f"{name}/"):
                del state.files[file]
        self.made -= {folder for folder in self.made if folder == name or folder.startswith(f"{name}/")}

    def rename(self, old: Any, new: Any) -> None:
        """Give a file another name."""
        if not self.is_file(old):
            raise self._missing(old)
        state.files[name_of(new)] = state.files.pop(name_of(old))

    def listed(self, path: Any = ".") -> list[str]:
        """The names of what is directly in a folder."""
        if not self.is_dir(path):
            raise self._missing(path)
        name = name_of(path)
        inside = "" if name == "." else f"{name.rstrip('/')}/"
        below = [n.removeprefix(inside) for n in (*self.names(), *sorted(self.made)) if n.startswith(inside)]
        return list(dict.fromkeys(n.split("/")[0] for n in below if n and not n.startswith(("/", "."))))

    def temporary(self, suffix: str = "", prefix: str = "tmp", dir: Any = None) -> str:
        """A new folder, by a name that nothing has."""
        drawn = "".join(random.Random(next(self._numbers)).choices("abcdefghijklmnopqrstuvwxyz0123456789_", k=8))
        path = posixpath.join("/tmp" if dir is None else str(dir), f"{prefix}{drawn}{suffix}")
        self.make(path)
        return path

    @staticmethod
    def _missing(path: Any) -> FileNotFoundError:
        return FileNotFoundError(2, "No such file or directory", str(path))


def _path_class(folders: Folders) -> type:
    """pathlib.Path over the folders of a run."""

    class PosixPath(pathlib.PurePosixPath):
        __slots__ = ()
        __module__ = "pathlib"

        @classmethod
        def cwd(cls) -> Any:
            return cls("/")

        def exists(self) -> bool:
            return folders.exists(self)

        def is_file(self) -> bool:
            return folders.is_file(self)

        def is_dir(self) -> bool:
            return folders.is_dir(self)

        def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
            if exist_ok and folders.is_dir(self):
                return
            (folders.make if parents else folders.make_one)(self)

        def unlink(self, missing_ok: bool = False) -> None:
            if folders.is_file(self) or not missing_ok:
                folders.remove(self)

        def rmdir(self) -> None:
            folders.remove_all(self)

        def rename(self, target: Any) -> Any:
            folders.rename(self, target)
            return type(self)(target)

        def iterdir(self) -> Iterator[Any]:
            return iter([self / name for name in folders.listed(self)])

        def absolute(self) -> Any:
            return type(self)("/") / self

        resolve = absolute

        def _refused(self, *args: Any, **kwargs: Any) -> Any:
            raise OutOfScope(f"reading and writing {str(self)!r} is not part of Chainrule: {NO_FILES}", name="open")

        open = read_text = write_text = read_bytes = write_bytes = stat = glob = rglob = touch = _refused

    return PosixPath


def _temporary_class(folders: Folders) -> type:
    """tempfile.TemporaryDirectory over the folders of a run."""

    class TemporaryDirectory:
        def __init__(self, suffix: str = "", prefix: str = "tmp", dir: Any = None, **rest: Any) -> None:
            self.name = folders.temporary(suffix, prefix, dir)

        def __enter__(self) -> str:
            return self.name

        def __exit__(self, *error: object) -> None:
            self.cleanup()

        def cleanup(self) -> None:
            """Take the folder away, with all that is in it."""
            folders.remove_all(self.name, ignore_errors=True)

    return TemporaryDirectory


def file_modules() -> tuple[dict[str, Namespace], Folders]:
    """What of Python's modules for files works on names alone, for one run; and the folders."""
    folders = Folders()
    pure = "join basename dirname split splitext normpath isabs commonprefix"
    path = Namespace(
        "os.path",
        {
            **{name: getattr(posixpath, name) for name in pure.split()},
            "abspath": lambda path: posixpath.normpath(posixpath.join("/", path)),
            "exists": folders.exists,
            "expanduser": lambda path: path,
            "isdir": folders.is_dir,
            "isfile": folders.is_file,
            "islink": lambda path: False,
            "sep": "/",
        },
        dict.fromkeys(("getsize", "getmtime", "getctime"), NO_FILES),
    )
    local = _path_class(folders)
    drawn = random.Random(0)
    modules = {
        "os.path": path,
        "pathlib": Namespace(
            "pathlib", {"Path": local, "PosixPath": local, "PurePath": pathlib.PurePosixPath}, {"WindowsPath": NO_FILES}
        ),
        "shutil": Namespace(
            "shutil", {"rmtree": folders.remove_all, "move": folders.rename}, _refused("copy copyfile")
        ),
        "tempfile": Namespace(
            "tempfile",
            {
                "TemporaryDirectory": _temporary_class(folders),
                "gettempdir": lambda: "/tmp",
                "mkdtemp": folders.temporary,
            },
            _refused("NamedTemporaryFile TemporaryFile mkstemp"),
        ),
        "uuid": Namespace(
            "uuid", {"UUID": uuid.UUID, "uuid4": lambda: uuid.UUID(int=drawn.getrandbits(128), version=4)}
        ),
    }
    return modules, folders


def _refused(names: str) -> dict[str, str]:
    return dict.fromkeys(words(names), NO_FILES)
