"""Where edges leave and enter a node: distinct points of its side, in an order that avoids crossings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.layout.arrays import Floats, Ints
from engine.layout.dummies import Layered

PITCH = 18.0
"""The distance of two ports on one side of a node in px, if there is room."""
SIDE = 0.65
"""The share of a side, around its middle, that ports take up."""
SLIDE = 20.0
"""How far the ports of a side slide at most, in px: near the corners nothing should leave."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Coordinates across the flow in px, per segment; at a dummy, the lane itself."""

    leave: Floats
    enter: Floats


def assign_ports(layered: Layered, place: Ints, x: Floats, breadth: Floats) -> Ports:
    """Spread the ends of the segments over the sides of the nodes.

    Arrivals stand in argument order, departures in the order of where they go. The ports of a side keep
    their pitch but slide together, so that an edge that can run straight does.
    """
    upper, lower = layered.upper, layered.lower
    arriving = np.lexsort((layered.slot, place[lower]))
    enter = _side(layered, arriving, lower, x, x[upper] + np.nan_to_num(layered.leave), breadth)
    goal = np.empty(len(upper), np.int64)
    goal[arriving] = np.arange(len(upper))
    leave = _side(layered, np.lexsort((goal, layered.exit, place[upper])), upper, x, enter, breadth, True)
    # What should be one coordinate is one to the last bit.
    return Ports(leave.round(6), enter.round(6))


def _side(
    layered: Layered, order: Ints, end: Ints, x: Floats, far: Floats, breadth: Floats, leaving: bool = False
) -> Floats:
    """The coordinate of each segment at its ``end``, given those at the ``far`` ends.

    ``order`` lists the segments so that those of one end are together, in the order of their ports. Where
    only one arrives it uses the middle; where only one leaves it may go straight to where it arrives.
    """
    fixed = layered.leave if leaving else layered.enter
    free = np.isnan(fixed)
    result = x[end] + np.where(free, 0.0, fixed)
    mine = order[((end < layered.nodes) & free)[order]]
    if not len(mine):
        return result
    node = end[mine]
    starts = np.flatnonzero(np.concatenate(([True], node[1:] != node[:-1])))
    count = np.diff(np.append(starts, len(node)))
    which = np.repeat(np.arange(len(starts)), count)
    nth = np.arange(len(node)) - starts[which]
    room = breadth[node[starts]] * SIDE
    gaps = np.maximum(count - 1, 1)
    pitch = np.minimum(PITCH, room / gaps)
    if not leaving:
        # Two or three arrivals stay so close that each of them can be slid to the middle.
        pitch = np.minimum(pitch, np.maximum(room / (2 * gaps), PITCH / 2))
    spread = pitch * (count - 1) / 2.0
    port = nth * pitch[which] - spread[which]
    shift = _slide(far[mine] - x[node] - port, which, starts, count, np.clip(room / 2.0 - spread, 0.0, SLIDE))
    if not leaving:
        shift[count == 1] = 0.0
    result[mine] = x[node] + port + shift[which]
    return result


def _slide(wish: Floats, which: Ints, starts: Ints, count: Ints, free: Floats) -> Floats:
    """How far the ports of each side slide, at most ``free``; ``wish`` would make its own edge straight.

    The median wish; with an even number anything between the middle two, as little as possible. Of the
    wishes within reach, the one nearest to that is granted.
    """
    ranked = wish[np.lexsort((wish, which))]
    low, high = ranked[starts + (count - 1) // 2], ranked[starts + count // 2]
    shift = np.clip(np.clip(0.0, low, high), -free, free)
    off = np.abs(wish - shift[which])
    off[np.abs(wish) > free[which] + 1e-9] = np.inf
    first = np.lexsort((off, which))[starts]
    return np.where(np.isfinite(off[first]), wish[first], shift)
