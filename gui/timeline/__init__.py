"""The timeline: one block per step, scrubbed by dragging."""
