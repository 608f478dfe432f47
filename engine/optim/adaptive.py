"""Optimisers that scale each element's steps: RMSprop, Adagrad, Adadelta, Rprop; and averaged SGD.

Source: the files of these names in torch/optim.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.roots import sqrt
from engine.ops.storage import store, write
from engine.optim.numbers import add_product, add_quotient, add_scaled, lerp
from engine.optim.optimizer import Optimizer, check_settings, counted, counter, zeros_for
from engine.tensors import Tensor, leaf


class RMSprop(Optimizer):
    """Steps divided by the root of the running mean of the squared gradient."""

    __module__ = "torch.optim.rmsprop"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_settings(lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Raw, group: dict[str, Any]) -> None:
        memory = self.state[p]
        momentum, alpha, kind = group["momentum"], group["alpha"], p._data.dtype.type
        if not memory:
            memory.update(step=counter(), square_avg=zeros_for(p))
            if momentum > 0:
                memory["momentum_buffer"] = zeros_for(p)
            if group["centered"]:
                memory["grad_avg"] = zeros_for(p)
        counted(memory)
        g = self.decayed(p, g, group)
        squares = memory["square_avg"]
        write(squares, add_product(squares._data * kind(alpha), g, g, 1 - alpha))
        scale = squares._data
        if group["centered"]:
            mean = memory["grad_avg"]
            write(mean, lerp(mean._data, g, 1 - alpha))
            scale = add_product(scale, mean._data, mean._data, -1.0)
        scale = sqrt(scale) + kind(group["eps"])
        lr = float(group["lr"])
        if momentum > 0:
            velocity = memory["momentum_buffer"]
            write(velocity, add_quotient(velocity._data * kind(momentum), g, scale, 1.0))
            store(p, add_scaled(p._data, velocity._data, -lr), "step")
        else:
            store(p, add_quotient(p._data, g, scale, -lr), "step")


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients."""

    __module__ = "torch.optim.adagrad"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_settings(
            lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                self._begin(p)

    def _begin(self, p: Tensor) -> None:
        first = self.defaults["initial_accumulator_value"]
        self.state[p].update(step=counter(), sum=leaf(np.full_like(p._data, first)))

    def update(self, p: Tensor, g: Raw, group: dict[str, Any]) -> None:
        if not self.state[p]:
            self._begin(p)
        memory = self.state[p]
        step = counted(memory)
        g = self.decayed(p, g, group)
        lr = float(group["lr"]) / (1 + (step - 1) * group["lr_decay"])
        squares = memory["sum"]
        write(squares, add_product(squares._data, g, g, 1.0))
        scale = sqrt(squares._data) + p._data.dtype.type(group["eps"])
        store(p, add_quotient(p._data, g, scale, -lr), "step")


class Adadelta(Optimizer):
    """Steps as large as the recent ones were, for gradients as large as the recent ones were."""

    __module__ = "torch.optim.adadelta"

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_settings(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_settings(eps=eps, weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Raw, group: dict[str, Any]) -> None:
        memory = self.state[p]
        if not memory:
            memory.update(step=counter(), square_avg=zeros_for(p), acc_delta=zeros_for(p))
        counted(memory)
        g = self.decayed(p, g, group)
        rho, kind = group["rho"], p._data.dtype.type
        squares, moves = memory["square_avg"], memory["acc_delta"]
        write(squares, add_product(squares._data * kind(rho), g, g, 1 - rho))
        eps = kind(group["eps"])
        move = sqrt(moves._data + eps) / sqrt(squares._data + eps) * g
        write(moves, add_product(moves._data * kind(rho), move, move, 1 - rho))
        store(p, add_scaled(p._data, move, -float(group["lr"])), "step")


class Rprop(Optimizer):
    """Steps by the sign of the gradient alone, larger while it stays and smaller when it turns."""

    __module__ = "torch.optim.rprop"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_settings(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Raw, group: dict[str, Any]) -> None:
        memory = self.state[p]
        if not memory:
            first = leaf(np.full_like(p._data, float(group["lr"])))
            memory.update(step=counter(), prev=zeros_for(p), step_size=first)
        counted(memory)
        g = -g if group["maximize"] else g
        smaller, larger = group["etas"]
        product = g * memory["prev"]._data
        factor = np.where(product > 0, larger, np.where(product < 0, smaller, 1)).astype(g.dtype)
        size = np.clip(memory["step_size"]._data * factor, *group["step_sizes"]).astype(g.dtype)
        write(memory["step_size"], size)
        g = np.where(product < 0, g.dtype.type(0), g)[()]
        store(p, add_product(p._data, np.sign(g), size, -1.0), "step")
        write(memory["prev"], g)


class ASGD(Optimizer):
    """SGD that also keeps the average of the parameters."""

    __module__ = "torch.optim.asgd"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_settings(lr, weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Raw, group: dict[str, Any]) -> None:
        memory, lr = self.state[p], float(group["lr"])
        if not memory:
            memory.update(step=counter(), eta=counter(lr), mu=counter(1.0), ax=zeros_for(p))
        step = counted(memory)
        g = self.decayed(p, g, group)
        rate, average, weight = float(memory["eta"]._data), memory["ax"], memory["mu"]
        store(p, p._data * p._data.dtype.type(1 - group["lambd"] * rate), "step")
        store(p, add_scaled(p._data, g, -rate), "step")
        if float(weight._data) != 1:
            write(average, average._data + (p._data - average._data) * weight._data)
        else:
            write(average, p._data)
        write(memory["eta"], lr / ((1 + group["lambd"] * lr * step) ** group["alpha"]))
        write(weight, 1 / max(1, step - group["t0"]))
