"""Files of a run are names in memory: saving, looking, removing, as a program on a disk of its own would find it."""

from __future__ import annotations

import pytest

from engine.trace import events as ev
from tests.support.runs import events_of, printed

SAVED_AND_REMOVED = """
import os
import torch
print(os.path.exists('m.pt'))
torch.save(torch.ones(2), 'm.pt')
print(os.path.exists('m.pt'), os.path.isfile('./m.pt'), os.path.isdir('m.pt'))
os.makedirs('out/a', exist_ok=True)
torch.save(torch.zeros(1), os.path.join('out', 'a', 'c.pt'))
print(os.listdir('out'), os.listdir('out/a'), os.path.isdir('out'))
os.remove('m.pt')
for attempt in (lambda: os.remove('m.pt'), lambda: torch.load('m.pt'), lambda: os.makedirs('out/a')):
    try:
        attempt()
    except OSError as error:
        print(type(error).__name__, error)
"""
BY_PATHS = """
from pathlib import Path
import torch
folder = Path('models')
folder.mkdir(parents=True, exist_ok=True)
path = folder / 'net.pth'
torch.save(obj=torch.arange(3), f=path)
print(path, path.exists(), path.stem, path.suffix, repr(path), torch.load(f='models/net.pth'), list(folder.iterdir()))
path.unlink()
print(path.exists(), folder.is_dir())
"""
TEMPORARY = """
import os, tempfile, uuid
import torch
with tempfile.TemporaryDirectory() as folder:
    name = os.path.join(folder, str(uuid.uuid4()))
    torch.save(torch.ones(1), name)
    print(os.path.exists(name))
print(os.path.exists(name))
"""


def test_what_was_saved_is_there_until_it_is_removed() -> None:
    assert printed(SAVED_AND_REMOVED) == (
        "False\nTrue True False\n['a'] ['c.pt'] True\n"
        "FileNotFoundError [Errno 2] No such file or directory: 'm.pt'\n"
        "FileNotFoundError [Errno 2] No such file or directory: 'm.pt'\n"
        "FileExistsError [Errno 17] File exists: 'out/a'\n"
    )


def test_paths_name_the_same_files_as_texts() -> None:
    assert printed(BY_PATHS) == (
        "models/net.pth True net .pth PosixPath('models/net.pth') tensor([0, 1, 2]) [PosixPath('models/net.pth')]\n"
        "False True\n"
    )


def test_a_temporary_folder_goes_with_its_files() -> None:
    assert printed(TEMPORARY) == "True\nFalse\n"


@pytest.mark.parametrize("line", ["Path('a').read_text()", "Path('/etc').iterdir()", "Path('a').open()"])
def test_no_file_of_the_machine_is_seen(line: str) -> None:
    last = events_of(f"from pathlib import Path\n{line}\n")[-1]
    assert isinstance(last, ev.Failed)
    assert "root" not in last.message
