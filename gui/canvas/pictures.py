"""Makes the pictures of moments, in either view."""

from __future__ import annotations

from engine.explain.moment import Moment
from engine.graph.scenes import Scenes
from engine.trace.trace import Trace
from gui.base.layers import Layers
from gui.canvas.functions import FunctionPicture
from gui.canvas.picture import Picture
from gui.canvas.stage import Stage, Stages


class Pictures:
    """Makes pictures; keeps what is needed again."""

    def __init__(self) -> None:
        self.stages = Stages()
        self.layers = Layers()
        """What the next pictures show."""

    def at(self, m: Moment, moving: bool = False, functions: bool = False) -> Picture:
        """The picture of a moment; with ``moving``, of the way to it; with ``functions``, of autograd's nodes."""
        return _made(m, self.stages.at(m), moving, functions, self.layers)

    def soon(self, m: Moment, moving: bool = False, functions: bool = False, growing: bool = False) -> Picture | None:
        """The same, or None while a large graph is being laid out: ``stages.ready`` tells when to ask again.

        ``growing``: the run goes on.
        """
        stage = self.stages.soon(m, growing)
        return None if stage is None else _made(m, stage, moving, functions, self.layers)

    def on(self, m: Moment, stage: Stage, moving: bool, functions: bool) -> Picture:
        """The picture of a moment on a given stage."""
        return _made(m, stage, moving, functions, self.layers)


def _made(m: Moment, stage: Stage, moving: bool, functions: bool, layers: Layers) -> Picture:
    picture = FunctionPicture(m, stage, moving) if functions else Picture(m, stage, moving)
    picture.limit(layers)
    return picture


def nothing() -> Picture:
    """The picture of no program."""
    return Pictures().at(Moment.at(Trace(""), Scenes(), 0))
