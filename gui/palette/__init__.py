"""The command palette and the cheat sheet: both are the command table, shown."""
