"""Hooks, retained gradients and numbers that leave the graph, as the trace tells of them."""

from __future__ import annotations

from engine.trace import events as ev
from engine.trace.steps import Phase
from tests.support.runs import moment_of, only, tensor_named, trace_of

HOOKS = """import torch
w = torch.tensor(2., requires_grad=True)
x = torch.tensor(3., requires_grad=True)
a = w * x
def tenfold(g):
    big = g * 10
    return big
a.register_hook(tenfold)
first = w.register_hook(lambda g: g.clamp_(max=5.))
x.register_post_accumulate_grad_hook(lambda t: print(t.grad))
y = a + 1
y.backward()
first.remove()
"""

MODULE = """import torch
import torch.nn as nn
m = nn.Linear(2, 1)
def halve(module, grad_input, grad_output):
    return tuple(None if g is None else g / 2 for g in grad_input)
m.register_full_backward_hook(halve)
x = torch.ones(1, 2, requires_grad=True)
m(x).sum().backward()
"""


def test_hooks_are_told_when_they_are_registered_run_and_removed() -> None:
    added = only(ev.HookAdded, HOOKS)
    assert [(e.kind, e.label, e.tensor is None, e.node is None) for e in added] == [
        ("tensor", "tenfold", True, False),
        ("tensor", "", False, True),
        ("accumulated", "", False, True),
    ]
    ran = [(e.hook, e.before[0].item(), e.after[0].item()) for e in only(ev.HookRan, HOOKS)]
    numbers = [e.hook for e in added]
    assert ran == [(numbers[0], 1.0, 10.0), (numbers[1], 30.0, 5.0), (numbers[2], 20.0, 20.0)]
    assert [e.hook for e in only(ev.HookRemoved, HOOKS)] == [numbers[1]]
    assert sorted(moment_of(HOOKS).state.hooks) == [numbers[0], numbers[2]]


def test_what_a_hook_computes_is_part_of_its_nodes_step() -> None:
    trace = trace_of(HOOKS)
    backward = [s for s in trace.steps if s.phase is Phase.BACKWARD]
    assert [type(trace.events[s.main]) for s in backward] == [ev.NodeRan] * 4
    assert all(s.run == 0 for s in backward)
    inside = [type(e) for e in trace.events[backward[1].start : backward[1].stop]]
    assert ev.HookRan in inside
    assert ev.Applied in inside
    after = [s.phase for s in trace.steps if s.start >= backward[0].start]
    assert after == [Phase.BACKWARD] * 4 + [Phase.OUTPUT], "the print of a hook comes after the write that it looks at"


def test_a_grad_that_a_hook_takes_away_is_none() -> None:
    source = (
        "import torch\nw = torch.ones(1, requires_grad=True)\ndef drop(t):\n    t.grad = None\n"
        "w.register_post_accumulate_grad_hook(drop)\n(w * 2).sum().backward()\nprint(w.grad)\n"
    )
    m = moment_of(source)
    assert m.state.grad(tensor_named(m, "w")) is None


def test_a_full_backward_hook_of_a_module() -> None:
    (added,) = only(ev.HookAdded, MODULE)
    (ran,) = only(ev.HookRan, MODULE)
    assert (added.kind, added.label, ran.hook) == ("module", "halve", added.hook)
    before, after = ran.before[0].array, ran.after[0].array
    assert (after == before / 2).all()


def test_retained_gradients() -> None:
    source = (
        "import torch\nx = torch.ones(1, requires_grad=True)\na = x * 3\na.retain_grad()\nb = a * 2\nb.backward()\n"
    )
    m = moment_of(source)
    a = tensor_named(m, "a")
    assert m.state.tensors[a].retains
    assert m.state.grad(a) is not None
    steps = [c for c in range(3, len(m.trace) + 1) if moment_of(source, c).state.grad(a) is not None]
    main = m.trace.events[m.trace.steps[steps[0] - 1].main]
    assert isinstance(main, ev.NodeRan)
    assert main.node == m.state.tensors[a].node, "it is kept when its own node runs"


def test_numbers_that_leave_the_graph() -> None:
    source = (
        "import torch\nx = torch.tensor([2.], requires_grad=True)\ns = (x * x).item()\nf = float(x)\n"
        "q = x.detach().numpy()\nu = torch.ones(1).item()\n"
    )
    taken = only(ev.Taken, source)
    assert [(e.how, e.text) for e in taken] == [("item", "4.0"), ("float", "2.0"), ("numpy", "")]
    assert len(trace_of(source)) == 4


def test_calls_are_counted_and_zeroing_starts_anew() -> None:
    source = (
        "import torch\nw = torch.ones(1, requires_grad=True)\n(w * 2).sum().backward()\n(w * 3).sum().backward()\n"
        "w.grad.zero_()\n(w * 4).sum().backward()\nw.grad = None\n(w * 5).sum().backward()\n"
    )
    counts = []
    for cursor in range(1, len(trace_of(source)) + 1):
        m = moment_of(source, cursor)
        if m.written() is not None:
            grad = m.state.tensors[tensor_named(m, "w")].grad
            counts.append(m.state.tensors[grad].calls)
    assert counts == [1, 2, 1, 1]


def test_the_living_nodes_are_counted() -> None:
    def living(source: str) -> list[int]:
        return [moment_of(source, c).state.living for c in range(1, len(trace_of(source)) + 1)]

    source = "import torch\nw = torch.ones(1, requires_grad=True)\ntotal = 0\nfor i in range(3):\n    loss = (w * i)\n"
    assert living(source) == [0, 1, 1, 1], "a rebound name frees the old graph"
    kept = living(source + "    total = total + loss\n")
    assert kept == [0, 1, 2, 3, 4, 5, 6], "a sum of losses keeps them all"
