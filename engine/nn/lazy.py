"""Layers that learn the size of their input from the first input. Source: torch/nn/modules/lazy.py and its users."""

from __future__ import annotations

from typing import Any

from engine.nn.convolution import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from engine.nn.linear import Linear
from engine.nn.module import Module
from engine.nn.normalisation import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)
from engine.nn.parameter import Parameter, blank
from engine.tensors import Tensor

words = str.split

NO_SHAPE = (
    "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` "
    "when trying to load an uninitialized parameter into an initialized one. Call `forward` to initialize the "
    "parameters before accessing their attributes."
)
NOT_YET = (
    "Attempted to use an uninitialized parameter in <method '{}' of 'torch._C.TensorBase' objects>. This error happens "
    "when you are using a `LazyModule` or explicitly manipulating `torch.nn.parameter.{}` objects. When using "
    "LazyModules Call `forward` with a dummy batch to initialize the parameters before calling torch functions"
)
KNOWN = frozenset(
    words(
        "cls_to_become cpu cuda data detach device double dtype float grad grad_fn half is_cuda is_inference is_leaf "
        "is_sparse materialize name names register_hook requires_grad requires_grad_ to"
    )
)
"""What may be asked of a parameter whose size is not known."""


class _Uninitialized:
    """A tensor whose size is not known yet."""

    __slots__ = ()
    cls_to_become: type

    def __getattribute__(self, name: str) -> Any:
        if name == "shape":
            raise RuntimeError(NO_SHAPE)
        operator = name.startswith("__") and name in ("__add__", "__sub__", "__mul__", "__matmul__", "__truediv__")
        if operator or not (name.startswith("_") or name in KNOWN):
            raise ValueError(NOT_YET.format(name.strip("_"), type(self).__name__))
        return object.__getattribute__(self, name)

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become a tensor of this shape, whose values somebody fills in at once."""
        made: Any = self
        kind = made.dtype if dtype is None else dtype
        made._data = blank(*shape, dtype=kind)._data
        made.__class__ = made.cls_to_become


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose size is not known yet."""

    __slots__ = ()
    __module__ = "torch.nn.parameter"
    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        return super().__new__(cls, blank(0, device=device, dtype=dtype), requires_grad)

    def __repr__(self) -> str:
        return "<UninitializedParameter>"


class UninitializedBuffer(_Uninitialized, Tensor):
    """A buffer whose size is not known yet."""

    __slots__ = ()
    __module__ = "torch.nn.parameter"
    cls_to_become = Tensor

    def __repr__(self) -> str:
        return "<UninitializedBuffer>"


def _uninitialized_buffer(dtype: Any) -> Tensor:
    out = blank(0, dtype=dtype)
    out.__class__ = UninitializedBuffer
    return out


class _Lazy(Module):
    """A layer without a size: at the first call it takes that of its input, and becomes an ordinary one."""

    becomes: Any

    def _size_of(self, input: Tensor) -> int:
        """How many features, or channels, the input has."""
        return int(input.shape[1])

    def _grow(self, size: int) -> None:
        """Give the parameters their sizes."""
        raise NotImplementedError

    def has_uninitialized_params(self) -> bool:
        """Whether the sizes of parameters are not known yet."""
        stores = (*self._parameters.values(), *self._buffers.values())
        return any(isinstance(t, _Uninitialized) for t in stores)

    def reset_parameters(self) -> None:
        """Nothing before the sizes are known."""
        if not self.has_uninitialized_params():
            super().reset_parameters()  # type: ignore[misc]  # of the layer that stands behind this class

    def _set_up_lazily(self, names: dict[str, bool], device: Any, dtype: Any) -> None:
        for name, wanted in names.items():
            if wanted:
                setattr(self, name, UninitializedParameter(device=device, dtype=dtype))

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        if self.has_uninitialized_params():
            self._grow(self._size_of(args[0]))
            self.reset_parameters()
        self.__class__ = self.becomes
        return self.forward(*args, **kwargs)


class LazyLinear(_Lazy, Linear):
    """A Linear that takes in_features from its first input."""

    becomes = Linear

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        Module.__init__(self)
        self.in_features = 0
        self.out_features = out_features
        for name in ("weight", "bias"):
            self.register_parameter(name, None)
        self._set_up_lazily({"weight": True, "bias": bias}, device, dtype)

    def _size_of(self, input: Tensor) -> int:
        return int(input.shape[-1])

    def _grow(self, size: int) -> None:
        self.in_features = size
        own: Any = self._parameters
        own["weight"].materialize((self.out_features, size))
        if own["bias"] is not None:
            own["bias"].materialize((self.out_features,))


