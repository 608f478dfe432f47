"""Calls that are offered beside the table of ops: functions that torch composes of other ops, calls whose literal
arguments suit a learner better than a spec's first sample, and layers of torch.nn."""

from __future__ import annotations

from engine.dtypes import int64
from engine.ops.spec import Arg, S, Sample

POSITIVE = Arg((2, 3), 0.2, 0.9)
SQUARE = Arg((3, 3), 0.1, 1.0)
IMAGE = Arg((1, 2, 6, 6))
SIGNS = Arg((2,), 1, 2, "int64")


class Sized(str):
    """A literal argument that depends on the sizes of the first input: words of :func:`engine.edit.offers.sizes`."""


def labels(*shape: int, below: int = 3) -> Arg:
    """Whole numbers from 0 up."""
    return Arg(shape, 0, below, "int64", requires_grad=False)


MASK = Arg((2, 3), 0, 2, "bool", requires_grad=False)

COMPOSED: dict[str, dict[str, Sample]] = {
    "Powers and logarithms": {"float_power": S((2, 3), 2)},
    "Activations": {
        "nn.functional.softsign": S((2, 3)),
        "nn.functional.tanhshrink": S((2, 3)),
        "nn.functional.softmin": S((2, 3), dim=-1),
    },
    "Sums and means": {
        "nanmean": S((2, 3)),
        "quantile": S((2, 3), 0.5),
        "nanquantile": S((2, 3), 0.5),
        "cov": S((2, 3)),
        "corrcoef": S((2, 3)),
        "diff": S((2, 3)),
        "trapezoid": S((2, 3)),
        "cumulative_trapezoid": S((2, 3)),
        "linalg.vector_norm": S((2, 3)),
    },
    "Comparing and choosing": {"zeros_like": S((2, 3)), "ones_like": S((2, 3)), "full_like": S((2, 3), 0.5)},
    "Shape": {
        "reshape": S((2, 3), [-1]),
        "flatten": S((2, 3)),
        "ravel": S((2, 3)),
        "unflatten": S((2, 3), 0, [1, -1]),
        "movedim": S((2, 3), 0, -1),
        "broadcast_to": S((2, 3), Sized("{twofold}")),
        "Tensor.expand_as": S((3,), (2, 3)),
        "Tensor.view_as": S((6,), (2, 3)),
        "atleast_2d": S((3,)),
        "tile": S((2, 3), [2]),
        "fliplr": S((2, 3)),
        "flipud": S((2, 3)),
        "repeat_interleave": S((2, 3), 2),
    },
    "Joining and splitting": {
        "chunk": S((4, 3), 2),
        "tensor_split": S((4, 3), 2),
        "hstack": S([S((2, 3)), S((2, 1))]),
        "vstack": S([S((2, 3)), S((1, 3))]),
        "dstack": S([S((2, 3)), S((2, 3))]),
        "column_stack": S([S((3,)), S((3,))]),
        "cartesian_prod": S((2,), (3,)),
        "combinations": S((3,)),
    },
    "Indexing": {
        "take_along_dim": S((2, 3), labels(2, 1), dim=1),
        "argwhere": S((2, 3)),
        "index_put": S((4, 3), [S(labels(2, below=4))], (2, 3)),
        "diagonal_scatter": S((3, 3), (3,)),
        "nn.functional.embedding": S(labels(4), (4, 3)),
        "nn.functional.one_hot": S(labels(4)),
    },
    "Matrices": {
        "nn.functional.linear": S((2, 3), (4, 3)),
        "outer": S((2,), (3,)),
        "inner": S((3,), (3,)),
        "kron": S((2, 2), (2, 3)),
        "tensordot": S((2, 3), (3, 4), dims=1),
        "einsum": S("ij,jk->ik", (2, 3), (3, 4)),
        "cdist": S((2, 3), (4, 3)),
        "linalg.multi_dot": S([S((2, 3)), S((3, 4))]),
        "linalg.vecdot": S((2, 3), (2, 3)),
    },
    "Losses": {
        "nn.functional.cross_entropy": S((2, 3), labels(2)),
        "nn.functional.l1_loss": S((2, 3), (2, 3)),
        "nn.functional.kl_div": S((2, 3), POSITIVE, reduction="batchmean"),
        "nn.functional.poisson_nll_loss": S((2, 3), POSITIVE),
        "nn.functional.gaussian_nll_loss": S((2, 3), (2, 3), POSITIVE),
        "nn.functional.hinge_embedding_loss": S((2,), SIGNS),
        "nn.functional.margin_ranking_loss": S((2,), (2,), SIGNS),
        "nn.functional.triplet_margin_loss": S((2, 3), (2, 3), (2, 3)),
        "nn.functional.cosine_embedding_loss": S((2, 3), (2, 3), SIGNS),
        "nn.functional.multilabel_soft_margin_loss": S((2, 3), POSITIVE),
        "nn.functional.cosine_similarity": S((2, 3), (2, 3)),
        "nn.functional.pairwise_distance": S((2, 3), (2, 3)),
    },
    "Normalisation and dropout": {
        "nn.functional.normalize": S((2, 3), dim=-1),
        "nn.functional.dropout": S((2, 3), p=0.5),
        "nn.functional.instance_norm": S((2, 3, 4)),
        "nn.functional.rms_norm": S((2, 4), Sized("({last},)")),
        "nn.functional.local_response_norm": S((2, 4, 3), 2),
    },
    "Convolution and pooling": {
        "nn.functional.conv1d": S((1, 2, 6), (3, 2, 3)),
        "nn.functional.conv2d": S(IMAGE, (3, 2, 3, 3)),
        "nn.functional.conv3d": S((1, 1, 3, 3, 3), (2, 1, 2, 2, 2)),
        "nn.functional.conv_transpose1d": S((1, 2, 4), (2, 3, 3)),
        "nn.functional.conv_transpose2d": S((1, 2, 4, 4), (2, 3, 3, 3)),
        "nn.functional.max_pool1d": S((1, 2, 6), 2),
        "nn.functional.avg_pool1d": S((1, 2, 6), 2),
        "nn.functional.adaptive_avg_pool1d": S((1, 2, 6), 1),
        "nn.functional.adaptive_max_pool1d": S((1, 2, 6), 1),
        "nn.functional.pad": S((2, 3), [1, 1]),
    },
    "Sorting": {
        "argsort": S((2, 3), dim=-1),
        "msort": S((2, 3)),
        "unique_consecutive": S((3,)),
        "bucketize": S((2, 3), (4,)),
    },
    "Random": {
        "bernoulli": S(POSITIVE),
        "rand_like": S((2, 3)),
        "randn_like": S((2, 3)),
        "normal": S((2, 3), POSITIVE),
        "poisson": S(POSITIVE),
        "multinomial": S(POSITIVE, 1),
        "nn.functional.gumbel_softmax": S((2, 3), dim=-1),
    },
    "Linear algebra": {
        "linalg.cholesky": S(SQUARE),
        "linalg.eigh": S(SQUARE),
        "linalg.eigvalsh": S(SQUARE),
        "linalg.svd": S((3, 2)),
        "linalg.lstsq": S((4, 2), (4, 1)),
        "linalg.matrix_norm": S((3, 2)),
        "linalg.cond": S(SQUARE),
        "linalg.matrix_rank": S((3, 2)),
        "linalg.matrix_power": S(SQUARE, 2),
        "linalg.vander": S((3,)),
        "logdet": S(SQUARE),
        "cholesky_solve": S((3, 1), SQUARE),
    },
    "Graph and types": {"Tensor.detach": S((2, 3))},
}
"""Samples of calls, by heading, for which there is no spec with a sample."""

