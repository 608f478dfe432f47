"""torch's signatures of functions and methods, recorded from torch by tests/support/record_signatures.py.

One line (with its continuation) per set of signatures: the names that have it, a colon, and the signatures.
``*out`` stands for ``*, Tensor out=None``, ``@options`` for dtype, layout, device, pin_memory and requires_grad. A
method that is not listed has the signatures of the function of its name, without the first tensor and ``out``.
"""

from __future__ import annotations

import functools
import re

OPTIONS = (
    "dtype? dtype=None, layout? layout=None, device? device=None, bool? pin_memory=False, bool? requires_grad=False"
)

FUNCTIONS = """\
adaptive_avg_pool1d: Tensor input, ints1 output_size, *out
adaptive_max_pool1d: Tensor input, ints1 output_size
add sub: Tensor input, Tensor other, *, Number alpha=1, Tensor out=None | ~
addcdiv addcmul: Tensor input, Tensor tensor1, Tensor tensor2, *, Number value=1, Tensor out=None | ~
addmm: Tensor input, Tensor mat1, Tensor mat2, *, Number beta=1, Number alpha=1, Tensor out=None | ~
addmv: Tensor input, Tensor mat, Tensor vec, *, Number beta=1, Number alpha=1, Tensor out=None | ~
addmv_: Tensor input, Tensor mat, Tensor vec, *, Number beta=1, Number alpha=1 | ~
addr: Tensor input, Tensor vec1, Tensor vec2, *, Number beta=1, Number alpha=1, Tensor out=None | ~
all any: Tensor input, *out | Tensor input, ints? dim=None, bool keepdim=False, *out | Tensor input, int dim, bool
    keepdim=False, *out
amax amin: Tensor input, ints1 dim=None, bool keepdim=False, *out
aminmax: Tensor input, *, int? dim=None, bool keepdim=False, Tensors out=None
arange: Number end, *, Tensor? out=None, @options | Number start, Number end, *, @options | Number start, Number
    end, Number step=1, *, Tensor? out=None, @options
argmax argmin: Tensor input, int? dim=None, bool keepdim=False, *out
argsort: Tensor input, *, bool stable, int dim=-1, bool descending=False, Tensor out=None | Tensor input, int
    dim=-1, bool descending=False
as_strided: Tensor input, ints size, ints stride, int? storage_offset=None
as_tensor: object data, dtype? dtype=None, device? device=None
avg_pool1d: Tensor input, ints1 kernel_size, ints1 stride=None, ints1 padding=0, bool ceil_mode=False, bool
    count_include_pad=True, *out
addbmm baddbmm: Tensor input, Tensor batch1, Tensor batch2, *, Number beta=1, Number alpha=1, Tensor out=None | ~
batch_norm: Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training,
    float momentum, float eps, bool cudnn_enabled
bernoulli: Tensor input, *, generator? generator=None, Tensor out=None | Tensor input, float p, *, generator?
    generator=None
bilinear: Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None
bincount: Tensor input, Tensor? weights=None, int minlength=0, *out
broadcast_to: Tensor input, ints size
bucketize: Tensor input, Tensor boundaries, *, bool out_int32=False, bool right=False, Tensor out=None | Number
    self, Tensor boundaries, *, bool out_int32=False, bool right=False
cat concat concatenate stack: Tensors tensors, int dim=0, *out
celu: Tensor input, Number alpha=1.0, *out
channel_shuffle: Tensor input, int groups, *out
cholesky cholesky_inverse: Tensor input, bool upper=False, *out
cholesky_solve: Tensor input, Tensor input2, bool upper=False, *out
chunk: Tensor input, int chunks, int dim=0
clamp clip: Tensor input, Tensor? min=None, Tensor? max=None, *out | Tensor input, Number? min=None, Number?
    max=None, *out
clamp_ clip_: Tensor input, Tensor? min=None, Tensor? max=None | Tensor input, Number? min=None, Number? max=None
clamp_max: Tensor input, Tensor max, *out | Tensor input, Number max, *out
clamp_max_: Tensor input, Tensor max | Tensor input, Number max
clamp_min: Tensor input, Tensor min, *out | Tensor input, Number min, *out
clamp_min_: Tensor input, Tensor min | Tensor input, Number min
clone: Tensor input, *, memory_format? memory_format=None, Tensor out=None
combinations: Tensor input, int r=2, bool with_replacement=False
constant_pad_nd: Tensor input, ints pad, Number value=0, *out
conv1d: Tensor input, Tensor weight, Tensor? bias=None, ints1 stride=1, ints1 padding=0, ints1 dilation=1, int
    groups=1 | Tensor input, Tensor weight, Tensor? bias=None, ints1 stride=1, str padding="valid", ints1
    dilation=1, int groups=1
conv2d conv3d: Tensor input, Tensor weight, Tensor? bias=None, ints stride=1, ints padding=0, ints dilation=1, int
    groups=1 | Tensor input, Tensor weight, Tensor? bias=None, ints stride=1, str padding="valid", ints dilation=1,
    int groups=1
conv_transpose1d: Tensor input, Tensor weight, Tensor? bias=None, ints1 stride=1, ints1 padding=0, ints1
    output_padding=0, int groups=1, ints1 dilation=1
conv_transpose2d conv_transpose3d: Tensor input, Tensor weight, Tensor? bias=None, ints stride=1, ints padding=0,
    ints output_padding=0, int groups=1, ints dilation=1
convolution: Tensor input, Tensor weight, Tensor? bias, ints stride, ints padding, ints dilation, bool transposed,
    ints output_padding, int groups, *out
cosine_similarity: Tensor x1, Tensor x2, int dim=1, float eps=1e-08
count_nonzero: Tensor input, int? dim=None | Tensor input, ints dim
cov: Tensor input, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None
cross: Tensor input, Tensor other, int? dim=None, *out
cummax cummin: Tensor input, int dim, *, Tensors out=None
cumprod cumsum: Tensor input, int dim, *, dtype? dtype=None, Tensor out=None
diag_embed: Tensor input, int offset=0, int dim1=-2, int dim2=-1, *out
diagflat: Tensor input, int offset=0
diagonal: Tensor input, int offset=0, int dim1=0, int dim2=1
diagonal_scatter: Tensor input, Tensor src, int offset=0, int dim1=0, int dim2=1, *out
diff: Tensor input, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None, *out
dist: Tensor input, Tensor other, Number p=2, *out
div: Tensor input, Tensor other, *out | Tensor input, Tensor other, *, str? rounding_mode, Tensor out=None | Tensor
    input, Number other, *, str? rounding_mode
divide: Tensor input, Tensor other, *out | Tensor input, Tensor other, *, str? rounding_mode, Tensor out=None |
    Tensor input, Number other | Tensor input, Number other, *, str? rounding_mode
dot: Tensor input, Tensor tensor, *out
embedding: Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False, *out
empty: ints size, *, memory_format? memory_format=None, @options
empty_strided: ints size, ints stride, *out, @options
equal gcd_ is_same_size lcm_ ldexp_: Tensor input, Tensor other
eye: int n, *out, @options | int n, int m, *out, @options
fill fill_: Tensor input, Tensor value | Tensor input, Number value
flatten: Tensor input, int start_dim=0, int end_dim=-1
flip: Tensor input, ints dims, *out
copysign eq fmod ge greater greater_equal gt le less less_equal lt ne not_equal: Tensor input, Tensor other, *out |
    Tensor input, Number other, *out
full: ints size, Number fill_value, *, Tensor? out=None, @options
full_like: Tensor input, Number fill_value, *, memory_format? memory_format=None, @options
gather: Tensor input, int dim, Tensor index, *, bool sparse_grad=False, Tensor out=None
group_norm: Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool
    cudnn_enabled=True
hamming_window: int window_length, *, @options | int window_length, bool periodic, *, @options | int window_length,
    bool periodic, float alpha, *, @options | int window_length, bool periodic, float alpha, float beta, *, @options
bartlett_window blackman_window hann_window: int window_length, *, @options | int window_length, bool periodic, *,
    @options
hardshrink: Tensor input, Number lambd=0.5, *out
heaviside: Tensor input, Tensor values, *out
hinge_embedding_loss: Tensor input, Tensor target, float margin=1.0, int reduction=at::Reduction::Mean
histc: Tensor input, int bins=100, Number min=0, Number max=0, *out
histogram: Tensor input, Tensor bins, *, Tensor? weight=None, bool density=False, Tensors out=None | Tensor input,
    int bins=100, *, floats? range=None, Tensor? weight=None, bool density=False, Tensors out=None
dsplit hsplit vsplit: Tensor input, int sections | Tensor input, ints indices
column_stack dstack hstack linalg.multi_dot row_stack vstack: Tensors tensors, *out
index_add: Tensor input, int dim, Tensor index, Tensor source, *, Number alpha=1, Tensor out=None
index_copy: Tensor input, int dim, Tensor index, Tensor source, *out
index_fill: Tensor input, int dim, Tensor index, Tensor value | Tensor input, int dim, Tensor index, Number value
index_put: Tensor input, Tensors indices, Tensor values, bool accumulate=False, *out
index_reduce: Tensor input, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True, Tensor
    out=None
index_select: Tensor input, int dim, Tensor index, *out
allclose isclose: Tensor input, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False
isin: Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool invert=False, Tensor out=None |
    Number element, Tensor test_elements, *, bool assume_unique=False, bool invert=False, Tensor out=None | Tensor
    elements, Number test_element, *, bool assume_unique=False, bool invert=False, Tensor out=None
kl_div: Tensor input, Tensor target, int reduction=at::Reduction::Mean, *, bool log_target=False
kthvalue: Tensor input, int k, int dim=-1, bool keepdim=False, *, Tensors out=None
layer_norm: Tensor input, ints normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool
    cudnn_enable=True
lerp: Tensor input, Tensor end, Tensor weight, *out | Tensor input, Tensor end, Number weight, *out
linalg.cholesky: Tensor input, *, bool upper=False, Tensor out=None
linalg.cholesky_ex: Tensor input, *, bool upper=False, bool check_errors=False, Tensors out=None
linalg.cond: Tensor input, Number? p=None, *out | Tensor input, str p, *out
linalg.cross: Tensor input, Tensor other, *, int dim=-1, Tensor out=None
linalg.diagonal: Tensor A, *, int offset=0, int dim1=-2, int dim2=-1
linalg.eigh: Tensor input, str UPLO="L", *, Tensors out=None
linalg.eigvalsh: Tensor input, str UPLO="L", *out
linalg.det linalg.inv: Tensor A, *out
linalg.inv_ex: Tensor A, *, bool check_errors=False, Tensors out=None
linalg.lstsq: Tensor input, Tensor b, float? rcond=None, *, str? driver=None, Tensors out=None
linalg.lu linalg.lu_factor: Tensor A, *, bool pivot=True, Tensors out=None
linalg.lu_factor_ex: Tensor A, *, bool pivot=True, bool check_errors=False, Tensors out=None
linalg.lu_solve: Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False, Tensor out=None
linalg.matrix_norm: Tensor input, Number ord, ints dim={-2,-1}, bool keepdim=False, *, dtype? dtype=None, Tensor
    out=None | Tensor input, str ord="fro", ints dim={-2,-1}, bool keepdim=False, *, dtype? dtype=None, Tensor
    out=None
linalg.matrix_rank: Tensor input, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False, Tensor out=None |
    Tensor input, *, float? atol=None, float? rtol=None, bool hermitian=False, Tensor out=None | Tensor input,
    Tensor tol, bool hermitian=False, *out | Tensor input, float tol, bool hermitian=False, *out
linalg.norm: Tensor input, Number? ord=None, ints1? dim=None, bool keepdim=False, *, dtype? dtype=None, Tensor
    out=None | Tensor input, str ord, ints1? dim=None, bool keepdim=False, *, dtype? dtype=None, Tensor out=None
linalg.pinv: Tensor input, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False, Tensor out=None | Tensor
    input, *, float? atol=None, float? rtol=None, bool hermitian=False, Tensor out=None | Tensor input, Tensor
    rcond, bool hermitian=False, *out | Tensor input, float rcond, bool hermitian=False, *out
linalg.qr: Tensor A, str mode="reduced", *, Tensors out=None
linalg.slogdet: Tensor A, *, Tensors out=None
linalg.solve: Tensor A, Tensor B, *, bool left=True, Tensor out=None
linalg.solve_ex: Tensor A, Tensor B, *, bool left=True, bool check_errors=False, Tensors out=None
linalg.solve_triangular: Tensor input, Tensor B, *, bool upper, bool left=True, bool unitriangular=False, Tensor
    out=None
linalg.svd: Tensor A, bool full_matrices=True, *, str? driver=None, Tensors out=None
linalg.svdvals: Tensor A, *, str? driver=None, Tensor out=None
linalg.tensorinv: Tensor input, int ind=2, *out
linalg.tensorsolve: Tensor input, Tensor other, ints? dims=None, *out
linalg.vander: Tensor x, *, int? N=None
linalg.vecdot: Tensor x, Tensor y, *, int dim=-1, Tensor out=None
linalg.vector_norm: Tensor input, Number ord=2, ints1? dim=None, bool keepdim=False, *, dtype? dtype=None, Tensor
    out=None
linspace: Tensor start, Tensor end, int steps, *out, @options | Number start, Tensor end, int steps, *out, @options
    | Tensor start, Number end, int steps, *out, @options | Number start, Number end, int steps, *out, @options
logcumsumexp: Tensor input, int dim, *out
logit special.logit: Tensor input, float? eps=None, *out
logit_: Tensor input, float? eps=None
logspace: Tensor start, Tensor end, int steps, float base=10.0, *out, @options | Number start, Tensor end, int
    steps, float base=10.0, *out, @options | Tensor start, Number end, int steps, float base=10.0, *out, @options |
    Number start, Number end, int steps, float base=10.0, *out, @options
logsumexp special.logsumexp: Tensor input, ints1 dim, bool keepdim=False, *out
lu_solve: Tensor input, Tensor LU_data, Tensor LU_pivots, *out
lu_unpack: Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True, *, Tensors out=None
cosine_embedding_loss margin_ranking_loss: Tensor input1, Tensor input2, Tensor target, float margin=0.0, int
    reduction=at::Reduction::Mean
masked_fill: Tensor input, Tensor mask, Tensor value | Tensor input, Tensor mask, Number value
masked_scatter: Tensor input, Tensor mask, Tensor source, *out
masked_select: Tensor input, Tensor mask, *out
linalg.matrix_power matrix_power: Tensor input, int n, *out
max min: Tensor input, *out | Tensor input, Tensor other, *out | Tensor input, int dim, bool keepdim=False, *,
    Tensors out=None
max_pool1d: Tensor input, ints1 kernel_size, ints1 stride=None, ints1 padding=0, ints1 dilation=1, bool
    ceil_mode=False
max_pool2d max_pool3d: Tensor input, ints kernel_size, ints stride=None, ints padding=0, ints dilation=1, bool
    ceil_mode=False
mean: Tensor input, *, dtype? dtype=None, Tensor out=None | Tensor input, ints1? dim, bool keepdim=False, *, dtype?
    dtype=None, Tensor out=None
median nanmedian: Tensor input | Tensor input, int dim, bool keepdim=False, *, Tensors out=None
bmm mm: Tensor input, Tensor mat2, *out | ~
mode: Tensor input, int dim=-1, bool keepdim=False, *, Tensors out=None
moveaxis movedim: Tensor input, int source, int destination | Tensor input, ints source, ints destination
arctan2 atan2 fmax fmin gcd hypot inner kron lcm ldexp linalg.matmul logaddexp logaddexp2 logical_and logical_or
    logical_xor matmul maximum minimum mul nextafter vdot: Tensor input, Tensor other, *out
multinomial: Tensor input, int num_samples, bool replacement=False, *, generator? generator=None, Tensor out=None
floor_divide multiply true_divide: Tensor input, Tensor other, *out | Tensor input, Number other
mv: Tensor input, Tensor vec, *out
mvlgamma special.multigammaln: Tensor input, int p, *out
nan_to_num: Tensor input, float? nan=None, float? posinf=None, float? neginf=None, *out
nan_to_num_: Tensor input, float? nan=None, float? posinf=None, float? neginf=None
nanmean nansum: Tensor input, ints1? dim=None, bool keepdim=False, *, dtype? dtype=None, Tensor out=None
narrow: Tensor input, int dim, Tensor start, int length | Tensor input, int dim, int start, int length
narrow_copy: Tensor input, int dim, int start, int length, *out
abs absolute acos acosh angle arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan atanh bitwise_not ceil
    conj_physical cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 fix floor frac i0 inverse isinf isnan
    isneginf isposinf lgamma linalg.matrix_exp log log10 log1p log2 logical_not msort neg negative rad2deg
    reciprocal relu rsqrt sgn sigmoid sign signbit sin sinc sinh special.digamma special.entr special.erf
    special.erfc special.erfcx special.erfinv special.exp2 special.expit special.expm1 special.gammaln special.i0
    special.i0e special.i1 special.i1e special.log1p special.log_ndtr special.ndtr special.ndtri special.psi
    special.sinc sqrt square tan tanh trace trunc: Tensor input, *out
nonzero_static: Tensor input, *, int size, int fill_value=-1, Tensor out=None
normal: Tensor mean, Tensor std, *, generator? generator=None, Tensor out=None | Tensor mean, float std=1, *,
    generator? generator=None, Tensor out=None | float mean, Tensor std, *, generator? generator=None, Tensor
    out=None | float mean, float std, ints size, *, generator? generator=None, Tensor? out=None, @options
ger outer: Tensor input, Tensor vec2, *out
pairwise_distance: Tensor x1, Tensor x2, float p=2, float eps=1e-06, bool keepdim=False
pdist: Tensor input, float p=2
permute tile: Tensor input, ints dims
pinverse: Tensor input, float rcond=1e-15
pixel_shuffle: Tensor input, int upscale_factor, *out
pixel_unshuffle: Tensor input, int downscale_factor, *out
poisson: Tensor input, generator? generator=None, *out
poisson_nll_loss: Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction
polygamma special.polygamma: int n, Tensor input, *out
abs_ acos_ acosh_ adjoint arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ argwhere asin_ asinh_ atan_ atanh_
    ceil_ conj corrcoef cos_ cosh_ deg2rad_ det detach erf_ erfc_ exp2_ exp_ expm1_ fix_ fliplr flipud floor_ frac_
    i0_ imag is_complex is_conj is_distributed is_floating_point is_inference is_neg is_nonzero is_signed isfinite
    isreal log10_ log1p_ log2_ log_ logdet matrix_exp neg_ negative_ positive rad2deg_ ravel real reciprocal_
    resolve_conj resolve_neg rsqrt_ selu sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ t tan_ tanh_ trunc_ zero_: Tensor
    input
float_power pow: Tensor input, Tensor exponent, *out | Number self, Tensor exponent, *out | Tensor input, Number
    exponent, *out
prelu: Tensor input, Tensor weight
prod: Tensor input, *, dtype? dtype=None | Tensor input, int dim, bool keepdim=False, *, dtype? dtype=None, Tensor
    out=None
put: Tensor input, Tensor index, Tensor source, bool accumulate=False, *out
qr: Tensor input, bool some=True, *, Tensors out=None
nanquantile quantile: Tensor input, Tensor q, int? dim=None, bool keepdim=False, *, str interpolation="linear",
    Tensor out=None | Tensor input, float q, int? dim=None, bool keepdim=False, *, str interpolation="linear",
    Tensor out=None
rand randn: ints size, *, generator? generator, Tensor? out=None, @options | ints size, *out, @options
rand_like randn_like: Tensor input, *, generator? generator, memory_format? memory_format=None, @options | Tensor
    input, *, memory_format? memory_format=None, @options
randint: int high, ints size, *, generator? generator, Tensor? out=None, @options | int high, ints size, *out,
    @options | int low, int high, ints size, *, generator? generator, Tensor? out=None, @options | int low, int
    high, ints size, *out, @options
randint_like: Tensor input, int low, int high, *, generator? generator, memory_format? memory_format=None, @options
    | Tensor input, int low, int high, *, memory_format? memory_format=None, @options | Tensor input, Tensor high,
    *, generator? generator, memory_format? memory_format=None, @options | Tensor input, Tensor high, *,
    memory_format? memory_format=None, @options | Tensor input, int high, *, generator? generator, memory_format?
    memory_format=None, @options | Tensor input, int high, *, memory_format? memory_format=None, @options
randperm: int n, *, generator? generator, Tensor? out=None, @options | int n, *out, @options
range: Number start, Number end, Number step=1, *, Tensor? out=None, @options
bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor remainder: Tensor input, Tensor other,
    *out | Number self, Tensor other | Tensor input, Number other, *out
renorm: Tensor input, Number p, int dim, Number maxnorm, *out
repeat_interleave: Tensor input, Tensor repeats, int? dim=None, *, int? output_size=None | Tensor repeats, *, int?
    output_size=None | Tensor input, int repeats, int? dim=None, *, int? output_size=None
reshape: Tensor input, ints shape
rms_norm: Tensor input, ints normalized_shape, Tensor? weight=None, float? eps=None
roll: Tensor input, ints1 shifts, ints1 dims=None, *out
rot90: Tensor input, int k=1, ints dims={0,1}, *out
round: Tensor input, *out | Tensor input, *, int decimals, Tensor out=None
round_: Tensor input | Tensor input, *, int decimals
rrelu: Tensor input, Number lower=0.125, Number upper=0.3333333333333333, bool training=False, generator?
    generator=None
rsub: Tensor input, Tensor other, *, Number alpha=1 | Tensor input, Number other, Number alpha=1
scalar_tensor: Number s, *out, @options
scatter: Tensor input, int dim, Tensor index, Tensor src, *out | Tensor input, int dim, Tensor index, Tensor src, *,
    str reduce, Tensor out=None | Tensor input, int dim, Tensor index, Number value, *out | Tensor input, int dim,
    Tensor index, Number value, *, str reduce, Tensor out=None
scatter_add: Tensor input, int dim, Tensor index, Tensor src, *out
scatter_reduce: Tensor input, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True, Tensor
    out=None
searchsorted: Tensor sorted_sequence, Tensor input, *, bool out_int32=False, bool right=False, str? side=None,
    Tensor? sorter=None, Tensor out=None | Tensor sorted_sequence, Number self, *, bool out_int32=False, bool
    right=False, str? side=None, Tensor? sorter=None, Tensor out=None
select: Tensor input, int dim, int index
select_scatter: Tensor input, Tensor src, int dim, int index, *out
slice_scatter: Tensor input, Tensor src, int dim=0, int? start=None, int? end=None, int step=1, *out
frexp slogdet: Tensor input, *, Tensors out=None
log_softmax softmax: Tensor input, int dim, dtype? dtype=None, *out
sort: Tensor input, *, bool? stable, int dim=-1, bool descending=False, Tensors out=None | Tensor input, int dim=-1,
    bool descending=False, *, Tensors out=None
special.log_softmax: Tensor input, int dim, *, dtype? dtype=None
special.round: Tensor input, *, int decimals=0, Tensor out=None
special.softmax: Tensor input, int dim, dtype? dtype=None
split_with_sizes: Tensor input, ints split_sizes, int dim=0
squeeze: Tensor input | Tensor input, int dim | Tensor input, ints dim
std_mean var_mean: Tensor input, ints1? dim, bool unbiased=True, bool keepdim=False | Tensor input, ints1? dim=None,
    *, Number? correction=None, bool keepdim=False | Tensor input, bool unbiased=True
subtract: Tensor input, Tensor other, *, Number alpha=1, Tensor out=None | Tensor input, Number other, Number
    alpha=1
sum: Tensor input, *, dtype? dtype=None | Tensor input, ints1? dim, bool keepdim=False, *, dtype? dtype=None, Tensor
    out=None
svd: Tensor input, bool some=True, bool compute_uv=True, *, Tensors out=None
swapaxes: Tensor input, int axis0, int axis1
take: Tensor input, Tensor index, *out
take_along_dim: Tensor input, Tensor indices, int? dim=None, *out
tensor: object data, *, dtype? dtype=None, device? device=None, bool pin_memory=False, bool requires_grad=False
tensor_split: Tensor input, ints indices, int dim=0 | Tensor input, Tensor tensor_indices_or_sections, int dim=0 |
    Tensor input, int sections, int dim=0
threshold: Tensor input, Number threshold, Number value, *out
topk: Tensor input, int k, int dim=-1, bool largest=True, bool sorted=True, *, Tensors out=None
swapdims transpose: Tensor input, int dim0, int dim1
cumulative_trapezoid trapezoid: Tensor y, Tensor x, *, int dim=-1 | Tensor y, *, Number dx=1, int dim=-1
trapz: Tensor y, *, float dx=1, int dim=-1 | Tensor y, Tensor x, *, int dim=-1
diag tril triu: Tensor input, int diagonal=0, *out
tril_indices triu_indices: int row, int col, int offset=0, *out, @options
triplet_margin_loss: Tensor anchor, Tensor positive, Tensor negative, float margin=1.0, float p=2, float eps=1e-06,
    bool swap=False, int reduction=at::Reduction::Mean
unbind: Tensor input, int dim=0
unflatten: Tensor input, int dim, ints sizes
unsqueeze: Tensor input, int dim
vander: Tensor x, int? N=None, bool increasing=False
std var: Tensor input, ints1? dim, bool unbiased=True, bool keepdim=False, *out | Tensor input, ints1? dim=None, *,
    Number? correction=None, bool keepdim=False, Tensor out=None | Tensor input, bool unbiased=True
where: Tensor condition | Tensor condition, Tensor input, Tensor other, *out | Tensor condition, Number self, Tensor
    other | Tensor condition, Tensor input, Number other | Tensor condition, Number self, Number other
special.xlog1py special.xlogy xlogy: Tensor input, Tensor other, *out | Number self, Tensor other, *out | Tensor
    input, Number other, *out
xlogy_: Tensor input, Tensor other | Tensor input, Number other
ones zeros: ints size, *out, @options
empty_like ones_like zeros_like: Tensor input, *, memory_format? memory_format=None, @options
"""

