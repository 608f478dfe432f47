"""Everything that can be added by a gesture: what is offered, and that it can be added."""

from __future__ import annotations

import pytest

from engine.edit import Proposal, TextEdit
from engine.edit.building import Operand, add_op
from engine.edit.catalogue import GROUPS, by_group, catalogue, find, with_samples
from engine.edit.offers import Offer
from engine.edit.writing import merged
from engine.ops.spec import Arg, Sample
from engine.ops.table import TABLE
from tests.support.grounds import after, card, ground_of, refusal

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n"
POSITIVE = frozenset(("cholesky", "eigh", "eigvalsh", "logdet", "cholesky_solve", "solve_triangular"))
"""Their matrices are positive definite."""


def operands(sample: Sample) -> list[Arg]:
    """The tensors of a sample, in order."""
    found: list[Arg] = []
    for value in (*sample.args, *sample.kwargs.values()):
        match value:
            case Arg():
                found.append(value)
            case list():
                found += [arg for part in value if isinstance(part, Sample) for arg in operands(part)]
    return found


def made(arg: Arg, offer: Offer) -> str:
    """A tensor as a sample wants it, written down."""
    if offer.name in POSITIVE and arg.shape == (3, 3):
        return "torch.eye(3) + 0.1"
    count = 1
    for size in arg.shape:
        count *= size
    match arg.dtype:
        case "bool":
            return f"(torch.arange({count}) % 2 == 0).reshape({arg.shape})"
        case "int64":
            return f"(torch.arange({count}) % {int(arg.high - arg.low)} + {int(arg.low)}).reshape({arg.shape})"
    return f"torch.linspace({arg.low}, {arg.high}, {count + 2})[1:-1].reshape({arg.shape})"


@pytest.mark.parametrize("part", range(8))
def test_every_offer_is_added_to_a_program_that_runs(part: int) -> None:
    lines: list[str] = []
    given: list[tuple[Offer, list[str]]] = []
    for number, (offer, sample) in enumerate(list(with_samples())[part::8]):
        names = [f"x{number}_{i}" for i in range(len(operands(sample)))]
        assert len(names) == len(offer.inputs), offer
        lines += [f"{name} = {made(arg, offer)}" for name, arg in zip(names, operands(sample), strict=True)]
        given.append((offer, names))
    ground = ground_of(HEAD + "\n".join(lines) + "\n")
    assert ground.trace.failure is None, ground.trace.failure
    keys = {name: key for key, entity in ground.scenes.entities.items() for _, name in entity.names}
    edits: list[TextEdit] = []
    for number, (offer, names) in enumerate(given):
        answer = add_op(ground, offer, [Operand(keys[name]) for name in names], f"y{number}")
        assert isinstance(answer, Proposal), (offer, answer)
        edits += answer.edits
    text = Proposal(merged(edits), "").apply(ground.source)
    failure = ground_of(text).trace.failure
    assert failure is None, failure
    assert text.count("\ny") == len(given)


def test_the_ops_of_the_table_are_offered_once_under_a_heading() -> None:
    offers = catalogue()
    names = [offer.name for offer in offers]
    assert len(set(names)) == len(names) > 350
    assert all(offer.doc and offer.formula and offer.group in GROUPS for offer in offers)
    assert all(by_group()[heading] for heading in GROUPS)
    assert not [name for name in names if name.startswith("_") or name.endswith(("_", "backward"))]
    pointwise = {name for name, spec in TABLE.items() if spec.local and spec.samples and spec.call == name}
    assert pointwise - set(names) <= {"rsub", "isreal", *(n for n in pointwise if n.startswith("bitwise"))}


def test_variants_have_a_name_of_their_own() -> None:
    assert find("sum").template == "{torch}.sum({0})"
    assert find("sum along dim").template == "{torch}.sum({0}, dim=0)"
    assert find("softmax").formula == "softmax(x, dim=-1)"
    assert find("cross_entropy").inputs == ("input", "target")


def test_literals_fit_the_operand() -> None:
    g = ground_of("import torch\nx = torch.ones(2, 3, 4)\n")
    key = card(g, "x")
    assert "permute(x, (2, 1, 0))" in after(g, add_op(g, find("permute"), [Operand(key)]))
    assert "layer_norm(x, (4,))" in after(g, add_op(g, find("layer_norm"), [Operand(key)]))


def test_a_layer_is_made_in_a_line_and_called_in_the_next() -> None:
    g = ground_of("import torch\n\nx = torch.ones(2, 5)\n")
    text = after(g, add_op(g, find("nn.Linear"), [Operand(card(g, "x"))]))
    assert text == "import torch\n\nx = torch.ones(2, 5)\nlinear = torch.nn.Linear(5, 1)\na = linear(x)\n"
    g = ground_of("import torch\nx = torch.tensor(1.0)\n")
    assert refusal(add_op(g, find("nn.Linear"), [Operand(card(g, "x"))])).startswith("RuntimeError: ")
