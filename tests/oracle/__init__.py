"""Differential tests: the same steps in torch and in the engine. Run where torch is installed (``make test-oracle``)."""