METHODS = """\
absolute_ bitwise_not_ detach_ digamma_ erfinv_ get_device is_coalesced lgamma_ logical_not_ relu_ sgn_ sign_ t_:
add add_ sub sub_: Tensor other, *, Number alpha=1 | ~
addbmm addbmm_ baddbmm baddbmm_: Tensor batch1, Tensor batch2, *, Number beta=1, Number alpha=1 | ~
addcdiv addcdiv_ addcmul addcmul_: Tensor tensor1, Tensor tensor2, *, Number value=1 | ~
addmm addmm_: Tensor mat1, Tensor mat2, *, Number beta=1, Number alpha=1 | ~
addmv addmv_: Tensor mat, Tensor vec, *, Number beta=1, Number alpha=1 | ~
addr addr_: Tensor vec1, Tensor vec2, *, Number beta=1, Number alpha=1 | ~
arctan2_ atan2_ expand_as hypot_ logical_and_ logical_or_ logical_xor_ nextafter_ reshape_as type_as view_as: Tensor
    other
bernoulli_: Tensor p, *, generator? generator=None | float p=0.5, *, generator? generator=None
bitwise_and bitwise_and_ bitwise_left_shift bitwise_left_shift_ bitwise_or bitwise_or_ bitwise_right_shift
    bitwise_right_shift_ bitwise_xor bitwise_xor_ copysign_ eq_ floor_divide_ fmod_ ge_ greater_ greater_equal_ gt_
    le_ less_ less_equal_ lt_ multiply_ ne_ not_equal_ remainder remainder_ true_divide_ xlogy: Tensor other |
    Number other
bmm mm: Tensor mat2
cauchy_: float median=0, float sigma=1, *, generator? generator=None
contiguous: *, memory_format memory_format=c10::MemoryFormat::Contiguous
copy_: Tensor other, bool non_blocking=False | ~
cumprod_ cumsum_: int dim, *, dtype? dtype=None
div_: Tensor other | Tensor other, *, str? rounding_mode | Number other, *, str? rounding_mode
divide_: Tensor other | Tensor other, *, str? rounding_mode | Number other | Number other, *, str? rounding_mode
expand: ints size, *, bool implicit=False
exponential_: float lambd=1, *, generator? generator=None
fill_diagonal_: Number fill_value, bool wrap=False
float_power float_power_ pow pow_: Tensor exponent | Number exponent
geometric_: float p, *, generator? generator=None
index_add_: int dim, Tensor index, Tensor source, *, Number alpha=1
index_copy_: int dim, Tensor index, Tensor source
index_fill_: int dim, Tensor index, Tensor value | int dim, Tensor index, Number value
index_put_: Tensors indices, Tensor values, bool accumulate=False
index_reduce_: int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True
is_pinned: device? device=None
is_set_to: Tensor tensor
lerp_: Tensor end, Tensor weight | Tensor end, Number weight
log_normal_: float mean=1, float std=2, *, generator? generator=None
masked_fill_: Tensor mask, Tensor value | Tensor mask, Number value
masked_scatter_: Tensor mask, Tensor source
new_empty new_ones new_zeros: ints size, *, @options
new_empty_strided: ints size, ints stride, *, @options
new_full: ints size, Number fill_value, *, @options
new_tensor: object data, *, dtype? dtype=None, device? device=None, bool requires_grad=False
nonzero:  | *, bool as_tuple
normal_: float mean=0, float std=1, *, generator? generator=None
polygamma: int n
put_: Tensor index, Tensor source, bool accumulate=False
random_: *, generator? generator=None | int from, int? to, *, generator? generator=None | int to, *, generator?
    generator=None
renorm_: Number p, int dim, Number maxnorm
repeat: ints repeats
repeat_interleave: Tensor repeats, int? dim=None, *, int? output_size=None | int repeats, int? dim=None, *, int?
    output_size=None
requires_grad_: bool requires_grad=True
resize_: ints size, *, memory_format? memory_format=None
resize_as_: Tensor the_template, *, memory_format? memory_format=None
scatter_: int dim, Tensor index, Tensor src | int dim, Tensor index, Tensor src, *, str reduce | int dim, Tensor
    index, Number value | int dim, Tensor index, Number value, *, str reduce
scatter_add_: int dim, Tensor index, Tensor src
scatter_reduce_: int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True
set_:  | torch.Storage source | torch.Storage source, int storage_offset, ints size, ints? stride=None | Tensor
    source | Tensor source, int storage_offset, ints size, ints stride=None
size stride: int? dim=None
squeeze_:  | int dim | ints dim
subtract_: Tensor other, *, Number alpha=1 | Number other, Number alpha=1
sum_to_size: ints size
swapaxes_: int axis0, int axis1
swapdims_ transpose_: int dim0, int dim1
to: device? device=None, dtype? dtype=None, bool non_blocking=False, bool copy=False, *, memory_format?
    memory_format=None | dtype dtype, bool non_blocking=False, bool copy=False, *, memory_format? memory_format=None
    | Tensor tensor, bool non_blocking=False, bool copy=False, *, memory_format? memory_format=None
tril_ triu_: int diagonal=0
unfold: int dimension, int size, int step
uniform_: float from=0, float to=1, *, generator? generator=None
unsqueeze_: int dim
view: dtype dtype | ints size
where: Tensor condition, Tensor other | Tensor condition, Number other
"""


def _unfolded(text: str) -> str:
    return text.replace("*out", "*, Tensor out=None").replace("@options", OPTIONS)


@functools.cache
def _table(block: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for line in re.sub(r"\n    ", " ", block).strip().split("\n"):
        names, _, text = line.partition(":")
        signatures = tuple(_unfolded(s.strip()) for s in text.split("|"))
        found.update(dict.fromkeys(names.split(), signatures))
    return found


def _of_method(text: str) -> str:
    """A function's signature as its method has it."""
    parts = [p for p in text.split(", ")[1:] if not p.endswith(" out=None")]
    return ", ".join(parts[:-1] if parts and parts[-1] == "*" else parts)


def signatures(name: str, method: bool) -> tuple[str, ...] | None:
    """The signatures of ``torch.<name>``, or of Tensor's method; None if torch parses its arguments in another way."""
    if not method:
        return _table(FUNCTIONS).get(name)
    own = _table(METHODS).get(name)
    if own is None and name in _table(FUNCTIONS):
        return tuple(map(_of_method, _table(FUNCTIONS)[name]))
    return own
