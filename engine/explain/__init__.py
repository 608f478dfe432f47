"""Words and formulas for what a trace shows: captions, derivations, cards. No state of its own."""
