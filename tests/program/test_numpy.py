"""numpy as programs find it: it prints what numpy itself prints, and works together with tensors."""

from __future__ import annotations

import contextlib
import io
import random

import numpy as np
import pytest

from engine.trace import events as ev
from tests.support.runs import events_of, printed, trace_of

HEAD = "import numpy as np\n"
PROGRAMS = {
    "making": "print(np.array([1, 2.5]), np.zeros((2, 3)), np.ones(2, dtype=int), np.full((2,), 7), np.eye(2), np.arange(0, 1, .25), np.linspace(0, 1, 3), np.empty(0), np.array([[1, 2], [3, 4]]), np.array(5), np.identity(2))\n",
    "repr": "for v in (np.array([1., 2.]), np.array([1, 2], dtype=np.float32), np.float64(1.5), np.float32(2), np.int64(3), np.bool_(True), np.array(['a', 'b']), np.array([True]), np.array([]), np.zeros((2, 2), dtype=np.int8)):\n    print(repr(v), str(v), [v])\n",
    "types": "a = np.arange(3)\nprint(type(a), a.dtype, type(a[0]), a.dtype.name, a.astype(float).dtype, a.shape, a.ndim, a.size, a.itemsize, np.float32, type(a) is np.ndarray, isinstance(a, np.ndarray), np.issubdtype(a.dtype, np.integer), np.dtype('float32'), np.finfo(np.float32).eps, np.iinfo(np.int8).max)\n",
    "arithmetic": "a = np.array([1., 2., 3.]); b = a[::-1]\nprint(a + b, a * 2, 1 / a, a ** 2, a @ b, a // 2, a % 2, -a, a > 1, (a > 1) & (b > 1), ~(a > 1), abs(-a), a == b, 2 ** a, a += 1 if 0 else a)\n".replace(
        ", a += 1 if 0 else a", ""
    ),
    "in place": "a = np.ones(3); a += 1; a[0] = 9; a[1:] *= 3; a[a > 5] = 0; b = a; b -= 1; print(a, b is a)\n",
    "indexing": "a = np.arange(12).reshape(3, 4)\nprint(a[1], a[:, 1], a[1, 2], a[-1, ::2], a[[0, 2]], a[a % 2 == 0], a[..., None].shape, a[:, np.newaxis].shape, a.T, a.flatten(), a.ravel()[3], np.where(a > 5, a, 0), np.argwhere(a > 9))\n",
    "reductions": "a = np.arange(6.).reshape(2, 3)\nprint(a.sum(), a.mean(axis=0), a.max(), a.argmax(), a.std(), a.var(ddof=1), a.min(axis=1), np.median(a), np.prod(a + 1), a.cumsum(), np.percentile(a, 50), a.sum(axis=1, keepdims=True), a.all(), np.any(a > 4))\n",
    "functions": "x = np.array([0.5, 1.0, 2.0])\nprint(np.exp(x), np.log(x), np.sqrt(x), np.sin(np.pi * x), np.maximum(x, 1), np.clip(x, .6, 1.5), np.round(x, 1), np.floor(x), np.sign(-x), np.tanh(x), np.abs(-x), np.isnan(x), np.allclose(x, x), np.dot(x, x), np.outer(x, x), np.diff(x), np.power(x, 2), np.e)\n",
    "joining": "a, b = np.array([1, 2]), np.array([3, 4])\nprint(np.concatenate([a, b]), np.vstack([a, b]), np.hstack([a, b]), np.stack([a, b], axis=1), np.column_stack((a, b)), np.split(np.arange(4), 2), np.tile(a, 2), np.repeat(a, 2), np.append(a, 5), np.insert(a, 0, 9), np.delete(a, 0), np.c_[a, b], np.r_[a, b], np.meshgrid(a, b))\n",
    "sorting": "a = np.array([3, 1, 2]); print(np.sort(a), np.argsort(a), np.unique([1, 1, 2]), np.flip(a), a[np.argsort(-a)], np.searchsorted([1, 2, 3], 2)); a.sort(); print(a)\n",
    "linear algebra": "A = np.array([[2., 1.], [1., 3.]])\nprint(np.linalg.inv(A), np.linalg.det(A), np.linalg.solve(A, [1, 2]), np.linalg.norm(A), np.linalg.eigvalsh(A), np.trace(A), np.matmul(A, A), np.einsum('ij,jk->ik', A, A), np.linalg.lstsq(A, np.ones(2), rcond=None)[0])\n",
    "random": "np.random.seed(1)\nprint(np.random.rand(2), np.random.randn(2, 2), np.random.randint(0, 10, 3), np.random.normal(0, 1, 2), np.random.uniform(-1, 1), np.random.choice([1, 2, 3], 2), np.random.permutation(4), np.random.random(), np.random.default_rng(3).random(2), np.random.RandomState(4).randn(1))\nl = [1, 2, 3]; np.random.shuffle(l); print(l)\n",
    "unseeded": "print(np.random.rand(), np.random.randn())\n",
    "print options": "np.set_printoptions(precision=2, suppress=True); print(np.array([1 / 3, 1e-9, 1e5]), np.arange(2000))\n",
    "formatting": "v = np.float64(1 / 3)\nprint(f'{v:.3f} {v} {np.float32(v)!r} {np.arange(2)} {np.mean([1, 2]):.2f}', '%.2f %s' % (v, np.arange(2)), '{:5.1f}'.format(v), round(v, 2), int(np.int64(3)), float(np.float32(2)))\n",
    "polynomials": "p = np.polyfit([0, 1, 2], [1, 3, 7], 2); print(np.round(p, 6) + 0, np.polyval([1, 0, 1], 2), np.poly1d([1, 2])(3))\n",
    "vectorize": "print(np.vectorize(lambda v: v * 2)(np.arange(3)), np.fromfunction(lambda i, j: i + j, (2, 2)), np.apply_along_axis(sum, 0, np.ones((2, 2))))\n",
    "iteration": "for r in np.arange(4).reshape(2, 2):\n    print(r, *r)\nprint(list(np.arange(2)), [int(v) for v in np.arange(2)], sum(np.arange(3)), max(np.array([1, 3])), len(np.zeros((4, 2))), 2 in np.arange(3), np.arange(3).tolist(), dict(enumerate(np.arange(2))))\n",
    "errors": "for f in (lambda: np.ones(2) + np.ones(3), lambda: np.ones(2).reshape(3), lambda: np.ones(2)[5], lambda: np.array([[1], [1, 2]]), lambda: np.ones((2, 3)) @ np.ones((2, 3)), lambda: bool(np.ones(2)), lambda: np.linalg.inv(np.zeros((2, 2))), lambda: np.zeros(2).nothing):\n    try:\n        f()\n    except Exception as e:\n        print(type(e).__name__, e)\n",
    "saved by value": "a = np.arange(3); b = a.copy(); c = a.view() if 0 else a[:]; a[0] = 9; print(a, b, c, np.shares_memory(a, c))\n",
    "own classes": "class V:\n    def __init__(self): self.a = np.zeros(2)\n    def __len__(self): return 2\n    def __getitem__(self, i): return self.a[i]\nprint(np.mean(V().a), V().a.shape)\n",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_prints_what_numpy_prints(name: str) -> None:
    source = HEAD + PROGRAMS[name]
    out = io.StringIO()
    np.random.seed(0)
    random.seed(0)
    with contextlib.redirect_stdout(out), np.printoptions():
        exec(compile(source, "<numpy>", "exec"), {"__name__": "__main__"})
    assert trace_of(source).failure is None, trace_of(source).failure
    assert printed(source) == out.getvalue()


TENSORS = {
    "a = np.ones(3); t = torch.from_numpy(a); np.add(a, 1, out=a); print(t); t.mul_(2); print(a)": "tensor([2., 2., 2.], dtype=torch.float64)\n[4. 4. 4.]\n",
    "t = torch.ones(2); a = t.numpy(); t.add_(1); print(a, type(a))": "[2. 2.] <class 'numpy.ndarray'>\n",
    "print(torch.tensor(np.array([1, 2])), torch.tensor([np.float64(1)]), torch.as_tensor(np.float32(2)))": "tensor([1, 2]) tensor([1.], dtype=torch.float64) tensor(2.)\n",
    "print(torch.ones(2) * np.float64(2), np.float64(2) * torch.ones(2), torch.ones(2) * np.int64(3), np.float32(.5) - torch.ones(1))": "tensor([2., 2.]) tensor([2., 2.]) tensor([3., 3.]) tensor([-0.5000])\n",
    "x = torch.ones(3); print(x[np.array([0, 2])], x[np.int64(1)], x[np.array([True, False, True])])": "tensor([1., 1.]) tensor(1.) tensor([1., 1.])\n",
    "print(np.sqrt(torch.tensor([4.])), np.array(torch.ones(2)), np.asarray([torch.tensor(1.), torch.tensor(2.)]))": "tensor([2.]) [1. 1.] [1. 2.]\n",
    "x = torch.ones(2, requires_grad=True)\ntry:\n    x.numpy()\nexcept RuntimeError as e:\n    print(e)": "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.\n",
    "try:\n    torch.from_numpy(np.arange(3)[::-1])\nexcept ValueError as e:\n    print(str(e)[:62])": "At least one stride in the given numpy array is negative, and \n",
    "try:\n    np.ones(2) - torch.ones(2)\nexcept TypeError as e:\n    print(e)": "unsupported operand type(s) for -: 'numpy.ndarray' and 'Tensor'\n",
    "print(torch.zeros(np.int64(2)), torch.zeros(np.zeros((1, 2)).shape), torch.tensor([1.5]).numpy().item())": "tensor([0., 0.]) tensor([[0., 0.]]) 1.5\n",
}


@pytest.mark.parametrize("source", TENSORS)
def test_with_tensors_as_torch_does(source: str) -> None:
    assert printed("import torch\nimport numpy as np\n" + source + "\npass\n") == TENSORS[source]


def test_nothing_of_numpys_settings_is_left_for_the_next_run() -> None:
    events_of(HEAD + "np.set_printoptions(precision=1)\nnp.seterr(all='raise')\nnp.random.seed(5)")
    assert printed(HEAD + "print(np.array([1 / 3]), np.array([1.]) / 0)\n") == "[0.33333333] [inf]\n"


def test_sizes_are_checked_before_anything_is_allocated() -> None:
    failed = events_of(HEAD + "np.zeros((10**5, 10**6))")[-1]
    assert isinstance(failed, ev.Failed)
    assert failed.kind == "budget"
    assert "you tried to allocate" in failed.message
