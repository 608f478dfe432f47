"""torch.nn on the engine: modules, layers, losses, initialisers."""

from __future__ import annotations

from engine.nn import functional, init
from engine.nn.activation import (
    ELU,
    GELU,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from engine.nn.layers import Dropout, Flatten, Identity, Linear, ModuleDict, ModuleList, Sequential
from engine.nn.loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from engine.nn.module import Module
from engine.nn.parameter import Parameter

__all__ = [
    "ELU",
    "GELU",
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "Dropout",
    "Flatten",
    "Hardtanh",
    "HuberLoss",
    "Identity",
    "L1Loss",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "Parameter",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softplus",
    "Tanh",
    "functional",
    "init",
]

# What `type(module)` shows is the place where torch has the class.
_PLACES = {
    "container": (ModuleDict, ModuleList, Sequential),
    "dropout": (Dropout,),
    "flatten": (Flatten,),
    "linear": (Identity, Linear),
    "module": (Module,),
    "activation": (
        *(ELU, GELU, Hardtanh, LeakyReLU, LogSigmoid, LogSoftmax),
        *(ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh),
    ),
    "loss": (BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, L1Loss, MSELoss, NLLLoss, SmoothL1Loss),
}
for _place, _classes in _PLACES.items():
    for _class in _classes:
        _class.__module__ = f"torch.nn.modules.{_place}"
