"""Variables renamed wherever they are meant, and nowhere else."""

from __future__ import annotations

import pytest

from engine.edit.renaming import rename
from engine.trace import events as ev
from tests.support.grounds import after, ground_of, proposal, refusal

HEAD = "import torch\nw = torch.tensor(1.0, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("lines", "new"),
    [
        (
            "y = w * w  # w squared\ny.backward()\nprint(w.grad, 'w')\n",
            "y = v * v  # w squared\ny.backward()\nprint(v.grad, 'w')\n",
        ),
        (
            "def f(a):\n    return a * w\ny = f(a=w)\n",
            "def f(a):\n    return a * v\ny = f(a=v)\n",
        ),
        (
            "def f(w):\n    return w * 2\ny = f(w=w)\n",
            "def f(w):\n    return w * 2\ny = f(w=v)\n",
        ),
        (
            "def f(a=w):\n    w = a + 1\n    return w\ny = f()\n",
            "def f(a=v):\n    w = a + 1\n    return w\ny = f()\n",
        ),
        (
            "def f():\n    global w, n\n    w = w * 2\n    n = 1\nf()\ny = w\n",
            "def f():\n    global v, n\n    v = v * 2\n    n = 1\nf()\ny = v\n",
        ),
        (
            "def f():\n    w = torch.ones(1)\n    def g():\n        nonlocal w\n        w = w + 1\n        return w\n    return g()\ny = f() + w\n",
            "def f():\n    w = torch.ones(1)\n    def g():\n        nonlocal w\n        w = w + 1\n        return w\n    return g()\ny = f() + v\n",
        ),
        (
            "def f():\n    def g(a):\n        return a * w\n    return g(w)\ny = f()\n",
            "def f():\n    def g(a):\n        return a * v\n    return g(v)\ny = f()\n",
        ),
        ("ys = [w * 2 for w in (w, w + 1)]\n", "ys = [w * 2 for w in (v, v + 1)]\n"),
        ("ys = [k * w for k in (1, 2) if w > 0]\n", "ys = [k * v for k in (1, 2) if v > 0]\n"),
        ("g = lambda w, k=w: w * k\ny = g(w)\n", "g = lambda w, k=v: w * k\ny = g(v)\n"),
        (
            "class A:\n    w = 3\n    def f(self):\n        return self.w * w\ny = A().f()\nz = A.w\n",
            "class A:\n    w = 3\n    def f(self):\n        return self.w * v\ny = A().f()\nz = A.w\n",
        ),
        (
            "class A:\n    k = w\n    def f(self, w):\n        return w\ny = A().f(w)\n",
            "class A:\n    k = v\n    def f(self, w):\n        return w\ny = A().f(v)\n",
        ),
        (
            "print(f'w is {w} and {w * 2:.3f} of {{w}} {w.grad!r}', 'ä', f\"{'w'}{[w for w in (w,)]}\")\n",
            "print(f'w is {v} and {v * 2:.3f} of {{w}} {v.grad!r}', 'ä', f\"{'w'}{[w for w in (v,)]}\")\n",
        ),
        ("n = 8\nprint(f'ä {w:>{n}} ' f'{w}'\n  'w')\n", "n = 8\nprint(f'ä {v:>{n}} ' f'{v}'\n  'w')\n"),
        ("print(f'''\n{w}\n  w {w + 1}''')\n", "print(f'''\n{v}\n  w {v + 1}''')\n"),
        (
            "for w in (w, 2 * w):\n    print(w)\nwith torch.no_grad() as k:\n    w -= 1.0\n",
            "for v in (v, 2 * v):\n    print(v)\nwith torch.no_grad() as k:\n    v -= 1.0\n",
        ),
        (
            "try:\n    w / 0\nexcept ZeroDivisionError as w:  # w\n    pass\n",
            "try:\n    v / 0\nexcept ZeroDivisionError as v:  # w\n    pass\n",
        ),
        ("d = dict(w=w)\nd['w'] = w\nw.data = w.data * 2\n", "d = dict(w=v)\nd['w'] = v\nv.data = v.data * 2\n"),
        ("if (w := w * 2) > 0:\n    del w\n", "if (v := v * 2) > 0:\n    del v\n"),
        ("äw = w\nw2 = äw + w\n", "äw = v\nw2 = äw + v\n"),
    ],
)
def test_a_variable_is_renamed_where_it_is_meant(lines: str, new: str) -> None:
    g = ground_of(HEAD + lines)
    assert isinstance(g.trace.events[-1], ev.Finished), g.trace.events[-1]
    text = after(g, rename(g, "w", "v"))
    assert text == HEAD.replace("w =", "v =") + new
    assert isinstance(ground_of(text).trace.events[-1], ev.Finished)


def test_functions_and_classes_are_renamed_too() -> None:
    g = ground_of(HEAD + "def  step(a):\n    return a if a > 1 else step(a + 1)\ny = step(w)\n")
    answer = rename(g, "step", "grow")
    assert after(g, answer) == HEAD + "def  grow(a):\n    return a if a > 1 else grow(a + 1)\ny = grow(w)\n"
    assert proposal(answer).says == "step becomes grow in 3 places"
    g = ground_of("@staticmethod\ndef deco():\n    pass\n\nclass Net:\n    pass\nnet = Net()\n")
    assert after(g, rename(g, "Net", "Model")).endswith("class Model:\n    pass\nnet = Model()\n")


@pytest.mark.parametrize(
    ("name", "new", "why"),
    [
        ("w", "2", "“2” is no name. Use letters, digits and _, and no digit in front."),
        ("w", "lambda", "“lambda” is a word of Python's own. Choose another name."),
        ("w", "print", "print already means something in Python or torch. Choose another name."),
        ("w", "x", "x is taken: it stands in line 3. Choose another name."),
        ("w", "k", "k is taken: it stands in line 4. Choose another name."),
        ("w", "w", "w has this name already. Choose another one."),
        ("k", "v", "k is no variable of the program."),
        ("torch", "t", "torch is imported in line 1: rename it there."),
        ("x.grad", "v", "x.grad is part of x: rename that instead."),
    ],
)
def test_names_that_cannot_be_are_refused(name: str, new: str, why: str) -> None:
    g = ground_of(HEAD + "x = w * 2\nf = lambda k: k * w\n")
    assert refusal(rename(g, name, new)) == why


def test_an_attribute_of_the_same_name_is_no_hindrance() -> None:
    g = ground_of(HEAD + "l = torch.nn.Linear(1, 1)\nprint(l.weight)\n")
    assert after(g, rename(g, "w", "weight")) == g.source.replace("w = torch", "weight = torch")
