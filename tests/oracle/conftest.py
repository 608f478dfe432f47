"""Without torch there is nothing to compare with: then this folder holds no tests."""

from __future__ import annotations

import importlib.util

from hypothesis import settings

collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["test_*.py"]

settings.register_profile("oracle", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("oracle")
