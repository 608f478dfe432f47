"""More ways out of the sandbox: through numpy, plots, the stand-ins and the newer syntax; and the limits of a worker."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from engine.program import client
from engine.program.client import run_in_worker
from engine.trace import events as ev
from tests.support.runs import events_of

ARRAY = "import numpy as np\na = np.zeros(3)\n"
BREAK_OUTS = {
    "array's memory": ARRAY + "a.ctypes",
    "array's buffer": ARRAY + "a.data",
    "array to a file": ARRAY + "a.tofile('/tmp/x')",
    "array pickled to a file": ARRAY + "a.dump('/tmp/x')",
    "array pickled": ARRAY + "a.dumps()",
    "array interface": ARRAY + "getattr(a, '__array_interface__')",
    "array's base": ARRAY + "a.base",
    "array's strides set": ARRAY + "a.strides = (0,)",
    "array seen as objects": ARRAY + "a.view(object)",
    "array's type set": ARRAY + "a.dtype = object",
    "array resized in place": ARRAY + "a.resize(10**9, refcheck=False)",
    "array's flags": ARRAY + "a.setflags(write=True)",
    "array type called": ARRAY + "np.ndarray((1,), buffer=bytearray(8), offset=-8)",
    "array type by type()": ARRAY + "type(a)((1,), float, bytearray(8), -8)",
    "array type by __class__": ARRAY + "a.__class__((1,), float, bytearray(8), -8)",
    "array type's methods": ARRAY + "np.ndarray.tofile(a, '/tmp/x')",
    "array of objects": ARRAY + "np.array([print, open])",
    "empty array of objects": ARRAY + "np.empty(3, dtype=object)",
    "array of objects by a letter": ARRAY + "np.zeros(3, 'O')",
    "structured array": ARRAY + "np.zeros(1, dtype=[('a', 'O')])",
    "structured dtype": ARRAY + "np.dtype({'names': ['a'], 'formats': ['O'], 'offsets': [0]})",
    "dtype's fields": ARRAY + "a.dtype.fields.__class__.__bases__",
    "numpy loads": ARRAY + "np.load('/etc/passwd', allow_pickle=True)",
    "numpy reads text": ARRAY + "np.loadtxt('/etc/passwd')",
    "numpy reads bytes": ARRAY + "np.fromfile('/etc/passwd')",
    "numpy maps a file": ARRAY + "np.memmap('/etc/passwd')",
    "numpy saves": ARRAY + "np.save('/tmp/x', a)",
    "numpy's ctypeslib": ARRAY + "np.ctypeslib",
    "numpy's lib": ARRAY + "np.lib.stride_tricks.as_strided(a, (10**6,))",
    "numpy's strides": "from numpy.lib.stride_tricks import as_strided",
    "numpy's f2py": ARRAY + "np.f2py.compile('')",
    "numpy's testing": ARRAY + "np.testing",
    "numpy's os": ARRAY + "np.os",
    "numpy's core": ARRAY + "np.core",
    "numpy from a buffer": ARRAY + "np.frombuffer(b'12345678')",
    "numpy's function's globals": ARRAY + "np.mean.__globals__",
    "numpy's function unwrapped": ARRAY + "np.mean.__wrapped__",
    "numpy maker unwrapped": ARRAY + "np.array.__wrapped__",
    "numpy's random bits": ARRAY + "np.random.default_rng(0).bit_generator.ctypes",
    "numpy's random state": ARRAY + "np.random.RandomState(0)._bit_generator",
    "numpy's generator capsule": ARRAY + "np.random.RandomState(0).set_state(0)",
    "ufunc made of a function": ARRAY + "np.frompyfunc(print, 1, 1)",
    "interface on an own object": ARRAY
    + "class A: pass\nb = A()\nb.__array_interface__ = {'data': (0, False), 'shape': (9,), 'typestr': '<f8', 'version': 3}",
    "interface by setattr": ARRAY + "class A: pass\nsetattr(A(), '__array_interface__', {})",
    "interface in a class": ARRAY + "class A:\n    __array_interface__ = {}",
    "interface as a method": ARRAY + "class A:\n    def __array_interface__(self): return {}",
    "interface by getattr": ARRAY
    + "class A:\n    def __getattr__(self, n):\n        if 'array' in n:\n            return {'data': (0, False), 'shape': (9,), 'typestr': '<f8', 'version': 3}\n        raise AttributeError(n)\nprint(np.asarray(A()).dtype, float(np.asarray(A()).sum()))",
    "interface by __dict__": ARRAY + "class A: pass\nb = A()\nb.__dict__['__array_interface__'] = {}",
    "interface by vars": ARRAY + "class A: pass\nvars(A()).update(__array_interface__={})",
    "interface by a namespace": ARRAY
    + "from types import SimpleNamespace\nSimpleNamespace(**{'__array_interface__': {}})",
    "interface by argparse": ARRAY
    + "import argparse\np = argparse.ArgumentParser()\np.add_argument('--__array_interface__', default={})\np.parse_args([])",
    "interface by a module that is a dict": "import torch.nn as nn\nclass D(nn.Module, dict): pass",
    "interface by slots": "class A:\n    __slots__ = ('__array_interface__',)\nA().__array_interface__ = {}",
    "interface by a named tuple": "from collections import namedtuple\nnamedtuple('P', ['__array_interface__'])",
    "interface by a dataclass": "from dataclasses import make_dataclass",
    "argparse reads a file": "import argparse\np = argparse.ArgumentParser(fromfile_prefix_chars='@')\np.add_argument('x')\nprint(p.parse_args(['@/etc/hostname']).x[0:0] + 1)",
    "argparse's file type": "import argparse\nargparse.FileType",
    "argparse's insides": "import argparse\nargparse.ArgumentParser()._parser",
    "argparse's prefix set": "import argparse\np = argparse.ArgumentParser()\np.fromfile_prefix_chars = '@'\np.add_argument('x')\nprint(p.parse_args(['@/etc/hostname']).x[0:0] + 1)",
    "wraps copies code": "import functools, torch\n@functools.wraps(torch.nn.functional.linear, assigned=('__globals__', '__code__'))\ndef f(): return sys\nf()",
    "wraps leaves the wrapped": "import functools\ndef g(): pass\n@functools.wraps(g)\ndef f(): pass\nf.__wrapped__",
    "singledispatch evaluates hints": "from functools import singledispatch",
    "get_type_hints by typing": "from typing import get_type_hints",
    "forward reference evaluated": "from typing import ForwardRef",
    "partial's function": "import functools\nfunctools.partial(print).func",
    "regular expression's template": "import re\nre.match('a', 'a').expand('x')\nre._compiler",
    "string.Formatter": "from string import Formatter",
    "string.Template": "from string import Template",
    "json's modules": "import json\njson.codecs",
    "random's os": "import random\nrandom._urandom",
    "random's SystemRandom": "import random\nrandom.SystemRandom()",
    "random's state": "import random\nrandom.Random(1).setstate",
    "dataclass's module": "import dataclasses\ndataclasses.sys",
    "enum's module": "import enum\nenum.sys",
    "collections' modules": "import collections\ncollections._sys",
    "contextlib's redirect": "from contextlib import redirect_stdout",
    "context manager's generator": "from contextlib import contextmanager\n@contextmanager\ndef f(): yield\nf().gen.gi_frame",
    "exit's traceback": "class C:\n    def __enter__(self): return self\n    def __exit__(self, kind, error, tb):\n        print(tb.tb_frame)\nwith C():\n    1/0",
    "warnings' module": "import warnings\nwarnings.sys",
    "recorded warning's frame": "import warnings\nwith warnings.catch_warnings(record=True) as w:\n    warnings.warn('x')\n    w[0].source",
    "io.open": "import io\nio.open('/etc/passwd')",
    "io's file": "import io\nio.FileIO('/etc/passwd')",
    "StringIO's class": "import io\nio.StringIO().__class__.__mro__",
    "time's loader": "import time\ntime.__loader__",
    "sys' stdin": "import sys\nsys.stdin.read()",
    "tqdm's file": "from tqdm import tqdm\ntqdm([1]).fp",
    "IPython's shell": "from IPython import get_ipython",
    "plot saved as a file": "import matplotlib.pyplot as plt\nplt.savefig.__self__",
    "plot's figure's insides": "import matplotlib.pyplot as plt\nplt.figure()._pyplot._teller",
    "plot reads an image": "import matplotlib.pyplot as plt\nplt.imread('/etc/passwd')",
    "pattern reads a frame": "g = (i for i in [1])\nmatch g:\n    case object(gi_frame=f):\n        print(f)",
    "pattern reads a frame by its type": "g = (i for i in [1])\nG = type(g)\nmatch g:\n    case G(gi_frame=f):\n        print(f)",
    "pattern reads a dunder": "class A: pass\nmatch A():\n    case A(__dict__=d):\n        d['x'] = 1",
    "pattern's class swapped": "class A: pass\ng = (i for i in [1])\nmatch g:\n    case 1 if (A := type(g)): pass\n    case A(gi_frame=f): print(f)\n    case _: raise ValueError('safe')",
    "pattern of a module's attribute": "import torch\nmatch 1:\n    case torch.__loader__: pass",
    "match args": "class A:\n    __match_args__ = ('__dict__',)",
    "kept name": "_kept_1_ = 1",
    "kept name of a capture": "match 1:\n    case _kept_1_: pass",
    "star import of guards": "from math import *\n_getattr_",
    "import under a guard's name": "import math as _import_",
    "import hidden in a class": "class A:\n    from os import system",
    "import of a dunder": "from torch import __builtins__",
    "import of a private name": "from engine import program",
    "import of the real torch": "import torch._C",
    "import by a path": "import numpy.core.multiarray",
    "subclass of str as a name": "class S(str): pass",
    "subclass of int as a size": "class I(int):\n    def bit_length(self): return 1\nI(10) ** 10**9",
    "guards by a stand-in type": "list.guards.globals['__builtins__']['__import__']('os')",
    "guards by a stand-in type's private name": "list._guards",
    "class dictionary of a stand-in type": "bytes.__dict__",
    "subclass of type": "class M(type(type)): pass",
    "subclass of a namespace": "import torch\nclass N(type(torch)): pass",
    "subclass of Tensor": "import torch\nclass T(torch.Tensor):\n    def f(self): return self._data",
    "class keyword": "class A(metaclass=type): pass",
    "own metaclass by abc": "import abc\nclass M(abc.ABCMeta): pass",
    "method resolution of an own class": "class A: pass\nA.mro()[-1].__subclasses__()",
    "class cell": "class A:\n    def f(self): return __class__.__bases__\nA().f()",
    "name of the package": "__package__",
    "spec": "__spec__",
    "loader": "__loader__",
    "annotations": "x: int = 1\n__annotations__",
    "setattr on a dtype": "import torch\ntorch.float32.name = 'x'",
    "setattr on a device": "import torch\ntorch.device('cpu').type = 'x'",
    "setattr on an engine function": "import torch\ntorch.add.x = 1",
    "setattr on Linear": "import torch.nn as nn\nnn.Linear.forward = print",
    "setattr on print": "print.x = 1",
    "delattr on Linear": "import torch.nn as nn\ndel nn.Linear.forward",
    "generator set private": "import torch\ntorch.Generator()._bits = 1",
    "exception's object": "try:\n    (1).x\nexcept AttributeError as e:\n    e.obj",
    "exception's notes of frames": "try:\n    1/0\nexcept Exception as e:\n    e.__cause__.tb_frame",
    "format of a type": "'{0.mro}'.format(int)",
    "format with a conversion": "'{0!r:{1.__class__.__bases__}}'.format(1, 2)",
    "format by join of map": "''.join(map(str.format, ['{0.__class__}']))",
    "format by an unbound method": "str.format_map('{a.__class__}', {'a': 1})",
    "getattr in map": "list(map(getattr, [print], ['__self__']))",
    "torch.save to a path read back by open": "import torch\ntorch.save({}, '/tmp/x')\nopen('/tmp/x')",
    "torch.hub": "import torch\ntorch.hub.load('a', 'b')",
    "torch's ops": "import torch\ntorch.ops.load_library('x')",
    "torch's classes": "import torch\ntorch.classes",
    "torch's dynamo": "import torch\ntorch._dynamo",
    "tensor's storage": "import torch\ntorch.ones(1).untyped_storage()._cdata",
    "tensor's pointer": "import torch\ntorch.ones(1).__dlpack__()",
    "tensor's reduce": "import torch\ntorch.ones(1).__reduce_ex__(2)",
    "tensor's setstate": "import torch\ntorch.ones(1).__setstate__(())",
    "module's setstate": "import torch.nn as nn\nnn.Linear(1, 1).__setstate__({})",
    "module's dictionary of modules written": "import torch.nn as nn\nnn.Linear(1, 1)._modules['__array_interface__'] = 1",
    "hook's closure": "import torch\nx = torch.ones(1, requires_grad=True)\nx.register_hook.__func__",
    "dictionary of attributes made with a guard of one's own": "class A: pass\na=A()\nT=type(a.__dict__)\nprint(T)\nclass F:\n    def may_set(self,*x): return True\nd=T({}, a, F())\nd['__array_interface__']={'data':(0,False),'shape':(9,),'typestr':'<f8','version':3}\nimport numpy as np\nprint('ESC', np.asarray(a).dtype)",
    "interface in an enum made by a call": "import enum\nimport numpy as np\nE=enum.Enum('E', {'__array_interface__': {'data':(0,True),'shape':(0,),'typestr':'<f8','version':3}, 'A':1})\nprint('ESC', np.asarray(E.A).dtype)",
    "interface in an enum made by an own enum": "import enum\nclass B(enum.Enum): pass\nE=B('E', {'__array_interface__': {}, 'A':1})\nprint('ESC', list(E))",
    "getattr in an enum made by a call": "import enum\nE=enum.Enum('E', {'__getattr__': lambda s,n: print(n), 'A':1})\nprint('ESC',E)",
    "finaliser in an enum's names that iterate": "import enum\nclass S:\n    n=0\n    def __iter__(s): return iter([('__del__',1)])\nprint(enum.Enum('E',[('A',1),('B',5)]).B, enum.Enum('X',S()))",
    "dtype made anew": "import torch\nT=type(torch.float32)\nt=T('x','O',1)\nprint('ESC',t)",
    "text formatter made with a guard of one's own": "T=type('a'.format)\nclass F:\n    def get(self,o,n): return o\nprint('ESC',T('{0.__class__.__base__}','format',F())(1))",
    "module made anew": "import torch\nT=type(torch)\nprint('ESC',T('os',{}))",
    "letters that Python folds to others": "print(().__ｃｌａｓｓ__.__ｂａｓｅｓ__)",
    "guard in folded letters": "_ｇetattr_ = lambda o,n: o\nprint('ESC')",
    "guard as an argument in folded letters": "def f(_ｇetattr_): pass\nprint('ESC')",
    "guard as an import in folded letters": "import math as _ｇetattr_\nprint('ESC')",
    "reduce of a function": "print(print.__reduce__())",
    "reduce by getattr": "print(getattr([], '__reduce_ex__')(4))",
    "exec as a method of brackets": "class A:\n    __getitem__ = exec\nA()['1']",
    "eval as a method of calls": "class A:\n    __call__ = eval\nA()('1')",
    "exec of an input by decorators": "@exec\n@input\nclass X: pass",
    "getattr by assignment": "class A:\n    __getattr__ = lambda s,n: {}\nprint('ESC')",
    "getattr by a loop variable": "class A:\n    for __getattr__ in [print]: pass\nprint('ESC')",
    "getattr by a walrus": "class A:\n    (__getattr__ := print)\nprint('ESC')",
    "getattr by with": "from contextlib import nullcontext\nclass A:\n    with nullcontext(print) as __getattr__: pass\nprint('ESC')",
    "getattr by an annotated assignment": "class A:\n    __getattr__: int = print\nprint('ESC')",
    "getattr by unpacking": "class A:\n    a, __getattr__ = 1, print\nprint('ESC')",
    "private name set on a tensor": "import torch\nx=torch.ones(1)\nx.__y = 1\nprint('ESC', x.__y)",
    "private name set on a layer": "import torch.nn as nn\nm=nn.Linear(1,1)\nm.__y = 1",
    "generator's subgenerator": "def g(): yield from [1]\ni=g();next(i)\nprint(i.gi_yieldfrom)",
    "super's init_subclass": "class A:\n    def f(self): return super().__init_subclass__\nA().f()",
    "super's getattribute": "class A:\n    def f(self): return super().__getattribute__('__class__')\nA().f()",
    "super's setattr": "class A:\n    def f(self): super().__setattr__('__array_interface__', {})\nA().f()",
    "super's thisclass": "class A: pass\nprint(super(A,A()).__thisclass__)",
    "dictionary by slots": "class A:\n    __slots__=('__dict__',)\na=A()\na.__dict__['__array_interface__']={}",
    "forward reference of a type": "import typing\nprint(typing.Optional['os.system'].__args__[0]._evaluate)",
    "supertype": "import typing\nprint(typing.NewType('x',int).__supertype__)",
    "partial's setstate": "import functools\np=functools.partial(print)\np.__setstate__((eval,(),{},{}))",
    "interface as a cached property": "import functools\nclass A:\n    __array_interface__ = functools.cached_property(lambda s: {})\nprint('ESC')",
    "cached function unwrapped": "import functools\n@functools.lru_cache\ndef f(): pass\nprint(f.__wrapped__)",
    "decimal's traps": "import decimal\nc=decimal.getcontext()\nc.traps",
    "exit stack's callbacks": "from contextlib import ExitStack\ne=ExitStack()\nprint(e._exit_callbacks)",
    "class by json's hook": "import json\nprint(json.loads('{}',object_hook=lambda d: d.__class__.__base__))",
    "class by a sort key": "print(sorted([1],key=lambda v: v.__class__.__mro__))",
    "class by a tensor's hook": "import torch\nx=torch.ones(1,requires_grad=True)\nx.register_hook(lambda g: g.__class__.__mro__)\n(x*2).backward()",
    "function made of code": "T=type(lambda:0)\nprint('ESC', T(1,{}))",
    "dataclass fields forged": "import dataclasses\nclass Fake:\n    __dataclass_fields__ = {}\nprint('ESC')",
}


@pytest.mark.parametrize("name", BREAK_OUTS)
def test_break_out(name: str) -> None:
    events = events_of(BREAK_OUTS[name] + "\n")
    failed = events[-1]
    assert isinstance(failed, ev.Failed), f"{name} ran through"
    assert failed.kind in ("error", "refused", "syntax"), failed
    assert failed.line >= 1
    assert "\n" not in failed.message.strip() or failed.type in ("TypeError", "ValueError")


def test_a_worker_that_is_killed_ends_in_a_message_and_the_next_one_works(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    class Watched(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)  # type: ignore[call-overload]
            started.append(self.pid)

    def kill(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.Printed):
            os.kill(started[-1], signal.SIGKILL)

    with monkeypatch.context() as patched:
        patched.setattr(client.subprocess, "Popen", Watched)
        failed = run_in_worker("while True:\n    print('alive ' * 50)", kill)
    assert failed is not None
    assert failed.type == "Stopped"
    assert "signal 9" in failed.message
    events: list[ev.AnyEvent] = []
    assert run_in_worker("print('again')", events.append) is None
    assert [e.text for e in events if isinstance(e, ev.Printed)] == ["again\n"]


def test_the_order_of_a_set_is_the_same_in_every_worker() -> None:
    source = "print(list(set('hello world')), {'b', 'a', 'c'}, hash('x'))"
    texts = set()
    for _ in range(3):
        events: list[ev.AnyEvent] = []
        assert run_in_worker(source, events.append) is None
        texts.add("".join(e.text for e in events if isinstance(e, ev.Printed)))
    assert len(texts) == 1
