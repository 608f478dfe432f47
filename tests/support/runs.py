"""Programs run in this process, for tests that look at their traces."""

from __future__ import annotations

from functools import lru_cache

from engine.explain.moment import Moment
from engine.graph.scenes import Scenes
from engine.program.budget import Limits
from engine.program.run import run_program
from engine.trace import events as ev
from engine.trace.trace import Trace

FIRST = """import torch
w = torch.tensor([1.], requires_grad=True)
x = torch.tensor([2.], requires_grad=True)
a = torch.add(w, x)
b = torch.add(w, 1)
y = torch.mul(a, b)
y.backward(retain_graph=True)
print(w.grad, x.grad)
"""

TRAINING = """import torch
import torch.nn as nn
model = nn.Linear(1, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x = torch.tensor([[1.0], [2.0], [3.0]])
y = torch.tensor([[2.0], [4.0], [6.0]])
for epoch in range(5):
    predictions = model(x)
    loss = criterion(predictions, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f'Epoch {epoch}, Loss: {loss.item():.4f}')
"""


def events_of(source: str, limits: Limits | None = None) -> list[ev.AnyEvent]:
    events: list[ev.AnyEvent] = []
    run_program(source, events.append, limits)
    return events


@lru_cache(maxsize=64)
def trace_of(source: str) -> Trace:
    return Trace(source, events_of(source))


@lru_cache(maxsize=64)
def scenes_of(source: str) -> Scenes:
    scenes = Scenes()
    scenes.extend(trace_of(source).events)
    return scenes


def moment_of(source: str, cursor: int | None = None) -> Moment:
    """A program at a cursor; at its end if none is given."""
    trace = trace_of(source)
    return Moment.at(trace, scenes_of(source), len(trace) if cursor is None else cursor)


def printed(source: str) -> str:
    return "".join(e.text for e in trace_of(source).events if isinstance(e, ev.Printed))


def only(kind: type, source: str) -> list:
    return [e for e in trace_of(source).events if isinstance(e, kind)]


def tensor_named(m: Moment, name: str) -> int:
    """The tensor that a name stands for at a moment."""
    for (_, bound), binding in m.state.names.items():
        for path, tensor in binding.tensors:
            if bound + path == name:
                return tensor
    raise KeyError(name)
