"""Runs the benches that are named on the command line, or all: ``python -m tests.bench engine``."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path


def main() -> None:
    # One thread for numpy's library as for torch: CPU seconds count all of them. It is read when numpy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    known = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))
    for name in sys.argv[1:] or known:
        if name not in known:
            raise SystemExit(f"no bench named {name}; there are: {', '.join(known)}")
        print(f"## {name}\n\n{importlib.import_module(f'tests.bench.{name}').run()}\n", flush=True)


if __name__ == "__main__":
    main()
