"""Records what torch makes of the dtypes of some ops' operands.

Run in an environment that has torch:  python -m tests.support.record_promotion
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import torch

from tests.support import promotion_cases as cases

GOLDEN = Path(__file__).parent.parent / "goldens" / "promotion.json"


def main() -> None:
    warnings.simplefilter("ignore")
    rows = {name: [cases.unary(torch, name, a) for a in cases.DTYPES] for name in cases.UNARY}
    for name in cases.RECORDED:
        rows[f"{name} of pairs"] = [cases.pairs(torch, name, a, b) for a in cases.DTYPES for b in cases.DTYPES]
        rows[f"{name} of numbers"] = [cases.with_numbers(torch, name, a) for a in cases.DTYPES]
    GOLDEN.write_text(json.dumps({"torch": torch.__version__, "cases": rows}, default=str) + "\n")
    print(f"{len(rows)} tables -> {GOLDEN}")


if __name__ == "__main__":
    main()
