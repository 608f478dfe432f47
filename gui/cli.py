"""The command line: run, trace and export without a screen, or open the window."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import engine

if TYPE_CHECKING:
    from engine.trace.events import AnyEvent, Failed

DESCRIPTION = "See autograd at work: PyTorch-style programs, their graph, and the backward pass step by step."
PICTURES = "chainrule-pictures"
INTERRUPTED = 130
"""The exit code that shells give to a command ended by Ctrl+C."""


def parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(
        prog="chainrule",
        description=DESCRIPTION,
        epilog="chainrule [FILE] opens the window. FILE may be - for standard input with run, trace and export.",
    )
    out.add_argument("--version", action="version", version=f"chainrule {engine.__version__}")
    commands = out.add_subparsers(dest="command", metavar="{run,trace,export}")
    run = commands.add_parser("run", help="run a program and print what it prints")
    run.add_argument("file", help="a program, or - for standard input")
    trace = commands.add_parser("trace", help="write everything that a program did as JSON")
    trace.add_argument("file", help="a program, or - for standard input")
    trace.add_argument("-o", "--output", required=True, help="the JSON file, or - for standard output")
    export = commands.add_parser("export", help="draw the graph at a step into a file")
    export.add_argument("file", help="a program, or - for standard input")
    export.add_argument("--at", default="last", help="a step's number, or last (the default)")
    export.add_argument("-o", "--output", required=True, help="a .png or .svg file")
    export.add_argument("--theme", choices=("light", "dark"), default="light")
    return out


def run(arguments: list[str]) -> int:
    """Do what the arguments say; the process's exit code."""
    commands = ("run", "trace", "export")
    if (arguments and arguments[0] in commands) or any(a in ("-h", "--help", "--version") for a in arguments):
        options = parser().parse_args(arguments)
        try:
            return {"run": _run, "trace": _trace, "export": _export}[options.command](options)
        except KeyboardInterrupt:
            return INTERRUPTED
        except BrokenPipeError:
            # The reader went away; Python would complain again while closing.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
    if len(arguments) > 1:
        parser().error(f"unexpected argument {arguments[1]!r}: chainrule [FILE] takes one file")
    if arguments and arguments[0].startswith("-"):
        parser().error(f"unknown option {arguments[0]!r}")
    try:
        return _window(arguments[0] if arguments else None)
    except KeyboardInterrupt:
        return INTERRUPTED


def _source(name: str) -> str | None:
    """The text of a program; None, with a message on standard error, if it cannot be had."""
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problem = "there is no such file"
    except UnicodeDecodeError:
        problem = "it is not text in UTF-8"
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
    print(f"chainrule: cannot read {name}: {problem}", file=sys.stderr)
    return None


def _report(source: str, failed: Failed) -> None:
    """torch's or Python's error, with the line, on standard error."""
    if failed.line:
        lines = source.split("\n")
        text = lines[failed.line - 1].strip() if failed.line <= len(lines) else ""
        print(f"line {failed.line}: {text}", file=sys.stderr)
    print(f"{failed.type}: {failed.message}", file=sys.stderr)
    if failed.hint and failed.kind != "syntax":
        print(failed.hint, file=sys.stderr)


def _run(options: argparse.Namespace) -> int:
    from engine.program.client import run_in_worker
    from engine.trace import events as ev

    source = _source(options.file)
    if source is None:
        return 2

    def emit(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.Printed):
            sys.stdout.write(event.text)
            sys.stdout.flush()
        elif isinstance(event, ev.Warned):
            print(f"{event.category}: {event.message}", file=sys.stderr)

    failed = run_in_worker(source, emit)
    if failed is None:
        return 0
    _report(source, failed)
    return 1


def _record(source: str) -> tuple[list[AnyEvent], Failed | None]:
    from engine.program.client import run_in_worker

    events: list[AnyEvent] = []
    return events, run_in_worker(source, events.append)


