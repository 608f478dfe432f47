"""What a painted widget tells screen readers: its cards, edges or steps, as children with a name, a role and a place.

A widget that paints many things at once is one thing to Qt. One with a method ``accessible_items()`` is given an
interface whose children are these items, behind the widgets that lie on it.
"""

from __future__ import annotations

import weakref
from typing import Protocol

from PySide6.QtCore import QObject, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QAccessibleWidget, QWidget

Role = QAccessible.Role


class Items(Protocol):
    """The things that a widget paints, numbered from 0. Asked for one by one, since there may be very many."""

    def count(self) -> int:
        """How many there are."""
        ...

    def name(self, number: int) -> str:
        """What one is, in a sentence."""
        ...

    def rect(self, number: int) -> QRect:
        """Where it is, in the widget."""
        ...

    def selected(self, number: int) -> bool:
        """Whether it is the one at hand."""
        ...

    def at(self, point: QPoint) -> int:
        """Which of them is at a point of the widget; -1 for none."""
        ...


class ItemInterface(QAccessibleInterface):
    """One thing."""

    def __init__(self, whole: WholeInterface, number: int) -> None:
        super().__init__()
        self._whole = whole
        self.number = number

    def isValid(self) -> bool:
        return self._whole.isValid() and self.number < self._whole.items().count()

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]
        return self._whole.window()

    def parent(self) -> QAccessibleInterface:
        return self._whole

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def rect(self) -> QRect:
        widget = self._whole.widget()
        place = self._whole.items().rect(self.number)
        return QRect(widget.mapToGlobal(place.topLeft()), place.size())

    def role(self) -> QAccessible.Role:
        return Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.selectable = state.focusable = 1
        if self._whole.items().selected(self.number):
            state.selected = 1
            state.focused = int(self._whole.widget().hasFocus())
        if not self._whole.widget().rect().intersects(self._whole.items().rect(self.number)):
            state.offscreen = 1
        return state

    def text(self, kind: QAccessible.Text) -> str:
        return self._whole.items().name(self.number) if kind == QAccessible.Text.Name else ""

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Names follow from the run."""


class WholeInterface(QAccessibleWidget):
    """The widget: its children are the widgets that lie on it, then what it paints."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, Role.List, widget.accessibleName())
        self._widget = weakref.ref(widget)
        self._made: dict[int, ItemInterface] = {}

    def widget(self) -> QWidget:
        widget = self._widget()
        assert widget is not None
        return widget

    def items(self) -> Items:
        items: Items = self.widget().accessible_items()  # type: ignore[attr-defined]
        return items

    def _over(self) -> list[QWidget]:
        found = self.widget().findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [w for w in found if w.isVisible() and w.accessibleName()]

    def childCount(self) -> int:
        return len(self._over()) + self.items().count()

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        over = self._over()
        if 0 <= index < len(over):
            return QAccessible.queryAccessibleInterface(over[index])
        return self.item(index - len(over)) if len(over) <= index < self.childCount() else None

    def item(self, number: int) -> ItemInterface:
        """The interface of a painted thing; made when it is first asked for, and kept."""
        made = self._made.get(number)
        if made is None:
            made = self._made[number] = ItemInterface(self, number)
            QAccessible.registerAccessibleInterface(made)
        return made

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        if isinstance(child, ItemInterface):
            return len(self._over()) + child.number
        over = self._over()
        return next((i for i, widget in enumerate(over) if child.object() is widget), -1)

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        here = self.widget().mapFromGlobal(QPoint(x, y))
        over = next((w for w in self._over() if w.geometry().contains(here)), None)
        if over is not None:
            return QAccessible.queryAccessibleInterface(over)
        number = self.items().at(here)
        return self.item(number) if number >= 0 else None


_known: weakref.WeakKeyDictionary[QObject, WholeInterface] = weakref.WeakKeyDictionary()
"""The interfaces that were made: Qt does not keep Python's half of them."""


def _interface(kind: str, thing: QObject | None) -> QAccessibleInterface | None:
    if not isinstance(thing, QWidget) or not hasattr(thing, "accessible_items"):
        return None
    known = _known[thing] = WholeInterface(thing)
    return known


def install() -> None:
    """Have Qt ask for such interfaces, from now on and once."""
    if not _installed:
        _installed.append(True)
        QAccessible.installFactory(_interface)


_installed: list[bool] = []


def announce(widget: QWidget, text: str) -> None:
    """Say something, if a screen reader is listening."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


def focus_on(widget: QWidget, number: int) -> None:
    """Tell a screen reader that one of the widget's things is at hand, if one is listening."""
    if QAccessible.isActive() and widget.hasFocus():
        whole = QAccessible.queryAccessibleInterface(widget)
        if isinstance(whole, WholeInterface) and 0 <= number < whole.items().count():
            QAccessible.updateAccessibility(QAccessibleEvent(whole.item(number), QAccessible.Event.Focus))
