"""The bundled lessons as programs; the tutorial also whole, block after block, each block with its import."""

from __future__ import annotations

from pathlib import Path

from gui.lessons.catalogue import TUTORIAL, blocks, books, lessons
from resources import path

GOLDEN = Path(__file__).parent.parent / "goldens" / "tutorial.json"
IMPORTS = "import torch\nimport torch.nn as nn\n"


def tutorial() -> dict[str, str]:
    """Programs by name. ``up to`` n is what somebody runs who goes through the text cell by cell."""
    code = [b.code for b in blocks(path("lessons", TUTORIAL).read_text(encoding="utf-8"))]
    found = {f"up to block {n}": "\n".join(code[:n]) for n in range(1, len(code) + 1)}
    found |= {f"block {n} with its import": IMPORTS + text for n, text in enumerate(code, 1)}
    found |= {f"lesson {n}": lesson.source for n, lesson in enumerate(lessons(), 1)}
    found |= {f"lesson “{lesson.title}”": lesson.source for book in books()[1:] for lesson in book.lessons}
    return found
