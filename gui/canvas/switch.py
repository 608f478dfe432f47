"""ViewSwitch: tensors or autograd functions, two words on the canvas."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from gui.base.change import Change
from gui.base.commands import tooltip
from gui.session import Session


class ViewSwitch(QWidget):
    """One of two buttons is down; it says which of the two graphs is shown."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("views")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("What the cards stand for")
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 2, 3, 2)
        row.setSpacing(2)
        self._group = QButtonGroup(self)
        for number, word in enumerate(("Tensors", "Autograd")):
            button = QPushButton(word)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolTip(tooltip("functions"))
            self._group.addButton(button, number)
            row.addWidget(button)
        self._group.idClicked.connect(self._chosen)
        session.changed.connect(self._on_change)
        self._show()

    @Slot(int)
    def _chosen(self, number: int) -> None:
        self._session.set_functions(number == 1)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.VIEW in change:
            self._show()
        if Change.THEME in change:
            t = self._session.theme
            self.setStyleSheet(
                f"QWidget#views {{ background: {t.panel.name()}; border: 1px solid {t.hairline.name()};"
                f" border-radius: 8px; }} QPushButton {{ color: {t.dim.name()}; padding: 3px 8px; font-size: 12px;"
                f" border-radius: 6px; }}"
                f" QPushButton:checked {{ background: {t.hairline.name()}; color: {t.text.name()}; }}"
            )
            self.adjustSize()

    def _show(self) -> None:
        self._group.button(int(self._session.functions)).setChecked(True)
