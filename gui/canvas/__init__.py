"""The stage: the graph of the scene at the cursor, and what moves on it."""
