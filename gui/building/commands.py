"""What the commands of the Build menu do with what is selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from engine.edit import Proposal, Refused
from engine.edit.backwards import call_backward
from engine.edit.cutting import toggle_detach, toggle_no_grad
from engine.edit.duplicating import duplicate
from engine.edit.extracting import extract
from engine.edit.flags import toggle_requires_grad
from engine.edit.ground import Ground
from engine.edit.offers import ADD, DIV, MATMUL, MUL, POW, SUB, Offer
from gui.canvas.placed import PlacedEdge

if TYPE_CHECKING:
    from gui.building.gestures import Gestures

OPERATORS = {"op_add": ADD, "op_sub": SUB, "op_mul": MUL, "op_div": DIV, "op_pow": POW, "op_matmul": MATMUL}
NOTHING = Refused("Select a card first: a click on it, or Ctrl+G and Tab.")
FUNCTIONS = Refused("These are autograd functions. Press T for the tensors: those the program makes.")


def table(hands: Gestures) -> dict[str, Callable[[], object]]:
    """The commands by their names in the command table."""
    deeds: dict[str, Callable[[], object]] = {
        "add": hands.add,
        "formula": hands.formula,
        **{id: partial(_operator, hands, offer) for id, offer in OPERATORS.items()},
        "value": lambda: _with_one(hands, hands.cards.change_value),
        "track": lambda: _with_one(hands, lambda key: hands.builder.propose(lambda g: toggle_requires_grad(g, key))),
        "backward": lambda: _with_one(hands, lambda key: hands.builder.propose(lambda g: call_backward(g, key))),
        "detach": lambda: _detach(hands),
        "no_grad": lambda: _with_all(hands, toggle_no_grad),
        "rename": lambda: _with_one(hands, hands.cards.rename),
        "duplicate": lambda: _with_all(hands, duplicate),
        "extract": lambda: _with_all(hands, extract),
        "delete": hands.delete,
    }
    return {id: partial(_in_tensors, hands, deed) for id, deed in deeds.items()}


def _in_tensors(hands: Gestures, deed: Callable[[], object]) -> None:
    if hands.view.session.functions:
        hands.builder.refuse(FUNCTIONS)
    elif hands.builder.begin():
        deed()


def _operator(hands: Gestures, offer: Offer) -> None:
    chosen = hands.selected()
    if chosen:
        hands.begin(offer, chosen)
    else:
        hands.builder.refuse(NOTHING)


def _with_one(hands: Gestures, does: Callable[[str], object]) -> None:
    key = hands.view.session.selection
    if key is None:
        hands.builder.refuse(NOTHING)
    else:
        does(key)


def _with_all(hands: Gestures, gesture: Callable[[Ground, Sequence[str]], Proposal | Refused]) -> None:
    keys = hands.view.session.selected
    if keys:
        hands.builder.propose(lambda g: gesture(g, keys))
    else:
        hands.builder.refuse(NOTHING)


def _detach(hands: Gestures) -> None:
    edge = hands.view.session.edge
    placed = None if edge is None else hands.view.picture.edge(edge)
    if placed is None:
        hands.builder.refuse(Refused("Select an edge first: a click on it, or E on a card."))
    else:
        detach(hands, placed)


def detach(hands: Gestures, placed: PlacedEdge) -> None:
    """Cut an edge, or join it again."""
    if len(placed.uses) != 1:
        hands.builder.refuse(Refused("This line stands for several edges. Open the group, and select one of them."))
        return
    _, user, argument = placed.uses[0]
    ground = hands.builder.ground()
    name = "" if isinstance(ground, Refused) else ground.name(user)
    if hands.builder.propose(lambda g: toggle_detach(g, user, argument)) and name:
        hands.select_edge_after(name, argument)
