"""Records which names torch has, so that the engine can tell what it leaves out from what does not exist.

Run in an environment that has torch:  python -m tests.support.record_names
"""

from __future__ import annotations

import importlib
import textwrap
import types
from pathlib import Path
from typing import Any

import torch

TARGET = Path(__file__).parent.parent.parent / "engine" / "torch_names.py"

SPACES = (
    "torch torch.autograd torch.autograd.functional torch.backends torch.cuda torch.distributions torch.fft "
    "torch.func torch.linalg torch.nn torch.nn.functional torch.nn.init torch.nn.utils torch.optim "
    "torch.optim.lr_scheduler torch.random torch.special torch.utils torch.utils.data"
)


HEAD = '''"""The public names of torch, recorded from torch by tests/support/record_names.py."""

from __future__ import annotations

import functools
import re

_NAMES = """\\
%s
"""


@functools.cache
def known(space: str) -> frozenset[str] | None:
    """The names in a namespace of torch (``torch``, ``torch.linalg``, ``Tensor``); None if it is not recorded."""
    for line in re.sub(r"\\n    ", " ", _NAMES).split("\\n"):
        owner, _, names = line.partition(": ")
        if owner == space:
            return frozenset(names.split())
    return None
'''


def names_of(owner: Any) -> list[str]:
    found = []
    for name in dir(owner):
        value = getattr(owner, name, None)
        # Modules that torch merely imports are not its names.
        foreign = isinstance(value, types.ModuleType) and not value.__name__.startswith("torch")
        if not name.startswith("_") and not foreign:
            found.append(name)
    return found


def main() -> None:
    spaces: dict[str, Any] = {space: importlib.import_module(space) for space in SPACES.split()}
    spaces["Tensor"] = torch.Tensor
    lines: list[str] = []
    for space, owner in sorted(spaces.items()):
        whole = f"{space}: {' '.join(names_of(owner))}"
        lines += textwrap.wrap(whole, 116, break_on_hyphens=False, subsequent_indent="    ")
    TARGET.write_text(HEAD % "\n".join(lines))
    print(f"{len(spaces)} namespaces -> {TARGET}")


if __name__ == "__main__":
    main()
