"""What can be built with a card, an edge or the free canvas, in its menu."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QMenu

from engine.edit.backwards import call_backward
from engine.graph.scenes import CONSTANT, LEAF, OP
from gui.base.commands import BY_ID, key_text
from gui.building import commands
from gui.canvas.placed import PlacedCard, PlacedEdge

if TYPE_CHECKING:
    from gui.building.gestures import Gestures


def fill(menu: QMenu, hands: Gestures, thing: PlacedCard | PlacedEdge | None, point: QPointF) -> None:
    """Put the gestures that apply to a thing into its menu, before what else stands in it."""
    first = menu.actions()[0] if menu.actions() else None
    before = len(menu.actions())
    if isinstance(thing, PlacedCard):
        if thing.group is None:
            _card(menu, hands, thing)
    elif isinstance(thing, PlacedEdge):
        _edge(menu, hands, thing)
    else:
        _item(menu, hands, "add", "Add here…", lambda: hands.open_list([], point))
    added = menu.actions()[before:]
    if first is not None and added:
        for action in added:
            menu.removeAction(action)
        menu.insertActions(first, added)
        menu.insertSeparator(first)


def _item(menu: QMenu, hands: Gestures, id: str, title: str = "", run: Callable[[], object] | None = None) -> None:
    command = BY_ID[id]
    key = key_text(command)
    menu.addAction(f"{title or command.title}\t{key}" if key else title, run or partial(hands.view.asked.emit, id))


def _card(menu: QMenu, hands: Gestures, placed: PlacedCard) -> None:
    entity = placed.entity
    several = len(hands.view.session.selected) > 1
    _item(menu, hands, "add", "Add an op of these…" if several else "Add an op of this…")
    if not several:
        if entity.kind in (LEAF, CONSTANT):
            _item(menu, hands, "value")
        if entity.kind == LEAF:
            _item(menu, hands, "track", "Do not require grad" if entity.tracked else "Require grad")
        if entity.kind == OP:
            _backward(menu, hands, placed)
        if entity.kind != CONSTANT:
            _item(menu, hands, "rename")
    if entity.kind != CONSTANT:
        _item(menu, hands, "no_grad", "Under no_grad, or no more")
        _item(menu, hands, "duplicate")
        _item(menu, hands, "extract")
        _item(menu, hands, "delete")


def _backward(menu: QMenu, hands: Gestures, placed: PlacedCard) -> None:
    data = placed.card.data
    if data is None or data.size == 1:
        _item(menu, hands, "backward")
        return
    key, builder = placed.card.key, hands.builder
    seeds = menu.addMenu("Call backward()")
    seeds.addAction("With a seed of ones", lambda: builder.propose(lambda g: call_backward(g, key, "ones")))
    seeds.addAction("On its sum", lambda: builder.propose(lambda g: call_backward(g, key, "sum")))
    seeds.addAction("With a seed…", partial(hands.cards.ask_seed, key))


def _edge(menu: QMenu, hands: Gestures, placed: PlacedEdge) -> None:
    if len(placed.uses) != 1:
        return
    source = placed.uses[0][0]
    if hands.view.session.scenes.entities[source].kind == CONSTANT:
        return
    word = "Detach here, or no more" if placed.cut else "Detach here"
    _item(menu, hands, "detach", word, lambda: commands.detach(hands, placed))
