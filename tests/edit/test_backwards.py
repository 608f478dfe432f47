"""backward() called by a gesture: where it stands, its seed, and the graph that is kept for it."""

from __future__ import annotations

import pytest

from engine.edit.backwards import call_backward
from engine.trace import events as ev
from tests.support.grounds import after, card, ground_of, proposal, refusal

LEAVES = "import torch\n\nw = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"
VECTOR = "import torch as t\nw = t.tensor([1.0, 2.0], requires_grad=True)\ny = w * 2\n"


@pytest.mark.parametrize(
    ("lines", "name", "new"),
    [
        ("y = w * x  # product\n", "y", "y = w * x  # product\ny.backward()\n"),
        ("y = w * x", "y", "y = w * x\ny.backward()\n"),
        ("y = w * x\nn = 3\nprint(y)\n", "y", "y = w * x\nn = 3\ny.backward()\nprint(y)\n"),
        ("y = w * x\ng = w.grad\n", "y", "y = w * x\ny.backward()\ng = w.grad\n"),
        ("y = (w + x) * 2\n", "w + x", "a = w + x\ny = a * 2\na.backward()\n"),
        (
            "def f(a):\n    return (a + 1) * 2\ny = f(w)\n",
            "a + 1",
            "def f(a):\n    b = a + 1\n    b.backward()\n    return b * 2\ny = f(w)\n",
        ),
        ("ys = [w * 2, x]\n", "ys[0]", "ys = [w * 2, x]\nys[0].backward()\n"),
        ("for i in range(2):\n    y = w * i\n", "y", "for i in range(2):\n    y = w * i\ny.backward()\n"),
    ],
)
def test_the_call_stands_after_what_it_differentiates(lines: str, name: str, new: str) -> None:
    g = ground_of(LEAVES + lines)
    key = g.card(name) or card(g, name)
    text = after(g, call_backward(g, key))
    assert text == LEAVES + new
    assert isinstance(ground_of(text).trace.events[-1], ev.Finished)


@pytest.mark.parametrize(
    ("seed", "call"),
    [
        ("ones", "y.backward(t.ones_like(y))"),
        ("sum", "y.sum().backward()"),
        ("[1, 2]", "y.backward(t.tensor([1.0, 2.0]))"),
    ],
)
def test_a_seed_for_several_elements(seed: str, call: str) -> None:
    g = ground_of(VECTOR)
    answer = call_backward(g, card(g, "y"), seed)
    assert after(g, answer) == VECTOR + call + "\n"
    assert isinstance(ground_of(after(g, answer)).trace.events[-1], ev.Finished)


@pytest.mark.parametrize(
    ("source", "name", "seed", "why"),
    [
        (
            VECTOR,
            "y",
            "",
            (
                "RuntimeError: grad can be implicitly created only for scalar outputs\n"
                "y has 2 elements. Choose a seed: ones for a 1 in each, sum to add them up first, or numbers of shape [2]."
            ),
        ),
        (
            VECTOR,
            "y",
            "[1, 2, 3]",
            (
                "RuntimeError: Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a shape "
                "of torch.Size([2]).\nGive the seed the shape of y: [2]."
            ),
        ),
        (VECTOR, "y", "one", "“one” is no number. Write one, such as 1.0, or a list, such as [1.0, 2.0]."),
        (
            LEAVES + "y = w.detach() * 2\n",
            "y",
            "",
            (
                "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn\n"
                "y has no graph: let a leaf that it is made of require grad, or take detach and no_grad away."
            ),
        ),
        (
            LEAVES + "y = torch.tensor([3, 4]).argmax()\n",
            "y",
            "",
            (
                "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn\n"
                "y has no graph: let a leaf that it is made of require grad, or take detach and no_grad away."
            ),
        ),
    ],
)
def test_torchs_words_where_it_cannot_be(source: str, name: str, seed: str, why: str) -> None:
    g = ground_of(source)
    assert refusal(call_backward(g, card(g, name), seed)) == why


@pytest.mark.parametrize(
    ("lines", "name", "new", "says"),
    [
        (
            "y = w * x\ny.backward()\nz = y * 2\n",
            "z",
            "y = w * x\ny.backward(retain_graph=True)\nz = y * 2\nz.backward()\n",
            "z.backward(), and line 6 keeps the graph, which would be freed there (retain_graph=True)",
        ),
        (
            "y = w * x\ntorch.autograd.grad(y, [w], None, False)\nz = y * 2\n",
            "z",
            "y = w * x\ntorch.autograd.grad(y, [w], None, True)\nz = y * 2\nz.backward()\n",
            "z.backward(), and line 6 keeps the graph, which would be freed there (retain_graph=True)",
        ),
        (
            "y = w * x\ny.backward()\n",
            "y",
            "y = w * x\ny.backward(retain_graph=True)\ny.backward()\n",
            "y.backward(retain_graph=True): line 6 needs the graph once more",
        ),
        (
            "y = w * x\ny.backward()\nz = w * 2\n",
            "z",
            "y = w * x\ny.backward()\nz = w * 2\nz.backward()\n",
            "z.backward()",
        ),
        (
            "y = w + x\ny.backward()\nz = y * 2\n",
            "z",
            "y = w + x\ny.backward()\nz = y * 2\nz.backward()\n",
            "z.backward()",
        ),
    ],
)
def test_the_graph_is_kept_where_it_is_needed_again(lines: str, name: str, new: str, says: str) -> None:
    g = ground_of(LEAVES + lines)
    answer = call_backward(g, card(g, name))
    assert after(g, answer) == LEAVES + new
    assert proposal(answer).says == says
    assert isinstance(ground_of(LEAVES + new).trace.events[-1], ev.Finished)


def test_a_loop_that_frees_the_graph_is_left_to_its_author() -> None:
    g = ground_of(LEAVES + "for i in range(2):\n    y = w * x\n    y.backward()\nz = y * 2\n")
    why = refusal(call_backward(g, card(g, "z")))
    assert why.startswith("RuntimeError: Trying to backward through the graph a second time")
    assert why.endswith("\nLine 7 frees the graph: write retain_graph=True there.")


@pytest.mark.parametrize(
    ("lines", "advice"), [("a = w * x\ny = a + 1\n", "Select a result, such as y."), ("", "Select a result.")]
)
def test_there_is_nothing_to_go_back_through_from_a_leaf(lines: str, advice: str) -> None:
    g = ground_of(LEAVES + lines)
    why = "w is a leaf: it was not computed, so there is nothing to go back through."
    assert refusal(call_backward(g, card(g, "w"))) == f"{why} {advice}"
