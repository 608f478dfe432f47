"""Ways out of a sandbox, by name: each ends in an error of the program, never in the interpreter."""

from __future__ import annotations

import pytest

from engine.program.budget import Limits
from engine.trace import events as ev
from tests.support.runs import events_of

BREAK_OUTS = {
    "subclasses of object": "().__class__.__bases__[0].__subclasses__()",
    "class by type": "type(1).__subclasses__()",
    "mro": "type(1).mro()",
    "object's subclasses": "object.__subclasses__()",
    "globals of a function": "def f(): pass\nprint(f.__globals__)",
    "globals of a method": "import torch\nprint(torch.Tensor.backward.__globals__)",
    "globals of torch's function": "import torch\nprint(torch.add.__globals__)",
    "closure cells": "def f():\n    x = 1\n    return lambda: x\nprint(f().__closure__)",
    "code object": "def f(): pass\nprint(f.__code__)",
    "builtins by name": "print(__builtins__)",
    "builtins by import": "import builtins\nbuiltins.open",
    "import os": "import os\nos.system('ls')",
    "os by its path": "import os\nprint(os.path.os)",
    "files by os": "import os\nos.listdir('/etc')",
    "environment of the process": "import os\nprint(os.environ['PATH'])",
    "import sys": "import sys\nsys.modules",
    "frames by sys": "import sys\nsys._getframe()",
    "exc_info": "import sys\ntry:\n    1/0\nexcept Exception:\n    print(sys.exc_info()[2].tb_frame)",
    "stdout's buffer": "import sys\nsys.stdout.buffer",
    "import subprocess": "import subprocess\nsubprocess.run('ls')",
    "from subprocess": "from subprocess import run",
    "import importlib": "import importlib\nimportlib.import_module('os')",
    "import ctypes": "import ctypes\nctypes.string_at(0)",
    "import engine": "import engine",
    "dunder import": "__import__('os')",
    "import star in a function": "def f():\n    from torch import *",
    "import star of what is not there": "from os.path.os import *",
    "relative import": "from . import os",
    "submodule of torch": "from torch import os",
    "sys through a module": "import random\nprint(random._os)",
    "module's spec": "import math\nprint(math.__spec__)",
    "module's loader": "import math\nprint(math.__loader__)",
    "open": "open('/etc/passwd')",
    "exec": "exec('import os')",
    "eval": "eval('1')",
    "compile": "compile('1', '', 'eval')",
    "globals()": "globals()",
    "locals()": "locals()",
    "vars()": "vars()",
    "input": "input()",
    "breakpoint": "breakpoint()",
    "generator frame": "g = (i for i in [1])\nprint(g.gi_frame)",
    "generator code": "g = (i for i in [1])\nprint(g.gi_code)",
    "traceback frame": "try:\n    1/0\nexcept Exception as e:\n    print(e.__traceback__.tb_frame)",
    "traceback by getattr": "try:\n    1/0\nexcept Exception as e:\n    print(getattr(e, '__traceback__'))",
    "exception context": "try:\n    1/0\nexcept Exception as e:\n    print(e.__context__)",
    "with_traceback": "try:\n    1/0\nexcept Exception as e:\n    print(e.with_traceback(None))",
    "coroutine": "async def f(): pass",
    "await": "async def f():\n    await f()",
    "format attribute": "'{0.__globals__}'.format(print)",
    "format attribute chain": "print('{0.__class__.__bases__}'.format(1))",
    "format index attribute": "print('{0[0].__class__.__mro__}'.format([1]))",
    "format_map": "print('{a.__class__.__bases__}'.format_map({'a': 1}))",
    "format of the class": "print(str.format('{0.__class__}', 1))",
    "getattr with dunder": "print(getattr(1, '__class_' + '_'))\nprint(getattr(getattr(1, '__class__'), '__bases__'))",
    "getattr with a str subclass": "class S(str): pass\nprint(getattr(1, S('__class__')))",
    "metaclass": "class M(metaclass=int): pass",
    "metaclass by base": "class M(type(int)): pass\nprint(M.__mro__)",
    "metaclass by type": "class M(type): pass",
    "init_subclass": "class A:\n    def __init_subclass__(cls): pass",
    "class_getitem": "class A:\n    def __class_getitem__(cls, k): pass",
    "prepare": "class A:\n    def __prepare__(self): pass",
    "getattribute": "class A:\n    def __getattribute__(self, n): pass",
    "new": "class A:\n    def __new__(cls): pass",
    "del method": "class A:\n    def __del__(self): pass",
    "reduce": "class A:\n    def __reduce__(self): return (print, ())",
    "set_name": "class A:\n    def __set_name__(self, o, n): pass",
    "descriptor get": "class A:\n    def __get__(self, o, t): pass",
    "slots with a dangerous name": "class A:\n    __slots__ = ('__array_interface__',)\na = A()\nsetattr(a, '__array_interface__', {})",
    "type of three arguments": "type('X', (), {})",
    "build_class": "__build_class__(lambda: None, 'X')",
    "guard by name": "_getattr_ = lambda o, n: 1",
    "guard as argument": "def f(_getattr_): pass",
    "guard as import": "import math as _getattr_",
    "guard as loop variable": "for _getattr_ in [1]: pass",
    "guard as exception": "try:\n    pass\nexcept Exception as _getattr_:\n    pass",
    "guard as class": "class _getattr_: pass",
    "guard as walrus": "(_getattr_ := 1)",
    "guard as comprehension": "[_getattr_ for _getattr_ in [1]]",
    "guard by global": "def f():\n    global _getattr_\n    _getattr_ = 1",
    "name mangling to a dunder": "class A:\n    def f(self): return self.__dict__['f'].__globals__\nA().f()",
    "name mangling of another class": "class A:\n    def f(self): return (1).__x\nA().f()",
    "name mangling by a class of underscores": "class __:\n    pass",
    "decorator": "@().__class__\ndef f(): pass",
    "default argument": "def f(x=().__class__.__bases__): pass",
    "lambda default": "lambda x=().__class__.__bases__: x",
    "annotation": "x: ().__class__.__bases__ = 1",
    "conditional": "print(1 if ().__class__.__bases__ else 2)",
    "f-string": "print(f'{().__class__.__bases__}')",
    "f-string format spec": "print(f'{1:{().__class__.__bases__}}')",
    "star args": "print(*().__class__.__bases__)",
    "slice": "print([1][().__class__.__bases__:])",
    "starred assignment": "a, *b = ().__class__.__bases__",
    "augmented attribute": "class A: pass\na = A()\na.__dict__ += 1",
    "set class": "class A: pass\na = A()\na.__class__ = int",
    "set on a builtin": "int.x = 1",
    "set on an engine class": "import torch\ntorch.Tensor.backward = 1",
    "set on a module": "import torch\ntorch.tensor = 1",
    "delete from a module": "import torch\ndel torch.tensor",
    "setattr on an engine class": "import torch\nsetattr(torch.Tensor, 'backward', 1)",
    "private data of a tensor": "import torch\nprint(torch.ones(1)._data)",
    "private setter": "import torch\nx = torch.ones(1)\nx._data = 5",
    "array of a tensor": "import torch\nprint(torch.ones(1)._array())",
    "spec of a node": "import torch\nprint((torch.ones(1, requires_grad=True) * 2).grad_fn.spec)",
    "saved of a node": "import torch\nprint((torch.ones(1, requires_grad=True) * 2).grad_fn.saved)",
    "vjps of a node": "import torch\nprint((torch.ones(1, requires_grad=True) * 2).grad_fn.run)",
    "numpy of a tensor": "import torch\nprint(torch.ones(1).numpy().__class__.__bases__)",
    "module of a module": "import torch.nn as nn\nprint(nn.functional.linear.__globals__)",
    "init's globals": "import torch.nn as nn\nprint(nn.Linear.__init__.__globals__)",
    "super's insides": "class A:\n    def f(self): return super().__self__\nA().f()",
    "get_type_hints": "import typing\ntyping.get_type_hints",
    "attrgetter": "from operator import attrgetter\nattrgetter('__globals__')(lambda: 1)",
    "attrgetter with a path": "from operator import attrgetter\nattrgetter('__class__.__bases__')(1)",
    "methodcaller": "from operator import methodcaller\nmethodcaller('__subclasses__')(object)",
    "pickle": "import pickle\npickle.loads(b'')",
    "pickle of a part": "from pickle import loads",
    "thread": "import threading\nthreading.Thread(target=print).start()",
    "functools' globals": "import functools\nprint(functools.reduce.__self__)",
    "partial's func": "import functools\nprint(functools.partial(print).func.__globals__)",
    "bound method's function": "class A:\n    def f(self): pass\nprint(A().f.__func__)",
    "property's getter": "class A:\n    @property\n    def p(self): return 1\nprint(A.p.fget.__globals__)",
    "except star": "try:\n    pass\nexcept* ValueError:\n    pass",
    "nested quotes": 'eval("__im" + "port__(\'os\')")',
    "bytes format": "print(b'%s'.format(1))",
    "made dataclass": "from dataclasses import make_dataclass",
    "dataclass of a dangerous name": "from dataclasses import dataclass\n@dataclass\nclass A:\n    __array_interface__: dict",
    "handle's dict": "import torch\nx = torch.ones(1, requires_grad=True)\nprint(x.register_hook(print)._hooks)",
    "generator object state": "import torch\nprint(torch.Generator()._bits)",
    "namespace insides": "import torch\nprint(torch._names)",
    "optimizer's class dict": "import torch\nprint(torch.optim.SGD.__dict__)",
    "module dict": "import torch.nn as nn\nm = nn.Linear(1, 1)\nm.__dict__['_hooks'] = 3",
    "string to code by dict": "{}.__class__",
}
ALLOWED_RESULT = {"string to code by dict", "getattr with a str subclass", "init_subclass"}


