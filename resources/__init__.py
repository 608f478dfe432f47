"""Fonts, icons, lessons: files that ship with the app."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent


def path(*parts: str) -> Path:
    """The place of a bundled file."""
    return ROOT.joinpath(*parts)
