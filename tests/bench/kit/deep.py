"""A long chain in a process of its own: ``python -m tests.bench.kit.deep MODULE RECORDED OPS``.

Prints JSON: resident bytes per op of the forward graph, seconds of forward, backward and of freeing it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.kit.recording import recorded


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def chain(m: Any, ops: int) -> Any:
    x, w, b = (m.tensor(v, requires_grad=True, dtype=m.float64) for v in (0.7, 0.5, 0.1))
    for _ in range(ops // 2):
        x = x * w
        x = x + b
    return x


def measure(m: Any, ops: int) -> dict[str, float]:
    chain(m, 100).backward()
    gc.collect()
    before = resident()
    began = time.process_time()
    x = chain(m, ops)
    built = time.process_time()
    gc.collect()
    found = {"bytes": (resident() - before) / ops, "forward": built - began}
    began = time.process_time()
    x.backward()
    found["backward"] = time.process_time() - began
    began = time.process_time()
    del x
    gc.collect()
    found["freed"] = time.process_time() - began
    return found


def in_process(module: str, record: bool, ops: int) -> dict[str, float] | None:
    """The measurement in a new process; None if it does not survive."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench.kit.deep", module, str(int(record)), str(ops)],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        return None
    answer: dict[str, float] = json.loads(run.stdout)
    return answer


def main() -> None:
    module, record, ops = importlib.import_module(sys.argv[1]), sys.argv[2] == "1", int(sys.argv[3])
    if sys.argv[1] == "torch":
        module.set_num_threads(1)
    print(json.dumps(recorded(lambda: measure(module, ops), __file__)() if record else measure(module, ops)))


if __name__ == "__main__":
    main()
