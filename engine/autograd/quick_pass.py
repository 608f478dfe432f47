"""The backward pass on arrays alone: what :func:`backward_pass` does, written for speed.

Read that one first: this one gives the same gradients in the same order, and a test holds it to that. It sets at once
to a node that is ready when no other is.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import getrefcount
from typing import Any

import numpy as np
from msgspec.structs import astuple

from engine import hooks
from engine.autograd.backward_pass import Pass, count_senders, fit, hand_on, run_node
from engine.node import AccumulateGrad, Node
from engine.ops.accumulate import add_to_grad
from engine.ops.context import NumpyContext
from engine.queue import ReadyQueue
from engine.state import state

ONLY_IN_BUFFER = 2
"""References to a gradient that only the buffer of its node holds; one is the question's own."""


def run_quickly(run: Pass) -> None:
    """Run the graph under ``run.root``, which is to get no graph of its own; whoever records is told of each node."""
    recorder = state.recorder
    c = NumpyContext()
    wanted = c.needed = run.wanted
    needed, captures, release = run.needed, run.captures, not run.keep_graph
    waiting = run.reached = run.reached or count_senders(run.root)
    buffers: dict[Node, list[Any]] = {}
    ready = ReadyQueue()
    node: Node | None = run.root
    received = run.seeds
    ndarray = np.ndarray

    while True:
        if node is None:
            if not ready:
                return
            node = ready.take()
            received = buffers.pop(node)
        vjps = node.rules
        if vjps is None:
            g = back = None  # to hold no gradient that a leaf is about to take over
            if _accumulated(node, received, run):
                node = None
                continue
        else:
            # One by one these cost more: nodes are of many classes, and Python looks up anew in each.
            edges, saved, form, _, _, params, numbers, _, attached, _ = astuple(node)
        if vjps is None or attached is not None or type(form) is list or state.anomaly or node in captures:
            saved = None  # for what is given up in there to be gone at once
            careful = _run_with_care(node, received, run, c)
            if careful:
                hand_on(node, careful, run, buffers, ready)
            node = None
            continue
        if needed is not None and node not in needed:
            node = None
            continue

        g = received[0]
        if recorder is not None:
            sent: list[tuple[int, Node, Any]] = []
            run.node = node
        if g is not None:
            c.node = node
            if saved != ():
                c.load(node)
        after: Node | None = None
        i = -1
        for target in edges:
            i += 1
            if target is None or (wanted is not None and target not in wanted):
                continue
            shape = target.shape
            back = None
            if g is not None:
                vjp = vjps[i]
                if vjp is not None:
                    back = vjp(g, c)
                    if type(back) is ndarray:
                        if back.shape != shape or back.dtype is not target.dtype:
                            back = fit(back, node, i, c)
                    elif back is not None and (shape or type(back) is not target.dtype.type):
                        back = fit(back, node, i, c)
            if recorder is not None and back is not None:
                sent.append((i, target, back))
            buffer = buffers.pop(target, None)
            if buffer is None:
                buffer = [back]
                if type(shape) is list:
                    number = 0 if numbers is None else numbers[i]
                    buffer = [back if number == k else None for k in range(len(shape))]
            elif back is not None:
                number = 0 if numbers is None else numbers[i]
                buffer[number] = back if buffer[number] is None else buffer[number] + back
            left = waiting[target]
            if left == 1 and after is None and not ready:
                after, received = target, buffer
                continue
            buffers[target] = buffer
            if left != 1:
                waiting[target] = left - 1
                continue
            if after is not None:
                ready.push(after)
                buffers[after] = received
                after = None
            ready.push(target)
        if release:
            if saved:
                node.saved = saved = None
            if params is not None and node.spec.holds:
                node.release()
        if recorder is not None:
            recorder.ran(node, g, sent)
        node = after


def _accumulated(node: Node, received: list[Any], run: Pass) -> bool:
    """Add to the leaf's ``.grad`` if that is all there is to do: no hooks, and nothing asked of the node."""
    if type(node) is not AccumulateGrad or node.hooks is not None or run.needed is not None or state.anomaly:
        return False
    variable = node.variable
    more = variable._more
    if more is not None and (more.hooks or more.post_hooks):
        return False
    recorder = state.recorder
    if received[0] is None or not variable._track:
        return recorder is None
    # As in torch, a gradient that nobody else holds becomes the leaf's without being copied.
    alone = getrefcount(received[0]) == ONLY_IN_BUFFER
    if recorder is None:
        add_to_grad(variable, received[0], alone)
    else:
        run.node = node
        recorder.accumulated(node, received[0], *add_to_grad(variable, received[0], alone))
    return True


def _run_with_care(node: Node, received: list[Any], run: Pass, c: NumpyContext) -> Sequence[Any]:
    """Run a node that is not simply its vjps; nothing is sent where it was not to run."""
    run.node = node
    if node.hooks is not None or type(node) is AccumulateGrad:
        received = hooks.call_tensor_hooks(node, received, c)
    if node in run.captures:
        for number, place in run.captures[node]:
            run.results[place] = received[number]
    if run.needed is not None and node not in run.needed:
        return ()
    run.received = received
    sent = run.sent = run_node(node, run, c)
    run.added, c.added = c.added, None
    if state.recorder is not None:
        state.recorder.visited(run)
    if type(node) is AccumulateGrad:
        hooks.call_post_accumulate(node)
        if node.hooks is not None and node.hooks.post:
            hooks.call_posthooks(node, sent, run.received, c)
    return sent
