"""The training page: the parts of a turn, the fit, parameters, the loss as a surface, and what can be set."""