def _trace(options: argparse.Namespace) -> int:
    from engine.trace import codec

    source = _source(options.file)
    if source is None:
        return 2
    events, failed = _record(source)
    data = codec.to_json(source, events)
    if options.output == "-":
        sys.stdout.buffer.write(data)
    elif not _write(Path(options.output), data):
        return 2
    if failed is not None:
        _report(source, failed)
    return 0 if failed is None else 1


def _write(path: Path, data: bytes) -> bool:
    try:
        path.write_bytes(data)
    except OSError as error:
        print(f"chainrule: cannot write {path}: {(error.strerror or str(error)).lower()}", file=sys.stderr)
        return False
    return True


def _export(options: argparse.Namespace) -> int:
    source = _source(options.file)
    if source is None:
        return 2
    path = Path(options.output)
    if path.suffix.lower() not in (".png", ".svg"):
        print(f"chainrule: {path.name} is neither .png nor .svg", file=sys.stderr)
        return 2
    events, failed = _record(source)
    from engine.explain.moment import Moment
    from engine.graph.scenes import Scenes
    from engine.trace.trace import Trace

    trace = Trace(source, events)
    scenes = Scenes()
    scenes.extend(trace.events)
    cursor = len(trace)
    if options.at != "last":
        if not options.at.isdigit() or int(options.at) > len(trace):
            print(f"chainrule: --at takes last or a step from 0 to {len(trace)}, not {options.at!r}", file=sys.stderr)
            return 2
        cursor = int(options.at)
    from gui.base.theme import THEMES
    from gui.export import export_picture, offscreen

    offscreen()
    try:
        export_picture(Moment.at(trace, scenes, cursor), THEMES[options.theme], path)
    except OSError as error:
        print(f"chainrule: cannot write {path}: {error}", file=sys.stderr)
        return 2
    if failed is not None:
        _report(source, failed)
    return 0 if failed is None else 1


def has_display() -> bool:
    """Whether a window can be opened here."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM", "xcb").split(":")[0] not in (
        "xcb",
        "wayland",
    ):
        return True
    if os.environ.get("WAYLAND_DISPLAY"):
        return True
    display = os.environ.get("DISPLAY", "")
    host, colon, number = display.rpartition(":")
    number = number.partition(".")[0]
    if not colon or not number.isdigit():
        return False
    try:
        if host and not host.startswith("/"):
            socket.create_connection((host, 6000 + int(number)), timeout=1.0).close()
        else:
            probe = socket.socket(socket.AF_UNIX)
            for address in (f"/tmp/.X11-unix/X{number}", f"\0/tmp/.X11-unix/X{number}"):
                if probe.connect_ex(address) == 0:
                    probe.close()
                    return True
            probe.close()
            return False
    except OSError:
        return False
    return True


def _progress(done: int, total: int) -> None:
    """How far it is, on a terminal: one line, written over and over."""
    if sys.stderr.isatty():
        print(f"\r{done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _window(file: str | None) -> int:
    if has_display():
        from gui.app import open_window

        return open_window(file)
    from gui.lessons.catalogue import default_lesson

    source = default_lesson().source if file is None else _source(file)
    if source is None:
        return 2
    folder = Path(PICTURES)
    what = "the default lesson" if file is None else file
    print(f"There is no display here, so no window can be opened. Drawing {what} into {folder}{os.sep} instead.")
    from gui.base.theme import LIGHT
    from gui.export import export_frames, offscreen

    events, failed = _record(source)
    offscreen()
    try:
        count = export_frames(source, events, LIGHT, folder, _progress)
    except OSError as error:
        print(f"chainrule: cannot write into {folder}: {error}", file=sys.stderr)
        return 2
    print(f"{count} pictures, one for each step. To see the window: run this on a machine with a screen,")
    print("or under a virtual one: xvfb-run chainrule")
    if failed is not None:
        _report(source, failed)
        return 1
    return 0