class _LazyConv(_Lazy):
    def __init__(self, out_channels: int, kernel_size: Any, *args: Any, **settings: Any) -> None:
        names = ("stride", "padding", "output_padding") if self.becomes.transposed else ("stride", "padding")
        places = (*names, "groups", "bias", "dilation") if len(names) == 3 else (*names, "dilation", "groups", "bias")
        settings.update(zip((*places, "padding_mode"), args, strict=False))
        wanted = settings.pop("bias", True)
        device, dtype = settings.pop("device", None), settings.pop("dtype", None)
        super().__init__(0, out_channels, kernel_size, bias=False, **settings)
        self._set_up_lazily({"weight": True, "bias": wanted}, device, dtype)

    def reset_parameters(self) -> None:
        """Nothing before the sizes are known."""
        if self.in_channels:
            super().reset_parameters()

    def _size_of(self, input: Tensor) -> int:
        rank = self.rank
        if input.dim() not in (rank + 1, rank + 2):
            raise RuntimeError(
                f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {type(self).__name__}, but got "
                f"input of size: {input.shape}"
            )
        return int(input.shape[1 if input.dim() == rank + 2 else 0])

    def _grow(self, size: int) -> None:
        self.in_channels = size
        if size % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        pair = (self.out_channels, size // self.groups)
        if self.transposed:
            pair = (size, self.out_channels // self.groups)
        own: Any = self._parameters
        own["weight"].materialize((*pair, *self.kernel_size))
        if own["bias"] is not None:
            own["bias"].materialize((self.out_channels,))


class _LazyNorm(_Lazy):
    def __init__(self, eps: float = 1e-5, momentum: float | None = 0.1, *args: Any, **settings: Any) -> None:
        dtype = settings.get("dtype")
        settings.update(zip(("affine", "track_running_stats"), args, strict=False))
        settings = {"affine": True, "track_running_stats": True, **settings}
        super().__init__(0, eps, momentum, **settings)
        wanted = {name: self._parameters[name] is not None for name in ("weight", "bias")}
        self._set_up_lazily(wanted, settings.get("device"), dtype)
        if self.track_running_stats:
            for name in ("running_mean", "running_var"):
                self._buffers[name] = _uninitialized_buffer(dtype)

    def reset_parameters(self) -> None:
        """Nothing before the sizes are known."""
        if self.num_features:
            super().reset_parameters()

    def _grow(self, size: int) -> None:
        self.num_features = size
        stores: tuple[Any, ...] = (*self._parameters.values(), *self._buffers.values())
        for t in stores:
            if isinstance(t, _Uninitialized):
                t.materialize((size,))


def _lazy(kind: type[Module], mixin: type[_Lazy]) -> type[_Lazy]:
    doc = f"A {kind.__name__} that takes the number of channels from its first input."
    made = type(f"Lazy{kind.__name__}", (mixin, kind), {"__doc__": doc, "becomes": kind, "__module__": __name__})
    assert issubclass(made, _Lazy)
    return made


LazyConv1d = _lazy(Conv1d, _LazyConv)
LazyConv2d = _lazy(Conv2d, _LazyConv)
LazyConv3d = _lazy(Conv3d, _LazyConv)
LazyConvTranspose1d = _lazy(ConvTranspose1d, _LazyConv)
LazyConvTranspose2d = _lazy(ConvTranspose2d, _LazyConv)
LazyConvTranspose3d = _lazy(ConvTranspose3d, _LazyConv)
LazyBatchNorm1d = _lazy(BatchNorm1d, _LazyNorm)
LazyBatchNorm2d = _lazy(BatchNorm2d, _LazyNorm)
LazyBatchNorm3d = _lazy(BatchNorm3d, _LazyNorm)
LazyInstanceNorm1d = _lazy(InstanceNorm1d, _LazyNorm)
LazyInstanceNorm2d = _lazy(InstanceNorm2d, _LazyNorm)
LazyInstanceNorm3d = _lazy(InstanceNorm3d, _LazyNorm)
