"""The steps that random programs are made of: each a name and a call on one or two tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Call = Callable[..., Any]

UNARY: dict[str, Call] = {
    **{
        f".{name}()": (lambda m, x, name=name: getattr(x, name)())
        for name in ("exp", "neg", "sin", "tanh", "relu", "sigmoid", "clone", "sum", "mean", "square", "cos")
    },
    "* 2": lambda m, x: x * 2,
    "1 - x": lambda m, x: 1 - x,
    "/ 2": lambda m, x: x / 2,
    "** 2": lambda m, x: x**2,
    "** 3": lambda m, x: x**3,
    ".sum(0)": lambda m, x: x.sum(0),
    ".mean(-1, keepdim)": lambda m, x: x.mean(-1, keepdim=True),
    ".max()": lambda m, x: x.max(),
    ".cumsum(0)": lambda m, x: x.cumsum(0),
    ".softmax(-1)": lambda m, x: x.softmax(-1),
    "x[[0, 0]]": lambda m, x: x[[0, 0]],
    "x[x > 0]": lambda m, x: x[x > 0],
}

VIEWS: dict[str, Call] = {
    "x[0]": lambda m, x: x[0],
    "x[-1:]": lambda m, x: x[-1:],
    "x[..., 0]": lambda m, x: x[..., 0],
    "x[:, ::2]": lambda m, x: x[:, ::2],
    ".view(-1)": lambda m, x: x.view(-1),
    ".reshape(-1)": lambda m, x: x.reshape(-1),
    ".t()": lambda m, x: x.t(),
    ".transpose(0, 1)": lambda m, x: x.transpose(0, 1),
    ".unsqueeze(0)": lambda m, x: x.unsqueeze(0),
    ".squeeze()": lambda m, x: x.squeeze(),
    ".expand(2, ...)": lambda m, x: x.expand(2, *x.shape),
    ".narrow(0, 0, 1)": lambda m, x: x.narrow(0, 0, 1),
    ".diagonal()": lambda m, x: x.diagonal(),
    ".detach()": lambda m, x: x.detach(),
    ".data": lambda m, x: x.data,
    ".view_as(x)": lambda m, x: x.view_as(x),
    ".unbind()": lambda m, x: x.unbind(),
    ".chunk(2)": lambda m, x: x.chunk(2),
    ".split(1)": lambda m, x: x.split(1),
}

BINARY: dict[str, Call] = {
    "x + y": lambda m, x, y: x + y,
    "x - y": lambda m, x, y: x - y,
    "x * y": lambda m, x, y: x * y,
    "x / y": lambda m, x, y: x / y,
    "maximum": lambda m, x, y: m.maximum(x, y),
    "cat": lambda m, x, y: m.cat((x, y)),
    "stack": lambda m, x, y: m.stack((x, y)),
    "where": lambda m, x, y: m.where(x > y, x, y),
}


def _set(place: Any) -> Call:
    def step(m: Any, x: Any, y: Any) -> None:
        x[place] = y

    return step


def _augment(sign: str) -> Call:
    def step(m: Any, x: Any, y: Any) -> Any:
        if sign == "+":
            x += y
        else:
            x *= y
        return x

    return step


def _number(m: Any, x: Any) -> None:
    x[0] = 3.0


EDITS: dict[str, Call] = {
    ".add_(1)": lambda m, x: x.add_(1),
    ".mul_(2)": lambda m, x: x.mul_(2),
    ".zero_()": lambda m, x: x.zero_(),
    ".fill_(2)": lambda m, x: x.fill_(2.0),
    ".exp_()": lambda m, x: x.exp_(),
    ".relu_()": lambda m, x: x.relu_(),
    ".pow_(2)": lambda m, x: x.pow_(2),
    "x[0] = 3": _number,
}
EDITS_BY: dict[str, Call] = {
    ".add_(y)": lambda m, x, y: x.add_(y),
    ".mul_(y)": lambda m, x, y: x.mul_(y),
    ".sub_(y, alpha=2)": lambda m, x, y: x.sub_(y, alpha=2),
    ".copy_(y)": lambda m, x, y: x.copy_(y),
    "x[0] = y": _set(0),
    "x[:1] = y": _set(slice(1)),
    "x += y": _augment("+"),
    "x *= y": _augment("*"),
}


def _in_mode(mode: str, step: Call) -> Call:
    def run(m: Any, *tensors: Any) -> Any:
        with getattr(m, mode)():
            return step(m, *tensors)

    return run


MODED: dict[str, Call] = {
    f"no_grad: {name}": _in_mode("no_grad", step)
    for name, step in {
        "* 2": UNARY["* 2"],
        "x[0]": VIEWS["x[0]"],
        ".view(-1)": VIEWS[".view(-1)"],
        ".unbind()": VIEWS[".unbind()"],
        ".add_(1)": EDITS[".add_(1)"],
        ".mul_(2)": EDITS[".mul_(2)"],
    }.items()
}


def _forget(m: Any, x: Any) -> None:
    x.grad = None


def _cleared(m: Any, x: Any) -> None:
    if x.is_leaf and x.grad is not None:
        x.grad.zero_()


def _doubled(m: Any, x: Any) -> None:
    x.register_hook(lambda g: g * 2)


def _grad(create_graph: bool, retain_graph: bool | None = None) -> Call:
    def step(m: Any, x: Any, y: Any) -> Any:
        found = m.autograd.grad(y.sum(), x, create_graph=create_graph, retain_graph=retain_graph, allow_unused=True)
        # Whether a gradient looks at storage of its own, and which ops made it, is the engine's business.
        return [g.clone().clone() for g in found if g is not None]

    return step


PASSES: dict[str, Call] = {
    ".sum().backward()": lambda m, x: x.sum().backward(),
    ".sum().backward(retain_graph)": lambda m, x: x.sum().backward(retain_graph=True),
    ".backward(ones)": lambda m, x: x.backward(m.ones_like(x.detach()), retain_graph=True),
    ".backward()": lambda m, x: x.backward(retain_graph=True),
    ".sum().backward(create_graph)": lambda m, x: x.sum().backward(create_graph=True),
    "grad = None": _forget,
    ".grad.zero_()": _cleared,
    ".retain_grad()": lambda m, x: x.retain_grad(),
    "register_hook": _doubled,
    "requires_grad_()": lambda m, x: x.requires_grad_(),
}
PASSES_BY: dict[str, Call] = {
    "autograd.grad(y.sum(), x)": _grad(False),
    "autograd.grad(y.sum(), x, retain_graph)": _grad(False, True),
    "autograd.grad(y.sum(), x, create_graph)": _grad(True),
    "backward(inputs=x)": lambda m, x, y: y.sum().backward(inputs=[x], retain_graph=True),
    "autograd.backward([x, y])": lambda m, x, y: m.autograd.backward([x.sum(), y.sum()], retain_graph=True),
}

OF_ONE: dict[str, Call] = {**UNARY, **VIEWS, **EDITS, **MODED, **PASSES}
OF_TWO: dict[str, Call] = {**BINARY, **EDITS_BY, **PASSES_BY}
