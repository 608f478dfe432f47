"""TimelinePanel: the blocks of all steps, the cursor among them; drag to scrub, wheel to look closer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolTip, QVBoxLayout, QWidget

from engine.explain.captions import caption
from engine.explain.moment import Moment
from engine.series.loss import loop_name
from engine.trace import events as ev
from engine.trace.steps import Phase, Step
from gui.base import accessible, fonts
from gui.base.change import Change
from gui.base.theme import Theme, mix
from gui.session import Session
from gui.timeline.blocks import Arrangement, Block, Label, arrange
from gui.timeline.steps import Steps

MARGIN = 18
HEIGHT, TALL = 33.0, 56.0
TOP = 8.0
CLOSEST = 6
"""Steps that stay in sight at the closest look."""
LEAST_LETTERS = 5
"""A name that is cut to less says nothing."""


def colour(phase: Phase, theme: Theme) -> QColor:
    return {
        Phase.LEAVES: theme.leaf,
        Phase.FORWARD: theme.forward,
        Phase.BACKWARD: theme.gradient,
        Phase.UPDATE: theme.accumulated,
        Phase.OUTPUT: theme.untracked,
        Phase.ERROR: theme.error,
    }[phase]


class _Tints(dict[tuple[Phase, float], QColor]):
    """The colour of a phase, laid over the panel's by a share; each is mixed once."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def __missing__(self, key: tuple[Phase, float]) -> QColor:
        phase, share = key
        tint = self[key] = mix(self.theme.panel, colour(phase, self.theme), share)
        return tint


