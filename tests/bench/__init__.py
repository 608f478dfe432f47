"""Benches: ``python -m tests.bench [names]``. Each file here has a ``run() -> str`` that returns a Markdown table."""
