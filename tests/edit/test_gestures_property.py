"""Random sequences of gestures on many programs: what comes of them runs or fails as a learner's program does, nothing
that was not meant is touched, and taking them back gives the first text, letter by letter.

``GESTURE_EXAMPLES`` is how many sequences are tried.
"""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.edit import Proposal, Refused, TextEdit, applied
from engine.edit.backwards import call_backward
from engine.edit.building import Operand, add_op, connect
from engine.edit.catalogue import catalogue
from engine.edit.cutting import toggle_detach, toggle_no_grad
from engine.edit.deleting import delete
from engine.edit.duplicating import duplicate
from engine.edit.extracting import extract
from engine.edit.flags import toggle_requires_grad
from engine.edit.ground import Ground
from engine.edit.leaves import add_constant, add_leaf, number_at, set_value, written_value
from engine.edit.renaming import rename
from engine.edit.writing import merged
from engine.trace import events as ev
from engine.trace.events import Span
from tests.support.grounds import ground_of
from tests.support.runs import FIRST, TRAINING
from tests.support.tutorial import tutorial

EXAMPLES = int(os.environ.get("GESTURE_EXAMPLES", "30"))
STEPS = 4

LESSONS = tutorial()
PROGRAMS = [
    "",
    FIRST,
    TRAINING,
    LESSONS["up to block 3"],
    LESSONS["lesson 4"],
    LESSONS["lesson “Paths add up”"],
    LESSONS["lesson “The safe update”"],
    LESSONS["lesson “Cutting one path”"],
    LESSONS["lesson “Saved, then freed”"],
    '''"""A small network."""
import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    """Two layers."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 3)  # four weights
        self.out = nn.Linear(3, 1)

    def forward(self, x):
        return self.out(torch.tanh(self.hidden(x)))


torch.manual_seed(0)
net = Net()
x = torch.tensor([
    [0.0, 1.0],  # first
    [1.0, 0.0],
])
y = torch.tensor([[1.0], [0.0]])
loss = F.mse_loss(net(x), y)
loss.backward()
print(f"loss {loss.item():.3f}")
''',
    """import torch

scale = torch.tensor(2.0)


def model(v, w):
    '''w times v,
    scaled.'''
    h = v * w  # inner
    return scale * h + 1


def penalty(w):
    global count
    count = 1
    return w ** 2


w = torch.tensor(3.0, requires_grad=True)
v = torch.tensor(-1.5)
loss = model(v, w) + penalty(w)
if loss > 0:
    loss = loss * 2
else:
    loss = -loss
loss.backward(); print(w.grad)
""",
    """# Größen – mit Umlauten
import torch as t
α = t.tensor([1.0, 2.0], requires_grad=True)  # Winkel α
größe = t.tensor([0.5, 0.5])
σ = (α * größe).sum()  # „Summe“

# 自动求导
σ.backward()
print(f"∂σ/∂α = {α.grad}", "α")""",
    """import torch
x = torch.randn(3, 4)
w = torch.randn(4, 2, requires_grad=True); b = torch.zeros(2)
with torch.no_grad():  # no graph here
    target = x @ torch.ones(4, 2)
z = x @ w + b
q, r = z.relu(), z.detach() * 2
loss = ((q - target) ** 2).mean()
ws = [w * k for k in range(2)]
loss.backward()
""",
    "import torch\nx = torch.ones(2)\ny = x + torch.ones(3)\nz = x * 2\n",
]

Gesture = Callable[[Ground, st.DataObject], Proposal | Refused]


def one(ground: Ground, data: st.DataObject) -> str:
    return data.draw(st.sampled_from(list(ground.scenes.entities)), "card")


def some(ground: Ground, data: st.DataObject) -> list[str]:
    keys = list(ground.scenes.entities)
    return data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=4, unique=True), "cards")


def any_op(ground: Ground, data: st.DataObject) -> Proposal | Refused:
    offer = data.draw(st.sampled_from(catalogue()), "offer")
    number = st.builds(lambda text: Operand(text=text), st.sampled_from(["1", "2.5", "-3"]))
    card = st.builds(Operand, st.sampled_from(list(ground.scenes.entities)))
    operands = [data.draw(st.one_of(card, card, number), "operand") for _ in offer.inputs]
    return add_op(ground, offer, operands)


def any_connection(ground: Ground, data: st.DataObject) -> Proposal | Refused:
    user = one(ground, data)
    count = len(ground.entity(user).sources)
    return connect(ground, one(ground, data), user, data.draw(st.integers(0, max(0, count - 1))))


