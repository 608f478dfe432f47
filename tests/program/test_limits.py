"""Programs beyond their limits, each in a real worker: a message with its place, and a worker for the next run."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import msgspec
import pytest

from engine.program.budget import Limits
from engine.program.client import Client
from engine.trace import events as ev

WORKER = {
    "eats memory in lists": ("l = []\nwhile True:\n    l.append([0.0] * 10**7)", "memory"),
    "eats memory in arrays": ("import numpy as np\nl = []\nwhile True:\n    l.append(np.ones((1000, 1000)))", ""),
    "eats memory by a broadcast": ("import numpy as np\na = np.ones(10**5)\nb = a[:, None] * a", ""),
    "eats memory in tensors": ("import torch\nl = []\nwhile True:\n    l.append(torch.ones(1000, 1000))", ""),
    "eats memory in a set": ("s = set(range(10**10))", ""),
    "eats memory in a text": ("s = 'x'\nwhile True:\n    s = s + s", ""),
    "eats memory by ljust": ("print('x'.ljust(10**11))", ""),
    "never ends": ("while True:\n    pass", "seconds"),
    "never ends in a pattern": ("import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')", "seconds"),
    "never ends in a sort": ("_ = sorted(range(10**7), key=lambda i: (-i, str(i)))", "seconds"),
    "never ends in a whole number": ("x = 3\nfor i in range(10**9):\n    x = x * x % (10**9000 + 7)", "seconds"),
    "never ends in a generator's close": (
        "def g():\n    try:\n        yield 1\n    finally:\n        while True:\n            pass\ni = g(); next(i); i.close()",
        "seconds",
    ),
    "never ends in except": (
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
        "seconds",
    ),
    "never ends in a repr": (
        "class A:\n    def __repr__(self):\n        while True:\n            pass\nprint(A())",
        "seconds",
    ),
    "never ends in a comparison": (
        "class A:\n    def __eq__(self, o):\n        while True:\n            pass\nA() == 1",
        "seconds",
    ),
    "never ends in zip": ("import itertools\nset(zip(itertools.count(), itertools.repeat(1)))", ""),
    "prints without end": ("while True:\n    print('spam' * 100)", "output"),
    "prints one huge text": ("print('x' * 10**7)", "output"),
    "recurses": ("def f(n):\n    return f(n + 1)\nf(0)", "recursion"),
    "recurses in repr": ("l = []\nclass A:\n    def __repr__(self): return repr([self])\nprint(A())", "recursion"),
    "recurses in getattr": (
        "class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().y",
        "recursion",
    ),
    "nests too deeply": ("x = " + "(" * 3000 + ")" * 3000, ""),
    "huge whole number": ("10 ** 10**8", "digits"),
    "huge text of a number": ("print(2 ** 70000)", "digits"),
    "huge range as a list": ("list(range(10**11))", "elements"),
    "huge tensor": ("import torch\ntorch.zeros(10**6, 10**6)", "memory"),
    "huge array": ("import numpy as np\nnp.zeros((10**6, 10**6))", "memory"),
    "many plots": (
        "import matplotlib.pyplot as plt, numpy as np\na = np.zeros(10**6)\nwhile True:\n    plt.plot(a)\n    plt.show()",
        "plots",
    ),
    "many events": ("import torch\nx = torch.ones(1)\nwhile True:\n    x = x + 1", "events"),
    "fills the memory to the last byte": (
        (
            "kept = []\nn = 10**6\nwhile n:\n    try:\n        kept.append([0.0] * n)\n    except MemoryError:\n        n //= 2\n"
            "import torch\nx = torch.ones(3, requires_grad=True)\n(x * 2).sum().backward()\nprint(x.grad, [object() for _ in range(10**6)])"
        ),
        "memory",
    ),
    # In C no signal is heard: the watchdog's thread ends the process.
    "never ends in a set": ("import itertools\nx = 1\nset(itertools.permutations(range(50)))", ""),
    "never ends in all": ("x = 1\nall(range(1, 10**13))", "too long"),
    "never ends in a queue": ("import collections\ncollections.deque(iter(int, 1), maxlen=0)", "too long"),
    "never ends in a decomposition": ("import numpy as np\na = np.ones((2500, 2500))\nnp.linalg.svd(a)", "too long"),
    "never ends after its end": (
        "import re\ndef g():\n    try:\n        yield 1\n    finally:\n        while True:\n            pass\ni = g()\nnext(i)\n1 / 0",
        "zero",
    ),
    # The alarm comes again while the long list is let go of.
    "never ends while a list grows": ("def f():\n    return list(map(type, iter(int, 1)))\nprint(f())", ""),
    "too large a figure at the end": (
        "import matplotlib.pyplot as plt, numpy as np\nfor i in range(9):\n    plt.plot(np.zeros(10**6))\nx = 1\n\n",
        "plots",
    ),
}
LIMITS = Limits(seconds=0.7, memory_bytes=900 * 2**20, events=20_000, output_chars=300_000)


GOOD = (
    "import torch, random\nimport numpy as np\n"
    "print(torch.rand(1).item(), random.random(), np.random.rand(), np.array([1 / 3]))"
)
PRINTED = "0.49625658988952637 0.8444218515250481 0.5488135039273248 [0.33333333]\n"


@pytest.fixture(scope="module")
def worker() -> Iterator[Client]:
    client = Client()
    yield client
    client.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the operating system's limits")
@pytest.mark.parametrize("name", WORKER)
def test_a_program_beyond_its_limits_ends_in_a_message_and_the_next_run_works(name: str, worker: Client) -> None:
    source, word = WORKER[name]
    # On a busy machine memory is not full in a second.
    limits = msgspec.structs.replace(LIMITS, seconds=30.0) if word == "memory" else LIMITS
    events: list[ev.AnyEvent] = []
    failed = worker.run(source, events.append, limits)
    assert failed is not None
    assert failed.kind in ("budget", "error", "syntax"), failed
    assert word in (failed.message + failed.hint).lower()
    assert 1 <= failed.line <= source.count("\n") + 1
    assert failed.span is not None
    assert source[: failed.span.start].count("\n") + 1 == failed.line
    assert source[failed.span.start : failed.span.stop].strip()
    assert events[-1] is failed
    events.clear()
    assert worker.run(GOOD, events.append) is None
    text = "".join(e.text for e in events if isinstance(e, ev.Printed))
    assert text == PRINTED


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.exit(3)",
        "import numpy as np\nnp.set_printoptions(precision=1)\nnp.random.seed(9)\n1/0",
        "import warnings\nwarnings.filterwarnings('error')\n1/0",
        "import torch\ntorch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)\n1/0",
    ],
)
def test_what_a_program_has_set_is_forgotten(source: str, worker: Client) -> None:
    assert worker.run(source, lambda event: None) is not None
    events: list[ev.AnyEvent] = []
    assert worker.run(GOOD, events.append) is None
    assert "".join(e.text for e in events if isinstance(e, ev.Printed)) == PRINTED
