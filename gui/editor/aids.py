"""What the keys do beside typing: indent, comment, begin the next line where this one begins."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QTextBlock, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from gui.editor.highlight import utf16

INDENT = "    "
LEAVING = frozenset(("return", "break", "continue", "pass", "raise"))
"""Statements after which a block ends."""


def new_line(edit: QPlainTextEdit) -> None:
    """Begin a line: further in after a colon, further out after a statement that leaves the block."""
    cursor = edit.textCursor()
    before = cursor.block().text()[: cursor.positionInBlock()]
    code = before.split("#")[0].rstrip()
    indent = before[: len(before) - len(before.lstrip())]
    if code.endswith(":"):
        indent += INDENT
    elif code.strip() and code.split()[0] in LEAVING:
        indent = indent[: -len(INDENT)]
    cursor.insertText("\n" + indent)
    edit.setTextCursor(cursor)
    edit.ensureCursorVisible()


def indent(edit: QPlainTextEdit, direction: int) -> None:
    """Move the selected lines right or left; without a selection, type up to the next stop."""
    cursor = edit.textCursor()
    if direction > 0 and not cursor.hasSelection():
        cursor.insertText(" " * (len(INDENT) - cursor.positionInBlock() % len(INDENT)))
        return

    def change(line: str) -> str:
        if direction > 0:
            return INDENT + line if line.strip() else line
        return line[min(len(INDENT), len(line) - len(line.lstrip(" "))) :]

    _change_lines(edit, change)


def comment(edit: QPlainTextEdit) -> None:
    """Put ``#`` before the selected lines, or take it away if all have it."""
    used = [b.text().lstrip() for b in _selected(edit) if b.text().strip()]
    uncomment = bool(used) and all(line.startswith("#") for line in used)
    column = min((len(b.text()) - len(b.text().lstrip()) for b in _selected(edit) if b.text().strip()), default=0)

    def change(line: str) -> str:
        if not line.strip():
            return line
        if uncomment:
            body = line.lstrip()
            return line[: len(line) - len(body)] + body[1:].removeprefix(" ")
        return f"{line[:column]}# {line[column:]}"

    _change_lines(edit, change)


def unindent_by_backspace(edit: QPlainTextEdit) -> bool:
    """In the blank before a line's first word, Backspace goes back a whole stop; whether it did."""
    cursor = edit.textCursor()
    before = cursor.block().text()[: cursor.positionInBlock()]
    if cursor.hasSelection() or not before or before.strip() or len(before) % len(INDENT):
        return False
    cursor.movePosition(cursor.MoveOperation.Left, cursor.MoveMode.KeepAnchor, len(INDENT))
    cursor.removeSelectedText()
    return True


def _selected(edit: QPlainTextEdit) -> list[QTextBlock]:
    """The lines of the selection; one that it only touches with its end is not meant."""
    cursor = edit.textCursor()
    end = cursor.selectionEnd()
    last = edit.document().findBlock(end)
    if cursor.hasSelection() and end == last.position() and last.previous().isValid():
        last = last.previous()
    block = edit.document().findBlock(cursor.selectionStart())
    out = []
    while block.isValid() and block.blockNumber() <= last.blockNumber():
        out.append(block)
        block = block.next()
    return out


def _change_lines(edit: QPlainTextEdit, change: Callable[[str], str]) -> None:
    """Replace the selected lines, as one step to undo."""
    blocks = _selected(edit)
    selecting = edit.textCursor().hasSelection()
    start = blocks[0].position()
    stop = blocks[-1].position() + blocks[-1].length() - 1
    text = "\n".join(change(block.text()) for block in blocks)
    cursor = QTextCursor(edit.document())
    cursor.setPosition(start)
    cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(text)
    if selecting:
        cursor.setPosition(start)
        cursor.setPosition(start + utf16(text), QTextCursor.MoveMode.KeepAnchor)
        edit.setTextCursor(cursor)
