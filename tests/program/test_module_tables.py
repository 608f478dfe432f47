"""What a module keeps is seen by PyTorch's names, and can be written where PyTorch's own programs write it."""

from __future__ import annotations

import pytest

from engine.trace import events as ev
from tests.support.runs import events_of, printed

HEAD = "import torch\nimport torch.nn as nn\n"


def test_vars_of_a_module_has_pytorchs_own_tables_first() -> None:
    shown = printed(HEAD + "print(list(vars(nn.Linear(2, 3))))")
    names = "_parameters _buffers _non_persistent_buffers_set _backward_pre_hooks _backward_hooks"
    assert shown.startswith("['training', " + ", ".join(map(repr, names.split())))
    assert shown.endswith("'_modules', 'in_features', 'out_features']\n")


def test_hooks_are_seen_by_their_numbers_until_they_are_removed() -> None:
    shown = printed(
        HEAD + "m = nn.ReLU()\nh = m.register_forward_hook(lambda *a: None)\nprint(len(m._forward_hooks))\n"
        "h.remove()\nprint(m._forward_hooks)"
    )
    assert shown == "1\nOrderedDict()\n"


def test_a_part_written_to_a_modules_store_is_one_of_its_parts() -> None:
    shown = printed(
        HEAD + "class S(nn.Module):\n    def __init__(self, *parts):\n        super().__init__()\n"
        "        for i, part in enumerate(parts):\n            self._modules[str(i)] = part\n"
        "s = S(nn.ReLU(), nn.Tanh())\nprint(len(list(s.children())))\ndel s._modules['0']\nprint(s)"
    )
    assert shown == "2\nS(\n  (1): Tanh()\n)\n"


def test_attributes_of_an_own_object_can_be_set_by_its_dictionary() -> None:
    shown = printed(
        "class C:\n    def __init__(self, **k):\n        self.__dict__.update(k)\nc = C(a=1)\n"
        "c.__dict__['b'] = 2\nprint(c.a, c.b, vars(c))"
    )
    assert shown == "1 2 {'a': 1, 'b': 2}\n"


@pytest.mark.parametrize(
    "line",
    ["m._modules['a'] = 3", "m._parameters['a'] = torch.ones(1)", "m.__dict__['_hooks'] = 3", "vars(m).clear()"],
)
def test_what_may_not_stand_there_is_refused(line: str) -> None:
    last = events_of(f"{HEAD}m = nn.Linear(1, 1)\n{line}\n")[-1]
    assert isinstance(last, ev.Failed)
    assert last.type == "TypeError"
