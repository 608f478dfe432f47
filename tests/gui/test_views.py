"""Tensors and autograd functions: two views of one graph, at the same places."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from gui.canvas.neighbours import leading_to, made_of
from gui.canvas.pictures import Pictures
from gui.window import MainWindow
from tests.support.runs import FIRST, moment_of

Show = Callable[..., MainWindow]

MIXED = """import torch
x = torch.tensor([[1., 5., 2.], [4., 3., 6.]], requires_grad=True)
c = torch.tensor(2.)
v, i = x.max(dim=1)
a, b = v.unbind()
d = (a * b) * c
k = d.detach() * 2
d.backward()
"""


def cards(window: MainWindow) -> dict[str, str]:
    return {c.card.key: c.card.title for c in window.canvas.view.picture.cards}


def test_a_node_stands_where_its_tensor_stood(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    places = {c.card.key: c.rect for c in window.canvas.view.picture.cards}
    qtbot.keyClick(window, Qt.Key.Key_T)
    picture = window.canvas.view.picture
    assert sorted(c.card.title for c in picture.cards) == [
        "AccumulateGrad",
        "AccumulateGrad",
        "AddBackward0",
        "AddBackward0",
        "MulBackward0",
    ]
    assert all(places[c.card.key] == c.rect for c in picture.cards)
    assert len(picture.edges) == 5
    qtbot.keyClick(window, Qt.Key.Key_T)
    assert {c.card.key: c.rect for c in window.canvas.view.picture.cards} == places


def test_only_what_has_a_node_is_shown() -> None:
    picture = Pictures().at(moment_of(MIXED), functions=True)
    names = sorted(c.card.title for c in picture.cards)
    assert names == ["AccumulateGrad", "MaxBackward0", "MulBackward0", "MulBackward0", "UnbindBackward0"]
    numbers = sorted((picture[e.key[1]].card.title, e.number) for e in picture.edges)
    assert numbers == [
        ("MaxBackward0", 0),
        ("MulBackward0", 0),
        ("MulBackward0", 0),
        ("MulBackward0", 1),
        ("UnbindBackward0", 0),
    ]


def test_walking_and_both_outputs_of_a_node() -> None:
    picture = Pictures().at(moment_of(MIXED), functions=True)
    product = next(c.card.key for c in picture.cards if c.card.title == "MulBackward0")
    unbind = next(c.card.key for c in picture.cards if c.card.title == "UnbindBackward0")
    assert leading_to(picture, product) == [unbind, unbind]
    assert made_of(picture, unbind) == [product, product]


@pytest.mark.parametrize("progress", [0.0, 0.5, 1.0])
def test_a_step_moves_in_both_views(show: Show, progress: float) -> None:
    window = show(FIRST, still=False)
    window.session.set_functions(True)
    window.session.move(8, progress)
    picture = window.canvas.view.picture
    now = [e for e in picture.edges if e.flow is not None and e.flow.now]
    assert [e.flow.text for e in now] == ["2.0 × 1", "2.0 × 1"]
    assert {picture[e.key[1]].card.title for e in now} == {"AddBackward0"}
    w = next(c for c in picture.cards if c.card.aside == "w")
    assert w.card.waiting == ("Σ 3.0 + 2.0" if progress == 1.0 else "Σ 3.0")


def test_the_switch_is_remembered_and_the_inspector_follows(show: Show, qtbot: QtBot) -> None:
    window = show(FIRST, 11)
    y = next(k for k, title in cards(window).items() if title == "y")
    window.session.select(y)
    button = next(b for b in window.canvas.findChildren(QPushButton) if b.text() == "Autograd")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    QApplication.processEvents()
    assert window.session.settings.functions
    assert cards(window)[y] == "MulBackward0"
    texts = [label.text() for label in window.explain.widget().findChildren(QLabel)]
    assert texts[0] == "MulBackward0"
    assert "next_functions" in texts
