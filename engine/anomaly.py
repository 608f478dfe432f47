"""Anomaly detection: which line of the program made the op whose backward went wrong."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.node import Node
from engine.state import state, warn

ENABLED = (
    "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging."
)
_OWN = str(Path(__file__).parent)


def is_anomaly_enabled() -> bool:
    """Whether anomaly detection is on."""
    return state.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly detection looks for nan."""
    return state.check_nan


def set_anomaly_enabled(mode: bool, check_nan: bool = True) -> None:
    """Switch anomaly detection, with or without the search for nan."""
    state.anomaly = mode
    state.check_nan = check_nan
    state.watched = mode or state.saving is not None


class set_detect_anomaly:
    """Switches at once when called; as a context manager it switches back at the end of the block."""

    __module__ = "torch.autograd.anomaly_mode"

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.prev = state.anomaly
        self.prev_check_nan = state.check_nan
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        set_anomaly_enabled(self.prev, self.prev_check_nan)


class detect_anomaly:
    """A block with anomaly detection; torch warns that it is slow."""

    __module__ = "torch.autograd.anomaly_mode"

    def __init__(self, check_nan: bool = True) -> None:
        self.prev = state.anomaly
        self.prev_check_nan = state.check_nan
        self.check_nan = check_nan
        warn(ENABLED)

    def __enter__(self) -> None:
        set_anomaly_enabled(True, self.check_nan)

    def __exit__(self, *exc: object) -> None:
        set_anomaly_enabled(self.prev, self.prev_check_nan)


def remember(node: Node) -> None:
    """Keep with a new node where the program made it, and the node whose backward did, if one is running."""
    frames = []
    for frame, line in traceback.walk_stack(sys._getframe(1)):
        if frame.f_code.co_filename.startswith(_OWN):
            if frame.f_code.co_name == "run_program":
                break
            continue
        frames.append((frame, line))
    lines = traceback.StackSummary.extract(iter(reversed(frames))).format()
    node.metadata["traceback_"] = lines
    node.side().parent = state.evaluating


@contextlib.contextmanager
def guarded(node: Node) -> Iterator[None]:
    """Run a node; if it fails, warn of the call that made it, and of the calls by which that came about."""
    before, state.evaluating = state.evaluating, node
    try:
        yield
    except Exception:
        _tell(node)
        raise
    finally:
        state.evaluating = before


def _tell(node: Node) -> None:
    """Source: ``AnomalyMetadata::print_stack`` in torch/csrc/autograd/anomaly_mode.cpp."""
    if "traceback_" not in node.metadata:
        warn(
            f"Error detected in {node.name()}. No forward pass information available. Enable detect anomaly during "
            "forward pass for more information."
        )
        return
    warn(
        f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n"
        + "".join(node.metadata["traceback_"])
    )
    parent = node.side().parent
    while parent is not None:
        if "traceback_" not in parent.metadata:
            warn(
                f"\n\nPrevious calculation was induced by {parent.name()}. No forward pass information available. "
                "Enable detect anomaly during forward pass for more information."
            )
            return
        warn(
            f"\n\nPrevious calculation was induced by {parent.name()}. Traceback of forward call that induced the "
            "previous calculation:\n" + "".join(parent.metadata["traceback_"])
        )
        parent = parent.side().parent


def check_nan(node: Node, sent: Sequence[Any]) -> None:
    """Raise torch's RuntimeError if a node sends a nan."""
    for i, g in enumerate(sent):
        if g is not None and np.isnan(getattr(g, "_data", g)).any():
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")
