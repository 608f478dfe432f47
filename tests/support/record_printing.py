"""Records how torch prints a selection of tensors.

Run in an environment that has torch:  python -m tests.support.record_printing
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from tests.support.printing_cases import case, text

GOLDEN = Path(__file__).parent.parent / "goldens" / "printing.json"
COUNT = 150


def main() -> None:
    rows = {str(number): text(torch, case(number)) for number in range(COUNT)}
    GOLDEN.write_text(json.dumps({"torch": torch.__version__, "cases": rows}, indent=0) + "\n")
    print(f"{len(rows)} tensors -> {GOLDEN}")


if __name__ == "__main__":
    main()
