"""Records what torch prints for the bundled tutorial.

Run in an environment that has torch:  python -m tests.support.record_tutorial
"""

from __future__ import annotations

import json

import torch

from tests.support.record_programs import in_fresh_process
from tests.support.tutorial import GOLDEN, tutorial


def main() -> None:
    torch.set_num_threads(1)
    rows = {text: in_fresh_process(text) for text in tutorial().values()}
    GOLDEN.write_text(json.dumps({"torch": torch.__version__, "programs": rows}, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(rows)} programs -> {GOLDEN}")


if __name__ == "__main__":
    main()
