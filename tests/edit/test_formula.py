"""Bare expressions: how they are read, and the lines that they become."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.edit import Proposal, Refused
from engine.edit.bare import Bare, in_program
from engine.edit.formula import Formula, read, read_on, write
from tests.support.grounds import after, ground_of, refusal

EMPTY = "import torch\n\n"


def known(text: str) -> Formula:
    formula = read(text)
    assert isinstance(formula, Formula), formula
    return formula


def written(text: str, source: str = EMPTY) -> str:
    """What a formula adds to a program."""
    ground = ground_of(source)
    formula = read_on(ground, text)
    assert isinstance(formula, Formula), formula
    result = after(ground, write(ground, formula))
    assert ground_of(result).trace.failure is None, result
    return result


PAIR = "w = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"


@pytest.mark.parametrize(
    "text",
    [
        "(w + x) * (w + 1) with w=1, x=2",
        "(w + x) * (w + 1), w=1, x=2",
        "w=1; x=2; (w+x)*(w+1)",
        "y = (w + x)(w + 1) where w = 1 and x = 2?",
    ],
)
def test_values_stand_before_or_after_a_formula(text: str) -> None:
    formula = known(text)
    assert (formula.unknown, formula.values) == (("w", "x"), {"w": "1", "x": "2"})
    assert written(text) == EMPTY + PAIR + "y = (w + x) * (w + 1)\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("y = x^2 + 3x", "y = x ** 2 + 3 * x"),
        ("sigmoid(w*x+b)", "y = torch.sigmoid(w * x + b)"),
        ("2(a+b)(a-b)", "y = 2 * (a + b) * (a - b)"),
        ("w(x + 1)", "y = w * (x + 1)"),
        ("2e^x + pi*r²", "y = 2 * torch.exp(x) + torch.pi * r ** 2"),
        ("ln(x) / √(u)", "y = torch.log(x) / torch.sqrt(u)"),
        ("relu(a) · max(a, b) ÷ 2", "y = torch.relu(a) * torch.maximum(a, b) / 2"),
        ("mul(a+b, c)", "y = (a + b) * c"),
        ("softmax(z), z=[1, 2, 3]", "probs = torch.softmax(z, dim=-1)"),
        ("mean(x.exp()) with x=[1,2]", "mean = torch.mean(x.exp())"),
        ("e*x with e=2", "y = e * x"),
    ],
)
def test_formulas_are_written_in_torchs_style(text: str, line: str) -> None:
    assert written(text).splitlines()[-1] == line


def test_a_power_says_how_python_writes_it() -> None:
    assert known("x^2").notes == ("^ is a power here; Python writes it **.",)
    assert known("x**2").notes == ()


def test_values_that_are_not_given_are_offered() -> None:
    assert known("w*x + b with x=[1, 2]").offered() == {"w": "1.0", "x": "[1, 2]", "b": "3.0"}


@pytest.mark.parametrize(
    ("text", "why", "place"),
    [
        ("sin x", "Write brackets: sin(x).", "sin x"),
        ("sin + 1", "sin is a function: write sin(…), with what it is of in brackets.", "sin"),
        ("sigmod(x)", "“sigmod” is no function that is known here. Did you mean sigmoid?", "sigmod"),
        ("f(x)", "“f” is no function that is known here.", "f"),
        ("(w + x", "The bracket “(” is not closed.", "("),
        ("x) + 1", "No bracket was opened for this “)”.", ")"),
        ("w + * x", "Something is missing between “+” and “*”.", "*"),
        ("3x +", "Something is missing after “+”.", "+"),
        ("x if x else 1", "“if” does not belong in a formula.", "if"),
        ("|x|", "Write abs(…) for a size without its sign.", "|"),
        ("a = w; b = x", "Write one formula at a time; values look like w=1.", "x"),
        ("w=1, x=2", "There is only a value: write what is made of it as well, such as w * 2 with w=1.", "w=1, x=2"),
        ("x = x + 1", "x cannot be made of itself: give the result another name.", "x"),
        ("[k for k in x]", "“for” does not belong in a formula.", "for"),
    ],
)
def test_what_is_no_formula_is_refused_at_its_place(text: str, why: str, place: str) -> None:
    answer = read(text)
    assert isinstance(answer, Refused)
    assert answer.span is not None
    assert (answer.why, text[answer.span.start : answer.span.stop]) == (why, place)


def test_names_of_the_program_are_used() -> None:
    source = EMPTY + "w = torch.tensor(1.0)\nn = 3\na = w * n\n\nprint(a)\n"
    assert written("a(w + n) + b", source) == (
        EMPTY
        + "w = torch.tensor(1.0)\nn = 3\na = w * n\nb = torch.tensor(1.0, requires_grad=True)\n"
        + "y = a * (w + n) + b\n\nprint(a)\n"
    )


def test_values_and_flags_can_be_chosen() -> None:
    g = ground_of(EMPTY)
    text = after(g, write(g, known("w*x"), {"w": "0.5", "x": "[1, 2]"}, {"w"}))
    assert text == (EMPTY + "w = torch.tensor(0.5, requires_grad=True)\nx = torch.tensor([1.0, 2.0])\ny = w * x\n")
    assert refusal(write(g, known("w*x"), {"w": "one"})) == (
        "w: “one” is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0]."
    )


def test_torchs_words_where_the_values_do_not_fit() -> None:
    g = ground_of(EMPTY)
    why = "RuntimeError: The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0"
    assert refusal(write(g, known("w + x, w=[1,2], x=[1,2,3]"))) == why
    assert "taken" in refusal(write(ground_of("y = 1\n"), known("y = w * x")))


@pytest.mark.parametrize(
    ("source", "head"),
    [
        ("", "import torch\n\n"),
        ("# mine\n", "# mine\nimport torch\n\n"),
        ("n = 1\n", "import torch\n\nn = 1\n"),
        ("import torch as t\n", "import torch as t\n\n"),
    ],
)
def test_imports_are_added_where_they_are_missing(source: str, head: str) -> None:
    torch = "t" if "as t" in source else "torch"
    leaf = f"x = {torch}.tensor(1.0, requires_grad=True)\n"
    assert written("exp(x)", source) == head + leaf + f"y = {torch}.exp(x)\n"
    assert "\nimport torch.nn.functional as F\n\n" in written("mse_loss(a, b)")


PIECES = (
    *(
        "w",
        "x",
        "n",
        "f",
        "e",
        "π",
        "é",
        "3",
        "2.5",
        "1e3",
        ".5",
        "sin",
        "max(",
        "softmax(",
        "x.sum()",
        "torch.",
        "[",
        "]",
    ),
    *(
        "(",
        ")",
        "(",
        ")",
        "+",
        "-",
        "*",
        "/",
        "^",
        "**",
        "²",
        "√",
        "=",
        ",",
        ";",
        "\n",
        " ",
        "with ",
        "lambda",
        "|",
        "'",
        "#",
    ),
)
GROUND = ground_of(EMPTY + "w = torch.tensor(1.0)\nn = 3\ndef f(a):\n    return a\n")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_whatever_is_typed_is_a_formula_or_refused_at_its_place(text: str) -> None:
    formula = read_on(GROUND, text)
    if isinstance(formula, Refused):
        assert formula.why
        assert formula.span is not None
        assert 0 <= formula.span.start <= formula.span.stop <= len(text)
        return
    answer = write(GROUND, formula)
    if isinstance(answer, Proposal):
        ast.parse(answer.apply(GROUND.source))


# --- in the text of a program -----------------------------------------------------------------


def bare(source: str) -> Bare | None:
    failure = ground_of(source).trace.failure
    assert failure is not None
    return in_program(source, failure)


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("(w + x) * (w + 1)", PAIR + "y = (w + x) * (w + 1)"),
        ("out = sigmoid(w * x)  # mine", PAIR + "out = torch.sigmoid(w * x)  # mine"),
        ("k * sigmoid(w)", "w = torch.tensor(1.0, requires_grad=True)\ny = k * torch.sigmoid(w)"),
    ],
)
def test_names_of_a_bare_expression_become_leaves(line: str, result: str) -> None:
    head = "import torch\nk = 2\n"
    found = bare(f"{head}{line}\nprint(1)\n")
    assert found is not None
    text = after(found.ground, found.write())
    assert text == f"{head}{result}\nprint(1)\n"
    assert ground_of(text).trace.failure is None


def test_a_program_of_one_bare_expression_gets_its_import() -> None:
    found = bare("(w + x) * (w + 1)")
    assert found is not None
    text = after(found.ground, found.write({"w": "3"}))
    assert text.startswith("import torch\n\nw = torch.tensor(3.0, requires_grad=True)\nx = ")
    assert ground_of(text).trace.failure is None


@pytest.mark.parametrize("source", ["print(w)", "for i in [1]:\n    w + i", "w + 1; x + 1", "import torch\n1 / 0", "w"])
def test_other_failures_are_not_of_bare_expressions(source: str) -> None:
    assert (bare(source) is None) == (source != "w")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("y = 5", "There is only a value: write what is made of it as well, such as y * 2 with y=5."),
        ("1 2 3", "Write a sign between 1 and 2, or a list: [1, 2]."),
        ("3 + 4", "There are only numbers: a formula has a name as well, such as w * 2."),
        ("1,5 * x", "Write 1.5 with a point: a comma parts a formula from the values of its names."),
        ("w", "w alone is no formula yet: go on, such as w * 2."),
    ],
)
def test_numbers_and_names_alone_are_no_formulas(text: str, why: str) -> None:
    answer = read_on(ground_of("import torch\n"), text)
    assert isinstance(answer, Refused)
    assert answer.why == why


def test_spaced_values_are_lists_and_vectors_are_offered_for_products() -> None:
    ground = ground_of("import torch\n")
    for text, values in (
        ("w * x with w=1 2", {"w": "[1, 2]", "x": "2.0"}),
        ("v @ m", {"v": "[1.0, 2.0]", "m": "[1.0, 2.0]"}),
        ("v @ m with v=[1, 2, −3]", {"v": "[1, 2, -3]", "m": "[1.0, 2.0, 3.0]"}),
    ):
        formula = read_on(ground, text)
        assert isinstance(formula, Formula), formula
        assert formula.offered() == values
        assert isinstance(write(ground, formula), Proposal)
