"""Leaves: where new ones stand, what they are called, and other numbers for those that are there."""

from __future__ import annotations

import pytest

from engine.edit.leaves import add_constant, add_leaf, number_at, set_value, written_value
from tests.support.grounds import after, card, ground_of, proposal, refusal

LEAVES = "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\n"),
        ("# Notes", "# Notes\nimport torch\n\nw = torch.tensor(1.0, requires_grad=True)\n"),
        ("import torch", "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\n"),
        ("import torch as t\n\n", "import torch as t\n\nw = t.tensor(1.0, requires_grad=True)\n"),
        (
            LEAVES + "\ny = w * x  # product\ny.backward()\n",
            LEAVES + "b = torch.tensor(1.0, requires_grad=True)\n\ny = w * x  # product\ny.backward()\n",
        ),
        (
            "import torch\nx = torch.ones(2)  # data\nx.requires_grad_()\nn = 3\nprint(x)\nv = torch.ones(2)\n",
            (
                "import torch\nx = torch.ones(2)  # data\nx.requires_grad_()\nw = torch.tensor(1.0, requires_grad=True)\n"
                "n = 3\nprint(x)\nv = torch.ones(2)\n"
            ),
        ),
        (
            "import torch\n\ndef f(a):\n    return a * 2\n\nx = torch.ones(\n    2,\n)\ny = f(x)\n",
            (
                "import torch\n\ndef f(a):\n    return a * 2\n\nx = torch.ones(\n    2,\n)\n"
                "w = torch.tensor(1.0, requires_grad=True)\ny = f(x)\n"
            ),
        ),
        (
            '"""Doc."""\nimport torch\nfor i in range(2):\n    print(torch.ones(1))\n',
            (
                '"""Doc."""\nimport torch\n\nw = torch.tensor(1.0, requires_grad=True)\nfor i in range(2):\n'
                "    print(torch.ones(1))\n"
            ),
        ),
        (
            '"""Doc."""\nprint(1)\n',
            '"""Doc."""\n\nimport torch\n\nw = torch.tensor(1.0, requires_grad=True)\nprint(1)\n',
        ),
        (
            "print('ä')  # no torch\n",
            "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\nprint('ä')  # no torch\n",
        ),
        (
            "import torch\nx = torch.tensor(2.0); y = x * 2\n",
            "import torch\nx = torch.tensor(2.0); y = x * 2\nw = torch.tensor(1.0, requires_grad=True)\n",
        ),
        (
            "import torch\nx = torch.tensor(2.0)\ny = x @ x\nz = torch.tensor(1.0)\n",
            (
                "import torch\nx = torch.tensor(2.0)\nw = torch.tensor(1.0, requires_grad=True)\ny = x @ x\n"
                "z = torch.tensor(1.0)\n"
            ),
        ),
        (
            "def f():\n    import torch\n    return torch.ones(2)\nf()\n",
            (
                "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\ndef f():\n    import torch\n"
                "    return torch.ones(2)\nf()\n"
            ),
        ),
    ],
)
def test_a_new_leaf_stands_after_the_leaves(source: str, text: str) -> None:
    g = ground_of(source)
    assert after(g, add_leaf(g)) == text


def test_a_new_leaf_has_the_value_and_name_that_were_asked_for() -> None:
    g = ground_of(LEAVES)
    assert after(g, add_leaf(g, "[[1, 2],\n [3, 4]]", name="A")) == (
        LEAVES + "A = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)\n"
    )
    assert (
        after(g, add_leaf(g, "0.5 0.1 -1", name="v"))
        == LEAVES + "v = torch.tensor([0.5, 0.1, -1], requires_grad=True)\n"
    )
    assert after(g, add_constant(g, "((0,1),(2,3))")) == LEAVES + "b = torch.tensor([[0, 1], [2, 3]])\n"
    assert after(g, add_constant(g, " -3 ")) == LEAVES + "b = torch.tensor(-3)\n"
    assert after(g, add_constant(g, "[True, False]", "mask")) == LEAVES + "mask = torch.tensor([True, False])\n"
    assert proposal(add_leaf(g, "1")).says == (
        "b = torch.tensor(1.0, requires_grad=True) (not of 1: RuntimeError: Only Tensors of floating point and complex "
        "dtype can require gradients)"
    )


