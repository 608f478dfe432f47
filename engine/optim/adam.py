"""Adam and its relatives: AdamW, Adamax, NAdam, RAdam. Source: torch/optim/adam.py and the files beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.node import Raw
from engine.ops.roots import sqrt
from engine.ops.storage import store, write
from engine.optim.numbers import add_product, add_quotient, add_scaled, lerp
from engine.optim.optimizer import Optimizer, check_betas, check_settings, counted, counter, zeros_for
from engine.tensors import Tensor


def _two_means(p: Tensor, g: Raw, memory: dict[str, Any], betas: Any) -> None:
    """Move the running means of the gradient and of its square."""
    first, second = memory["exp_avg"], memory["exp_avg_sq"]
    write(first, lerp(first._data, g, 1 - betas[0]))
    write(second, add_product(second._data * p._data.dtype.type(betas[1]), g, g, 1 - betas[1]))


def _remembered(optimizer: Optimizer, p: Tensor, *names: str) -> dict[str, Any]:
    """What is remembered of a parameter; at first no step and zeros under ``names``."""
    memory = optimizer.state[p]
    if not memory:
        memory["step"] = counter()
        memory.update((name, zeros_for(p)) for name in names)
    return memory


def _shrink(p: Tensor, group: dict[str, Any]) -> None:
    """Decoupled weight decay: the parameter itself, not its gradient."""
    store(p, p._data * p._data.dtype.type(1 - float(group["lr"]) * group["weight_decay"]), "step")


class Adam(Optimizer):
    """Steps along the running mean of the gradient, divided by the root of the running mean of its square."""

    __module__ = "torch.optim.adam"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_settings(lr, eps=eps)
        check_betas(betas)
        check_settings(weight_decay=weight_decay)
        if not (isinstance(betas[0], float) and isinstance(betas[1], float)):
            raise ValueError("betas must be either both floats or both Tensors")
        defaults = {
            "lr": lr,
            "betas": tuple(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Raw, group: dict[str, Any]) -> None:
        highest = ["max_exp_avg_sq"] if group["amsgrad"] else []
        memory = _remembered(self, p, "exp_avg", "exp_avg_sq", *highest)
        step = counted(memory)
        if group["decoupled_weight_decay"]:
            g = -g if group["maximize"] else g
            if group["weight_decay"] != 0:
                _shrink(p, group)
        else:
            g = self.decayed(p, g, group)
        betas, kind = group["betas"], p._data.dtype.type
        _two_means(p, g, memory, betas)
        squares = memory["exp_avg_sq"]._data
        if group["amsgrad"]:
            squares = np.maximum(memory["max_exp_avg_sq"]._data, squares)
            write(memory["max_exp_avg_sq"], squares)
        scale = sqrt(squares) / kind((1 - betas[1] ** step) ** 0.5) + kind(group["eps"])
        size = float(group["lr"]) / (1 - betas[0] ** step)
        store(p, add_quotient(p._data, memory["exp_avg"]._data, scale, -size), "step")


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters themselves."""

    __module__ = "torch.optim.adamw"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )


class Adamax(Optimizer):
    """Adam with the largest recent gradient in the place of the root of the mean square."""

    __module__ = "torch.optim.adamax"

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_settings(lr, eps=eps)
        check_betas(betas)
        check_settings(weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Raw, group: dict[str, Any]) -> None:
        memory = _remembered(self, p, "exp_avg", "exp_inf")
        step = counted(memory)
        g = self.decayed(p, g, group)
        betas, kind = group["betas"], p._data.dtype.type
        first, largest = memory["exp_avg"], memory["exp_inf"]
        write(first, lerp(first._data, g, 1 - betas[0]))
        write(largest, np.maximum(largest._data * kind(betas[1]), np.abs(g) + kind(group["eps"])))
        size = float(group["lr"]) / (1 - betas[0] ** step)
        store(p, add_quotient(p._data, first._data, largest._data, -size), "step")


class NAdam(Optimizer):
    """Adam with Nesterov's momentum."""

    __module__ = "torch.optim.nadam"

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_settings(lr, eps=eps)
        check_betas(betas)
        check_settings(weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Raw, group: dict[str, Any]) -> None:
        memory = self.state[p]
        if not memory:
            memory.update(step=counter(), mu_product=counter(1.0), exp_avg=zeros_for(p), exp_avg_sq=zeros_for(p))
        step = counted(memory)
        if group["decoupled_weight_decay"]:
            g = -g if group["maximize"] else g
            if group["weight_decay"] != 0:
                _shrink(p, group)
        else:
            g = self.decayed(p, g, group)
        betas, decay, lr = group["betas"], group["momentum_decay"], float(group["lr"])
        now = betas[0] * (1.0 - 0.5 * (0.96 ** (step * decay)))
        then = betas[0] * (1.0 - 0.5 * (0.96 ** ((step + 1) * decay)))
        product = memory["mu_product"]
        write(product, product._data * product._data.dtype.type(now))
        so_far = float(product._data)
        _two_means(p, g, memory, betas)
        kind = p._data.dtype.type
        scale = sqrt(memory["exp_avg_sq"]._data / kind(1 - betas[1] ** step)) + kind(group["eps"])
        store(p, add_quotient(p._data, g, scale, -lr * (1.0 - now) / (1.0 - so_far)), "step")
        store(p, add_quotient(p._data, memory["exp_avg"]._data, scale, -lr * then / (1.0 - so_far * then)), "step")


class RAdam(Optimizer):
    """Adam that begins like momentum, until the mean square can be trusted."""

    __module__ = "torch.optim.radam"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_settings(lr, eps=eps)
        check_betas(betas)
        check_settings(weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Raw, group: dict[str, Any]) -> None:
        memory = _remembered(self, p, "exp_avg", "exp_avg_sq")
        step = counted(memory)
        if group["decoupled_weight_decay"]:
            g = -g if group["maximize"] else g
            if group["weight_decay"] != 0:
                _shrink(p, group)
        else:
            g = self.decayed(p, g, group)
        betas, kind, lr = group["betas"], p._data.dtype.type, float(group["lr"])
        _two_means(p, g, memory, betas)
        rest = 1 - betas[1] ** step
        mean = memory["exp_avg"]._data / kind(1 - betas[0] ** step)
        longest = 2 / (1 - betas[1]) - 1
        length = longest - 2 * step * (betas[1] ** step) / rest
        move = mean * kind(lr)
        if length > 5.0:
            trust = ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) ** 0.5
            move = move * (kind(rest**0.5) / (sqrt(memory["exp_avg_sq"]._data) + kind(group["eps"]))) * kind(trust)
        store(p, add_scaled(p._data, move, -1.0), "step")
