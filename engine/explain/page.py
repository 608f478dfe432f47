"""What an explanation consists of: the parts of the Explain page, as data."""

from __future__ import annotations

from dataclasses import dataclass

from engine.trace import events as ev


@dataclass(frozen=True, slots=True)
class ChainRule:
    """Three lines for one input: the symbols, the known derivative put in, the numbers. All LaTeX."""

    target: str
    symbols: str
    derivative: str
    numbers: str


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of what arrives at a tensor. ``kind``: ``past``, ``now`` or ``total``."""

    label: str
    amount: str
    kind: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """What arrives at one tensor in this pass, and what becomes of it."""

    target: str
    rows: tuple[LedgerRow, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A gradient beside its central difference."""

    target: str
    gradient: str
    difference: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole page. Empty parts are not shown."""

    heading: str
    detail: str
    text: str = ""
    formula: str = ""
    rules: tuple[ChainRule, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    checks: tuple[Check, ...] = ()
    failure: ev.Failed | None = None
    listings: tuple[Ledger, ...] = ()
    """Other tables, each under its own heading."""
    notes: tuple[str, ...] = ()
    """What surprises here although nothing is wrong."""
