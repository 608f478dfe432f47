"""What a program did, as an immutable list of events; the state at any moment is a fold over them."""

from __future__ import annotations

from engine.trace.events import Event, Span
from engine.trace.state import State
from engine.trace.steps import Phase, Step
from engine.trace.trace import Trace
from engine.trace.values import Value

__all__ = ["Event", "Phase", "Span", "State", "Step", "Trace", "Value"]