def any_value(ground: Ground, data: st.DataObject) -> Proposal | Refused:
    key = one(ground, data)
    span, written = number_at(ground, key), written_value(ground, key)
    if span is not None:
        float(ground.source[span.start : span.stop])
        assert isinstance(written, str)
    return set_value(ground, key, data.draw(st.sampled_from(["4", "-0.25", "[1, 2]", "[[1.0, 2], [3, 4]]", "x"])))


def any_detach(ground: Ground, data: st.DataObject) -> Proposal | Refused:
    users = [key for key, entity in ground.scenes.entities.items() if entity.sources]
    if not users:
        return Refused("There is no op.")
    key = data.draw(st.sampled_from(users))
    return toggle_detach(ground, key, data.draw(st.integers(0, len(ground.entity(key).sources) - 1)))


def any_name(ground: Ground, data: st.DataObject) -> Proposal | Refused:
    names = sorted(ground.syntax.identifiers())
    if not names:
        return Refused("There is no name.")
    return rename(
        ground, data.draw(st.sampled_from(names)), data.draw(st.sampled_from(["k", "größer", "w", "new_name"]))
    )


GESTURES: dict[str, Gesture] = {
    "op": any_op,
    "connect": any_connection,
    "leaf": lambda g, d: add_leaf(g, d.draw(st.sampled_from(["1.0", "3", "[1, 2]"]))),
    "constant": lambda g, d: add_constant(g, "2.0"),
    "value": any_value,
    "flag": lambda g, d: toggle_requires_grad(g, one(g, d)),
    "detach": any_detach,
    "no_grad": lambda g, d: toggle_no_grad(g, some(g, d)),
    "backward": lambda g, d: call_backward(g, one(g, d), d.draw(st.sampled_from(["", "ones", "sum", "[1.0, 2.0]"]))),
    "rename": any_name,
    "duplicate": lambda g, d: duplicate(g, some(g, d)),
    "delete": lambda g, d: delete(g, some(g, d)),
    "extract": lambda g, d: extract(g, some(g, d)),
}
CARDLESS = ("leaf", "constant", "rename")
TAKES_LINES = ("delete", "flag")
"""Gestures that take lines away, with the comments behind them."""

SAME = ("rename", "extract", "constant")
"""Gestures that change nothing of what a program does."""


def printed(ground: Ground) -> str:
    """What a program printed, without where its objects stand in memory."""
    return re.sub("0x[0-9a-f]+", "", "".join(e.text for e in ground.trace.events if isinstance(e, ev.Printed)))


def comments(source: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def inverse(source: str, edits: Sequence[TextEdit]) -> tuple[TextEdit, ...]:
    """The edits that take edits back."""
    found, shift = [], 0
    for edit in sorted(edits, key=lambda e: (e.span.start, e.span.stop)):
        start = edit.span.start + shift
        found.append(TextEdit(Span(start, start + len(edit.text)), source[edit.span.start : edit.span.stop]))
        shift += len(edit.text) - (edit.span.stop - edit.span.start)
    return merged(found)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(PROGRAMS), st.data())
def test_any_gestures_leave_a_program_and_can_be_taken_back(first: str, data: st.DataObject) -> None:
    source, undo = first, []
    ground = ground_of(source)
    for _ in range(STEPS):
        names = [n for n in GESTURES if n in CARDLESS or ground.scenes.entities]
        name = data.draw(st.sampled_from(names), "gesture")
        answer = GESTURES[name](ground, data)
        if isinstance(answer, Refused):
            assert answer.why[:1].strip(), name
            assert answer.span is None or 0 <= answer.span.start <= answer.span.stop <= len(source)
            continue
        spans = sorted((e.span.start, e.span.stop) for e in answer.edits)
        assert all(one[1] <= other[0] for one, other in pairwise(spans)), (name, answer)
        assert len(set(spans)) == len(spans), (name, answer)
        assert answer.says
        assert not answer.says.endswith("."), answer.says
        text = answer.apply(source)
        ast.parse(text)
        if name not in TAKES_LINES:
            assert not comments(source) - comments(text), (name, source, text)
        undo.append(inverse(source, answer.edits))
        assert applied(text, undo[-1]) == source
        before, ground = ground, ground_of(text)
        end = ground.trace.events[-1]
        assert isinstance(end, ev.Finished) or end.kind in ("error", "budget"), (name, source, text, end)
        if answer.makes and isinstance(end, ev.Finished) and name in ("leaf", "constant"):
            assert ground.card(answer.makes) is not None, (name, text)
        if name in SAME and isinstance(before.trace.events[-1], ev.Finished):
            assert printed(ground) == printed(before), (name, source, text)
        source = text
    for edits in reversed(undo):
        source = applied(source, edits)
    assert source == first
