"""Records the random numbers of torch for a selection of samplers, shapes and dtypes.

Run in an environment that has torch:  python -m tests.support.record_samplers
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import torch

from tests.support.sampler_cases import CASES, CHOSEN, outcome

GOLDEN = Path(__file__).parent.parent / "goldens" / "samplers.json"


def main() -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    rows = {
        name: [outcome(torch, name, shape, dtype, seed) for seed, (shape, dtype) in enumerate(CHOSEN)]
        for name in CASES
        if name != "state"  # thousands of bytes: only the oracle looks at them
    }
    GOLDEN.write_text(json.dumps({"torch": torch.__version__, "cases": rows}) + "\n")
    print(f"{sum(map(len, rows.values()))} draws of {len(rows)} samplers -> {GOLDEN}")


if __name__ == "__main__":
    main()
