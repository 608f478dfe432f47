"""Curves over the run. The plotting library is imported when the first curve is shown."""
