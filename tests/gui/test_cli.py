"""The command line: what it prints, what it writes, how it ends."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer

import engine
from engine.trace import codec
from engine.trace import events as ev
from gui.cli import has_display, run
from gui.lessons.catalogue import default_lesson
from tests.support.runs import FIRST, TRAINING, printed, trace_of

Program = Callable[[str], str]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    def write(source: str) -> str:
        path = tmp_path / "program.py"
        path.write_text(source, encoding="utf-8")
        return str(path)

    return write


def test_run_prints_exactly_what_the_program_prints(program: Program, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["run", program(TRAINING)]) == 0
    out, err = capfd.readouterr()
    assert out == printed(TRAINING)
    assert err == ""


def test_run_of_standard_input(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("print('梯度', end='')"))
    assert run(["run", "-"]) == 0
    assert capfd.readouterr().out == "梯度"


@pytest.mark.parametrize(
    ("source", "out", "told"),
    [
        (
            "import torch\nx = torch.ones(1)\nprint('before')\nx.backward()\n",
            "before\n",
            "line 4: x.backward()\nRuntimeError: element 0 of tensors does not require grad and does not have a grad_fn\n",
        ),
        ("print(1)\nx = (\n", "", "line 2: x = (\nSyntaxError: '(' was never closed\n"),
        ("import torch\nprint(y)", "", "line 2: print(y)\nNameError: name 'y' is not defined\n"),
    ],
)
def test_a_failed_program(
    program: Program, capfd: pytest.CaptureFixture[str], source: str, out: str, told: str
) -> None:
    assert run(["run", program(source)]) == 1
    captured = capfd.readouterr()
    assert captured.out == out
    assert captured.err.startswith(told)


def test_warnings_go_to_standard_error(program: Program, capfd: pytest.CaptureFixture[str]) -> None:
    source = "import torch\nx = torch.ones(2, requires_grad=True)\ny = x * 2\ny.sum().backward()\nprint(y.grad)\n"
    assert run(["run", program(source)]) == 0
    captured = capfd.readouterr()
    assert captured.out == "None\n"
    assert captured.err.startswith("UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor")


def test_trace(program: Program, tmp_path: Path) -> None:
    out = tmp_path / "t.json"
    assert run(["trace", program(FIRST), "-o", str(out)]) == 0
    read = codec.from_json(out.read_bytes())
    assert read.source == FIRST
    assert [type(e) for e in read.events] == [type(e) for e in trace_of(FIRST).events]
    names = {e.link.node: e.link.grad_fn for e in read.events if isinstance(e, ev.Applied) and e.link is not None}
    order = [names.get(e.node, "AccumulateGrad") for e in read.events if isinstance(e, ev.NodeRan)]
    assert order == ["MulBackward0", "AddBackward0", "AddBackward0", "AccumulateGrad", "AccumulateGrad"]


def test_trace_of_a_failed_program_is_still_written(program: Program, tmp_path: Path) -> None:
    out = tmp_path / "t.json"
    assert run(["trace", program("import torch\nx = torch.ones(1)\nx.backward()"), "-o", str(out)]) == 1
    assert isinstance(codec.from_json(out.read_bytes()).events[-1], ev.Failed)


@pytest.mark.parametrize("at", ["0", "8", "last"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_export(program: Program, tmp_path: Path, at: str, theme: str) -> None:
    png, svg = tmp_path / "out.png", tmp_path / "out.svg"
    for out in (png, svg):
        assert run(["export", program(FIRST), "--at", at, "-o", str(out), "--theme", theme]) == 0
    image = QImage(str(png))
    assert image.width() >= 1280
    colours = {image.pixel(x, y) for x in range(0, image.width(), 9) for y in range(0, image.height(), 9)}
    assert (len(colours) > 20) is (at != "0")
    assert QSvgRenderer(str(svg)).isValid()
    if at == "8":
        assert "2.0 × 1" in svg.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["export", "PROGRAM", "-o", "x.gif"], "x.gif is neither .png nor .svg"),
        (["export", "PROGRAM", "--at", "99", "-o", "x.png"], "--at takes last or a step from 0 to 11, not '99'"),
        (["export", "PROGRAM", "--at", "-1", "-o", "x.png"], "--at takes last or a step from 0 to 11, not '-1'"),
        (["run", "missing.py"], "cannot read missing.py: there is no such file"),
        (["run", "."], "cannot read .: is a directory"),
        (["trace", "PROGRAM", "-o", "missing/t.json"], "cannot write missing/t.json: no such file or directory"),
        (["missing.py"], "cannot read missing.py: there is no such file"),
    ],
)
def test_wrong_use_is_told_in_one_line(
    program: Program,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gui.cli.has_display", lambda: False)
    path = program(FIRST)
    assert run([path if a == "PROGRAM" else a for a in arguments]) == 2
    assert capfd.readouterr().err == f"chainrule: {told}\n"


@pytest.mark.parametrize("arguments", [["a.py", "b.py"], ["--what"], ["run"], ["export", "a.py"]])
def test_wrong_arguments(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    assert ended.value.code == 2
    assert "usage: chainrule" in capfd.readouterr().err


def test_version_and_help(capfd: pytest.CaptureFixture[str]) -> None:
    for option in ("--version", "--help"):
        with pytest.raises(SystemExit) as ended:
            run([option])
        assert ended.value.code == 0
    out = capfd.readouterr().out
    assert out.startswith(f"chainrule {engine.__version__}\n")
    assert all(command in out for command in ("run", "trace", "export"))


def test_without_a_display_pictures_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], program: Program
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert not has_display()
    assert run([]) == 0
    said = capfd.readouterr().out
    assert said.startswith("There is no display here")
    frames = sorted((tmp_path / "chainrule-pictures").glob("step-*.png"))
    assert len(frames) == len(trace_of(default_lesson().source))
    assert f"{len(frames)} pictures" in said
    assert run([program(TRAINING.replace("range(5)", "range(2)"))]) == 0
    assert QImage(str(tmp_path / "chainrule-pictures" / "loss.png")).width() == 1920


def test_a_display_that_does_not_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for display in (":6543", "nonsense", ":", "localhost:6543.0"):
        monkeypatch.setenv("DISPLAY", display)
        assert not has_display(), display


def test_the_command_needs_no_qt_to_run_a_program(program: Program) -> None:
    code = "import sys; from gui.cli import run; run(['run', sys.argv[1]]); print('PySide6' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    out = subprocess.run(
        [sys.executable, "-c", code, program("print(1)")], capture_output=True, text=True, env=environment, check=True
    )
    assert out.stdout == "1\nFalse\n"
