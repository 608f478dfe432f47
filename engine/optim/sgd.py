"""Stochastic gradient descent. Source: torch/optim/sgd.py."""

from __future__ import annotations

from typing import Any

from engine.node import Raw
from engine.ops.accumulate import owned
from engine.ops.storage import store, write
from engine.optim.numbers import add_scaled
from engine.optim.optimizer import Optimizer, check_settings
from engine.tensors import Tensor, leaf


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
        check_settings(lr, momentum=momentum, weight_decay=weight_decay)
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
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Raw, group: dict[str, Any]) -> None:
        if group["weight_decay"] or group["maximize"]:
            g = self.decayed(p, g, group)
        momentum = group["momentum"]
        if momentum:
            memory = self.state[p]
            velocity = memory.get("momentum_buffer")
            if velocity is None:
                velocity = memory["momentum_buffer"] = leaf(owned(g))
            else:
                write(velocity, add_scaled(velocity._data * momentum, g, 1 - group["dampening"]))
            g = add_scaled(g, velocity._data, momentum) if group["nesterov"] else velocity._data
        store(p, add_scaled(p._data, g, -float(group["lr"])), "step")
