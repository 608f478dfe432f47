"""Text pasted from notebooks and interactive sessions is cleaned, with one note; Python is left alone."""

from __future__ import annotations

import pytest

from engine.program.notebook import Cleaned, clean
from engine.trace import events as ev
from tests.support.runs import events_of

PROMPTS = "Removed from the pasted text: prompts and their output."
CASES: dict[str, tuple[str, str, str]] = {
    "session": (
        ">>> x = 1\n>>> x + 1\n2\n>>> def f():\n...     return 1\n...\n>>> f()\n1\n",
        "x = 1\nx + 1\ndef f():\n    return 1\n\nf()\n",
        PROMPTS,
    ),
    "session without output": (">>> x = 1\n>>> y = 2\n", "x = 1\ny = 2\n", "Removed from the pasted text: prompts."),
    "indented session": ("    >>> a = [1,\n    ...      2]\n    >>> a\n    [1, 2]\n", "a = [1,\n     2]\na\n", PROMPTS),
    "traceback in a session": (
        '>>> 1/0\nTraceback (most recent call last):\n  File "<stdin>", line 1\nZeroDivisionError: x\n>>> 2\n2\n',
        "1/0\n2\n",
        PROMPTS,
    ),
    "tensor output": (">>> x\ntensor([[1., 2.],\n        [3., 4.]])\n", "x\n", PROMPTS),
    "text between": ("Some words first\n>>> x = 1\n", "x = 1\n", PROMPTS),
    "cells": (
        "In [1]: x = 1\nIn [2]: x\nOut[2]: 1\n\nIn [3]: y = 2\n",
        "# %%\nx = 1\n# %%\nx\n# %%\ny = 2\n",
        "Removed from the pasted text: In [ ] and Out[ ] marks.",
    ),
    "cells of several lines": (
        "In [1]: for i in range(2):\n   ...:     print(i)\n   ...: \n0\n1\n",
        "# %%\nfor i in range(2):\n    print(i)\n\n0\n1\n",
        "Removed from the pasted text: In [ ] and Out[ ] marks.",
    ),
    "marks alone": (
        "In [1]:\nx = 1\nOut[1]:\n1\nIn [ ]:\ny = 1\n",
        "# %%\nx = 1\n# %%\ny = 1\n",
        "Removed from the pasted text: In [ ] and Out[ ] marks.",
    ),
    "magic": (
        "%matplotlib inline\nx = 1\n%timeit x\n",
        "# %matplotlib inline\nx = 1\n# %timeit x\n",
        "Removed from the pasted text: % commands.",
    ),
    "timed line": ("%time y = f(x)\n", "y = f(x)\n", "Removed from the pasted text: % commands."),
    "shell": (
        "!pip install torch\nx = 1\nfiles = !ls\n",
        "# !pip install torch\nx = 1\n# files = !ls\n",
        "Removed from the pasted text: ! commands.",
    ),
    "long shell": (
        "!pip install \\\n  torch\nx = 1\n",
        "# !pip install \\\n#   torch\nx = 1\n",
        "Removed from the pasted text: ! commands.",
    ),
    "command in a block": (
        "if True:\n    !ls\n",
        "if True:\n    pass  # !ls\n",
        "Removed from the pasted text: ! commands.",
    ),
    "cell of another language": (
        "%%bash\nls -l\necho done\n# %%\nx = 1\n",
        "# %%bash\n# ls -l\n# echo done\n# %%\nx = 1\n",
        "Removed from the pasted text: % commands.",
    ),
    "timed cell": ("%%time\nx = 1\n", "# %%time\nx = 1\n", "Removed from the pasted text: % commands."),
    "question": ("torch.sum?\nx = 1\n", "# torch.sum?\nx = 1\n", "Removed from the pasted text: ? questions."),
    "several": (
        "%matplotlib inline\n!ls\nx = 1\n",
        "# %matplotlib inline\n# !ls\nx = 1\n",
        "Removed from the pasted text: % commands, ! commands.",
    ),
    "windows line ends": ("%time\r\nx = 1\r\n", "# %time\nx = 1\n", "Removed from the pasted text: % commands."),
}


@pytest.mark.parametrize("name", CASES)
def test_cleaned(name: str) -> None:
    text, wanted, note = CASES[name]
    assert clean(text) == Cleaned(wanted, note)


UNTOUCHED = {
    "plain": "x = 1\nprint(x)\n",
    "modulo over lines": "x = (10\n%3)\n",
    "a text with prompts": "s = '''\n>>> x\n'''\n",
    "a docstring with prompts": 'def f():\n    """\n    >>> f()\n    1\n    """\n',
    "not equal": "assert 1 != 2\n",
    "half typed": "x = (\n",
    "a comment": "# In [1]: not a mark\nx = 1\n",
    "empty": "",
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_python_is_left_as_it_is(name: str) -> None:
    assert clean(UNTOUCHED[name]) == Cleaned(UNTOUCHED[name])


def test_cleaning_twice_changes_nothing_more() -> None:
    for text, wanted, _ in CASES.values():
        assert clean(clean(text).text).text == wanted or "0\n1" in wanted


def test_a_pasted_session_runs() -> None:
    text = ">>> import torch\n>>> x = torch.tensor([2.], requires_grad=True)\n>>> (x ** 2).backward()\n>>> x.grad\ntensor([4.])\n"
    events = events_of(clean(text).text)
    assert [e.text for e in events if isinstance(e, ev.Printed)] == ["tensor([4.])\n"]
