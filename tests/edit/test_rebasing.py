"""Edits of a text that has been edited meanwhile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.edit import Proposal, Refused, TextEdit
from engine.edit.rebasing import BUSY, moved_span, rebased, rewriting
from engine.trace.events import Span

TEXT = "a = 1\nb = 2\nc = 3\n"


def replaced(start: int, stop: int, text: str, makes: str = "") -> Proposal:
    return Proposal((TextEdit(Span(start, stop), text),), "a change", makes)


def test_what_stands_behind_a_change_moves_with_it() -> None:
    first, second = replaced(4, 5, "100"), replaced(16, 17, "7")
    answer = rebased(second, [first])
    assert isinstance(answer, Proposal)
    assert answer.apply(first.apply(TEXT)) == "a = 100\nb = 2\nc = 7\n"


def test_what_stands_before_it_stays_and_several_steps_add_up() -> None:
    steps = [replaced(16, 17, "33"), replaced(6, 6, "z = 0\n")]
    text = steps[1].apply(steps[0].apply(TEXT))
    answer = rebased(replaced(10, 11, "5"), steps)
    assert isinstance(answer, Proposal)
    assert answer.apply(text) == "a = 1\nz = 0\nb = 5\nc = 33\n"


def test_lines_put_in_at_the_same_place_follow_each_other() -> None:
    first, second = replaced(6, 6, "p = 1\n"), replaced(6, 6, "q = 1\n")
    answer = rebased(second, [first])
    assert isinstance(answer, Proposal)
    assert answer.apply(first.apply(TEXT)).startswith("a = 1\np = 1\nq = 1\nb")


def test_the_same_place_or_name_is_refused() -> None:
    assert rebased(replaced(4, 5, "2"), [replaced(4, 5, "3")]) is BUSY
    assert rebased(replaced(6, 6, "p = 1\n", "p"), [replaced(12, 12, "p = 2\n", "p")]) is BUSY
    refused = Refused("No.")
    assert rebased(refused, [replaced(4, 5, "3")]) is refused


def test_a_part_of_the_text_is_found_again() -> None:
    assert moved_span(Span(10, 11), [TextEdit(Span(4, 5), "")]) == Span(9, 10)
    assert moved_span(Span(4, 11), [TextEdit(Span(5, 6), "x")]) is None


@given(*(2 * (st.lists(st.sampled_from(["a = 1\n", "b = 2\n", "c = a\n", "\n", "d"]), max_size=6).map("".join),)))
def test_one_edit_of_whole_lines_makes_one_text_of_another(old: str, new: str) -> None:
    proposal = rewriting(old, new)
    assert proposal.apply(old) == new
    (edit,) = proposal.edits
    assert old == new or edit.span.start == 0 or old[edit.span.start - 1] == "\n"
