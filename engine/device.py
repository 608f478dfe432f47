"""torch.device, torch.layout and torch.memory_format: where and how tensors lie. Here everything is on the CPU."""

from __future__ import annotations

from typing import Any

from engine.refusals import OutOfScope
from engine.state import state

DEVICES = (
    *("cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla"),
    *("lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone"),
)
"""The device types that torch knows; it names them when it is given another one."""

NOT_COMPILED = {"xpu": "Torch not compiled with XPU enabled"}
"""What torch says of a device that it was built without; for the others, that it is no build for CUDA."""


class Device:
    """torch.device: everything runs on the CPU."""

    __slots__ = ("_before", "index", "type")
    __module__ = "torch"

    index: int | None
    type: str

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        if isinstance(type, int):
            raise RuntimeError("Cannot access accelerator device when none is available.")
        name = type.type if isinstance(type, Device) else str(type)
        kind, _, number = name.partition(":")
        if kind not in DEVICES:
            raise RuntimeError(f"Expected one of {', '.join(DEVICES)} device type at start of device string: {name}")
        if number and not number.isdigit():
            raise RuntimeError(f"Invalid device string: '{name}'")
        self.type = kind
        self.index = int(number) if number else index

    def __repr__(self) -> str:
        return (
            f"device(type='{self.type}')" if self.index is None else f"device(type='{self.type}', index={self.index})"
        )

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __enter__(self) -> Device:
        self._before = state.default_device
        state.default_device = self
        return self

    def __exit__(self, *exc: object) -> None:
        state.default_device = self._before


Device.__name__ = Device.__qualname__ = "device"

CPU = Device("cpu")


def expect_cpu(device: Any) -> None:
    """Raise torch's error of a build without CUDA unless ``device`` (the default one for None) is the CPU."""
    if device is None:
        device = state.default_device
    if device is None:
        return
    kind = Device(device).type
    if kind == "meta":
        raise OutOfScope("the meta device is not part of Chainrule: every tensor has its numbers")
    if kind != "cpu":
        raise AssertionError(NOT_COMPILED.get(kind, "Torch not compiled with CUDA enabled"))


def set_default_device(device: Any) -> None:
    """Where tensors are made when no device is given: the CPU, whatever its number."""
    state.default_device = None if device is None else Device(device)


def get_default_device() -> Device:
    """Where tensors are made when no device is given."""
    expect_cpu(None)
    return state.default_device or CPU


class Named:
    """A constant of torch that is known by its name: a layout or a memory format."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


class Layout(Named):
    """torch.layout; the only one here is torch.strided."""

    __slots__ = ()


class MemoryFormat(Named):
    """torch.memory_format; accepted, and without effect."""

    __slots__ = ()


STRIDED = Layout("strided")
FORMATS = {
    name: MemoryFormat(name) for name in ("contiguous_format", "preserve_format", "channels_last", "channels_last_3d")
}
