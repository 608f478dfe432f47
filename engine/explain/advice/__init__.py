"""Advice on the mistakes that are made with autograd: errors explained, and quiet notes on what no error tells."""

from __future__ import annotations

from engine.explain.advice.failures import failure_advice
from engine.explain.advice.model import Advice, Cause
from engine.explain.advice.notes import NoteReader, notes

__all__ = ["Advice", "Cause", "NoteReader", "failure_advice", "notes"]
