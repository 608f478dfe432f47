"""Records anew everything that the suite knows of torch: signatures, names, ops, programs, printing, random numbers.

Run in an environment that has torch:  python -m tests.support.record
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FIRST = ("signatures", "names")
"""What the engine itself reads: the others see it."""


def recorders() -> list[str]:
    """The recorders by name; pictures are no matter of torch's."""
    found = {path.stem.removeprefix("record_") for path in Path(__file__).parent.glob("record_*.py")} - {"pictures"}
    return [*FIRST, *sorted(found - set(FIRST))]


def main() -> None:
    # A process for each: torch gives some warnings only once in a process.
    for name in recorders():
        subprocess.run([sys.executable, "-P", "-m", f"tests.support.record_{name}"], check=True)


if __name__ == "__main__":
    main()
