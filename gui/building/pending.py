"""PendingOp: an op that was chosen and is being given its inputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QPointF, QRectF

from engine.edit import Proposal, Refused
from engine.edit.building import Operand, add_op
from engine.edit.ground import Ground
from engine.edit.offers import Offer
from gui.building.builder import Gesture
from gui.building.sketch import SIZE, ports_of

NUMBER = frozenset("0123456789.-+e")
"""What a number is typed with."""


@dataclass(slots=True)
class PendingOp:
    """Cards and numbers fill its inputs in turn, or one that is pointed at. ``at`` is its middle in the scene."""

    offer: Offer
    at: QPointF
    operands: list[Operand | None] = field(default_factory=list)
    typed: str = ""
    """A number that is being typed into the next input."""

    def __post_init__(self) -> None:
        self.operands += [None] * (len(self.offer.inputs) - len(self.operands))

    @property
    def rect(self) -> QRectF:
        """Where it stands in the scene."""
        wide, high = SIZE[0], max(SIZE[1], 26.0 * (len(self.operands) + 1))
        return QRectF(self.at.x() - wide / 2, self.at.y() - high / 2, wide, high)

    @property
    def ports(self) -> list[QPointF]:
        return ports_of(self.rect, len(self.operands))

    @property
    def next(self) -> int | None:
        """The first input that is not filled."""
        return next((i for i, operand in enumerate(self.operands) if operand is None), None)

    def fill(self, operand: Operand, argument: int | None = None) -> None:
        """Give it an input: the next one, unless another is meant."""
        place = self.next if argument is None else argument
        if place is not None:
            self.operands[place] = operand
        self.typed = ""

    def empty(self) -> bool:
        """Take the last input back; whether there was one."""
        filled = [i for i, operand in enumerate(self.operands) if operand is not None]
        if filled:
            self.operands[filled[-1]] = None
        return bool(filled)

    def gesture(self, last: Operand | None = None) -> Gesture | None:
        """What it would write, with ``last`` as its next input; None while an input is missing."""
        given = [*self.operands]
        if last is not None and self.next is not None:
            given[self.next] = last
        operands = [operand for operand in given if operand is not None]
        return partial(_add, self.offer, operands) if len(operands) == len(given) else None

    def hint(self) -> str:
        """What is to be done next."""
        place = self.next
        if place is None:
            return ""
        name = self.offer.inputs[place]
        which = f"the input “{name}”" if len(self.operands) > 1 else "its input"
        return f"{self.offer.name}: click a card for {which}, or here for a 1, or type a number. Esc gives up."


def _add(offer: Offer, operands: list[Operand], ground: Ground) -> Proposal | Refused:
    return add_op(ground, offer, operands)
