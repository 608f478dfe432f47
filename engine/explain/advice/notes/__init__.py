"""Quiet notes: mistakes that raise no error. Each is looked for by a watcher, and told once a run at most."""

from __future__ import annotations

from engine.explain.advice.notes.reader import NoteReader, notes

__all__ = ["NoteReader", "notes"]
