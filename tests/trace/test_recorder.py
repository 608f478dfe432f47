"""What a run leaves behind: the right events, with the right numbers, at the right places of the source."""

from __future__ import annotations

import gc

import engine as torch
from engine.state import fresh_state
from engine.trace import codec
from engine.trace import events as ev
from engine.trace.recorder import Recorder
from engine.trace.spans import SpanFinder
from tests.support.runs import FIRST, TRAINING, events_of, only, trace_of


def text(source: str, span: ev.Span | None) -> str:
    assert span is not None
    return source[span.start : span.stop]


def test_each_op_has_its_exact_span() -> None:
    spans = [text(FIRST, e.span) for e in only(ev.Applied, FIRST)]
    assert spans == ["torch.add(w, x)", "torch.add(w, 1)", "torch.mul(a, b)"]


def test_operators_inside_one_line_are_told_apart() -> None:
    source = "import torch\nx = torch.tensor(3., requires_grad=True)\ny = (x * 2 + x) ** 2\n"
    assert [text(source, e.span) for e in only(ev.Applied, source)] == ["x * 2", "x * 2 + x", "(x * 2 + x) ** 2"]


def test_spans_count_characters_not_bytes() -> None:
    source = "import torch\n名 = 1; 数 = '𝛼𝛽'; x = torch.ones(2) + 1\n"
    assert [text(source, e.span) for e in only(ev.Applied, source)] == ["torch.ones(2) + 1"]


def test_an_op_inside_a_layer_belongs_to_the_call_of_the_layer() -> None:
    spans = {text(TRAINING, e.span) for e in only(ev.Applied, TRAINING)}
    assert spans == {"model(x)", "criterion(predictions, y)"}


def test_backward_of_the_first_program() -> None:
    ran = only(ev.NodeRan, FIRST)
    fns = {e.link.node: e.link.grad_fn for e in only(ev.Applied, FIRST)}
    leaves = {e.node: e.tensor for e in only(ev.Accumulator, FIRST)}
    order = [fns.get(e.node) or ("AccumulateGrad", leaves[e.node]) for e in ran]
    assert order == ["MulBackward0", "AddBackward0", "AddBackward0", ("AccumulateGrad", 0), ("AccumulateGrad", 1)]
    sent = [[s.value.item() for s in e.sent] for e in ran]
    assert sent == [[2.0, 3.0], [3.0], [2.0, 2.0], [], []]
    assert [e.freed for e in ran] == [False] * 5
    written = only(ev.GradWritten, FIRST)
    assert [(e.tensor, e.old, e.incoming.item(), e.new.item()) for e in written] == [
        (0, None, 5.0, 5.0),
        (1, None, 2.0, 2.0),
    ]


def test_what_is_saved_is_named_as_torch_names_it() -> None:
    links = [e.link for e in only(ev.Applied, FIRST)]
    assert [[(s.name, s.tensor) for s in link.saved] for link in links] == [[], [], [("self", 2), ("other", 3)]]


def test_names_follow_their_tensors() -> None:
    bound = [(e.name, e.tensors, e.text) for e in only(ev.Bound, "import torch\nx = torch.ones(2)\nx = x * 2\nn = 3\n")]
    assert bound == [("x", [("", 0)], None), ("x", [("", 1)], None), ("n", [], "3")]


def test_a_module_binds_its_parameters() -> None:
    bound = next(e for e in only(ev.Bound, TRAINING) if e.name == "model")
    assert [path for path, _ in bound.tensors] == [".weight", ".bias"]


def test_tensors_die_when_nothing_refers_to_them() -> None:
    source = "import torch\nx = torch.ones(2, requires_grad=True)\ny = x * 2\ny = None\nz = 1\n"
    trace = trace_of(source)
    died = [(i, e) for i, e in enumerate(trace.events) if isinstance(e, ev.Died)]
    assert [e.tensors for _, e in died] == [[1]]
    assert died[0][1].nodes, "the graph died with its only result"


def test_a_saved_tensor_keeps_its_graph_alive() -> None:
    source = "import torch\nx = torch.ones(2, requires_grad=True)\ny = (x * 2).exp().sum()\n"
    assert not [n for e in only(ev.Died, source) for n in e.nodes]


def test_an_edit_is_seen_by_all_who_share_the_storage() -> None:
    source = "import torch\nx = torch.zeros(3)\nv = x[1:]\nd = x.data\nx.add_(1)\n"
    edited = only(ev.Edited, source)[-1]
    seen = {tensor: (version, value.array.tolist()) for tensor, version, value in edited.also}
    names = {e.name: e.tensors[0][1] for e in only(ev.Bound, source)}
    assert seen[names["v"]] == (1, [1.0, 1.0])
    assert seen[names["d"]] == (0, [1.0, 1.0, 1.0]), ".data has a version counter of its own"