INSTEAD: dict[str, Sample] = {
    "adaptive_avg_pool2d": S(IMAGE, 1),
    "adaptive_avg_pool3d": S((1, 2, 3, 4, 4), 1),
    "adaptive_max_pool2d": S(IMAGE, 1),
    "adaptive_max_pool3d": S((1, 2, 3, 4, 4), 1),
    "addcdiv": S((2, 3), (2, 3), POSITIVE),
    "addcmul": S((2, 3), (2, 3), (2, 3)),
    "batch_norm": S((4, 3), None, None, training=True),
    "clamp": S((2, 3), min=0.0, max=1.0),
    "clamp_max": S((2, 3), 1.0),
    "clamp_min": S((2, 3), 0.0),
    "constant_pad_nd": S((2, 3), [1, 1], 0.0),
    "cross": S((3,), (3,), dim=-1),
    "cummax": S((2, 5), dim=-1),
    "cummin": S((2, 5), dim=-1),
    "cumprod": S((2, 3), dim=-1),
    "cumsum": S((2, 3), dim=-1),
    "div_floor": S((2, 3), POSITIVE, rounding_mode="floor"),
    "div_trunc": S((2, 3), POSITIVE, rounding_mode="trunc"),
    "expand": S((3,), Sized("{twofold}")),
    "floor_divide": S((2, 3), POSITIVE),
    "fmod": S((2, 3), POSITIVE),
    "group_norm": S((2, 4, 2), 1),
    "kthvalue": S((2, 5), 1),
    "layer_norm": S((2, 4), Sized("({last},)")),
    "lerp": S((2, 3), (2, 3), 0.5),
    "log_softmax": S((2, 3), dim=-1),
    "logcumsumexp": S((2, 3), dim=-1),
    "logsumexp": S((2, 3), dim=-1),
    "masked_fill": S((2, 3), MASK, 0.0),
    "narrow": S((4, 3), 0, 0, 1),
    "permute": S((2, 3), Sized("{backwards}")),
    "pow": S((2, 3), (2, 3)),
    "remainder": S((2, 3), POSITIVE),
    "repeat": S((2, 3), Sized("{once_more}")),
    "roll": S((2, 3), 1),
    "scatter_value": S((4, 3), 0, labels(2, 3), 0.5),
    "select": S((2, 3), 0, 0),
    "slice": S((4, 3), 0, 0, 1),
    "slice_scatter": S((4, 3), (2, 3), 0, 0, 2),
    "softmax": S((2, 3), dim=-1),
    "split": S((4, 3), 2),
    "squeeze_dim": S((1, 3), 0),
    "threshold": S((2, 3), 0.5, 0.0),
    "to_integer": S((2, 3), int64),
    "topk": S((2, 5), 1),
    "transpose": S((2, 3), 0, 1),
    "unbind": S((2, 3)),
    "unfold": S((5,), 0, 2, 1),
    "upsample_nearest1d": S((1, 2, 4), scale_factor=2),
    "view": S((2, 3), -1),
}
"""Samples in place of a spec's first: with literals that fit most operands, and inputs in place of numbers."""


