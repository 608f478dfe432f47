"""torch.autograd: backward(), grad(), functions of one's own, derivatives of functions, checks."""

from engine.anomaly import detect_anomaly, set_detect_anomaly
from engine.autograd.backward_pass import Pass, count_senders
from engine.autograd.calls import backward, grad
from engine.autograd.function import Function, FunctionCtx, once_differentiable
from engine.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp
from engine.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck
from engine.autograd.graph import (
    GradientEdge,
    Node,
    allow_mutation_on_saved_tensors,
    disable_saved_tensors_hooks,
    get_gradient_edge,
    increment_version,
    register_multi_grad_hook,
    save_on_cpu,
    saved_tensors_hooks,
)
from engine.autograd.variable import Variable
from engine.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from engine.refusals import Names

__all__ = [
    "NAMES",
    "Function",
    "Pass",
    "Variable",
    "backward",
    "count_senders",
    "detect_anomaly",
    "enable_grad",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]

NAMES = Names(
    "torch.autograd",
    Function=Function,
    Variable=Variable,
    anomaly_mode=Names(
        "torch.autograd.anomaly_mode", detect_anomaly=detect_anomaly, set_detect_anomaly=set_detect_anomaly
    ),
    backward=backward,
    detect_anomaly=detect_anomaly,
    enable_grad=enable_grad,
    function=Names(
        "torch.autograd.function",
        Function=Function,
        FunctionCtx=FunctionCtx,
        once_differentiable=once_differentiable,
    ),
    functional=Names(
        "torch.autograd.functional", hessian=hessian, hvp=hvp, jacobian=jacobian, jvp=jvp, vhp=vhp, vjp=vjp
    ),
    grad=grad,
    grad_mode=Names(
        "torch.autograd.grad_mode",
        enable_grad=enable_grad,
        inference_mode=inference_mode,
        no_grad=no_grad,
        set_grad_enabled=set_grad_enabled,
    ),
    GradcheckError=GradcheckError,
    gradcheck=gradcheck,
    gradgradcheck=gradgradcheck,
    graph=Names(
        "torch.autograd.graph",
        GradientEdge=GradientEdge,
        Node=Node,
        allow_mutation_on_saved_tensors=allow_mutation_on_saved_tensors,
        disable_saved_tensors_hooks=disable_saved_tensors_hooks,
        get_gradient_edge=get_gradient_edge,
        increment_version=increment_version,
        register_multi_grad_hook=register_multi_grad_hook,
        save_on_cpu=save_on_cpu,
        saved_tensors_hooks=saved_tensors_hooks,
    ),
    inference_mode=inference_mode,
    no_grad=no_grad,
    set_detect_anomaly=set_detect_anomaly,
    set_grad_enabled=set_grad_enabled,
    variable=Names("torch.autograd.variable", Variable=Variable),
)
"""What a program finds under ``torch.autograd``."""
