"""torch.nn.functional: the layers and losses as functions."""

from __future__ import annotations

from engine.nn.chance import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
    gumbel_softmax,
)
from engine.nn.heads import multi_head_attention_forward
from engine.nn.plain import (
    batch_norm,
    embedding,
    instance_norm,
    log_softmax,
    normalize,
    one_hot,
    relu,
    softmax,
    softmin,
)
from engine.ops.activations import elu, gelu, hardtanh, leaky_relu, logsigmoid, silu, softplus
from engine.ops.analytic import METHODS as _analytic
from engine.ops.attention import scaled_dot_product_attention
from engine.ops.classification import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    nll_loss,
)
from engine.ops.conv_functions import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d
from engine.ops.corners import hardshrink, hardsigmoid, hardswish, prelu, relu6, rrelu, softshrink, threshold
from engine.ops.gates import celu, glu, mish, selu, softsign, tanhshrink
from engine.ops.likelihoods import (
    gaussian_nll_loss,
    kl_div,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    poisson_nll_loss,
)
from engine.ops.linalg import linear
from engine.ops.lookup import bilinear
from engine.ops.losses import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from engine.ops.margins import (
    cosine_embedding_loss,
    cosine_similarity,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    pairwise_distance,
    soft_margin_loss,
    triplet_margin_loss,
)
from engine.ops.normalisation import group_norm, layer_norm, rms_norm
from engine.ops.padding import pad
from engine.ops.patches import fold, pixel_shuffle, pixel_unshuffle, unfold
from engine.ops.pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    avg_pool1d,
    avg_pool2d,
    max_pool1d,
    max_pool2d,
)

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elu",
    "embedding",
    "feature_alpha_dropout",
    "fold",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "group_norm",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool2d",
    "mish",
    "mse_loss",
    "multi_head_attention_forward",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "rrelu",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "triplet_margin_loss",
    "unfold",
]

sigmoid = _analytic["sigmoid"]
tanh = _analytic["tanh"]