def test_loops_and_their_turns() -> None:
    source = "for i in range(2):\n    for j in range(2):\n        print(j)\nwhile i < 3:\n    i += 1\n    print(i)\n"
    turns = [(text(source, e.span), e.index) for e in only(ev.Iterated, source)]
    inner = [("range(2)", 0), ("range(2)", 1)]
    heads = [e.span.start for e in only(ev.Iterated, source)]
    assert turns == [("range(2)", 0), *inner, ("range(2)", 1), *inner, ("i < 3", 0), ("i < 3", 1)]
    assert len(set(heads)) == 3


def test_a_loop_of_plain_numbers_leaves_its_result_only() -> None:
    events = events_of("total = 0\nfor i in range(1000):\n    total += i\nprint(total)\n")
    assert len(events) < 10
    assert [(e.name, e.text) for e in events if isinstance(e, ev.Bound)] == [("i", "999"), ("total", "499500")]


def test_second_order_ops_know_the_node_that_ran_them() -> None:
    source = (
        "import torch\nx = torch.tensor(3., requires_grad=True)\ng, = torch.autograd.grad(x**2, x, create_graph=True)\n"
    )
    inside = [e for e in only(ev.Applied, source) if e.within is not None]
    assert [e.op for e in inside] == ["pow", "mul", "mul"]


def test_a_warning_is_told_once_per_place() -> None:
    source = "import torch\nx = torch.ones(2, requires_grad=True)\ny = x * 2\nfor i in range(3):\n    y.grad\ny.grad\n"
    warned = only(ev.Warned, source)
    assert len(warned) == 2
    assert warned[0].message.startswith("The .grad attribute of a Tensor that is not a leaf Tensor is being accessed.")


def test_recording_keeps_nothing_alive() -> None:
    events: list[ev.AnyEvent] = []
    recorder = Recorder(lambda recorder: events.extend(codec.unpack(recorder.take())))
    with fresh_state(recorder) as _:
        x = torch.ones(3, requires_grad=True)
        y = (x * 2).sum()
        y.backward()
        del x, y
        gc.collect()
        torch.ones(1)
    recorder.flush()
    dead = {t for e in events if isinstance(e, ev.Died) for t in e.tensors}
    made = {o.tensor for e in events if isinstance(e, ev.Applied) for o in e.outputs}
    assert made <= dead


def test_values_are_copies() -> None:
    events: list[ev.AnyEvent] = []
    recorder = Recorder(lambda recorder: events.extend(codec.unpack(recorder.take())))
    with fresh_state(recorder):
        x = torch.zeros(2)
        x.add_(5)
    recorder.flush()
    assert events[0].value.array.tolist() == [0.0, 0.0]
    assert not events[0].value.array.flags.writeable


def test_recording_can_be_off() -> None:
    x = torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_offsets_of_lines_and_columns() -> None:
    finder = SpanFinder("ab\nçd\n", "<p>")
    assert [finder.offset(1, 0), finder.offset(2, 0), finder.offset(2, 2), finder.offset(2, 3)] == [0, 3, 4, 5]


def test_events_of_a_failing_program_end_with_the_failure() -> None:
    events = events_of("import torch\nx = torch.ones(2)\n1 / 0\nprint(5)\n")
    assert isinstance(events[-1], ev.Failed)
    assert not [e for e in events if isinstance(e, ev.Printed)]


def test_a_pass_that_cannot_begin_names_its_tensors() -> None:
    head = "import torch\nx = torch.tensor([1., 2.], requires_grad=True)\nc = torch.ones(2)\n"
    (no_graph,) = only(ev.BackwardRefused, head + "c.sum().backward()\n")
    assert no_graph.wanted is None
    assert text(head + "c.sum().backward()\n", no_graph.span) == "c.sum().backward()"
    (no_scalar,) = only(ev.BackwardRefused, head + "(x * 2).backward()\n")
    made = only(ev.Applied, head + "(x * 2).backward()\n")
    assert no_scalar.outputs == [made[-1].outputs[0].tensor]
    (unused,) = only(ev.BackwardRefused, head + "torch.autograd.grad(x.sum(), [x, c])\n")
    assert unused.wanted == [0, 1]
    assert only(ev.BackwardRefused, FIRST) == []
