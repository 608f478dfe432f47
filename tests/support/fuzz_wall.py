"""Fuzzes the wall around programs, guided by the coverage of the policy and the guards.

Usage: python -P -m tests.support.fuzz_wall grammar|text FOLDER [SECONDS]

``grammar`` mutates the choices of the grammar in tests/program/test_wall_fuzz.py, ``text`` texts; FOLDER keeps what covers
something new, and begins with programs of that grammar and the named ways out. Needs atheris (not a dependency). Whatever
breaks a check ends it: the text is printed, and stands as a file in FOLDER.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["engine.program", "RestrictedPython"]):
    from tests.program import test_wall, test_wall_fuzz, test_wall_more

from hypothesis import HealthCheck, Phase, given, settings

from engine.program.last_words import Watchdog

SEEDS = 150
MEMORY = 3 * 2**30
STUCK = 30.0
"""Seconds after which a text is taken to have stuck the process."""


def seeds() -> list[str]:
    """Texts to begin with."""
    found: list[str] = [*test_wall.BREAK_OUTS.values(), *test_wall_more.BREAK_OUTS.values()]

    @settings(max_examples=SEEDS, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(source=test_wall_fuzz.programs())
    def collect(source: str) -> None:
        found.append(source)

    collect()
    return found


def checked(source: str) -> None:
    """Run a text under the checks; one that sticks in C is no fault of the wall's: a worker is ended for it."""
    watchdog = Watchdog(STUCK)
    try:
        test_wall_fuzz.check(source)
    except BaseException:
        sys.stderr.write(f"--- broken by:\n{source}\n---\n")
        raise
    finally:
        watchdog.stop()


def one_text(data: bytes) -> None:
    checked(data.decode("utf-8", errors="ignore"))


@settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=test_wall_fuzz.programs())
def one_choice(source: str) -> None:
    checked(source)


def main() -> None:
    mode, folder, *rest = sys.argv[1:]
    seconds = rest[0] if rest else "300"
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    corpus = Path(folder)
    corpus.mkdir(parents=True, exist_ok=True)
    if mode == "text" and not any(corpus.iterdir()):
        for number, source in enumerate(seeds()):
            (corpus / f"seed{number}").write_text(source, encoding="utf-8")
    target: Any = one_text if mode == "text" else one_choice.hypothesis.fuzz_one_input
    # Signals belong to the budgets, and memory is limited by the operating system.
    options = ["-timeout=0", "-rss_limit_mb=0", "-max_len=4000", "-len_control=0", "-print_final_stats=1"]
    atheris.Setup(
        [sys.argv[0], str(corpus), f"-artifact_prefix={corpus}-", f"-max_total_time={seconds}", *options], target
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
