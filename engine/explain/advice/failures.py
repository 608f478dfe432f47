"""Which mistake ended a program: by torch's or Python's own message."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from engine.explain.advice import (
    cut,
    edits,
    everyday,
    freed,
    functions,
    leaves,
    missing,
    seeds,
    shapes,
    spelling,
    syntax,
)
from engine.explain.advice.model import Advice
from engine.explain.advice.past import Past
from engine.graph.scenes import Scenes
from engine.trace import events as ev
from engine.trace.trace import Trace

Explainer = Callable[[Past, ev.Failed], "Advice | None"]

RULES: tuple[tuple[str, Explainer], ...] = (
    (r"element \d+ of tensors does not require grad", cut.cut_graph),
    (r"One of the differentiated Tensors does not require grad", cut.not_tracked_input),
    (r"has been modified by an inplace operation", edits.edited_after_saved),
    (r"Trying to backward through the graph a second time", freed.second_backward),
    (r"leaf Variable that requires grad is being used in an in-place", edits.leaf_edit),
    (r"grad can be implicitly created only for scalar outputs", seeds.no_scalar),
    (r"Mismatch in shape: grad_output", seeds.wrong_shape),
    (r"can't optimize a non-leaf Tensor", leaves.non_leaf_parameter),
    (r"you can only change requires_grad flags of leaf", leaves.flag_of_result),
    (r"[Oo]nly Tensors of floating point", leaves.integers),
    (r"Can't call numpy\(\) on Tensor that requires grad", leaves.to_numpy),
    (r"appears to not have been used in the graph", missing.unused),
    (r"returned an incorrect number of gradients", functions.gradient_count),
    (r"shapes cannot be multiplied", shapes.matrices),
    (r"must match the size of tensor b", shapes.broadcast),
    (r"must have the same dtype|to have the same dtype|Found dtype", shapes.dtypes),
    (r"NoneType", missing.none_grad),
    (r"'tuple'", missing.tuple_of_gradients),
    (r"unexpected keyword argument|invalid combination of arguments", spelling.argument),
    (r"has no attribute '", spelling.attribute),
    (r"^cannot import name '", spelling.imported),
    (r"^name '|^cannot access local variable", spelling.name),
)


def failure_advice(trace: Trace, scenes: Scenes) -> Advice | None:
    """What the error that ended a run means; None if it ran to its end, or for errors that explain themselves.

    Raises nothing: what cannot be explained gets no advice.
    """
    failed = trace.failure
    if failed is None or failed.kind not in ("error", "syntax"):
        return None
    place = len(trace.events) - 1
    past = Past(trace, scenes, place)
    found: Advice | None = None
    if failed.kind == "syntax":
        found = syntax.no_python(past, failed)
    else:
        for pattern, explain in RULES:
            if found is None and re.search(pattern, failed.message):
                found = explain(past, failed)
        if found is None:
            found = everyday.everyday(past, failed)
    if found is None:
        return None
    causes = tuple(replace(c, span=past.source.head(c.span)) for c in found.causes)
    return replace(found, causes=causes, message=message_of(failed), event=place, error=True)


def message_of(failed: ev.Failed) -> str:
    """A failure in Python's form: ``RuntimeError: …``."""
    return f"{failed.type}: {failed.message}"
