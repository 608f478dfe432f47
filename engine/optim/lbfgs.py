"""L-BFGS, with a line search if asked. Source: torch/optim/lbfgs.py.

Numbers that torch keeps as 0-d tensors are numpy scalars here, of the parameters' dtype.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.modes import enable_grad, no_grad
from engine.node import Raw
from engine.ops.storage import store
from engine.optim.linesearch import strong_wolfe
from engine.optim.numbers import add_scaled
from engine.optim.optimizer import Optimizer, check_settings
from engine.state import state as run_state
from engine.tensors import Tensor


class LBFGS(Optimizer):
    """Newton's method with a curvature that is estimated from the last steps; needs a closure."""

    __module__ = "torch.optim.lbfgs"

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_settings(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params: list[Tensor] = self.param_groups[0]["params"]

    # --- all parameters as one vector -------------------------------------------------------

    def _gradient(self) -> Raw:
        parts = [np.zeros(p.numel(), p._data.dtype) if p._grad is None else p._grad._data for p in self._params]
        return np.concatenate([np.ravel(part) for part in parts])

    def _move(self, size: Any, direction: Raw) -> None:
        begin = 0
        for p in self._params:
            end = begin + p.numel()
            part = direction[begin:end].reshape(p._data.shape)
            store(p, add_scaled(p._data, part, float(size)), "step")
            begin = end

    def _evaluate(self, closure: Callable[[], Any], start: list[Raw], size: Any, direction: Raw) -> tuple[float, Raw]:
        """Loss and gradient after a step, which is taken back."""
        self._move(size, direction)
        loss = float(closure())
        gradient = self._gradient()
        for p, values in zip(self._params, start, strict=True):
            store(p, values, "step")
        return loss, gradient

    # --- the step ---------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Several iterations; ``closure`` computes the loss and its gradient anew."""
        if closure is None:
            raise TypeError("LBFGS.step() missing 1 required positional argument: 'closure'")
        recorder = run_state.recorder
        if recorder is not None:
            recorder.entered("optimizer", "step")
        with no_grad():
            loss = self._iterate(enable_grad()(closure))
        if recorder is not None:
            recorder.left("optimizer", "step")
        return loss

    def _iterate(self, closure: Callable[[], Any]) -> Any:
        group, memory = self.param_groups[0], self.state[self._params[0]]
        memory.setdefault("func_evals", 0)
        memory.setdefault("n_iter", 0)
        first = closure()
        loss = float(first)
        evaluations = 1
        memory["func_evals"] += 1
        gradient = self._gradient()
        if np.abs(gradient).max() <= group["tolerance_grad"]:
            return first
        for iteration in range(1, group["max_iter"] + 1):
            memory["n_iter"] += 1
            direction = self._direction(memory, gradient, group["history_size"])
            before = loss
            size = group["lr"]
            if memory["n_iter"] == 1:
                size = min(1.0, 1.0 / np.abs(gradient).sum()) * size
            memory["t"] = size
            slope = np.dot(gradient, direction)
            if slope > -group["tolerance_change"]:
                break
            more = 0
            if group["line_search_fn"] is not None:
                loss, gradient, size, more = self._search(closure, size, direction, loss, gradient, slope, evaluations)
                memory["t"] = size
                self._move(size, direction)
            else:
                self._move(size, direction)
                if iteration != group["max_iter"]:
                    loss = float(closure())
                    gradient = self._gradient()
                    more = 1
            evaluations += more
            memory["func_evals"] += more
            if self._finished(iteration, evaluations, gradient, direction * size, loss - before):
                break
        memory["prev_loss"] = before
        return first

    def _finished(self, iteration: int, evaluations: int, gradient: Raw, move: Raw, change: float) -> bool:
        group = self.param_groups[0]
        return bool(
            iteration == group["max_iter"]
            or evaluations >= group["max_eval"]
            or np.abs(gradient).max() <= group["tolerance_grad"]
            or np.abs(move).max() <= group["tolerance_change"]
            or abs(change) < group["tolerance_change"]
        )

    @staticmethod
    def _direction(memory: dict[str, Any], gradient: Raw, history: int) -> Raw:
        """Down the gradient, bent by the curvature of the last steps."""
        if memory["n_iter"] == 1:
            memory.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            direction = -gradient
        else:
            y, s = gradient - memory["prev_flat_grad"], memory["d"] * memory["t"]
            curvature = np.dot(y, s)
            changes, moves, inverses = memory["old_dirs"], memory["old_stps"], memory["ro"]
            if curvature > 1e-10:
                if len(changes) == history:
                    for memories in (changes, moves, inverses):
                        memories.pop(0)
                changes.append(y)
                moves.append(s)
                inverses.append(1.0 / curvature)
                memory["H_diag"] = curvature / np.dot(y, y)
            q = -gradient
            weights: list[Any] = [None] * len(changes)
            for i in reversed(range(len(changes))):
                weights[i] = np.dot(moves[i], q) * inverses[i]
                q = add_scaled(q, changes[i], -float(weights[i]))
            direction = q * memory["H_diag"]
            for i in range(len(changes)):
                back = np.dot(changes[i], direction) * inverses[i]
                direction = add_scaled(direction, moves[i], float(weights[i] - back))
        memory.update(d=direction, prev_flat_grad=gradient.copy())
        return direction

    def _search(
        self,
        closure: Callable[[], Any],
        size: Any,
        direction: Raw,
        loss: float,
        gradient: Raw,
        slope: Any,
        evaluations: int,
    ) -> tuple[float, Raw, Any, int]:
        group = self.param_groups[0]
        if group["line_search_fn"] != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        start = [np.array(p._data) for p in self._params]

        def at(t: Any) -> tuple[float, Raw]:
            return self._evaluate(closure, start, t, direction)

        return strong_wolfe(at, size, direction, loss, gradient, slope, group["max_eval"] - evaluations)