LAYERS: dict[str, tuple[str, Sample]] = {
    "Sequential": ("{nn}.Sequential({nn}.Linear({last}, 4), {nn}.Tanh(), {nn}.Linear(4, 1))", S((2, 3))),
    "Linear": ("{nn}.Linear({last}, 1)", S((2, 3))),
    "Conv1d": ("{nn}.Conv1d({channels}, 4, 3, padding=1)", S((1, 2, 6))),
    "Conv2d": ("{nn}.Conv2d({channels}, 4, 3, padding=1)", S(IMAGE)),
    "ConvTranspose2d": ("{nn}.ConvTranspose2d({channels}, 4, 2, stride=2)", S(IMAGE)),
    "BatchNorm1d": ("{nn}.BatchNorm1d({channels})", S((4, 3))),
    "BatchNorm2d": ("{nn}.BatchNorm2d({channels})", S(IMAGE)),
    "LayerNorm": ("{nn}.LayerNorm({last})", S((2, 4))),
    "RMSNorm": ("{nn}.RMSNorm({last})", S((2, 4))),
    "Dropout": ("{nn}.Dropout(0.5)", S((2, 3))),
    "Embedding": ("{nn}.Embedding(10, 4)", S(labels(3))),
    "PReLU": ("{nn}.PReLU()", S((2, 3))),
    "RNN": ("{nn}.RNN({last}, 4, batch_first=True)", S((1, 5, 3))),
    "GRU": ("{nn}.GRU({last}, 4, batch_first=True)", S((1, 5, 3))),
    "LSTM": ("{nn}.LSTM({last}, 4, batch_first=True)", S((1, 5, 3))),
    "MultiheadAttention": ("{nn}.MultiheadAttention({last}, 1, batch_first=True)", S((1, 5, 4))),
    "TransformerEncoderLayer": ("{nn}.TransformerEncoderLayer({last}, 1, batch_first=True)", S((1, 5, 4))),
}
"""Layers of torch.nn: how one is made, with words for the sizes of its input, and an input that it can take."""
