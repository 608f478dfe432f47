"""All that stands in the window. Imported once the window is on the screen: this is most of what starting takes."""

from gui.actions import Actions
from gui.building.builder import Builder
from gui.building.gestures import Gestures
from gui.canvas.panel import CanvasPanel
from gui.editor.find import FindBar
from gui.editor.note import NoteCard
from gui.editor.output import Output, Variables
from gui.editor.problem import ProblemCard
from gui.editor.text import ProgramText
from gui.header import Header
from gui.inspector.explain import ExplainPage
from gui.inspector.tensor import TensorPage
from gui.lessons.catalogue import lesson_of
from gui.lessons.panel import LessonsPanel
from gui.main_menu import MainMenu
from gui.places import Places
from gui.plots.figures import FiguresPage
from gui.plots.loss import LossPanel
from gui.timeline.panel import TimelinePanel
from gui.toast import Toast
from gui.training.page import TrainingPage

__all__ = [
    "Actions",
    "Builder",
    "CanvasPanel",
    "ExplainPage",
    "FiguresPage",
    "FindBar",
    "Gestures",
    "Header",
    "LessonsPanel",
    "LossPanel",
    "MainMenu",
    "NoteCard",
    "Output",
    "Places",
    "ProblemCard",
    "ProgramText",
    "TensorPage",
    "TimelinePanel",
    "Toast",
    "TrainingPage",
    "Variables",
    "lesson_of",
]
