"""Which stretches of a run belong together: calls of the program's own functions and of modules."""

from __future__ import annotations

import pytest

from engine.trace import events as ev
from tests.support.runs import events_of, printed, trace_of

NESTED = """import torch
def square(a):
    "A function with a docstring."
    return a * a
def loss_fn(a, b):
    if a.requires_grad:
        return square(a - b).sum()
    return a
x = torch.ones(2, requires_grad=True)
loss = loss_fn(x, 3)
"""


def stretches(source: str) -> list[str]:
    """Stretches as ``name(`` and ``)``, ops by name."""
    out = []
    for event in events_of(source):
        match event:
            case ev.Entered(kind="function" | "module"):
                out.append(f"{event.title or event.label}(")
            case ev.Left(kind="function" | "module"):
                out.append(")")
            case ev.Applied():
                out.append(event.op)
    return out


def test_calls_of_functions_are_told_with_their_place() -> None:
    assert stretches(NESTED) == ["loss_fn(", "sub", "square(", "mul", ")", "sum", ")"]
    called = [e for e in events_of(NESTED) if isinstance(e, ev.Entered)]
    assert [NESTED[e.span.start : e.span.stop] for e in called if e.span] == ["loss_fn(x, 3)", "square(a - b)"]


def test_calls_in_which_nothing_happens_are_not_told() -> None:
    source = "import torch\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(9)\nx = torch.ones(1)\nfib(3)\n"
    assert not [e for e in events_of(source) if isinstance(e, (ev.Entered, ev.Left))]


def test_a_function_that_fails_is_over() -> None:
    source = (
        "import torch\ndef f(a):\n    b = a * 2\n    raise ValueError(b)\nx = torch.ones(1)\n"
        "try:\n    f(x)\nexcept ValueError:\n    y = x + 1\n"
    )
    assert stretches(source) == ["f(", "mul", ")", "add"]


def test_a_generator_is_no_stretch_but_a_function_with_one_inside_is() -> None:
    source = (
        "import torch\ndef parts(a):\n    for i in range(2):\n        yield a * i\n"
        "def total(a):\n    def scaled():\n        yield a * 3\n    return sum(parts(a)) + sum(scaled())\n"
        "total(torch.ones(1))\n"
    )
    # sum() begins with the number 0.
    assert stretches(source) == ["total(", "mul", "add", "mul", "add", "mul", "add", "add", ")"]


def test_modules_say_what_their_parents_call_them() -> None:
    source = (
        "import torch\nimport torch.nn as nn\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc1 = nn.Linear(2, 16)\n        self.rest = nn.ModuleList([nn.LayerNorm(16)])\n"
        "    def forward(self, x):\n        return self.rest[0](self.fc1(x)) + Plus(1)(x).sum()\n"
        "class Plus(nn.Module):\n    def __init__(self, n):\n        super().__init__()\n        self.n = n\n"
        "    def extra_repr(self):\n        raise SystemExit\n"
        "    def forward(self, x):\n        return x + self.n\n"
        "net = Net()\nnet(torch.ones(3, 2))\n"
    )
    modules = [e.title for e in events_of(source) if isinstance(e, ev.Entered) and e.kind == "module"]
    assert modules == ["Net()", "fc1: Linear(2, 16)", "rest.0: LayerNorm((16,))", "Plus()"]


def test_a_module_whose_sizes_were_taken_away_still_runs() -> None:
    source = "import torch\nfc = torch.nn.Linear(2, 1)\ndel fc.in_features\nprint(fc(torch.ones(2)).shape)\n"
    assert printed(source) == "torch.Size([1])\n"
    assert [e.title for e in trace_of(source).events if isinstance(e, ev.Entered) and e.kind == "module"] == [
        "Linear()"
    ]


@pytest.mark.parametrize("body", ['"""Only words."""', "pass", "..."])
def test_functions_without_a_body_are_called(body: str) -> None:
    assert printed(f"def f():\n    {body}\nprint(f(), f.__doc__)\n") == (
        "None Only words.\n" if "words" in body else "None None\n"
    )


def test_names_bound_in_a_function_belong_to_the_step_before() -> None:
    trace = trace_of("import torch\nx = torch.ones(1)\ndef f(a):\n    b = a\n    return b * 2\ny = f(x)\n")
    first = trace.step_events(1)
    assert [e.name for e in first if isinstance(e, ev.Bound)] == ["x", "b"]
