"""Starts the installed app in a real window on a virtual screen, steps by key, and looks whether it answers.

Usage: python tools/smoke.py [PICTURE.png]. Needs Xvfb and xdotool; ends with an error when the window does
not come, does not change when stepped, prints anything on standard error or does not end when asked to.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

LIMIT = 60.0
"""Seconds until something that should happen counts as not happening."""
APP = Path(sys.executable).with_name("chainrule")
GRAB = (
    "import sys; from PySide6.QtGui import QGuiApplication; app = QGuiApplication(sys.argv);"
    "sys.exit(not app.primaryScreen().grabWindow(0).save(sys.argv[1]))"
)


def wait_for(what: str, look: Callable[[], str], app: subprocess.Popen[bytes]) -> str:
    """What ``look()`` returns, once that is anything."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        if app.poll() is not None:
            raise SystemExit(f"smoke: the app ended with {app.returncode} before {what}")
        time.sleep(0.2)
    raise SystemExit(f"smoke: no {what} within {LIMIT:.0f} s")


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        read, write = os.pipe()
        screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1440x900x24", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        env = {**os.environ, "DISPLAY": f":{number}", "HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
        env.pop("QT_QPA_PLATFORM", None)
        errors = Path(home) / "stderr"
        try:
            with errors.open("wb") as err:
                app = subprocess.Popen([APP], env=env, stderr=err, stdin=subprocess.DEVNULL)
                try:
                    look(app, env, home)
                finally:
                    if app.poll() is None:
                        app.kill()
                        app.wait()
            said = errors.read_text()
            if said.strip():
                raise SystemExit(f"smoke: the app printed on standard error:\n{said}")
        finally:
            screen.terminate()
            screen.wait()


def look(app: subprocess.Popen[bytes], env: dict[str, str], home: str) -> None:
    """Find the window, step, compare, end it."""

    def xdotool(*words: str) -> str:
        return subprocess.run(["xdotool", *words], env=env, capture_output=True, text=True, check=False).stdout.strip()

    def grab(name: str) -> bytes:
        path = Path(home) / name
        subprocess.run([sys.executable, "-c", GRAB, path], env=env, check=True)
        return path.read_bytes()

    window = wait_for("window", lambda: xdotool("search", "--onlyvisible", "--name", "Chainrule"), app).split()[0]
    xdotool("windowfocus", "--sync", window)
    time.sleep(4.0)
    before = grab("before.png")
    for key in ("alt+Right",) * 3:
        xdotool("key", key)
    time.sleep(3.0)
    after = grab("after.png")
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_bytes(after)
    if before == after:
        raise SystemExit("smoke: the window did not change when it was stepped")
    app.send_signal(signal.SIGTERM)
    try:
        code = app.wait(LIMIT)
    except subprocess.TimeoutExpired:
        raise SystemExit("smoke: the app did not end when it was asked to") from None
    if code != 0:
        raise SystemExit(f"smoke: the app ended with {code}")
    print("smoke: window opened, stepped by key, ended in good order")


if __name__ == "__main__":
    main()
