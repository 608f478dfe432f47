"""Header: menu, title, transport, phases, speed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QActionGroup, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QWidget

from engine.trace.steps import Phase
from gui.base import fonts, icons
from gui.base.change import Change
from gui.base.commands import tooltip
from gui.session import Pace, Session

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
TRANSPORT = (
    ("first", "skip-back", "First step"),
    ("back", "step-back", "Step back"),
    ("play", "play", "Play"),
    ("step", "step-forward", "Step forward"),
    ("last", "skip-forward", "Last step"),
)
CHIP_OF = {
    Phase.LEAVES: "forward",
    Phase.FORWARD: "forward",
    Phase.BACKWARD: "backward",
    Phase.UPDATE: "update",
}


class Logo(QPushButton):
    """The name of the app; its menu is the app's menu."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setAccessibleName("Menu")
        self.setToolTip("Menu (F10)")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        metrics = QFontMetricsF(fonts.ui(16, fonts.SEMIBOLD))
        self._wide = metrics.horizontalAdvance("chain"), metrics.horizontalAdvance("rule")
        self.setFixedSize(round(sum(self._wide)) + 34, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self._session.theme
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            p.setPen(t.forward)
            p.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 7, 7)
        p.setFont(fonts.ui(16, fonts.SEMIBOLD))
        p.setPen(t.text)
        p.drawText(6, 22, "chain")
        p.setPen(t.gradient)
        p.drawText(round(6 + self._wide[0]), 22, "rule")
        p.drawPixmap(round(11 + sum(self._wide)), 10, icons.pixmap("chevron-down", t.faint, 14))
        p.end()


class Elided(QLabel):
    """A label that gives way when room is short."""

    def __init__(self) -> None:
        super().__init__()
        self._full = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_full(self, text: str) -> None:
        self._full = text
        self.setToolTip(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, self.width()))


class Header(QWidget):
    """The bar on top. ``command`` asks for a command by its id, ``phase`` for one of the three phases."""

    command = Signal(str)
    phase = Signal(str)

    def __init__(self, session: Session, menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(52)
        self.logo = Logo(session)
        self.logo.setMenu(menu)
        self.title = Elided()
        self.title.setFont(fonts.ui(13))
        self.title.setProperty("role", "dim")
        left = QHBoxLayout()
        left.setSpacing(10)
        left.addWidget(self.logo)
        left.addWidget(self.title, 1)
        self._buttons: dict[str, QPushButton] = {}
        self._box = QWidget()
        self._box.setObjectName("transport")
        self._box.setFixedHeight(40)
        middle = QHBoxLayout(self._box)
        middle.setContentsMargins(4, 3, 4, 3)
        middle.setSpacing(3)
        for id, _, word in TRANSPORT:
            button = QPushButton()
            button.setAccessibleName(word)
            button.setToolTip(tooltip(id))
            button.setFixedSize(44 if id == "play" else 40, 32)
            button.setIconSize(QSize(16, 16))
            button.clicked.connect(lambda _=False, i=id: self.command.emit(i))
            self._buttons[id] = button
            middle.addWidget(button)
        self._chips: dict[str, QPushButton] = {}
        chips = QHBoxLayout()
        chips.setSpacing(6)
        for word in ("Forward", "Backward", "Update"):
            chip = QPushButton(word)
            chip.setProperty("role", "chip")
            chip.setProperty("phase", word.lower())
            chip.setCheckable(True)
            chip.setToolTip(f"Go to the next {word.lower()} phase")
            chip.clicked.connect(partial(self._chip, word.lower()))
            self._chips[word.lower()] = chip
            chips.addWidget(chip)
        self.speed = self._outlined("1× speed", "Speed of playing ([ and ])")
        self._speeds = QMenu(self.speed)
        for value in SPEEDS:
            self._speeds.addAction(f"{value:g}×", partial(session.set_speed, value))
        self._speeds.addSeparator()
        self.paces = QActionGroup(self._speeds)
        for pace in Pace:
            action = self._speeds.addAction(pace.value, partial(session.set_pace, pace))
            action.setCheckable(True)
            action.setChecked(pace is session.pace)
            self.paces.addAction(action)
        self.speed.setMenu(self._speeds)
        self.present = self._outlined("Present", tooltip("present"))
        self.present.clicked.connect(lambda: self.command.emit("present"))
        self.export = self._outlined("Export", tooltip("export_picture"))
        self.export.clicked.connect(lambda: self.command.emit("export_picture"))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 14, 0)
        row.setSpacing(14)
        row.addLayout(left, 3)
        row.addWidget(self._box)
        row.addLayout(chips)
        row.addStretch(1)
        for button in (self.speed, self.present, self.export):
            row.addWidget(button)
        session.changed.connect(self._on_change)

    def _outlined(self, word: str, tip: str) -> QPushButton:
        button = QPushButton(word)
        button.setProperty("role", "outlined")
        button.setToolTip(tip)
        return button

    def _chip(self, word: str, _checked: bool = False) -> None:
        self._show_phase()
        self.phase.emit(word)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if change & (Change.DOCUMENT | Change.THEME):
            s = self._session
            name = s.title or "Untitled"
            self.title.set_full(f"{name} ●" if s.dirty else name)
        if change & (Change.THEME | Change.PLAYING | Change.CURSOR | Change.TRACE):
            self._paint_buttons()
        if change & (Change.CURSOR | Change.TRACE):
            self._show_phase()
        if change & (Change.PLAYING | Change.THEME):
            word = {Pace.STEP: "speed", Pace.TURN: "turns", Pace.FULL: "full"}[self._session.pace]
            self.speed.setText(f"{self._session.speed:g}× {word}")

    _look: tuple[object, ...] | None = None

    def _paint_buttons(self) -> None:
        s = self._session
        t = s.theme
        total = len(s.trace)
        look = (t.name, s.playing, s.cursor > 0, s.cursor < total, total > 0)
        if look == self._look:
            return
        restyle = self._look is None or self._look[0] != t.name
        self._look = look
        for id, name, _ in TRANSPORT:
            if id == "play":
                name = "pause" if s.playing else "play"
                self._buttons[id].setIcon(icons.icon(name, t.on_accent, t.on_accent, filled=True))
                self._buttons[id].setAccessibleName("Pause" if s.playing else "Play")
                self._buttons[id].setEnabled(total > 0)
            else:
                enabled = s.cursor > 0 if id in ("first", "back") else s.cursor < total
                self._buttons[id].setIcon(icons.icon(name, t.dim, t.hairline, filled=True))
                self._buttons[id].setEnabled(enabled)
        if restyle:
            self._buttons["play"].setProperty("role", "primary")
            self._box.setStyleSheet(
                f"QWidget#transport {{ background: {t.window.name()}; border: 1px solid {t.hairline.name()};"
                " border-radius: 11px; }"
            )

    def _show_phase(self) -> None:
        """The chip of the phase of the step at hand."""
        phase = self._session.phase
        now = None if phase is None else CHIP_OF.get(phase)
        for word, chip in self._chips.items():
            chip.setChecked(word == now)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < 1180
        for chip in self._chips.values():
            chip.setVisible(self.width() >= 960)
        self.export.setVisible(not narrow or self.width() >= 900)
        self.title.setVisible(self.width() >= 760)
