"""The names that a program finds under ``import torch``."""

from __future__ import annotations

from typing import Any

from engine import autograd, data, distributions, dtypes, func, nn, optim
from engine.anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled, set_anomaly_enabled
from engine.device import FORMATS, STRIDED, Device, Layout, MemoryFormat, get_default_device, set_default_device
from engine.dtypes import bool_, dtype
from engine.files import load, save
from engine.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from engine.ops import decompositions, factors, inverses, matrix_functions, odds, special
from engine.ops.create import LEGACY
from engine.ops.diagonals import diagonal
from engine.ops.front import strict
from engine.ops.table import FUNCTIONS
from engine.printing import get_printoptions, set_printoptions
from engine.random import Generator, forked
from engine.refusals import Names
from engine.settings import (
    accepted,
    get_default_dtype,
    get_num_threads,
    never,
    set_default_dtype,
    set_default_tensor_type,
    set_num_threads,
)
from engine.size import Size
from engine.tensors import Tensor
from engine.testing import assert_close
from engine.type_info import can_cast, finfo, iinfo, promote_types, result_type, typename
from engine.utils import checkpoint
from engine.utils.swapping import swap_tensors

__version__ = "2.13.0"


def is_tensor(obj: Any) -> bool:
    """Whether obj is a tensor."""
    return isinstance(obj, Tensor)


def is_storage(obj: Any) -> bool:
    """Never: storages are no objects of their own here."""
    return False


def _no_cuda(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError("Torch not compiled with CUDA enabled")


_func = Names("torch.func", **{name: getattr(func, name) for name in func.__all__})
_linalg = Names(
    "torch.linalg",
    **inverses.LINALG,
    **decompositions.LINALG,
    **matrix_functions.LINALG,
    **odds.LINALG,
    **factors.LINALG,
    LinAlgError=inverses.LinAlgError,
    diagonal=strict(lambda A, offset=0, dim1=-2, dim2=-1: diagonal(A, offset, dim1, dim2), "linalg.diagonal"),
)
_special = Names(
    "torch.special",
    **{name: FUNCTIONS[name] for name in ["digamma", "erf", "erfc", "erfinv", "exp2", "expm1", "log1p", "log_softmax"]},
    **{name: FUNCTIONS[name] for name in ["logit", "logsumexp", "polygamma", "round", "sinc", "softmax", "xlogy"]},
    **special.SPECIAL,
    expit=FUNCTIONS["sigmoid"],
    gammainc=FUNCTIONS["igamma"],
    gammaincc=FUNCTIONS["igammac"],
    gammaln=FUNCTIONS["lgamma"],
    psi=FUNCTIONS["digamma"],
)
_functional = Names(
    "torch.functional",
    **{name: FUNCTIONS[name] for name in ["atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes"]},
    **{name: FUNCTIONS[name] for name in ["broadcast_tensors", "cartesian_prod", "cdist", "chain_matmul", "einsum"]},
    **{name: FUNCTIONS[name] for name in ["meshgrid", "norm", "split", "tensordot", "unique", "unique_consecutive"]},
)
_cuda = Names(
    "torch.cuda",
    **dict.fromkeys(("is_available", "is_initialized"), never),
    **dict.fromkeys(("manual_seed", "manual_seed_all", "empty_cache"), accepted),
    **dict.fromkeys(("synchronize", "current_device", "get_device_name", "get_device_properties"), _no_cuda),
    device_count=lambda: 0,
    max_memory_allocated=lambda device=None: 0,
    memory_allocated=lambda device=None: 0,
)
_backends = Names(
    "torch.backends",
    cudnn=Names(
        "torch.backends.cudnn",
        allow_tf32=True,
        benchmark=False,
        deterministic=False,
        enabled=True,
        is_available=never,
        version=accepted,
    ),
    cuda=Names("torch.backends.cuda", is_built=never),
    mkl=Names("torch.backends.mkl", is_available=never),
    mps=Names("torch.backends.mps", is_available=never, is_built=never),
    openmp=Names("torch.backends.openmp", is_available=never),
)
_version = Names("torch.version", __version__=__version__, cuda=None, debug=False, git_version="", hip=None)
_random = Names(
    "torch.random",
    **{name: FUNCTIONS[name] for name in ["manual_seed", "seed", "initial_seed", "get_rng_state", "set_rng_state"]},
    fork_rng=forked,
)

_LAYERS = ("alpha_dropout", "dropout", "feature_alpha_dropout", "selu_", "celu_", "threshold_", "rrelu_")

NAMES: dict[str, Any] = {
    **{name: getattr(nn.functional, name) for name in _LAYERS},
    **FUNCTIONS,
    **LEGACY,
    **FORMATS,
    **{d.name: d for d in dtypes.ALL},
    **{d.alias: d for d in dtypes.ALL if d.alias},
    "Generator": Generator,
    "Size": Size,
    "Tensor": Tensor,
    "__version__": __version__,
    "autograd": autograd.NAMES,
    "are_deterministic_algorithms_enabled": never,
    "asarray": FUNCTIONS["as_tensor"],
    "backends": _backends,
    "bool": bool_,
    "can_cast": can_cast,
    "cuda": _cuda,
    "detach_": lambda input: input.detach_(),
    "device": Device,
    "distributions": distributions,
    "dtype": dtype,
    "func": _func,
    "functional": _functional,
    "e": 2.718281828459045,
    "enable_grad": enable_grad,
    "finfo": finfo,
    "get_default_device": get_default_device,
    "get_default_dtype": get_default_dtype,
    "get_num_interop_threads": get_num_threads,
    "get_num_threads": get_num_threads,
    "get_printoptions": get_printoptions,
    "iinfo": iinfo,
    "inf": float("inf"),
    "inference_mode": inference_mode,
    "is_anomaly_check_nan_enabled": is_anomaly_check_nan_enabled,
    "is_anomaly_enabled": is_anomaly_enabled,
    "is_grad_enabled": is_grad_enabled,
    "is_inference_mode_enabled": is_inference_mode_enabled,
    "is_storage": is_storage,
    "is_tensor": is_tensor,
    "is_warn_always_enabled": never,
    "layout": Layout,
    "linalg": _linalg,
    "load": load,
    "memory_format": MemoryFormat,
    "nan": float("nan"),
    "newaxis": None,
    "nn": nn,
    "no_grad": no_grad,
    "optim": optim,
    "pi": 3.141592653589793,
    "promote_types": promote_types,
    "random": _random,
    "result_type": result_type,
    "save": save,
    "set_anomaly_enabled": set_anomaly_enabled,
    "set_default_device": set_default_device,
    "set_default_dtype": set_default_dtype,
    "set_default_tensor_type": set_default_tensor_type,
    "set_float32_matmul_precision": accepted,
    "set_num_interop_threads": set_num_threads,
    "set_num_threads": set_num_threads,
    "set_warn_always": accepted,
    "special": _special,
    "testing": Names("torch.testing", assert_close=assert_close),
    "typename": typename,
    "use_deterministic_algorithms": accepted,
    "utils": Names("torch.utils", checkpoint=checkpoint, data=data, swap_tensors=swap_tensors),
    "version": _version,
    "vmap": func.vmap,
    "set_grad_enabled": set_grad_enabled,
    "set_printoptions": set_printoptions,
    "strided": STRIDED,
}
