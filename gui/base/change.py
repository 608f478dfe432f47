"""Change: what the session tells the panels."""

from __future__ import annotations

from enum import Flag, auto


class Change(Flag):
    """What has changed; a panel updates what it shows of it."""

    SOURCE = auto()
    TRACE = auto()
    CURSOR = auto()
    PROGRESS = auto()
    """How far the step at hand has been animated."""
    SELECTION = auto()
    RUNNING = auto()
    PLAYING = auto()
    DOCUMENT = auto()
    THEME = auto()
    MODE = auto()
    VIEW = auto()
    """Which of its graphs is shown: tensors or autograd functions."""
    FOLDS = auto()
    """Which groups are collapsed."""
    GREW = auto()
    """The trace is one that grows while its run goes on: panels take their turns, see ``gui.base.turns``."""
    ADVICE = auto()
    """Which advice there is, or which of it is on display."""
