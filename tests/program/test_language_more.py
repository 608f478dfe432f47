"""Python as teaching programs write it, run under the policy: the same output as Python's own."""

from __future__ import annotations

import contextlib
import io

import pytest

from engine.trace import events as ev
from tests.support.runs import events_of, printed, trace_of

PROGRAMS = {
    "match on values": "for v in (1, 'a', -2, None, True, 7):\n    match v:\n        case True: print('yes')\n        case 1 | 2: print('small')\n        case 'a': print('text')\n        case -2: print('minus')\n        case None: print('none')\n        case x if x > 5: print('large', x)\n",
    "match on sequences": "def f(v):\n    match v:\n        case []: return 'empty'\n        case [x]: return f'one {x}'\n        case [x, *rest]: return f'{x} and {rest}'\nprint(f([]), f([1]), f([1, 2, 3]), f((4, 5)))\n",
    "match on mappings": "match {'op': 'add', 'a': 1, 'b': 2, 'c': 3}:\n    case {'op': 'add', 'a': a, 'b': b, **rest}:\n        print(a + b, rest)\n",
    "match on classes": "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: int = 0\nclass Q:\n    def __init__(self): self.name = 'q'\nfor v in (P(0, 1), P(2), Q(), 3, 2.5, 'abc', [1]):\n    match v:\n        case P(0, y): print('axis', y)\n        case P(x=x): print('point', x)\n        case Q(name=n): print('named', n)\n        case int(n): print('int', n)\n        case float() | str(): print('plain', v)\n        case list(l): print('list', l)\n",
    "match on names with dots": "import math\nclass Mode:\n    FAST = 1\nfor v in (1, math.pi, 3):\n    match v:\n        case Mode.FAST: print('fast')\n        case math.pi: print('pi')\n        case _: print('other')\n",
    "dataclasses": "from dataclasses import dataclass, field, asdict, replace, astuple\n@dataclass(order=True)\nclass Config:\n    lr: float = 0.1\n    layers: list = field(default_factory=lambda: [1, 2])\n    name: str = field(default='x', compare=False)\nc = Config(lr=0.5)\nc.lr = 0.25\nprint(c, Config() < c, asdict(c), replace(c, name='y'), astuple(c), c == Config(0.25))\n",
    "frozen dataclass": "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass P:\n    x: int\ntry:\n    P(1).x = 2\nexcept Exception as e:\n    print(type(e).__name__, e)\n",
    "slots": "class A:\n    __slots__ = ('x',)\n    def __init__(self, x): self.x = x\nprint(A(3).x)\n",
    "named tuples": "from collections import namedtuple\nfrom typing import NamedTuple\nP = namedtuple('P', 'x y')\np = P(1, y=2)\nclass Q(NamedTuple):\n    a: int\n    b: str = 'z'\nprint(p, p.x + p.y, p._asdict(), P._fields, p._replace(x=9), Q(1), Q(1, 'b').b)\n",
    "enums": "from enum import Enum, auto, IntEnum\nclass C(Enum):\n    RED = 1\n    BLUE = auto()\nclass N(IntEnum):\n    ONE = 1\nprint(C.RED, C.BLUE.value, C['RED'].name, list(C), C(2), N.ONE + 1, C.RED is C.RED)\n",
    "abstract classes": "from abc import ABC, abstractmethod, ABCMeta\nclass A(ABC):\n    @abstractmethod\n    def f(self): ...\nclass B(A):\n    def f(self): return 1\nclass C(metaclass=ABCMeta):\n    pass\ntry:\n    A()\nexcept TypeError as e:\n    print(e)\nprint(B().f())\n",
    "generics": "from typing import Generic, TypeVar, Optional, Callable, List\nT = TypeVar('T')\nclass Stack(Generic[T]):\n    def __init__(self) -> None:\n        self.items: List[T] = []\n    def push(self, item: T) -> None:\n        self.items.append(item)\ndef f(g: Optional[Callable[[int], int]] = None) -> 'list[int] | None':\n    return None\ns: Stack[int] = Stack(); s.push(1); print(s.items, f())\n",
    "private names": "class A:\n    __count = 0\n    def __init__(self):\n        self.__x = 1\n        A.__count += 1\n    def __twice(self):\n        return self.__x * 2\n    def get(self):\n        self.__x += 1\n        return self.__twice(), A.__count\nprint(A().get(), A()._A__x)\n",
    "own getattr": "class Lazy:\n    def __init__(self): self.real = 1\n    def __getattr__(self, name):\n        if name == 'magic':\n            return 42\n        raise AttributeError(name)\nl = Lazy()\nprint(l.magic, l.real, hasattr(l, 'other'), getattr(l, 'none', 'default'))\n",
    "more operators": "class V:\n    def __init__(self, *v): self.v = v\n    def __rmatmul__(self, o): return 'rm'\n    def __lshift__(self, o): return 'ls'\n    def __divmod__(self, o): return 'dm'\n    def __reversed__(self): return iter('ba')\n    def __ior__(self, o): return V('or')\n    def __round__(self, n=None): return 'r'\n    def __missing__(self, k): return k\nv = V()\nprint(1 @ v, v << 1, divmod(v, 1), list(reversed(v)), round(v)); v |= 1; print(v.v)\n",
    "dict subclasses": "class D(dict):\n    def __missing__(self, key):\n        return key * 2\nclass L(list):\n    def total(self): return sum(self)\nprint(D(a=1)['bb'], L([1, 2]).total(), D(a=1))\n",
    "super of several": "class A:\n    def f(self): return ['A']\nclass B(A):\n    def f(self): return ['B'] + super().f()\nclass C(A):\n    def f(self): return ['C'] + super().f()\nclass D(B, C):\n    def f(self): return ['D'] + super(D, self).f()\nprint(D().f(), A.f(D()))\n",
    "class attributes and vars": "class A:\n    n = 0\n    def __init__(self): self.a = 1; self.b = [2]\na = A(); A.n += 1; a.n = 5\nprint(vars(a), a.__dict__, A.n, a.n, a.__class__.__name__, A.__name__, a.__doc__, A.__module__)\n",
    "context manager by generator": "from contextlib import contextmanager, suppress, nullcontext\n@contextmanager\ndef timer(name):\n    print('begin', name)\n    try:\n        yield 5\n    finally:\n        print('end')\nwith timer('x') as t, nullcontext(3) as n:\n    print(t, n)\nwith suppress(ZeroDivisionError):\n    1 / 0\nprint('on')\n",
    "nested exceptions": "def f():\n    try:\n        raise KeyError('k')\n    except KeyError as e:\n        raise ValueError('outer') from e\n    finally:\n        print('finally')\ntry:\n    f()\nexcept ValueError as e:\n    print(repr(e), e.args)\nclass My(Exception):\n    def __init__(self, code):\n        super().__init__(f'code {code}')\n        self.code = code\ntry:\n    raise My(3)\nexcept My as e:\n    print(e, e.code)\ntry:\n    raise\nexcept RuntimeError as e:\n    print(e)\n",
    "generators talking": "def g():\n    total = 0\n    while True:\n        got = yield total\n        if got is None: return 'done'\n        total += got\ni = g(); next(i); print(i.send(3), i.send(4))\ntry:\n    i.send(None)\nexcept StopIteration as e:\n    print(e.value)\n",
    "functools": "from functools import partial, reduce, lru_cache, wraps, cache, total_ordering, cached_property\n@lru_cache(maxsize=None)\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\ndef log(f):\n    @wraps(f)\n    def g(*a, **k):\n        print('call', f.__name__)\n        return f(*a, **k)\n    return g\n@log\ndef add(a, b=1):\n    'adds'\n    return a + b\nclass C:\n    @cached_property\n    def p(self):\n        print('once')\n        return 3\nc = C()\nprint(fib(30), fib.cache_info().hits, partial(add, 2)(b=5), add.__name__, add.__doc__, reduce(lambda a, b: a * b, [1, 2, 3]), c.p + c.p)\n",
    "collections": "from collections import Counter, deque, defaultdict, OrderedDict, ChainMap\nd = deque(maxlen=2); d.append(1); d.append(2); d.append(3); d.appendleft(0)\nprint(Counter('hello').most_common(1), d, OrderedDict([('a', 1)]), dict(ChainMap({'a': 1}, {'b': 2})), defaultdict(int, a=1))\n",
    "operator": "from operator import itemgetter, attrgetter, add, mul, methodcaller\nclass P:\n    def __init__(self, n): self.n = n\nprint(sorted([(2, 'a'), (1, 'b')], key=itemgetter(0)), attrgetter('n')(P(3)), add(1, 2), mul('a', 3), methodcaller('upper')('x'))\n",
    "regular expressions": "import re\nm = re.match(r'(?P<k>\\w+)=(\\d+)', 'lr=10')\nprint(m.group('k'), m.groups(), m.span(), re.findall(r'\\d+', 'a1b22'), re.sub(r'a(.)', r'<\\1>', 'abac'), bool(re.search('z', 'abc')), re.split(r',\\s*', 'a, b,c'), re.compile('x', re.I).pattern)\n",
    "json and pprint": "import json, pprint\nprint(json.dumps({'a': [1, 2.5, None, True]}, indent=2), json.loads('{\"x\": [1]}'))\npprint.pprint({'b': 1, 'a': list(range(30))})\n",
    "string and textwrap": "import string, textwrap\nprint(string.ascii_lowercase[:3], string.digits, textwrap.dedent('  a\\n  b'), textwrap.fill('a b c d e f', 5))\n",
    "statistics and fractions": "import statistics as st\nfrom fractions import Fraction\nprint(st.mean([1, 2, 4]), st.stdev([1, 2, 4]), st.median([3, 1]), Fraction(1, 3) + 1, Fraction('0.5').numerator)\n",
    "dates": "import datetime as dt\nfrom datetime import timedelta\nd = dt.date(2024, 2, 28) + timedelta(days=2)\nprint(d, d.year, d.strftime('%d.%m.%y'), dt.datetime(2020, 1, 1, 12).isoformat(), f'{d:%Y}')\n",
    "copy": "import copy\na = [[1], 2]; b = copy.copy(a); c = copy.deepcopy(a); a[0].append(9)\nclass P: pass\np = P(); p.l = [1]; q = copy.deepcopy(p); p.l.append(2)\nprint(b, c, q.l)\n",
    "heap and bisect": "import heapq, bisect\nh = []\nfor v in [3, 1, 2]: heapq.heappush(h, v)\nprint([heapq.heappop(h) for _ in range(3)], bisect.bisect([1, 3, 5], 3), heapq.nlargest(2, [4, 1, 9]))\n",
    "complex numbers": "import cmath\nprint((1 + 2j) * 1j, abs(3 + 4j), cmath.sqrt(-1), (2j).imag)\n",
    "bits and bases": "print(bin(10), hex(255), oct(8), 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 4, 256 >> 2, int('ff', 16), ascii('ä'), format(5, '08b'))\n",
    "bytes": "b = b'ab' + bytes([99]); print(b, b.decode(), 'ä'.encode(), bytearray(b)[0], bytes.fromhex('0a'), b'%d' % 5)\n",
    "sys and os": "import os, sys\nprint(os.path.join('a', 'b.txt'), os.path.splitext('x.py'), os.path.exists('x'), os.path.basename('/a/b'), sys.version_info >= (3, 8), os.environ.get('NONE', 'd'))\nsys.stdout.write('w\\n'); print('err', file=sys.stderr); sys.stdout.flush()\n",
    "files in memory": "import io\nf = io.StringIO()\nprint('to memory', file=f, end='')\nprint(f.getvalue(), io.StringIO('a\\nb').readlines())\n",
    "warnings": "import warnings\nwith warnings.catch_warnings(record=True) as w:\n    warnings.simplefilter('always')\n    warnings.warn('careful', DeprecationWarning)\n    print(len(w), w[0].message, w[0].category.__name__)\nwarnings.filterwarnings('ignore')\nwarnings.warn('not told')\nwarnings.filterwarnings('error', category=UserWarning)\ntry:\n    warnings.warn('raised')\nexcept UserWarning as e:\n    print('error', e)\n",
    "argparse": "import argparse\np = argparse.ArgumentParser(description='train')\np.add_argument('--lr', type=float, default=0.1)\np.add_argument('--epochs', type=int, default=3, help='how many')\np.add_argument('--fast', action='store_true')\nargs = p.parse_args([])\nprint(args.lr, args.epochs, args.fast, args, vars(args))\n",
    "simple namespace": "from types import SimpleNamespace\ns = SimpleNamespace(a=1, b='x'); s.a = 2\nprint(s, s.a, s == SimpleNamespace(a=2, b='x'))\n",
    "tee and islice": "from itertools import tee, islice, chain, repeat, cycle, zip_longest, groupby, accumulate\na, b = tee([1, 2]); print(list(a), list(b), list(islice(cycle('ab'), 3)), list(repeat(1, 2)), [(k, list(g)) for k, g in groupby('aab')], list(accumulate([1, 2, 3])), list(chain.from_iterable([[1], [2]])))\n",
    "random's stream": "import random\nrandom.seed(3); print(random.random(), random.randint(1, 9), random.choice('abc'), random.sample(range(9), 3), random.gauss(0, 1), random.Random(5).random())\nl = [1, 2, 3, 4]; random.shuffle(l); print(l)\n",
    "import forms": "import os.path\nimport collections.abc as c\nfrom math import *\nfrom math import sin as s, cos\nimport math as m, random as r\nprint(os.path.join('a', 'b'), isinstance([], c.Sequence), sqrt(4), s(0), cos(0), m.e)\n",
    "star unpacking": "def f(*a, k=1, **o): return a, k, o\nprint(f(*[1], 2, *(3,), **{'k': 4}, z=5), [*range(2), *'ab'], {**{'a': 1}, 'b': 2}, (*[1], 2))\nfirst, *_, last = range(5); print(first, last)\n",
    "positional only and keyword only": "def f(a, /, b, *, c): return a + b + c\nprint(f(1, b=2, c=3))\ntry:\n    f(a=1, b=2, c=3)\nexcept TypeError as e:\n    print(e)\n",
    "docstrings": "'module text'\ndef f():\n    '''what f does'''\nclass A:\n    '''what A is'''\nprint(f.__doc__, A.__doc__)\n",
    "function attributes": "def f():\n    f.calls += 1\n    return f.calls\nf.calls = 0\nf(); print(f(), f.__name__, (lambda: 0).__name__)\n",
    "del and global state": "x = [1, 2, 3]; del x[0]; d = {'a': 1}; del d['a']; y = 1; del y\nclass A: pass\na = A(); a.v = 1; del a.v\nprint(x, d, hasattr(a, 'v'))\ntry:\n    y\nexcept NameError as e:\n    print(e)\n",
    "try in loops": "for i in range(3):\n    try:\n        if i == 1: continue\n        if i == 2: break\n        print('body', i)\n    finally:\n        print('finally', i)\n",
    "conditional imports": "try:\n    import nothing_of_that_name\nexcept ImportError as e:\n    print('no', type(e).__name__)\n",
    "f-string nesting": "d = {'a': 1.23456}; n = 3\nprint(f\"{d['a']:.{n}f} {n:>{n + 2}}|{n!r:<4}|{'x':^5}|{1e6:,.1f}|{0.123:.1%}|{n=}|{n + 1 = }\")\n",
    "percent forms": "print('%s %r %5d %-5d| %05.1f %x %e %c %(a)s' % () if 0 else '%(a)s %(b)03d' % {'a': 1, 'b': 2}, '%s' % (1,), '%5.2f%%' % 3.14159, '%s %s' % ('a', [1]))\n",
    "format method": "print('{:>5}|{:<5}|{:^5}|{:+d}|{:,}|{:.2e}|{!r}|{a[x]}|{b.real}'.format(1, 2, 3, 4, 5000, 6.0, 's', a={'x': 1}, b=2), '{0}{1}{0}'.format('a', 'b'), '{{}}'.format(), '{:{w}.{p}f}'.format(3.14159, w=8, p=2))\n",
    "exit": "print('before')\nimport sys\nif True:\n    sys.exit()\nprint('never')\n",
    "type tests": "print(type(3) is int, type([]), type({}) == dict, isinstance(3, (int, str)), isinstance(int, type), type(type(3)), issubclass(bool, int), callable(print), type(lambda: 0).__name__)\n",
    "numbers": "print(7 // 2, -7 // 2, 7 % 3, -7 % 3, 2 ** -1, round(2.5), round(2.675, 2), divmod(7, 2), 1_000, 0x1f, 1e-3, float('inf'), int(3.9), 10 ** 20, pow(2, 10, 7))\n",
    "strings": "s = 'Hello, World'\nprint(s.lower().replace('l', 'L').split(', '), s[::-1], s.find('W'), s.count('l'), s.startswith('He'), s.title(), s.center(20, '*'), 'a-b'.partition('-'), ' x '.strip(), '5'.zfill(3), s.isalpha(), 'ab'.join('123'), 'tab\\there', r'raw\\n', s.encode()[:3])\n",
    "lists": "l = [3, 1, 2]; l.sort(reverse=True); l.extend([4]); l.insert(0, 9); l.remove(1); p = l.pop(); l2 = l.copy(); l2.reverse(); print(l, p, l2, l.index(2), l.count(3), sum(l), [0] * 3, [[0] * 2 for _ in range(2)], 3 in l)\n",
    "dictionaries": "d = {'a': 1}; d.update(b=2); d.setdefault('c', []).append(3); print(d, d.get('z', 0), d.pop('a'), list(d.items()), {k: v for k, v in d.items() if k != 'b'}, d | {'x': 1}, dict(zip('ab', [1, 2])), dict.fromkeys('ab', 0))\n",
    "sets": "a, b = {1, 2, 3}, {2, 3, 4}; print(a & b, a | b, a - b, a ^ b, a <= b, len(a), frozenset([1]) == {1}); a.add(9); a.discard(1); print(sorted(a))\n",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_prints_what_python_prints(name: str) -> None:
    source = PROGRAMS[name]
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        import warnings

        with warnings.catch_warnings():
            exec(compile(source, "<python>", "exec"), {"__name__": "__main__"})
    assert trace_of(source).failure is None, trace_of(source).failure
    assert printed(source) == out.getvalue()


REFUSED = {
    "async": "async def f(): pass",
    "await": "await f()",
    "except star": "try:\n    pass\nexcept* ValueError:\n    pass",
    "relative import": "from . import a",
    "metaclass arguments": "class A(x=1): pass",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_reason(name: str) -> None:
    failed = events_of(REFUSED[name])[-1]
    assert isinstance(failed, ev.Failed)
    assert failed.kind in ("refused", "syntax")
    assert failed.line >= 1
    assert failed.message.count("\n") == 0


MEANT = {
    "x = torch.ones(1)\nx.requires_gard": (
        "AttributeError",
        "'Tensor' object has no attribute 'requires_gard'",
        "requires_grad",
    ),
    "torch.oness(2)": ("AttributeError", "module 'torch' has no attribute 'oness'", "ones"),
    "import torch.nn as nn\nnn.linear(1, 2)": (
        "AttributeError",
        "module 'torch.nn' has no attribute 'linear'",
        "Linear",
    ),
    "learning_rate = 1\nprint(learnin_rate)": ("NameError", "name 'learnin_rate' is not defined", "learning_rate"),
    "pritn(1)": ("NameError", "name 'pritn' is not defined", "print"),
    "torch.tensor([1.], requires_gard=True)": ("TypeError", "requires_gard", "requires_grad"),
    "np.array([1])": ("NameError", "name 'np' is not defined", "import numpy as np"),
    "from torch import tensr": ("ImportError", "cannot import name 'tensr' from 'torch'", "tensor"),
    "import nunpy": ("ModuleNotFoundError", "No module named 'nunpy'", "numpy"),
    "class Net:\n    def __init__(self):\n        self.weight = 1\nNet().weigth": (
        "AttributeError",
        "'Net' object has no attribute 'weigth'",
        "weight",
    ),
}


@pytest.mark.parametrize("source", MEANT)
def test_a_wrong_name_is_told_what_it_probably_meant(source: str) -> None:
    kind, text, meant = MEANT[source]
    failed = events_of("import torch\n" + source)[-1]
    assert isinstance(failed, ev.Failed)
    assert failed.type == kind
    assert text in failed.message
    assert meant in failed.hint + failed.message


OUT_OF_SCOPE = {
    "import pandas as pd\npd.read_csv('x')": "pandas.read_csv is not part of Chainrule",
    "from sklearn.datasets import load_iris": "sklearn.datasets.load_iris is not part of Chainrule",
    "from torchvision import transforms": "torchvision.transforms is not part of Chainrule",
    "import torch\ntorch.compile(None)": "torch.compile is not part of Chainrule",
    "import pickle\npickle.dumps(1)": "pickle.dumps is not part of Chainrule",
    "open('x')": "open() is not available here",
    "import torch.distributed.rpc": "torch.distributed is not part of Chainrule",
    "import numpy as np\nnp.load('x')": "numpy.load is not part of Chainrule",
    "from matplotlib.animation import FuncAnimation": "matplotlib.animation.FuncAnimation is not part of Chainrule",
}


@pytest.mark.parametrize("source", OUT_OF_SCOPE)
def test_what_is_left_out_says_so_in_one_line(source: str) -> None:
    failed = events_of(source)[-1]
    assert isinstance(failed, ev.Failed)
    assert (failed.kind, failed.type) == ("refused", "Refused")
    assert failed.message.startswith(OUT_OF_SCOPE[source])
    assert "\n" not in failed.message
    assert failed.line == source.count("\n") + 1


def test_a_package_that_is_left_out_can_be_imported_and_not_used() -> None:
    assert printed("import pandas as pd, torchvision, os\nprint('on')\n") == "on\n"


SHOWN = {
    "1 + 1": "2\n",
    "'text' + 'more'": "'textmore'\n",
    "None": "",
    "print('x')": "x\n",
    "x = 3\nx;": "",
    "x = 3": "",
    "'a docstring only'": "",
    "x = 1\nx # with a comment": "1\n",
    "if True:\n    5": "",
    "# %%\nx = 1\nx\n# %%\nx + 1\n# %%\ny = 2\n": "1\n2\n",
    "# In[1]:\n1\n\n# In[2]:\n2": "1\n2\n",
    "def f():\n    return 7\nif __name__ == '__main__':\n    f()\nf()": "",
    "(1,\n 2)": "(1, 2)\n",
}


@pytest.mark.parametrize("source", SHOWN)
def test_the_last_expression_of_a_cell_is_shown(source: str) -> None:
    assert printed(source) == SHOWN[source]


def test_sleeping_takes_no_time_and_the_clock_goes_on() -> None:
    source = "import time\na = time.time()\ntime.sleep(50)\nprint(50 <= time.time() - a < 55)\n"
    assert printed(source) == "True\n"


def test_exit_with_a_message_is_a_failure() -> None:
    failed = events_of("import sys\nsys.exit('no data')")[-1]
    assert isinstance(failed, ev.Failed)
    assert (failed.type, failed.message, failed.line) == ("SystemExit", "no data", 2)


def test_progress_bars_are_plain_iteration() -> None:
    source = "from tqdm import tqdm, trange\nbar = tqdm([1, 2], desc='x')\nfor v in bar:\n    bar.set_postfix(loss=v)\nprint(sum(trange(3)), len(tqdm(range(4))))\n"
    assert printed(source) == "3 4\n"


def test_type_parameters_are_refused() -> None:
    failed = events_of("def f[T](x: T) -> T:\n    return x")[-1]
    assert isinstance(failed, ev.Failed)
    # Before Python 3.12 they are no syntax at all.
    assert failed.kind in ("refused", "syntax")