@pytest.mark.parametrize("name", [n for n in BREAK_OUTS if n not in ALLOWED_RESULT])
def test_break_out(name: str) -> None:
    events = events_of(BREAK_OUTS[name] + "\n")
    failed = events[-1]
    assert isinstance(failed, ev.Failed), f"{name} ran through"
    assert failed.kind in ("error", "refused", "syntax"), failed
    assert failed.line >= 1
    text = "".join(e.text for e in events if isinstance(e, ev.Printed))
    assert "<class 'object'>" not in text


def test_the_class_of_a_thing_is_harmless() -> None:
    events = events_of("print((1).__class__.__name__, [].__class__)\n")
    assert events[0].text == "int <class 'list'>\n"


BOMBS = {
    "tower of powers": ("9**9**9", "digits"),
    "power by function": ("pow(9, 10**8)", "digits"),
    "augmented power": ("x = 10\nx **= 10**8", "digits"),
    "shift": ("1 << 10**10", "digits"),
    "factorial": ("import math\nmath.factorial(10**7)", "digits"),
    "long string": ("'a' * 10**12", "elements"),
    "long list": ("[0] * 10**12", "elements"),
    "long tuple reversed": ("10**12 * (1, 2)", "elements"),
    "list of a range": ("list(range(10**12))", "elements"),
    "endless loop": ("while True:\n    pass", "seconds"),
    "endless for": ("import itertools\nfor i in itertools.count():\n    pass", "seconds"),
    "endless sum": ("sum(range(10**13))", "seconds"),
    "endless comprehension": ("[0 for i in range(10**13)]", "seconds"),
    "endless generator": ("def g():\n    while True:\n        yield 1\nlist(g())", "seconds"),
    "endless any": ("import itertools\nany(x < 0 for x in itertools.count())", "seconds"),
    "swallowed": (
        "while True:\n    try:\n        while True:\n            pass\n    except Exception:\n        pass",
        "seconds",
    ),
    "bare except": (
        "def f():\n    while True:\n        try:\n            while True:\n                pass\n        except:\n            pass\nf()",
        "seconds",
    ),
    "much output": ("while True:\n    print('x' * 1000)", "output"),
    "many events": ("import torch\nx = torch.ones(1)\nwhile True:\n    x = x * 1", "events"),
    "huge tensor": ("import torch\ntorch.zeros(10**9)", "allocate memory"),
    "huge random tensor": ("import torch\ntorch.randn(10**5, 10**5)", "allocate memory"),
    "huge eye": ("import torch\ntorch.eye(10**6)", "allocate memory"),
    "huge arange": ("import torch\ntorch.arange(10**10)", "allocate memory"),
    "wide format": ("f'{1:1000000000}'", "width"),
    "wide format method": ("'{:1000000000}'.format(1)", "width"),
    "wide percent": ("'%1000000000d' % 1", "width"),
    "wide star percent": ("'%*d' % (10**9, 1)", "width"),
    "endless recursion": ("def f():\n    return f()\nf()", "recursion"),
}
SMALL = Limits(seconds=0.6, output_chars=50_000, events=3_000, tensor_bytes=64 * 2**20)


@pytest.mark.parametrize("name", BOMBS)
def test_bomb(name: str) -> None:
    source, word = BOMBS[name]
    failed = events_of(source + "\n", SMALL)[-1]
    assert isinstance(failed, ev.Failed)
    assert word in failed.message, failed
    assert failed.line >= 1
    assert failed.span is not None
