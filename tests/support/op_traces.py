"""Samples of the OpSpec table as runs: the op's call, and a backward pass through it, as the window would see them."""

from __future__ import annotations

from typing import Any

from engine.explain.moment import Moment
from engine.graph.scenes import Scenes
from engine.ops.spec import OpSpec
from engine.state import fresh_state
from engine.trace import codec
from engine.trace import events as ev
from engine.trace.recorder import Recorder
from engine.trace.trace import Trace
from tests.support.library import torch
from tests.support.op_calls import arguments, function, outputs, seed_for


def moment_of_sample(spec: OpSpec, index: int) -> Moment | None:
    """The end of the run of a sample whose tensors are called x0, x1 … and y0, y1 …; None if nothing is tracked."""
    events: list[ev.AnyEvent] = []
    recorder = Recorder(lambda recorder: events.extend(codec.unpack(recorder.take())))
    with fresh_state(recorder) as state:
        leaves: list[Any] = []
        args, kwargs = arguments(torch, spec, index, leaves)
        _name(recorder, "x", leaves)
        result = function(torch, spec.call)(*args, **kwargs)
        outs = [o for o in outputs(result) if getattr(o, "requires_grad", False)]
        _name(recorder, "y", outs)
        if outs:
            seeds = [seed_for(torch, o, f"{spec.name}/{index}/seed/{k}") for k, o in enumerate(outs)]
            torch.autograd.backward(outs, seeds)
        state.recorder = None
    recorder.finish()
    events += codec.unpack(recorder.take())
    if not outs:
        return None
    trace = Trace("", events)
    scenes = Scenes()
    scenes.extend(trace.events)
    return Moment.at(trace, scenes, len(trace))


def _name(recorder: Recorder, letter: str, tensors: list[Any]) -> None:
    for i, t in enumerate(tensors):
        recorder.emit(ev.Bound(name=f"{letter}{i}", tensors=[("", recorder.tensor(t))]))
