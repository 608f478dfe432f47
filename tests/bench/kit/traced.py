"""A run whose graph is a given one: the engine computes it, forwards and back, under a recorder."""

from __future__ import annotations

from collections.abc import Sequence

from engine.graph.scenes import Scenes
from engine.trace import codec
from engine.trace import events as ev
from engine.trace.trace import Trace

SOURCE = "import torch\n"


def traced(count: int, edges: Sequence[tuple[int, int]]) -> tuple[Trace, Scenes]:
    """The run and its cards. Tensor ``i`` is node ``i``; edges lead from lower numbers to higher ones.

    A node has at most three operands.
    """
    from engine import autograd
    from engine import torch_api as torch
    from engine.state import fresh_state
    from engine.trace.recorder import Recorder

    operands: list[list[int]] = [[] for _ in range(count)]
    used = [False] * count
    for source, target in edges:
        operands[target].append(source)
        used[source] = True
    events: list[ev.AnyEvent] = []
    names = torch.NAMES
    binary = (names["add"], names["mul"], names["sub"])
    made = []
    recorder = Recorder(lambda recorder: events.extend(codec.unpack(recorder.take())))
    with fresh_state(recorder):
        for i, sources in enumerate(operands):
            given = [made[source] for source in sources]
            if not given:
                made.append(names["tensor"](0.5 + i % 7 / 8, requires_grad=True))
            elif len(given) == 1:
                made.append(names["tanh"](given[0]))
            elif len(given) == 2:
                made.append(binary[i % 3](*given))
            else:
                made.append(names["addcmul"](*given))
        autograd.backward([t for i, t in enumerate(made) if not used[i] and operands[i]])
        # What dies with this function is no news to the viewer.
        recorder.finish()
    recorder.close(ev.Finished())
    trace, scenes = Trace(SOURCE, events), Scenes()
    scenes.extend(trace.events)
    return trace, scenes
