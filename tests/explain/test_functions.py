"""Autograd functions as torch sees them. What torch 2.13.0 says of the same programs stands beside it."""

from __future__ import annotations

from engine.explain.function_page import explain_function
from engine.explain.functions import function, node_of
from engine.explain.moment import Moment
from engine.node import ACCUMULATE_SEQUENCE
from tests.support.runs import FIRST, moment_of, scenes_of, tensor_named, trace_of

OUTPUTS = """import torch
x = torch.tensor([1., 2.], requires_grad=True)
y = x * 3
z = y + 1
a, b = torch.unbind(y)
w = a * b + z.sum()
p = x ** 2
q = x.exp()
"""


def seen(m: Moment, name: str):
    key = m.scenes.of_tensor(tensor_named(m, name), m.place)
    node = node_of(m, m.scenes.entities[key])
    return function(m, node)


def test_names_numbers_and_next_functions_are_torchs() -> None:
    m = moment_of(OUTPUTS)
    y, w = seen(m, "y"), seen(m, "w")
    assert (y.name, y.sequence) == ("MulBackward0", 0)
    assert [(n.name, n.input) for n in y.next] == [("AccumulateGrad", 0), ("None", 0)]
    assert (w.name, w.sequence) == ("AddBackward0", 5)
    assert [(n.name, n.input) for n in w.next] == [("MulBackward0", 0), ("SumBackward0", 0)]
    product = function(m, w.next[0].node)
    assert [(n.name, n.input) for n in product.next] == [("UnbindBackward0", 0), ("UnbindBackward0", 1)]
    assert [n.name for n in seen(m, "p").next] == ["AccumulateGrad"], "an exponent is no input of the node"
    assert seen(m, "x").sequence == ACCUMULATE_SEQUENCE


def test_saved_attributes_have_torchs_names() -> None:
    m = moment_of(OUTPUTS)
    assert [(s.name, s.value) for s in seen(m, "y").saved] == [("_saved_other", "3")]
    assert [s.name for s in seen(m, "p").saved] == ["_saved_self"]
    assert [(s.name, s.value) for s in seen(m, "q").saved] == [("_saved_result", "result@v0")]
    assert seen(m, "z").saved == ()


def test_a_leaf_has_no_node_before_it_is_used() -> None:
    m = Moment.at(trace_of(FIRST), scenes_of(FIRST), 2)
    leaves = [m.scenes.entities[m.scenes.of_tensor(tensor_named(m, n), m.place)] for n in ("w", "x")]
    assert [node_of(m, e) for e in leaves] == [None, None]
    later = Moment.at(trace_of(FIRST), scenes_of(FIRST), 3)
    assert all(node_of(later, e) is not None for e in leaves)


def test_the_page_of_a_node() -> None:
    m = moment_of(FIRST)
    key = m.scenes.of_tensor(tensor_named(m, "y"), m.place)
    page = explain_function(m, key)
    assert page.heading == "MulBackward0"
    assert page.detail == "y.grad_fn · sequence number 2 · line 6"
    lists = {part.target: [(r.label, r.amount) for r in part.rows] for part in page.listings}
    assert lists["next_functions"] == [("[0] AddBackward0", "input 0"), ("[1] AddBackward0", "input 0")]
    assert lists["Saved"] == [("_saved_self", "a@v0"), ("_saved_other", "b@v0")]
    assert len(page.rules) == 2
    leaf = explain_function(m, m.scenes.of_tensor(tensor_named(m, "w"), m.place))
    assert leaf.heading == "AccumulateGrad"
    assert [r.amount for r in leaf.ledgers[0].rows][-1] == "None → 5.0"


def test_the_page_of_what_has_no_node_is_the_tensors() -> None:
    m = moment_of("import torch\nx = torch.ones(2)\n")
    key = m.scenes.of_tensor(tensor_named(m, "x"), m.place)
    assert explain_function(m, key).heading == "x"
