"""Lines and parts of lines that become functions."""

from __future__ import annotations

import pytest

from engine.edit.extracting import extract
from engine.trace import events as ev
from tests.support.grounds import after, card, ground_of, proposal, refusal
from tests.support.runs import events_of

HEAD = "import torch\n\n"
LEAVES = "w = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("lines", "names", "function", "rest"),
    [
        ("y = w * x  # product\n", ["y"], "def f(w, x):\n    return w * x  # product\n", "y = f(w, x)\n"),
        (
            "\n# The function.\na = w + x\n\n# and more\ny = a * a\ny.backward()\n",
            ["a", "y", "w"],
            "def f(w, x):\n    a = w + x\n\n    # and more\n    return a * a\n",
            "\n# The function.\ny = f(w, x)\ny.backward()\n",
        ),
        (
            "a = w + x\nb = a * 2\nprint(a, b)\n",
            ["a", "b"],
            "def f(w, x):\n    a = w + x\n    b = a * 2\n    return a, b\n",
            "a, b = f(w, x)\nprint(a, b)\n",
        ),
        (
            "loss = (\n    w  # ä\n    * x\n)\nloss.backward()",
            ["loss"],
            "def compute_loss(w, x):\n    return (\n        w  # ä\n        * x\n    )\n",
            "loss = compute_loss(w, x)\nloss.backward()",
        ),
        ("y = (w + x) * (w + 1)\n", ["w + x"], "def f(w, x):\n    return w + x\n", "y = f(w, x) * (w + 1)\n"),
        (
            "a = w * 2\nu = torch.ones(1)\ny = a + u",
            ["a", "y"],
            "def f(w, u):\n    a = w * 2\n    return a + u\n",
            "u = torch.ones(1)\ny = f(w, u)",
        ),
        (
            "def g(a):\n    b = a + 1\n    return b * 2\ny = g(w)\n",
            ["a + 1", "b * 2"],
            "def f(a):\n    b = a + 1\n    return b * 2\n",
            "def g(a):\n    return f(a)\ny = g(w)\n",
        ),
        (
            "if w > 0:\n    y = torch.sin(w)\n    y += 1\nprint(y)\n",
            ["y0", "y"],
            "def f(w):\n    y = torch.sin(w)\n    y += 1\n    return y\n",
            "if w > 0:\n    y = f(w)\nprint(y)\n",
        ),
        ("(w * x).sum()\n", ["(w * x).sum()"], "def f(w, x):\n    return (w * x).sum()\n", "f(w, x)\n"),
    ],
)
def test_lines_become_a_function(lines: str, names: list[str], function: str, rest: str) -> None:
    g = ground_of(HEAD + LEAVES + lines)
    keys = []
    for name in names:
        first = next((k for k, e in g.scenes.entities.items() if (name == "y0" and e.op == "sin")), None)
        keys.append(first or g.card(name) or card(g, name))
    text = after(g, extract(g, keys))
    assert text == f"{HEAD}\n{function}\n\n{LEAVES}{rest}"
    events = events_of(text)
    assert isinstance(events[-1], ev.Finished)
    assert [e.text for e in events if isinstance(e, ev.Printed)] == [
        e.text for e in g.trace.events if isinstance(e, ev.Printed)
    ]


def test_a_function_has_the_name_that_was_asked_for() -> None:
    g = ground_of(HEAD + LEAVES + "y = w * x\n")
    answer = extract(g, [card(g, "y")], "model")
    text = after(g, answer)
    assert "\n\n\ndef model(w, x):\n    return w * x\n\n\n" in text
    assert text.endswith("\ny = model(w, x)\n")
    assert proposal(answer).says == "y = model(w, x)"
    assert refusal(extract(g, [card(g, "y")], "w")) == "w is taken: it stands in line 3. Choose another name."


@pytest.mark.parametrize(
    ("before", "after_it"),
    [
        ("import torch\nx = torch.ones(1)\n", "import torch\n\n\nDEF\n\nx = torch.ones(1)\n"),
        ("import torch\n# data\nx = torch.ones(1)\n", "import torch\n\n\nDEF\n\n# data\nx = torch.ones(1)\n"),
        (
            "import torch\n\ndef g(a):\n    return a\n\nx = torch.ones(1)\n",
            "import torch\n\ndef g(a):\n    return a\n\n\nDEF\n\nx = torch.ones(1)\n",
        ),
        ("import torch; x = torch.ones(1)\n", "import torch; x = torch.ones(1)\n\n\nDEF\n\n"),
    ],
)
def test_a_function_stands_behind_the_imports_and_the_other_functions(before: str, after_it: str) -> None:
    g = ground_of(before + "y = x * 2\n")
    text = after(g, extract(g, [card(g, "y")]))
    assert text == after_it.replace("DEF", "def f(x):\n    return x * 2\n") + "y = f(x)\n"


def test_modules_and_functions_of_the_program_are_no_parameters() -> None:
    source = HEAD + LEAVES + "import math\n\n\ndef g(a):\n    return a * 2\n\n\ny = g(w) + math.pi * x\n"
    g = ground_of(source)
    assert after(g, extract(g, [card(g, "y")])) == source.replace(
        "y = g(w) + math.pi * x\n", "def f(w, x):\n    return g(w) + math.pi * x\n\n\ny = f(w, x)\n"
    )


@pytest.mark.parametrize(
    ("lines", "names", "why"),
    [
        ("y = w * x\n", ["w", "x"], "A function computes something: select results, not only leaves."),
        (
            "a = w * 2\nw = a + x\ny = a * w\n",
            ["a", "y"],
            (
                "Line 6 stands between them and needs what they make, or changes what they need. Select it as well, or "
                "fewer lines."
            ),
        ),
        (
            "a = w * 2\nprint(w)\ny = a * w\n",
            ["a", "y"],
            (
                "Line 6 stands between them and needs what they make, or changes what they need. Select it as well, or "
                "fewer lines."
            ),
        ),
        ("for i in range(2):\n    y = w * x\n", ["y"], "This is made in a loop: change line 6 itself."),
        ("y = w * 2; z = w * 3\n", ["y"], "Line 5 holds several statements: put each on a line of its own first."),
        (
            "y = (w + x) * 2\nz = w * 3\n",
            ["w + x", "z"],
            "w + x is only part of line 5: select all of it, or that part alone.",
        ),
    ],
)
def test_what_cannot_be_a_function_is_refused(lines: str, names: list[str], why: str) -> None:
    g = ground_of(HEAD + LEAVES + lines)
    assert refusal(extract(g, [g.card(name) or card(g, name) for name in names])) == why
