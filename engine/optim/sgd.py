"""Stochastic gradient descent. Source: torch/optim/sgd.py."""

from __future__ import annotations

from typing import Any

from engine.node import Raw
from engine.ops.storage import store
from engine.optim.optimizer import Optimizer
from engine.tensors import Tensor


class SGD(Optimizer):
    """``p -= lr * g``, with momentum, dampening, weight decay and Nesterov's variant."""

    __module__ = "torch.optim.sgd"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def update(self, p: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        g: Raw = grad._data
        if group["maximize"]:
            g = -g
        if group["weight_decay"]:
            g = g + p._data * group["weight_decay"]
        momentum = group["momentum"]
        if momentum:
            memory = self.state[p]
            velocity = memory.get("momentum_buffer")
            velocity = g.copy() if velocity is None else velocity * momentum + g * (1 - group["dampening"])
            memory["momentum_buffer"] = velocity
            g = g + velocity * momentum if group["nesterov"] else velocity
        store(p, p._data - g * group["lr"], "step")