@pytest.mark.parametrize(
    ("value", "name", "why"),
    [
        ("", "", "There is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0]."),
        ("two", "", "“two” is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0]."),
        ("[1, x]", "", "“x” is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0]."),
        ("1 x", "", "“1 x” is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0]."),
        ("[]", "", "There is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0]."),
        ("1,5", "", "Write 1.5 with a point; two numbers are [1.0, 5.0]."),
        ("1,5,2", "", "Several numbers are a list: write [1, 5, 2]."),
        ("1e400", "", "1e400 is infinite: no float is that large. Write a smaller number."),
        ("1/3", "", "“1 / 3” is no number. Write 0.333."),
        ("1.0", " ", "There is no name. Use letters, digits and _, and no digit in front."),
        (
            "[[1, 2], [3]]",
            "",
            "ValueError: expected sequence of length 2 at dim 1 (got 1)\nGive every row as many numbers.",
        ),
        ("[[1.], 2.]", "", "TypeError: not a sequence\nGive every row as many numbers."),
        (
            "[True]",
            "",
            (
                "RuntimeError: Only Tensors of floating point and complex dtype can require gradients\n"
                "Write numbers with a point instead, such as 1.0."
            ),
        ),
        ("1.0", "2x", "“2x” is no name. Use letters, digits and _, and no digit in front."),
        ("1.0", "for", "“for” is a word of Python's own. Choose another name."),
        ("1.0", "sum", "sum already means something in Python or torch. Choose another name."),
        ("1.0", "w", "w is taken: it stands in line 3. Choose another name."),
    ],
)
def test_a_leaf_that_cannot_be_is_refused(value: str, name: str, why: str) -> None:
    assert refusal(add_leaf(ground_of(LEAVES), value, name=name)) == why


# --- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "text", "new"),
    [
        ("w = torch.tensor(1.0, requires_grad=True)", "-2.5", "w = torch.tensor(-2.5, requires_grad=True)"),
        ("w = torch.tensor(1.0)  # weight", "3", "w = torch.tensor(3.0)  # weight"),
        ("w = torch.tensor(1)", "3", "w = torch.tensor(3)"),
        ("w = torch.tensor((1.0))", "3.", "w = torch.tensor(3.)"),
        ("w = torch.tensor([1., 2.])", "[1.0, 5]", "w = torch.tensor([1.0, 5])"),
        (
            "w = torch.tensor([\n    1.,  # first\n    2.,\n])",
            "[1., 4]",
            "w = torch.tensor([\n    1.,  # first\n    4,\n])",
        ),
        ("w = torch.tensor([1., 2.])", "[[1, 2, 3]]", "w = torch.tensor([[1.0, 2.0, 3.0]])"),
        ("w = torch.tensor([1., 2.]).requires_grad_()", "7", "w = torch.tensor(7.0).requires_grad_()"),
        ("w = torch.tensor(data=1.0)", "2.0", "w = torch.tensor(data=2.0)"),
        ("w = torch.nn.Parameter(torch.tensor(1.0))", "2", "w = torch.nn.Parameter(torch.tensor(2.0))"),
        ("w = torch.full((2,), 1.0)", "2", "w = torch.full((2,), 2.0)"),
        ("ä, w = 'ä', torch.tensor(1.0)", "2", "ä, w = 'ä', torch.tensor(2.0)"),
        ("def f():\n    return torch.tensor(1.0)\nw = f()", "2", "def f():\n    return torch.tensor(2.0)\nw = f()"),
    ],
)
def test_other_numbers_stand_where_the_old_ones_stood(line: str, text: str, new: str) -> None:
    g = ground_of(f"import torch\n{line}\n")
    assert after(g, set_value(g, card(g, "w"), text)) == f"import torch\n{new}\n"


