"""ExplainPage: what this is; the chain rule here in three lines; what arrives; a check."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.explain.advice import Advice
from engine.explain.derivation import explain
from engine.explain.function_page import explain_function
from engine.explain.jacobian import grids
from engine.explain.moment import Moment
from engine.explain.page import ChainRule, Check, Explanation
from engine.explain.paths import Paths
from engine.trace.events import Failed
from gui.base import fonts
from gui.base.advice_body import AdviceBody, breakable
from gui.base.change import Change
from gui.base.theme import Theme
from gui.inspector.formula import Formula
from gui.inspector.grid import GridView
from gui.inspector.ledger import LedgerView
from gui.inspector.paths import PathList
from gui.session import Session

SIDE = 18
"""Room beside the page."""


class ExplainPage(QScrollArea):
    """Made anew for each step, after the canvas has been painted."""

    wanted = Signal(object)
    """The span of an error's cause that is to be shown."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shown: tuple[object, ...] | None = None
        self.prompt: str | None = None
        self.answer: str | None = None
        self.answered = False
        """Whether the answer was asked for."""
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Explanation")
        self._next: QWidget | None = None
        """The page that is being made ready."""
        self._undrawn: list[Formula] = []
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.write)
        session.changed.connect(self._on_change)

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if self._session.turns.later(self._on_change, change):
            return
        if change & (Change.CURSOR | Change.TRACE | Change.SELECTION | Change.THEME | Change.MODE | Change.VIEW):
            self._soon.start()

    def set_prompt(self, prompt: str | None, answer: str | None = None) -> None:
        """A question of the lesson, to be answered before looking; its answer, if there is one, is shown on demand."""
        if (prompt, answer) != (self.prompt, self.answer):
            self.answered = False
        self.prompt, self.answer = prompt, answer
        self._shown = None
        self._soon.start()

    @Slot()
    def show_answer(self) -> None:
        self.answered = True
        self._shown = None
        self.write()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.write()

    @Slot()
    def write(self) -> None:
        """Make the page of the moment, if it is to be seen."""
        s = self._session
        if not self.isVisible():
            return
        paths = s.paths.found
        run = (id(s.trace), len(s.trace.events), s.running)
        key = (*run, s.cursor, s.selected, s.functions, s.theme.name, self.prompt, paths is None)
        if key == self._shown:
            return
        self._shown = key
        if not len(s.trace):
            self._put(Explanation("", ""))
            return
        if paths is not None:
            self._put(_of_paths(s.moment, paths))
            return
        self._put((explain_function if s.functions else explain)(s.moment, s.selection))

    def _put(self, e: Explanation) -> None:
        t = self._session.theme
        page = QWidget()
        page.setProperty("role", "panel")
        box = QVBoxLayout(page)
        box.setContentsMargins(SIDE, 14, SIDE, 18)
        box.setSpacing(5)
        advice = self._session.advisor.error if e.failure is not None else None
        heading, detail = (e.heading, e.detail) if advice is None else (advice.title, f"{e.heading} · {e.detail}")
        if heading:
            box.addWidget(_label(heading, fonts.ui(15, fonts.SEMIBOLD), t.text.name()))
        if detail:
            box.addWidget(_label(detail, fonts.ui(12), t.dim.name()))
        if e.failure is not None:
            self._failure(box, e.failure, advice, t)
        if e.text:
            box.addSpacing(4)
            box.addWidget(_label(e.text, fonts.ui(13), t.text.name()))
        if e.formula and not e.rules:
            box.addSpacing(6)
            box.addWidget(Formula(e.formula, e.heading, 19, t.text.name()))
        if self._session.paths.found is not None:
            box.addSpacing(8)
            box.addWidget(PathList(self._session.paths.found, self._session))
        for listing in e.listings:
            box.addSpacing(12)
            box.addWidget(_section(listing.target, t))
            box.addWidget(LedgerView(listing, t, listing.target))
        for i, rule in enumerate(e.rules):
            box.addSpacing(12)
            word = "Chain rule at this step" if i == 0 else f"and for {rule.target}"
            box.addWidget(_section(word, t))
            self._rule(box, rule, t)
        for word, grid in grids(self._session.moment, self._session.selected):
            box.addSpacing(12)
            box.addWidget(_section(word, t))
            box.addWidget(GridView(grid, t))
        for ledger in e.ledgers:
            box.addSpacing(12)
            box.addWidget(_section(f"Arriving at {ledger.target}", t))
            box.addWidget(LedgerView(ledger, t, f"Arriving at {ledger.target}"))
        if e.notes:
            box.addSpacing(12)
            box.addWidget(_section("What is special here", t))
            for note in e.notes:
                box.addWidget(_label(note, fonts.ui(13), t.text.name()))
        if self.prompt:
            box.addSpacing(14)
            box.addWidget(self._prompt(self.prompt, t))
        if e.checks:
            box.addSpacing(12)
            box.addWidget(_section("Checked numerically", t))
            for check in e.checks:
                box.addWidget(_check(check, t, named=len(e.checks) > 1))
        box.addStretch(1)
        self._next, self._undrawn = page, page.findChildren(Formula)
        self._session.turns.apart(self._go_on)

    def _go_on(self) -> bool:
        """Draw a formula of the next page, which takes as long as the window may be held, or turn to the page.

        Whether there is more to do.
        """
        page = self._next
        assert page is not None
        if self._undrawn:
            self._undrawn.pop().heightForWidth(self.viewport().width() - 2 * SIDE)
            return True
        self._next, old = None, self.takeWidget()
        self.setWidget(page)
        if old is not None:
            old.deleteLater()
        return False

    def _prompt(self, text: str, t: Theme) -> QWidget:
        words = f"Predict: {html.escape(text)}"
        if self.answer and self.answered:
            words += f"<br><br><b>{html.escape(self.answer)}</b>"
        elif self.answer:
            words += f'<br><br><a href="answer" style="color: {t.forward.name()}">Show the answer</a>'
        label = _label(words, fonts.ui(13), t.forward.name())
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        label.linkActivated.connect(self.show_answer)
        label.setStyleSheet(
            f"background: {t.forward_soft.name()}; color: {t.forward.name()}; border-radius: 9px; padding: 10px 13px;"
        )
        return label

    @staticmethod
    def _rule(box: QVBoxLayout, rule: ChainRule, t: Theme) -> None:
        box.addWidget(Formula(rule.symbols, f"gradient for {rule.target}", 18, t.text.name()))
        for latex, colour in ((rule.derivative, t.text), (rule.numbers, t.gradient)):
            if latex:
                row = QWidget()
                inner = QVBoxLayout(row)
                inner.setContentsMargins(26, 0, 0, 0)
                inner.addWidget(Formula(latex, latex, 17, colour.name()))
                box.addWidget(row)

    def _failure(self, box: QVBoxLayout, failure: Failed, advice: Advice | None, t: Theme) -> None:
        box.addSpacing(6)
        message = _label(breakable(failure.message), fonts.mono(12), t.error.name())
        message.setAccessibleName(failure.message)
        box.addWidget(message)
        if advice is not None:
            box.addSpacing(8)
            body = AdviceBody()
            body.write(advice, self._session.trace.source, t, t.error)
            body.wanted.connect(self.wanted)
            box.addWidget(body)
        elif failure.hint:
            box.addSpacing(4)
            box.addWidget(_label(failure.hint, fonts.ui(13), t.text.name()))


