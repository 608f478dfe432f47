"""Ops made of cards, and cards put into ops: the text that comes of it."""

from __future__ import annotations

import pytest

from engine.edit.building import Operand, add_op, connect
from engine.edit.offers import ADD, KEYS, MATMUL, MUL, POW, Offer
from tests.support.grounds import after, card, ground_of, refusal

LEAVES = "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"
LOSS = Offer("mse_loss", "Losses", "{F}.mse_loss({0}, {1})", ("input", "target"))


def test_an_op_of_two_leaves_is_a_line_after_them() -> None:
    g = ground_of(LEAVES)
    assert after(g, add_op(g, ADD, [Operand(card(g, "w")), Operand(card(g, "x"))])) == LEAVES + "a = w + x\n"


def test_an_op_of_results_is_named_like_one() -> None:
    g = ground_of(LEAVES + "a = w + x\nb = w + 1\n")
    text = after(g, add_op(g, MUL, [Operand(card(g, "a")), Operand(card(g, "b"))]))
    assert text == LEAVES + "a = w + x\nb = w + 1\ny = a * b\n"


def test_a_new_op_stands_before_the_backward_pass() -> None:
    g = ground_of(LEAVES + "y = w * x  # product\n\ny.backward()\nprint(w.grad)\n")
    text = after(g, add_op(g, ADD, [Operand(card(g, "w")), Operand(text="1")]))
    assert text == LEAVES + "y = w * x  # product\na = w + 1\n\ny.backward()\nprint(w.grad)\n"


def test_a_part_of_a_line_gets_a_line_of_its_own() -> None:
    g = ground_of(LEAVES + "y = (w + x) * (w + 1)\n")
    text = after(g, add_op(g, POW, [Operand(card(g, "w + x")), Operand(text="2")]))
    assert text == LEAVES + "a = w + x\ny = a * (w + 1)\nz = a ** 2\n"


def test_brackets_of_a_call_stay() -> None:
    g = ground_of(LEAVES + "y = torch.exp(w + x)\n")
    text = after(g, add_op(g, ADD, [Operand(card(g, "w + x")), Operand(text="2")]))
    assert text == LEAVES + "a = w + x\ny = torch.exp(a)\nz = a + 2\n"


def test_a_missing_module_is_imported_once() -> None:
    g = ground_of(LEAVES)
    text = after(g, add_op(g, LOSS, [Operand(card(g, "w")), Operand(card(g, "x"))]))
    assert text.startswith("import torch\nimport torch.nn.functional as F\n\n")
    assert text.endswith("loss = F.mse_loss(w, x)\n")


def test_the_alias_of_the_program_is_used() -> None:
    g = ground_of("import torch as t\nfrom torch.nn import functional as fun\nw = t.tensor(1.0)\n")
    text = after(g, add_op(g, LOSS, [Operand(card(g, "w")), Operand(card(g, "w"))]))
    assert text.endswith("\nloss = fun.mse_loss(w, w)\n")


def test_names_keep_their_values_where_the_line_stands() -> None:
    g = ground_of(LEAVES + "y = w * x\nw = torch.tensor(5.0)\n")
    assert after(g, add_op(g, ADD, [Operand(card(g, "y")), Operand(text="1")])).endswith("\nz = y + 1\n")
    old = next(k for k, e in g.scenes.entities.items() if e.kind == "leaf" and e.names[0][1] == "w")
    assert "w stands for something else by now" in refusal(add_op(g, ADD, [Operand(old), Operand(text="1")]))


def test_torchs_words_where_an_op_cannot_take_its_operands() -> None:
    g = ground_of("import torch\na = torch.ones(2, 3)\nb = torch.ones(2, 3)\nc = torch.ones(4)\n")
    both = [Operand(card(g, "a")), Operand(card(g, "b"))]
    assert refusal(add_op(g, MATMUL, both)) == ("RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")
    assert "must match the size of tensor b (4)" in refusal(add_op(g, ADD, [both[0], Operand(card(g, "c"))]))


@pytest.mark.parametrize(("key", "sign"), [("+", "+"), ("-", "-"), ("*", "*"), ("/", "/"), ("^", "**")])
def test_keys_of_operators(key: str, sign: str) -> None:
    g = ground_of(LEAVES)
    text = after(g, add_op(g, KEYS[key], [Operand(card(g, "w")), Operand(card(g, "x"))]))
    assert text.endswith(f"\na = w {sign} x\n")


# --- connecting -------------------------------------------------------------------------------


def test_a_card_takes_the_place_of_an_operand() -> None:
    g = ground_of(LEAVES + "y = (w + x) * (w + 1)\n")
    assert after(g, connect(g, card(g, "x"), card(g, "y"), 1)) == LEAVES + "y = (w + x) * x\n"


def test_a_number_is_replaced_by_a_card() -> None:
    g = ground_of(LEAVES + "y = 3 * w\n")
    user = g.entity(card(g, "y"))
    number = next(i for i, key in enumerate(user.sources) if g.entity(key).number == 3)
    assert after(g, connect(g, card(g, "x"), user.key, number)) == LEAVES + "y = x * w\n"


def test_the_line_of_an_operand_moves_before_its_user() -> None:
    g = ground_of(LEAVES + "y = w * x\nb = x + 1\nc = b * 2  # twice\n")
    text = after(g, connect(g, card(g, "c"), card(g, "y"), 0))
    assert text == LEAVES + "b = x + 1\nc = b * 2  # twice\ny = c * x\n"


def test_a_cycle_is_refused() -> None:
    g = ground_of(LEAVES + "a = w + x\ny = a * 2\n")
    assert refusal(connect(g, card(g, "y"), card(g, "a"), 0)) == "y is made of a: it cannot be an input of it."
    assert refusal(connect(g, card(g, "a"), card(g, "a"), 0)) == "a cannot be an input of itself."


def test_a_shape_that_does_not_fit_is_refused_in_torchs_words() -> None:
    g = ground_of("import torch\na = torch.ones(2, 3)\nb = torch.ones(3, 2)\nc = torch.ones(5, 5)\ny = a @ b\n")
    assert refusal(connect(g, card(g, "c"), card(g, "y"), 1)) == (
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 5x5)"
    )


def test_loops_comprehensions_and_functions_called_twice_are_left_to_their_author() -> None:
    loop = "for i in range(2):\n    y = w * 2\n"
    g = ground_of(LEAVES + loop)
    answer = connect(g, card(g, "x"), list(g.scenes.entities)[-1], 0)
    assert refusal(answer) == "This is made in a loop: change line 6 itself."
    g = ground_of(LEAVES + "ys = [w * k for k in (1, 2)]\n")
    product = next(k for k, e in g.scenes.entities.items() if e.op == "mul")
    assert "made in a comprehension" in refusal(connect(g, card(g, "x"), product, 0))
    g = ground_of(LEAVES + "def f(a):\n    return a * 2\ny = f(w) + f(x)\n")
    product = next(k for k, e in g.scenes.entities.items() if e.op == "mul")
    assert "in f(), which is called 2 times" in refusal(connect(g, card(g, "x"), product, 0))
