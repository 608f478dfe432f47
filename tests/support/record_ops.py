"""Records what torch says about every sample of the OpSpec table.

Run in an environment that has torch:  python -m tests.support.record_ops
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from engine.ops import TABLE
from tests.support.op_calls import failure, observe

GOLDEN = Path(__file__).parent.parent / "goldens" / "ops.json"


def main() -> None:
    rows = {f"{spec.name}/{i}": observe(torch, spec, i) for spec in TABLE.values() for i in range(len(spec.samples))}
    bad = {f"{spec.name}/{i}": failure(torch, spec, i) for spec in TABLE.values() for i in range(len(spec.errors))}
    whole = {"torch": torch.__version__, "samples": rows, "errors": bad}
    GOLDEN.write_text(json.dumps(whole, indent=0) + "\n")
    print(f"{len(rows)} samples and {len(bad)} errors of {len(TABLE)} ops -> {GOLDEN}")


if __name__ == "__main__":
    main()