def _of_paths(m: Moment, paths: Paths) -> Explanation:
    root, leaf = m.name(paths.root) if paths.root else "the root", m.name(paths.leaf)
    text = (
        "Along a path the local derivatives are multiplied. The gradient is the sum over all paths; "
        "backward adds up at each node, so that it need not go through them one by one."
    )
    return Explanation(f"{paths.count_text} from {root} to {leaf}", "choose one to follow it · Esc leaves", text)


def _label(text: str, font: QFont, colour: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(font)
    label.setStyleSheet(f"color: {colour}; font-size: {font.pixelSize()}px; font-family: {_families(font)};")
    label.setWordWrap(True)
    return label


def _families(font: QFont) -> str:
    return ", ".join(f"'{f}'" for f in font.families())


def _section(text: str, t: Theme) -> QLabel:
    return _label(text, fonts.ui(12, fonts.MEDIUM), t.dim.name())


def _check(check: Check, t: Theme, named: bool) -> QWidget:
    good = check.agrees
    colour = (t.leaf if good else t.error).name()
    mark = "✓" if good else "≠"
    name = f"{check.target}: " if named or "[" in check.target else ""
    other = "" if good else f" {check.difference} by"
    label = QLabel(
        f"<span style='color:{t.dim.name()}'>{name}</span>"
        f"<span style='color:{colour};font-family:{_families(fonts.mono())};font-size:14px'>{check.gradient}</span>"
        f"<span style='color:{colour}'> {mark}</span>"
        f"<span style='color:{t.dim.name()}'>{other} central difference, h = 1e-6</span>"
    )
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setWordWrap(True)
    return label
