# make run: start Chainrule.  make test: run its tests.  Both set up what they need.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
ORACLE := .venv-oracle
PIP := -m pip --disable-pip-version-check

# Every program runs in a process of its own, which would compile the whole engine anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup run test lint smoke bench oracle test-oracle clean

setup: $(STAMP)

$(STAMP): pyproject.toml tools/system_libraries.sh
	@test -n "$(PYTHON)" || { echo "Chainrule needs Python 3.11 or newer; python3 is older or missing."; exit 1; }
	@sh tools/system_libraries.sh $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) install --quiet --upgrade pip
	$(BIN)/python $(PIP) install --quiet --editable '.[test,dev]'
	@touch $@

run: $(STAMP)
	@$(BIN)/chainrule $(FILE)

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --maxprocesses 8 $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The real window on a virtual screen: does it come, answer a key and end in good order?
smoke: $(STAMP)
	@sh tools/system_libraries.sh $(PYTHON) xvfb xdotool
	$(BIN)/python tools/smoke.py $(ARGS)

bench: $(STAMP)
	$(BIN)/python -m tests.bench $(ARGS)

# The real PyTorch decides what is right. It is never needed to run or to test the app.
$(ORACLE)/.ready: pyproject.toml
	$(PYTHON) -m venv $(ORACLE)
	$(ORACLE)/bin/python $(PIP) install --quiet torch==2.13.0 numpy msgspec RestrictedPython networkx pytest hypothesis \
		PyYAML
	@touch $@

oracle: $(ORACLE)/.ready
	PYTHONPATH=. $(ORACLE)/bin/python -P -m tests.support.record

# There is no Qt in the oracle's environment: its tests have settings of their own.
test-oracle: $(ORACLE)/.ready
	PYTHONPATH=. $(ORACLE)/bin/python -P -m pytest -c tests/oracle/pytest.ini --rootdir=. tests/oracle tests/engine $(ARGS)

clean:
	rm -rf $(VENV) $(ORACLE) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