@pytest.mark.parametrize(
    ("line", "number", "text", "new"),
    [
        ("y = w + 1", 1, "2.5", "y = w + 2.5"),
        ("y = 3 - w", 3, "-2", "y = -2 - w"),
        ("y = w * -2", -2, "4", "y = w * 4"),
        ("y = w.add(2)", 2, "3", "y = w.add(3)"),
    ],
)
def test_another_number_for_an_op(line: str, number: float, text: str, new: str) -> None:
    g = ground_of(LEAVES + line + "\n")
    key = next(k for k, e in g.scenes.entities.items() if e.number == number)
    answer = set_value(g, key, text)
    assert after(g, answer) == LEAVES + new + "\n"
    assert proposal(answer).says == f"{number} becomes {text}"


@pytest.mark.parametrize(
    ("line", "text", "why"),
    [
        (
            "w = torch.randn(3)",
            "1",
            "w is drawn by torch.randn in line 2. Write torch.tensor(…) with numbers there, to choose them.",
        ),
        (
            "w = torch.ones(3)",
            "1",
            "w is made by torch.ones in line 2. Write torch.tensor(…) with numbers there, to choose them.",
        ),
        (
            "lr = 0.1\nw = torch.tensor(lr)",
            "1",
            "w is not written as numbers: it is made of lr in line 3. Change that.",
        ),
        ("w = torch.tensor(1.0)", "1", "w is 1.0 already. Write another number."),
        ("w = torch.tensor(1.0)", "one", "“one” is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0]."),
        ("w = torch.full((2,), 1.0)", "[1, 2]", "Only one number fits here. Write one, such as 1.0."),
        (
            "w = torch.tensor([1.,  # one\n 2.])",
            "[3]",
            "There are comments among the numbers of line 2: change them there.",
        ),
        (
            "w = torch.tensor([1., 2.])",
            "[[1], [2, 3]]",
            "ValueError: expected sequence of length 1 at dim 1 (got 2)\nGive every row as many numbers.",
        ),
        ("w = torch.tensor(1.0) * 2", "1", "w is computed: change what it is made of."),
        ("for i in range(2):\n    w = torch.tensor(1.0)", "2", "This is made in a loop: change line 3 itself."),
    ],
)
def test_numbers_that_cannot_be_changed_are_refused(line: str, text: str, why: str) -> None:
    g = ground_of(f"import torch\n{line}\n")
    key = g.card("w")
    assert key is not None
    assert refusal(set_value(g, key, text)) == why


def test_a_shape_that_a_line_cannot_take_is_refused_in_torchs_words() -> None:
    g = ground_of(
        "import torch\nw = torch.tensor([1.0, 2.0], requires_grad=True)\nx = torch.ones(2)\n"
        "for i in range(2):\n    loss = (w * x).sum() + i\n"
    )
    assert refusal(set_value(g, card(g, "w"), "[1, 2, 3]")) == (
        "RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 0\n"
        "This is what line 5 would come to: w * x."
    )
    assert "w = torch.tensor([3.0]," in after(g, set_value(g, card(g, "w"), "[3]"))


@pytest.mark.parametrize(
    ("line", "found", "written"),
    [
        ("w = torch.tensor(1.25)", "1.25", "1.25"),
        ("w = torch.tensor(-1.25)", "1.25", "-1.25"),
        ("w = torch.tensor([3.])", "3.", "[3.]"),
        ("w = torch.tensor([3.,\n  4.])", None, "[3.0, 4.0]"),
        ("w = torch.tensor(True)", None, "True"),
        ("w = torch.full((2,), 4.0)", "4.0", "4.0"),
    ],
)
def test_the_number_that_can_be_dragged(line: str, found: str | None, written: str) -> None:
    g = ground_of(f"import torch\n{line}\n")
    span = number_at(g, card(g, "w"))
    assert (None if span is None else g.source[span.start : span.stop]) == found
    assert written_value(g, card(g, "w")) == written


def test_a_drawn_tensor_has_no_number_to_drag() -> None:
    g = ground_of("import torch\nw = torch.randn(1)\n")
    assert number_at(g, card(g, "w")) is None
