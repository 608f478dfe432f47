"""Groups on a stage: the frames of open ones, and what the cards of collapsed ones say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QRectF

from engine.explain.cards import Card, Grad
from engine.explain.moment import Moment
from engine.graph.build import build
from engine.graph.folding import Folded, Folds, closed, fold
from engine.graph.groups import Group, Path, groups
from engine.graph.scenes import FOREVER, OP, Entity
from engine.layout import Frame
from gui.canvas import measure
from gui.canvas.arrays import Numbers

OPENS = "›"
"""Behind the words of a collapsed group: there is more in it."""
TITLE = 30.0
"""Height of the strip with a frame's title."""
CHEVRON = 30.0
"""Width of a frame's chevron, with the room around it."""


@dataclass(frozen=True, slots=True)
class PlacedFrame:
    """An open group: its frame in the scene, and its ops by their numbers on the stage."""

    group: Group
    rect: QRectF
    ops: Numbers

    @property
    def strip(self) -> QRectF:
        """The part with the title."""
        return QRectF(self.rect.left(), self.rect.top(), self.rect.width(), TITLE)

    @property
    def chevron(self) -> QRectF:
        return QRectF(self.rect.left(), self.rect.top(), CHEVRON, TITLE)


def folding(m: Moment, folds: Folds) -> Folded:
    """The graph of a moment's scene, with its groups collapsed as ``folds`` say."""
    graph = build(m.scenes, m.scene)
    found = groups(m.scenes, graph)
    return fold(graph, found, closed(found, len(graph), folds))


def lives(folded: Folded) -> tuple[Numbers, Numbers]:
    """Per card, the event at which it appears and the one at which it dies: of a group its first and its last."""
    number = {key: i for i, key in enumerate(folded.graph)}
    made = np.full(len(number), FOREVER, np.int64)
    died = np.zeros(len(number), np.int64)
    for key, entity in folded.entities.items():
        i = number[folded.card[key]]
        made[i] = min(made[i], entity.made)
        died[i] = max(died[i], entity.died)
    return made, died


def placed_frames(folded: Folded, frames: tuple[Frame, ...], index: Mapping[str, int]) -> list[PlacedFrame]:
    """The frames of a layout, outer ones first."""
    out = []
    for frame in frames:
        left, top, right, bottom = frame.rect
        group = folded.groups.all[frame.path]
        ops = sorted({index[key] for key in group.keys if folded.entities[key].kind == OP})
        out.append(PlacedFrame(group, QRectF(left, top, right - left, bottom - top), np.array(ops, np.int64)))
    return out


def aside(group: Group) -> str:
    return f"{group.ops} ops {OPENS}"


def group_size(group: Group, shaped: bool) -> tuple[float, float]:
    """Width and height of a collapsed group's card."""
    repeated = measure.width(times(group), "label") + 24 if group.parts else 0.0
    width, height = measure.card_size(group.title, aside(group), [], shaped, "")
    return width + repeated, height


def times(group: Group) -> str:
    return f"× {len(group.parts)}"


def result_of(folded: Folded, group: Group, result: Entity, place: int) -> Entity:
    """The entity whose numbers a collapsed group shows: what it results in, of a run what its last part so far did."""
    if result.made < place:
        return result
    parts = [folded.groups.all[path] for path in group.parts]
    made = [last for part in parts if (last := _last(part, folded)).made < place]
    return made[-1] if made else result


def _last(group: Group, folded: Folded) -> Entity:
    computed = [entity for key in group.keys if (entity := folded.entities[key]).kind == OP]
    return max(computed, key=lambda e: e.serial)


def group_card(group: Group, key: str, result: Card, made: bool) -> Card:
    """The card of a collapsed group, from that of its result; ``made``: whether there is one yet."""
    card = replace(result, key=key, title=group.title, aside=aside(group), glyph="", pins=(), current=True)
    if made:
        return card
    return replace(card, value="…", shape="", data=None, grad="None", grad_kind=Grad.NONE, grad_data=None, grad_note="")


def around(folded: Folded, key: str) -> list[Path]:
    """What can be collapsed around a card, innermost first, runs included."""
    chain = [group.path for group in folded.groups.chain(key)]
    shut = next((i for i, path in enumerate(chain) if path in folded.closed), len(chain))
    return chain[:shut][::-1]


def around_group(folded: Folded, group: Group) -> list[Path]:
    """The same around an open group, with itself."""
    chain = [g.path for g in folded.groups.chain(group.keys[0])]
    return chain[: chain.index(group.path) + 1][::-1]
