"""Menus of the canvas: what can be done with a card, an edge, or the ground."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QMenu

from engine.explain.functions import node_of
from engine.explain.hints import sent_along
from engine.explain.moment import Moment
from engine.graph.scenes import CONSTANT
from engine.printing import data_text
from engine.trace.values import Value
from gui.base.commands import BY_ID, key_text
from gui.canvas.placed import PlacedCard, PlacedEdge

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

MOST = 100_000
"""Elements of a tensor that are copied as text."""


def open_menu(view: CanvasView, event: QContextMenuEvent) -> None:
    """A menu of what is pointed at, or, asked for by key, of what is selected."""
    thing = view.pointing.thing_at(event.pos())
    where = event.globalPos()
    if event.reason() == QContextMenuEvent.Reason.Keyboard:
        thing = _selected(view)
        if isinstance(thing, PlacedCard):
            where = view.viewport().mapToGlobal(view.mapFromScene(thing.rect.center()))
    if isinstance(thing, PlacedCard) and thing.card.key not in view.session.selected:
        view.session.select(thing.card.key)
    view.pointing.leave()
    menu = menu_for(view, thing)
    if not isinstance(thing, PlacedEdge):
        view.folder.fill(menu, thing, event.pos())
    view.hands.fill(menu, thing, event.pos())
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(where)


def _selected(view: CanvasView) -> PlacedCard | PlacedEdge | None:
    s = view.session
    if s.edge is not None:
        return view.picture.edge(s.edge)
    return view.picture[s.selection] if s.selection is not None and s.selection in view.picture else None


def menu_for(view: CanvasView, thing: PlacedCard | PlacedEdge | None) -> QMenu:
    """The menu of what was pointed at; what does not apply is not in it."""
    menu = QMenu(view)
    menu.setAccessibleName("Graph")
    if isinstance(thing, PlacedCard):
        _card(view, menu, thing)
    elif isinstance(thing, PlacedEdge):
        _edge(view, menu, thing)
    else:
        for id in ("fit", "functions", "copy_picture"):
            _command(view, menu, id)
    return menu


def _command(view: CanvasView, menu: QMenu, id: str, title: str = "") -> None:
    command = BY_ID[id]
    key = key_text(command)
    menu.addAction(f"{title or command.title}\t{key}", partial(view.asked.emit, id))


def _card(view: CanvasView, menu: QMenu, placed: PlacedCard) -> None:
    m, entity = view.session.moment, placed.entity
    key = entity.key
    menu.addAction("Explain\tEnter", partial(view.inspected.emit, key))
    node = node_of(m, entity)
    if node is not None:
        _command(view, menu, "paths", "Leave the paths" if view.session.paths.on else "")
    if entity.span is not None:
        menu.addAction(f"Go to line {m.line(entity.span)}", partial(view.wanted.emit, entity.span))
    menu.addAction("Go to the step that made it", partial(view.moved.emit, m.trace.cursor_of(entity.made)))
    run = m.backward()
    if run is not None and node in run.ran:
        word = "Go to the step in which its gradient is passed on"
        menu.addAction(word, partial(view.moved.emit, m.trace.cursor_of(run.ran[node])))
    menu.addSeparator()
    if entity.kind != CONSTANT and placed.card.data is not None:
        _copy(menu, "Copy the value", placed.card.data)
    if placed.card.grad_data is not None:
        _copy(menu, "Copy the gradient", placed.card.grad_data)
    several = len(view.session.selected) > 1
    _command(view, menu, "copy_picture", "Copy the picture of the selected cards" if several else "")


def _edge(view: CanvasView, menu: QMenu, placed: PlacedEdge) -> None:
    m = view.session.moment
    source, target, _ = placed.key
    menu.addAction(f"Select {m.name(source)}\t←", partial(view.reveal, source))
    menu.addAction(f"Select {m.name(target)}\t→", partial(view.reveal, target))
    passed = _passed(m, placed)
    if passed is not None:
        menu.addAction("Go to the step in which its gradient passes", partial(view.moved.emit, passed))
        sent = sent_along(m, placed.uses[0])
        if sent is not None:
            menu.addSeparator()
            _copy(menu, "Copy the gradient", sent[1])


def _passed(m: Moment, placed: PlacedEdge) -> int | None:
    run, node = m.backward(), m.scenes.entities[placed.uses[0][1]].node
    if run is None or node is None or node not in run.ran or placed.cut:
        return None
    return m.trace.cursor_of(run.ran[node])


def _copy(menu: QMenu, title: str, value: Value) -> None:
    if value.array is not None and value.size <= MOST:
        text = data_text(value.array, [])
        menu.addAction(title, partial(QGuiApplication.clipboard().setText, text))
