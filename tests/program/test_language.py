"""Python as teaching programs write it, run under the policy: the same output as Python's own."""

from __future__ import annotations

import contextlib
import io

import pytest

from tests.support.runs import printed, trace_of

PROGRAMS = {
    "functions": "def f(a, *b, c=2, **d):\n    return a + sum(b) + c + len(d)\nprint(f(1, 2, 3, c=4, e=5), f(1))\n",
    "closures": "def outer():\n    n = 0\n    def inc():\n        nonlocal n\n        n += 1\n        return n\n    return inc\nf = outer(); f(); print(f())\n",
    "globals": "n = 1\ndef f():\n    global n\n    n = n + 1\nf(); print(n)\n",
    "lambdas": "print(sorted([3, 1, 2], key=lambda v: -v), (lambda *a: a)(1, 2))\n",
    "classes": "class A:\n    k = 3\n    def __init__(self, v):\n        self._v = v\n    @property\n    def v(self):\n        return self._v\n    @v.setter\n    def v(self, n):\n        self._v = n\n    def __repr__(self):\n        return f'A({self._v})'\n    def __add__(self, o):\n        return A(self._v + o._v)\nclass B(A):\n    def __init__(self):\n        super().__init__(7)\na = A(1); a.v = 5; print(a, a + B(), B.k, isinstance(B(), A), type(a).__name__)\n",
    "comprehensions": "print([i*j for i in range(3) for j in range(2) if i], {k: v for k, v in zip('ab', (1, 2))}, {1, 1}, sum(x for x in range(4)))\n",
    "generators": "def g():\n    for i in range(3):\n        yield i\n    yield from 'ab'\nprint(list(g()), next(iter([9])))\n",
    "exceptions": "try:\n    raise ValueError('no')\nexcept (TypeError, ValueError) as e:\n    print('caught', e)\nelse:\n    print('else')\nfinally:\n    print('done')\n",
    "loops": "for i in range(5):\n    if i == 1:\n        continue\n    if i == 3:\n        break\n    print(i)\nelse:\n    print('never')\nn = 0\nwhile n < 2:\n    n += 1\nelse:\n    print('while done', n)\n",
    "unpacking": "a, (b, *c), d = 1, (2, 3, 4), 5\n[e, f] = 'xy'\nfor k, (m, n) in [(1, (2, 3))]:\n    print(a, b, c, d, e, f, k, m, n)\nprint(*[1, 2], **{'sep': '-'})\n",
    "augmented": "class P: pass\np = P(); p.x = 1; p.x += 2\nd = {'k': [1]}; d['k'] += [2]; d['n'] = 5; d['n'] **= 2\nl = [1, 2]; l[0] <<= 3\nprint(p.x, d, l)\n",
    "annotated": "x: int = 3\ny: list[int] = [x]\ndef f(a: float) -> float:\n    b: float = a\n    return b\nprint(x, y, f(2.5))\n",
    "walrus": "if (n := 5) > 3:\n    print(n, [y := 1, y ** 2])\n",
    "slices": "s = [0, 1, 2, 3, 4]\ns[1:3] = [9]\ndel s[0]\nprint(s, s[::-1], 'abc'[-1])\n",
    "f-strings": "v = 3.14159; w = 8\nprint(f'{v:.2f} {v!r:>{w}} {v=:.1f} {{}} {\"q\"!s} {1_000_000:,} {255:#x} {0.5:%}')\n",
    "percent and format": "print('%d %5.2f %s %%' % (3, 2.5, 'x'), '{0} {n:>4} {1[0]} {2.real}'.format(1, [2], 5, n=7))\n",
    "strings": "print('a,b'.split(','), ' x '.strip(), '-'.join('abc'), 'abc'.upper(), 'x' in 'xyz', 'ab' * 2)\n",
    "sorting": "d = {'b': 1, 'a': 2}\nfor i, (k, v) in enumerate(sorted(d.items())):\n    print(i, k, v)\nprint(max(d, key=d.get), min(3, 1), any([0, 1]), all([]))\n",
    "types": "print(isinstance([1], list), type([]) == list, list(range(3)), tuple('ab'), int('7'), float('1.5'), bool(0))\n",
    "assert": "assert 1 + 1 == 2, 'maths'\ntry:\n    assert False, 'as said'\nexcept AssertionError as e:\n    print(e)\n",
    "conditional": "x = 3\nprint('big' if x > 2 else 'small', x if x else 0, not x, 1 < x <= 3)\n",
    "main": "if __name__ == '__main__':\n    print('main')\n",
    "math": "import math\nfrom math import pi, sqrt as root\nprint(math.cos(0), round(pi, 3), root(16), math.inf, math.factorial(5))\n",
    "collections": "from collections import OrderedDict, defaultdict\nd = defaultdict(list); d['a'].append(1)\nprint(dict(d), OrderedDict(a=1)['a'])\n",
    "itertools": "import itertools\nprint(list(itertools.islice(itertools.count(3), 2)), list(itertools.product('ab', [1])))\n",
    "decorators": "def twice(f):\n    def g(*a):\n        return f(*a) * 2\n    return g\n@twice\ndef h(x):\n    return x + 1\nprint(h(4))\n",
    "static and class methods": "class C:\n    n = 2\n    @staticmethod\n    def s(x): return x\n    @classmethod\n    def c(cls): return cls.n\nprint(C.s(3), C.c(), C().s(4))\n",
    "iterators": "class It:\n    def __init__(self): self.i = 0\n    def __iter__(self): return self\n    def __next__(self):\n        if self.i > 2: raise StopIteration\n        self.i += 1\n        return self.i\n    def __len__(self): return 3\n    def __getitem__(self, k): return k\n    def __contains__(self, v): return v == 1\n    def __call__(self): return 'called'\nprint(list(It()), len(It()), It()[5], 1 in It(), It()())\n",
    "context managers": "class M:\n    def __enter__(self): print('in'); return 7\n    def __exit__(self, *e): print('out'); return False\nwith M() as v:\n    print(v)\n",
    "getattr": "class A: pass\na = A(); setattr(a, 'x', 3)\nprint(getattr(a, 'x'), getattr(a, 'y', None), hasattr(a, 'x'), hasattr(a, 'z'))\n",
    "chained assignment": "a = b = [1]\na.append(2)\nprint(b, a is b)\n",
    "multi-line": "total = (1 +\n         2 *\n         3)\ntext = '''two\nlines'''\nprint(total, text)\n",
    "unicode": "größe = 3; 值 = 'π≈3.14'\nprint(größe, 值, '😀')\n",
    "print": "print(1, 2, sep=', ', end='!\\n'); print(); print('a\\tb', end='')\n",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_prints_what_python_prints(name: str) -> None:
    source = PROGRAMS[name]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, "<python>", "exec"), {"__name__": "__main__"})
    assert trace_of(source).failure is None, trace_of(source).failure
    assert printed(source) == out.getvalue()


def test_every_run_starts_from_the_same_seed() -> None:
    source = "import torch\nimport random\nprint(torch.rand(2), torch.randn(2), random.random())\n"
    from tests.support.runs import events_of

    texts = {"".join(getattr(e, "text", "") for e in events_of(source)) for _ in range(3)}
    assert len(texts) == 1
    seeded = "import torch\ntorch.manual_seed(0)\nprint(torch.rand(2), torch.randn(2))\n"
    assert printed(seeded).split(" tensor")[0] in printed(source)


def test_nothing_of_a_program_is_left_for_the_next() -> None:
    from tests.support.runs import events_of

    events_of("import torch\ntorch.set_printoptions(precision=1)\ntorch.set_grad_enabled(False)\n")
    assert printed("import torch\nx = torch.ones(1, requires_grad=True) * 3.14159\nprint(x, x.requires_grad)\n") == (
        "tensor([3.1416], grad_fn=<MulBackward0>) True\n"
    )
