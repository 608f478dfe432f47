"""The program: its text, and what the run says about it."""
