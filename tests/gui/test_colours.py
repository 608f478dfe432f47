"""Colours can be read, and told apart by everybody."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from pytestqt.qtbot import QtBot

from gui.base.theme import DARK, DARK_CONTRAST, LIGHT, LIGHT_CONTRAST, THEMES, chosen
from gui.window import MainWindow
from tests.support.colour_vision import EYES, contrast, distance
from tests.support.runs import FIRST

MEANINGS = ("forward", "gradient", "accumulated", "leaf", "untracked", "error")
SURFACES = ("window", "panel", "canvas", "card", "line")
TEXTS = (
    "text",
    "dim",
    "forward",
    "gradient",
    "accumulated",
    "leaf",
    "error",
    "keyword",
    "string",
    "comment",
    "literal",
)
APART = 12.0
"""Five times what is just noticeable."""


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("name", THEMES)
def test_no_two_meanings_look_the_same(name: str, eyes: str) -> None:
    theme = THEMES[name]
    for a, b in combinations(MEANINGS, 2):
        assert distance(getattr(theme, a), getattr(theme, b), eyes) >= APART, (a, b)


@pytest.mark.parametrize("name", THEMES)
def test_text_can_be_read_on_every_surface(name: str) -> None:
    theme = THEMES[name]
    least = 7.0 if "contrast" in name else 4.45
    for text in TEXTS:
        for surface in SURFACES:
            assert contrast(getattr(theme, text), getattr(theme, surface)) >= least, (text, surface)
    for accent in ("forward", "gradient"):
        assert contrast(theme.on_accent, getattr(theme, accent)) >= least
        assert contrast(getattr(theme, accent), getattr(theme, f"{accent}_soft")) >= (5.5 if least > 5 else 4.4)


@pytest.mark.parametrize("theme", [LIGHT_CONTRAST, DARK_CONTRAST])
def test_high_contrast_leaves_nothing_faint(theme: object) -> None:
    for outline in ("hairline", "untracked", "faint", "gradient_past"):
        assert contrast(getattr(theme, outline), theme.canvas) >= 3.0, outline  # type: ignore[attr-defined]


def test_the_measure_tells_what_is_known() -> None:
    white, black = LIGHT.card, DARK_CONTRAST.card
    assert contrast(white, black) == pytest.approx(21.0)
    assert distance(white, black, "usual") == pytest.approx(100.0, abs=0.1)
    red, green = LIGHT.error.fromRgb(200, 60, 60), LIGHT.error.fromRgb(110, 120, 40)
    assert distance(red, green, "deuteranopia") < distance(red, green, "usual") / 2


def test_high_contrast_is_switched_and_remembered(show: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = show(FIRST, 8)
    window.actions_.run("contrast")
    assert window.session.theme is LIGHT_CONTRAST
    window.actions_.run("theme")
    assert window.session.theme is DARK_CONTRAST
    assert chosen("dark", window.session.settings.contrast) is DARK_CONTRAST
    window.actions_.run("contrast")
    assert window.session.theme is DARK
