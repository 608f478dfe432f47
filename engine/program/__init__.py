"""Running somebody's program: compiled under a policy, under budgets, in a process of its own."""
