"""The inspector: why the step at hand is as it is, and the numbers of the selected tensor."""
