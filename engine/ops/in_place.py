"""In-place forms of functions that are no op of one spec: the result is computed, then becomes the tensor's values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.ops import (
    compare,
    editing,
    linalg,
    matrices,
    mixing,
    pairs,
    pointwise,
    products,
    running,
    transcendental,
)
from engine.ops.analytic import ATAN2
from engine.ops.dispatch import check_cast, promoted, save_results, tracked
from engine.ops.forms import edit_two
from engine.ops.front import strict
from engine.ops.inplace import check, check_shape, rebase, save_original
from engine.ops.storage import write
from engine.state import state
from engine.tensors import Tensor


def edited(function: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    """``tensor.<name>(...)``: ``function`` of the tensor, with the result written into the tensor itself."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check(self, tracked((self, *args, *kwargs.values())))
        recorder, state.recorder = state.recorder, None
        try:
            try:
                out = function(self, *args, **kwargs)
            except NotImplementedError:
                # A result that could not be written is told before one that cannot be computed.
                raws = promoted([x._data if isinstance(x, Tensor) else x for x in (self, *args, *kwargs.values())])
                check_cast(raws[0].dtype, self._data.dtype)
                raise
            check_cast(out._data.dtype, self._data.dtype)
            check_shape(self, out._data.shape)
            node = out._grad_fn
            if node is not None:
                save_original(node, self)
            write(self, out._data.astype(self._data.dtype, copy=False))
            if node is not None:
                rebase(self, node)
                if node.spec.result_slots:
                    save_results(node, self)
        finally:
            state.recorder = recorder
        if recorder is not None:
            recorder.edited(self, name, (self, *args), kwargs, node)
        return self

    method.__name__ = name
    method.__doc__ = f"{function.__doc__} In place."
    return method


_COMPARISONS = (
    "eq ne lt le gt ge greater greater_equal less less_equal not_equal logical_and logical_or logical_xor logical_not "
    "bitwise_and bitwise_or bitwise_xor bitwise_not bitwise_left_shift bitwise_right_shift"
)

_BY_FUNCTION: dict[str, Callable[..., Tensor]] = {
    "addbmm": products.addbmm,
    "addcdiv": mixing.addcdiv,
    "addcmul": mixing.addcmul,
    "addmm": linalg.addmm,
    "addmv": products.addmv,
    "addr": products.addr,
    "baddbmm": products.baddbmm,
    "clamp_max": pointwise.clamp_max,
    "clamp_min": pointwise.clamp_min,
    "cumprod": running.cumprod,
    "cumsum": running.cumsum,
    "float_power": pairs.float_power,
    "ldexp": pairs.ldexp,
    "lerp": mixing.lerp,
    "nan_to_num": mixing.nan_to_num,
    "renorm": products.renorm,
    "tril": matrices.tril,
    "triu": matrices.triu,
    **{name: compare.METHODS[name] for name in _COMPARISONS.split()},
}

METHODS: dict[str, Any] = {
    f"{name}_": strict(edited(f, f"{name}_"), f"{name}_", method=True) for name, f in _BY_FUNCTION.items()
}
METHODS["atan2_"] = METHODS["arctan2_"] = edit_two(ATAN2, numbers="")
for _alias, _name in {
    "absolute_": "abs_",
    "arccos_": "acos_",
    "arcsin_": "asin_",
    "arctan_": "atan_",
    "fix_": "trunc_",
    "negative_": "neg_",
}.items():
    METHODS[_alias] = editing.METHODS[_name]

_EVERY = {**editing.METHODS, **transcendental.METHODS, **pairs.METHODS, **METHODS}
_UNDER_TORCH = (
    "abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ asin_ asinh_ atan_ atanh_ ceil_ "
    "clamp_ clamp_max_ clamp_min_ clip_ cos_ cosh_ deg2rad_ erf_ erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_ frac_ "
    "gcd_ lcm_ ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ round_ "
    "rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ xlogy_"
)


def _function(method: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def call(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return method(input, *args, **kwargs)

    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return call


FUNCTIONS: dict[str, Any] = {name: _function(_EVERY[name]) for name in _UNDER_TORCH.split()}
OPERATORS: dict[str, Any] = {}