class Strip(QWidget):
    """The blocks. ``moved`` asks for a cursor."""

    moved = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._range: tuple[int, int] | None = None
        self._arrangement = Arrangement()
        self._key: tuple[object, ...] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(92)
        self.setAccessibleName("Timeline")
        self._steps = Steps(session, self, self.arrangement, MARGIN)
        accessible.install()
        session.changed.connect(self._on_change)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self._session.turns.later(self._on_change, change, aside=True):
            return
        if Change.TRACE in change and self._range is not None and self._range[1] > len(self._session.trace):
            self._range = None
        if change & (Change.TRACE | Change.CURSOR | Change.THEME):
            self._keep_in_sight()
            self.update()
        if Change.CURSOR in change:
            accessible.focus_on(self, self._session.cursor - 1)

    def accessible_items(self) -> Steps:
        """What a screen reader finds on it."""
        return self._steps

    def look_at_all(self) -> None:
        self._range = None
        self.update()

    # --- arrangement ------------------------------------------------------------------------

    def arrangement(self) -> Arrangement:
        """The blocks for the present width and range."""
        trace = self._session.trace
        first, last = self._range or (1, len(trace))
        key = (id(trace), len(trace), len(trace.events), first, last, self.width())
        if key != self._key:
            self._key = key
            self._arrangement = arrange(trace.steps, first, last, self.width() - 2 * MARGIN, self._name)
        return self._arrangement

    def _name(self, step: Step, level: int) -> str:
        trace = self._session.trace
        if level == 2 and step.turn:
            return str(step.turn[0])
        if step.phase is Phase.BACKWARD:
            return self._statement(step)
        if step.phase is Phase.UPDATE:
            event = trace.events[step.main]
            if isinstance(event, ev.Edited) and event.op == "step":
                return self._statement(step)
            if isinstance(event, ev.GradAssigned):
                return self._statement(step)
            return "update"
        if step.phase is Phase.OUTPUT:
            return "plot" if isinstance(trace.events[step.main], ev.Plotted) else "print"
        return step.phase.value

    def _statement(self, step: Step) -> str:
        if step.span is None:
            return step.phase.value
        text = " ".join(self._session.trace.source[step.span.start : step.span.stop].split())
        head, bracket, _ = text.partition("(")
        return f"{head}()" if bracket else text

    def _keep_in_sight(self) -> None:
        if self._range is None:
            return
        first, last = self._range
        cursor = max(1, self._session.cursor)
        if first <= cursor <= last:
            return
        size = last - first
        first = min(max(1, cursor - size // 2), max(1, len(self._session.trace) - size))
        self._range = (first, first + size)

    # --- painting ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        s = self._session
        theme = s.theme
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        a = self.arrangement()
        base = TOP + TALL
        tints = _Tints(theme)
        for block in a.blocks:
            self._paint_block(p, block, base, tints)
        p.setFont(fonts.ui(12))
        p.setPen(theme.dim)
        self._paint_labels(p, a, base)
        if self.hasFocus():
            p.setPen(theme.forward)
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.drawRoundedRect(QRectF(self.rect()).adjusted(4, 1, -4, -1), 6, 6)
        p.end()

    def _paint_block(self, p: QPainter, block: Block, base: float, tints: _Tints) -> None:
        cursor = self._session.cursor
        now = block.first <= cursor <= block.last
        height = TALL if now else HEIGHT
        rect = QRectF(MARGIN + block.x, base - height, block.width, height)
        p.setPen(Qt.PenStyle.NoPen)
        if now:
            p.setBrush(tints[block.phases[0][0], 0.18])
            p.drawRoundedRect(rect.adjusted(-3, -3, 3, 3), 6, 6)
        share = 1.0 if now else 0.74 if block.last < cursor else 0.24
        radius = min(5.0, block.width / 3)
        if len(block.phases) == 1:
            p.setBrush(tints[block.phases[0][0], share])
            p.drawRoundedRect(rect, radius, radius)
            return
        y = rect.top()
        for phase, part in block.phases:
            h = height * part
            p.fillRect(QRectF(rect.left(), y, rect.width(), h), tints[phase, share])
            y += h
        if now:
            done = (cursor - block.first + 1) / (block.last - block.first + 1)
            p.fillRect(QRectF(rect.left() + done * rect.width() - 1, rect.top() - 3, 2, height + 6), tints.theme.text)

    def _paint_labels(self, p: QPainter, a: Arrangement, base: float) -> None:
        metrics = p.fontMetrics()
        free = 0.0
        every = self._tick_distance(a, metrics.horizontalAdvance("0000") + 10)
        ticks = 0
        for i, label in enumerate(a.labels):
            x = MARGIN + label.x
            if label.tick:
                if ticks % every == 0 and x >= free:
                    p.drawText(QPointF(x, base + 19), label.text)
                    free = x + metrics.horizontalAdvance(label.text) + 8
                ticks += 1
                continue
            after = MARGIN + a.labels[i + 1].x if i + 1 < len(a.labels) else self.width() - 6
            room = after - x - 8
            if x < free or room < 14:
                continue
            text = metrics.elidedText(label.text, Qt.TextElideMode.ElideRight, int(room))
            if len(text) < LEAST_LETTERS and text != label.text:
                continue
            p.drawText(QPointF(x, base + 19), text)
            free = x + metrics.horizontalAdvance(text) + 6

    @staticmethod
    def _tick_distance(a: Arrangement, room: float) -> int:
        """Every how many loop turns a number fits: 1, 2, 5, 10, 20 ..."""
        ticks = [label.x for label in a.labels if label.tick]
        if len(ticks) < 2:
            return 1
        apart = (ticks[-1] - ticks[0]) / (len(ticks) - 1)
        for scale in (1, 10, 100, 1000, 10000):
            for n in (1, 2, 5):
                if n * scale * apart >= room:
                    return n * scale
        return 50000

    # --- mouse and keys ---------------------------------------------------------------------

    def _label_at(self, point: QPointF) -> Label | None:
        if point.y() < TOP + TALL + 4:
            return None
        x = point.x() - MARGIN
        return next(
            (label for label in self.arrangement().labels if label.x <= x <= label.x + max(40, label.width)), None
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        label = self._label_at(event.position())
        self.moved.emit(label.first if label is not None else self._cursor(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.moved.emit(self._cursor(event.position().x()))
        over = self._label_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def _cursor(self, x: float) -> int:
        """The step at a place; left of the first block is the start."""
        blocks = self.arrangement().blocks
        first = self._range is None or self._range[0] == 1
        if blocks and first and x < MARGIN + blocks[0].x - 4:
            return 0
        return self.arrangement().cursor_at(x - MARGIN)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.look_at_all()

    def wheelEvent(self, event: QWheelEvent) -> None:
        total = len(self._session.trace)
        if total <= CLOSEST:
            return
        first, last = self._range or (1, total)
        sideways = event.angleDelta().x()
        if sideways or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            by = -(sideways or event.angleDelta().y()) / 120 * (last - first + 1) * 0.15
            shift = round(max(1 - first, min(total - last, by)))
            self._range = (first + shift, last + shift)
        else:
            here = self.arrangement().cursor_at(event.position().x() - MARGIN)
            factor = 0.8 ** (event.angleDelta().y() / 120)
            size = min(total, max(CLOSEST, round((last - first + 1) * factor)))
            share = (here - first) / max(1, last - first)
            start = min(max(1, round(here - share * (size - 1))), total - size + 1)
            self._range = None if size >= total else (start, start + size - 1)
        self.update()
        event.accept()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell(event)
            return True
        return super().event(event)

    def _tell(self, event: QHelpEvent) -> None:
        s = self._session
        x = event.position().x() if hasattr(event, "position") else event.pos().x()
        if not self.arrangement().blocks:
            return
        cursor = self._cursor(x)
        m = Moment.at(s.trace, s.scenes, cursor)
        QToolTip.showText(event.globalPos(), f"Step {cursor}: {caption(m).plain()}"[:300], self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()


class TimelinePanel(QWidget):
    """Heading, strip."""

    moved = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.strip = Strip(session)
        self.strip.moved.connect(self.moved)
        title = QLabel("Timeline")
        title.setFont(fonts.ui(13, fonts.SEMIBOLD))
        self.count = QLabel("")
        self.count.setProperty("role", "dim")
        self.count.setFont(fonts.ui(12))
        head = QHBoxLayout()
        head.setContentsMargins(18, 10, 18, 0)
        head.setSpacing(14)
        head.addWidget(title)
        head.addWidget(self.count)
        head.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addLayout(head)
        box.addWidget(self.strip, 1)
        self.loop_name = "turn"
        session.changed.connect(self._on_change)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if Change.TRACE in change:
            self.loop_name = loop_name(self._session.trace) or "turn"
        if change & (Change.TRACE | Change.CURSOR | Change.RUNNING):
            s = self._session
            total = len(s.trace)
            text = f"{s.cursor} of {total} steps" if total else ""
            step = s.trace.step(s.cursor)
            if step is not None and step.turn:
                text += f" · {self.loop_name} {step.turn[0]}"
            if s.running and s.run_seconds >= 0.3:
                text += f" · running for {s.run_seconds:.1f} s"
            self.count.setText(text)
