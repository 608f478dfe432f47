"""Reading the bundled lessons: each section of theirs that has code is a lesson whose program can run by itself."""

from __future__ import annotations

import ast
import builtins
import re
from dataclasses import dataclass
from functools import cache

from resources import path

TUTORIAL = "pytorch-autograd-tutorial.md"

PROMPTS = {
    "反向传播求梯度": "call y.backward() once more. What will w.grad be?",
    "方法1：backward() - 最常用": "w reaches y along two paths. Is w.grad 2, 3 or 5?",
    "方法2：autograd.grad() - 直接获取梯度": "what is the second derivative of x² at x = 3?",
    "1. 梯度不自动清零": "x.grad is 4 after the first backward(). What will it be after the second?",
    "2. 依赖于叶子节点的节点自动跟踪": "which of w, x and y are leaves?",
    "3. 叶子节点不能in-place操作": "remove the # before w += 1. What will happen?",
    "实际应用：雅可比向量积": "all elements of y are doubled alike. Why do the three gradients differ?",
    "停止梯度跟踪": "which of y1, y2 and y3 could you call backward() on?",
    "练习题详解": "what is d²y/dx², and does it depend on x?",
    "在神经网络中的应用": "will the first step move the weight up or down?",
}
"""A question per section, to be answered before stepping on."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A program with a name. ``part`` is the chapter it stands in; ``about`` says what it is for."""

    part: str
    title: str
    source: str
    prompt: str | None
    about: str = ""
    answer: str | None = None

    @property
    def full_title(self) -> str:
        return f"{self.part} · {self.title}" if self.part != self.title else self.title


@dataclass(frozen=True, slots=True)
class Book:
    """Lessons that belong together."""

    title: str
    lessons: tuple[Lesson, ...]

    def divided(self, lesson: Lesson) -> bool:
        """Whether a lesson is one of several in one of several chapters."""
        together = sum(other.part == lesson.part for other in self.lessons)
        return 1 < together < len(self.lessons)


@dataclass(slots=True)
class _Block:
    part: str
    title: str
    code: str
    text: str
    """What stands between the heading, or the last block, and this one."""


def blocks(text: str) -> list[_Block]:
    """The Python blocks of a Markdown text, with the headings above them."""
    out: list[_Block] = []
    part = title = ""
    fence: str | None = None
    lines: list[str] = []
    between: list[str] = []
    for line in text.split("\n"):
        if fence is not None:
            if line.startswith("```"):
                if fence == "python":
                    out.append(_Block(part, title, "\n".join(lines), "\n".join(between).strip()))
                    between = []
                fence = None
            else:
                lines.append(line)
        elif line.startswith("```"):
            fence, lines = line[3:].strip(), []
        elif match := re.match(r"(#{2,3}) +(.*)", line):
            title = match.group(2).strip()
            between = []
            if len(match.group(1)) == 2:
                part = title
        else:
            between.append(line)
    return out


def _defined(tree: ast.AST) -> set[str]:
    out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            out.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            out.update((a.asname or a.name).split(".")[0] for a in node.names)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            out.add(node.name)
    return out


def _missing(code: str) -> set[str]:
    """Names that a block uses and does not make."""
    tree = ast.parse(code)
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return used - _defined(tree) - set(dir(builtins))


def program(before: list[str], code: str) -> str:
    """A block with what it needs before it: earlier blocks of its chapter, verbatim, and the import of torch."""
    parts = [code]
    for earlier in reversed(before):
        needed = set().union(*(_missing(p) for p in ["\n".join(parts)])) - {"torch"}
        if not needed:
            break
        parts.insert(0, earlier)
    text = "\n\n".join(parts)
    return text if "torch" not in _missing(text) else f"import torch\n\n{text}"


@cache
def lessons() -> tuple[Lesson, ...]:
    """The tutorial's sections, in their order."""
    found = blocks(path("lessons", TUTORIAL).read_text(encoding="utf-8"))
    out = []
    for i, block in enumerate(found):
        before = [b.code for b in found[:i] if b.part == block.part]
        out.append(Lesson(block.part, block.title, program(before, block.code) + "\n", PROMPTS.get(block.title)))
    return tuple(out)


@cache
def _own(file: str) -> tuple[Lesson, ...]:
    """Lessons of our own: a paragraph, a question and its answer, a program."""
    out = []
    for block in blocks(path("lessons", file).read_text(encoding="utf-8")):
        asked, answered = (_quoted(block.text, word) for word in ("Predict", "Answer"))
        about = "\n".join(line for line in block.text.split("\n") if not line.startswith(">")).strip()
        out.append(Lesson(block.part, block.title, block.code + "\n", asked, about, answered))
    return tuple(out)


def _quoted(text: str, word: str) -> str | None:
    found = re.search(rf"^> {word}: (.+)$", text, re.M)
    return found.group(1) if found else None


@cache
def books() -> tuple[Book, ...]:
    """Everything that can be opened, in order: the tutorial first."""
    return (
        Book("Tutorial", lessons()),
        Book("One idea each", _own("ideas.md")),
        Book("Training you can watch", _own("demos.md")),
    )


def lesson_of(source: str) -> Lesson | None:
    """The lesson whose program this is, unchanged."""
    return next((lesson for book in books() for lesson in book.lessons if lesson.source == source), None)


def default_lesson() -> Lesson:
    """What a first start shows: the tutorial's first program, whole."""
    all_lessons = lessons()
    first = all_lessons[0].part
    return [lesson for lesson in all_lessons if lesson.part == first][-1]
