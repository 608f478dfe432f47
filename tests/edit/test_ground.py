"""What gestures stand on: edits in one place, brackets where they are needed, names as a program writes them."""

from __future__ import annotations

import pytest

from engine.edit import Proposal, TextEdit, applied
from engine.edit.building import Operand, add_op, connect
from engine.edit.offers import ADD, MUL
from engine.edit.pieces import fitting, with_brackets
from engine.edit.syntax import Syntax
from engine.trace.events import Span
from tests.support.grounds import after, card, ground_of, refusal

LEAVES = "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"


def test_a_line_is_put_in_before_what_is_replaced_at_the_same_place() -> None:
    edits = (TextEdit(Span(0, 0), "a = 1\n"), TextEdit(Span(0, 1), "a"))
    assert applied("x + 1\n", edits) == applied("x + 1\n", edits[::-1]) == "a = 1\na + 1\n"


@pytest.mark.parametrize(
    ("line", "old", "text", "new"),
    [
        ("y = w ** 2", "2", "-3", "y = w ** -3"),
        ("y = 2 ** w", "2", "-3", "y = (-3) ** w"),
        ("y = w * 2", "2", "-3", "y = w * -3"),
        ("y = a * b", "a", "u + v", "y = (u + v) * b"),
        ("y = a + b", "a", "u + v", "y = u + v + b"),
        ("y = a - b", "b", "u + v", "y = a - (u + v)"),
        ("y = (a + b) * c", "a + b", "u", "y = u * c"),
        ("y = (a + b) * c", "a + b", "u - v", "y = (u - v) * c"),
        ("y = f((a + b), c)", "a + b", "u", "y = f(u, c)"),
        ("y = (a + b)", "a + b", "u", "y = u"),
        ("y = a.exp()", "a", "u + v", "y = (u + v).exp()"),
    ],
)
def test_brackets_stand_where_neighbours_would_tear_a_piece_apart(line: str, old: str, text: str, new: str) -> None:
    syntax = Syntax(line)
    place = next(n for n in syntax.expressions() if syntax.text(n) == old)
    span = with_brackets(syntax, place)
    assert TextEdit(span, fitting(syntax, place, text)).apply(line) == new


def test_parts_of_modules_are_written_as_a_program_reads_them() -> None:
    g = ground_of("import torch\nfrom torch import nn\nmodel = nn.Sequential(nn.Linear(2, 1), nn.ReLU())\n")
    assert {name for key in g.scenes.entities for name in g.names(key)} == {"model[0].weight", "model[0].bias"}
    key = g.card("model[0].weight")
    assert key is not None
    assert g.names(key) == ["model[0].weight"]
    assert after(g, add_op(g, MUL, [Operand(key), Operand(text="2")])).endswith("\na = model[0].weight * 2\n")


def test_an_input_of_a_layer_is_found_where_the_layer_is_called() -> None:
    source = "import torch\nfrom torch import nn\nlayer = nn.Linear(2, 1)\nx = torch.ones(2)\nu = torch.zeros(2)\ny = layer(x)\n"
    g = ground_of(source)
    view = next(e for e in g.scenes.entities.values() if e.op == "view" and e.sources == (g.card("x"),))
    assert after(g, connect(g, card(g, "u"), view.key, 0)) == source.replace("layer(x)", "layer(u)")


def test_lines_stand_before_a_return_and_before_what_reads_gradients() -> None:
    source = LEAVES + "def f(a):\n    return (a + 1) * 2\ny = f(w)\n"
    g = ground_of(source)
    text = after(g, add_op(g, MUL, [Operand(card(g, "a + 1")), Operand(text="3")]))
    assert text == LEAVES + "def f(a):\n    b = a + 1\n    z = b * 3\n    return b * 2\ny = f(w)\n"
    g = ground_of(LEAVES + "y = w * x\ny.backward()\nz = w * 3\ng = w.grad\n")
    assert after(g, add_op(g, ADD, [Operand(card(g, "z")), Operand(text="1")])).endswith("\ns = z + 1\ng = w.grad\n")


def test_a_part_of_a_line_with_several_statements_stays_where_it_is() -> None:
    g = ground_of(LEAVES + "a = w; y = (a + x) * 2\n")
    assert "Give it a name there first" in refusal(add_op(g, ADD, [Operand(card(g, "a + x")), Operand(text="1")]))
    g = ground_of(LEAVES + "if True: y = (w + x) * 2\n")
    assert "Give it a name there first" in refusal(add_op(g, ADD, [Operand(card(g, "w + x")), Operand(text="1")]))


def test_pieces_of_f_strings_are_left_alone() -> None:
    g = ground_of(LEAVES + 'print(f"ä {(w + x) * 2}")\n')
    product = next(k for k, e in g.scenes.entities.items() if e.op == "mul")
    assert "a gesture cannot change" in refusal(connect(g, card(g, "x"), product, 0))
    assert isinstance(add_op(g, ADD, [Operand(card(g, "w")), Operand(card(g, "x"))]), Proposal)
