"""Benches: ``python -m tests.bench [names]``. Each file here has a ``run() -> str`` that returns a Markdown table."""

import os

# numpy and torch read these when they are loaded.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
