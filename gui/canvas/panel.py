"""CanvasPanel: the caption above, the stage, legend and zoom below."""

from __future__ import annotations

import html

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QFont, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.explain.captions import MARK, caption
from gui.base import accessible, fonts
from gui.base.change import Change
from gui.canvas.legend import Legend
from gui.canvas.minimap import Minimap
from gui.canvas.switch import ViewSwitch
from gui.canvas.view import CanvasView
from gui.session import Session

BOLDER = 1.06
"""How much wider a caption may be than in the regular weight."""
PATIENCE_MS = 300
"""How long a layout may take before it is said that it goes on: words that flash by only disturb."""
LEGEND_LEAST = 320
"""A canvas less high than this has all its room for cards."""


def _shortened(text: str, room: float, font: QFont) -> str:
    """A sentence cut to a width, with an ellipsis."""
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, max(room, 24.0))


class CanvasPanel(QWidget):
    """The centre of the window."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.view = CanvasView(session)
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setFont(fonts.ui(13))
        self.caption.setMinimumHeight(44)
        self.caption.setContentsMargins(16, 0, 16, 0)
        self.caption.setAccessibleName("Caption")
        self.caption.setMinimumWidth(0)
        self.caption.setSizePolicy(self.caption.sizePolicy().Policy.Ignored, self.caption.sizePolicy().verticalPolicy())
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.caption)
        box.addWidget(self.view, 1)
        self._legend = Legend(session, self.view)
        self._zoom = self._zoom_box()
        self._switch = ViewSwitch(session, self.view)
        self.alive = QLabel(self.view)
        self.alive.setFont(fonts.ui(12))
        self.alive.setAccessibleName("Living nodes")
        self.alive.setToolTip("Autograd nodes that something still refers to. A sum of losses keeps all of theirs.")
        self.minimap = Minimap(self.view)
        self.hint = QLabel("Press Space to play, or → to step", self.view)
        self.hint.setFont(fonts.ui(12))
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.hide()
        self.stale = QLabel(self.view)
        self.stale.setFont(fonts.ui(12))
        self.stale.hide()
        self.view.installEventFilter(self)
        self.view.zoomed.connect(self._on_zoom)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._mark_stale)
        self.view.arranges.connect(self._arrange)
        session.changed.connect(self._on_change)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def _zoom_box(self) -> QWidget:
        box = QWidget(self.view)
        box.setObjectName("zoom")
        box.setAccessibleName("Zoom")
        row = QHBoxLayout(box)
        row.setContentsMargins(4, 2, 4, 2)
        row.setSpacing(0)
        self._percent = QPushButton("100%")
        self._percent.setToolTip("Natural size (Ctrl+0)")
        self._percent.setAccessibleName("Zoom to 100 %")
        self._percent.clicked.connect(self.view.zoom_original)
        fit = QPushButton("Fit")
        fit.setToolTip("Show the whole graph (F)")
        fit.clicked.connect(self.view.fit_all)
        for button in (self._percent, fit):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        return box

    # --- following the session --------------------------------------------------------------

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self._session.turns.later(self._on_change, change, aside=True):
            return
        if change & (Change.CURSOR | Change.TRACE | Change.THEME | Change.RUNNING | Change.MODE):
            self._write_caption()
            self._mark_stale()
            self._count_nodes()
        if Change.CURSOR in change and len(self._session.trace):
            accessible.announce(self.view, self.caption.toolTip())
        if Change.THEME in change:
            self._style()
        if change & (Change.CURSOR | Change.PLAYING) and self.hint.isVisible():
            s = self._session
            if s.playing or (not s.fresh_document and self._hint_cursor is not None and s.cursor != self._hint_cursor):
                self.hint.hide()
                s.settings.hint_seen = True
                self._place()
        if change & (Change.TRACE | Change.CURSOR) and not self._session.settings.hint_seen:
            self._offer_hint()

    _hint_cursor: int | None = None

    def _offer_hint(self) -> None:
        s = self._session
        if self._hint_cursor is None and len(s.trace) and not s.running:
            self._hint_cursor = s.cursor
            self.hint.show()
            self._place()

    def _write_caption(self) -> None:
        s = self._session
        theme = s.theme
        size = 22 if s.presenting else 13
        if not len(s.trace):
            text = "Running the program…" if s.running else ""
            self.caption.setText(f"<span style='color:{theme.dim.name()}'>{text}</span>")
            return
        c = caption(s.moment)
        self.caption.setToolTip(c.plain())
        font = fonts.ui(size)
        room = self.caption.width() - 36 - QFontMetricsF(font).horizontalAdvance(c.plain()) * BOLDER
        lead, where, sentence = c.lead, c.where, c.text
        if room < 0:
            # What has no room is in the tooltip and on the Explain page.
            sentence = _shortened(c.text, QFontMetricsF(font).horizontalAdvance(c.text) + room, font)
        parts = []
        if lead:
            parts.append(f"<b style='font-weight:600'>{html.escape(lead)}</b>")
        if where:
            parts.append(f"<span style='color:{theme.dim.name()}'>{html.escape(where)}</span>")
        text = "&nbsp;&nbsp;".join(parts)
        if sentence:
            pieces = html.escape(sentence).split(MARK)
            marked = "".join(
                f"<b style='color:{theme.text.name()};font-weight:600'>{p}</b>" if i % 2 else p
                for i, p in enumerate(pieces)
            )
            dash = " — " if parts else ""
            text += f"<span style='color:{theme.dim.name()}'>{dash}{marked}</span>"
        self.caption.setText(f"<span style='font-size:{size}px'>{text}</span>")

    def _count_nodes(self) -> None:
        count = self._session.moment.state.living
        self.alive.setText(f"{count} node{'' if count == 1 else 's'} alive" if len(self._session.trace) else "")
        self._place()

    @Slot()
    def _arrange(self) -> None:
        if self.view.arranging:
            self._patience.start()
        else:
            self._patience.stop()
            self._mark_stale()

    @Slot()
    def _mark_stale(self) -> None:
        s = self._session
        shown = s.stale and (s.problem is not None or s.cancelled) and not s.running and len(s.trace) > 0
        text = "The picture is that of the last program that ran" if shown else ""
        if self.view.arranging and not self._patience.isActive():
            text = "Arranging the graph…"
        self.stale.setText(f"  {text}  ")
        self.stale.adjustSize()
        self.stale.setVisible(bool(text))
        self._place()

    @Slot(float)
    def _on_zoom(self, zoom: float) -> None:
        self._percent.setText(f"{round(zoom * 100)}%")

    def _style(self) -> None:
        t = self._session.theme
        self.setStyleSheet(f"CanvasPanel {{ background: {t.canvas.name()}; }}")
        self._zoom.setStyleSheet(
            f"QWidget#zoom {{ background: {t.panel.name()}; border: 1px solid {t.hairline.name()};"
            f" border-radius: 8px; }} QPushButton {{ color: {t.dim.name()}; padding: 3px 7px; font-size: 12px; }}"
        )
        self.hint.setStyleSheet(
            f"background: {t.text.name()}; color: {t.panel.name()}; border-radius: 12px; padding: 5px 16px;"
        )
        self.stale.setStyleSheet(
            f"background: {t.error_soft.name()}; color: {t.error.name()}; border-radius: 9px; padding: 4px 6px;"
        )
        self.alive.setStyleSheet(f"color: {t.dim.name()};")
        self._legend.update()

    # --- overlays ---------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.view and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write_caption()
        self._place()

    def _place(self) -> None:
        w, h = self.view.width(), self.view.height()
        self._switch.adjustSize()
        self._switch.move(14, 6)
        self._switch.setVisible(not self._session.presenting)
        self._zoom.adjustSize()
        self._zoom.move(w - self._zoom.width() - 14, h - self._zoom.height() - 12)
        room = w - self._zoom.width() - 40
        self._legend.follow(self.view.picture, room)
        self._legend.move(16, h - self._legend.height() - 14)
        self.alive.adjustSize()
        self.alive.move(w - self.alive.width() - 16, 10)
        beside = self._switch.geometry().right() + 12 < self.alive.x()
        self.alive.setVisible(beside and not self._session.presenting and not self.stale.text().strip())
        fits = self._legend.width() < room and self.height() >= LEGEND_LEAST
        self._legend.setVisible(fits and not self._session.presenting and self.hint.isHidden())
        self.hint.adjustSize()
        self.hint.move((w - self.hint.width()) // 2, h - self.hint.height() - 12)
        self.stale.move(w - self.stale.width() - 14, 6)
        self.minimap.follow()
