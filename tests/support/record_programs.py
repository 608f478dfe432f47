"""Records what torch makes of the programs in tests/engine/programs.

Run in an environment that has torch:  python -m tests.support.record_programs
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import torch
import torch.nn.utils.prune  # which torch itself does not import

from tests.support.programs import programs, run

GOLDEN = Path(__file__).parent.parent / "goldens" / "programs.json"


def in_fresh_process(text: str) -> dict[str, Any]:
    """Run a program in a copy of this process: torch gives some warnings only once in a process."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        # What a program saves is to vanish with it.
        os.chdir(tempfile.mkdtemp())
        with os.fdopen(writing, "w") as pipe:
            json.dump(run(torch, text), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer: dict[str, Any] = json.load(pipe)
    os.wait()
    return answer


def main() -> None:
    torch.set_num_threads(1)
    # The first call loads what warns of itself.
    torch.func.jvp(torch.sin, (torch.ones(1),), (torch.ones(1),))
    rows = {text: in_fresh_process(text) for text in programs().values()}
    GOLDEN.write_text(json.dumps({"torch": torch.__version__, "programs": rows}, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(rows)} programs -> {GOLDEN}")


if __name__ == "__main__":
    main()
