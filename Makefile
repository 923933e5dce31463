# Every target installs what it needs into .venv; repeated, it is quick.
.DEFAULT_GOAL := help
.PHONY: help install run test test-all check lint bench lock

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# A file's tests stay together, for what they share; the files that take longest begin.
PYTEST := $(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
TESTS := tests/faults tests/clients tests/browser tests/api tests/contract tests/unit
OURS := -e ./contracts -e ./clients/python -e .

help:  ## say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.dev  ## install everything into .venv, from the hash-locked lists

run: .venv/.run  ## fill a synthetic nation (once) and serve it; says where to look and how to sign in
	@$(BIN)/cauce-service demo

test: lint  ## lint, then every test but the heavy ones
	@sh tests/browser/find-chromium.sh
	@$(PYTEST) -m "not heavy" $(TESTS)

test-all: .venv/.dev  ## the heavy tests: those that take long, or tools fetched by apt
	@sh tests/heavy-tools.sh
	@$(PYTEST) -m heavy $(TESTS)

check: lint  ## lint, unit and contract tests
	@$(PYTEST) tests/contract tests/unit

lint: .venv/.dev  ## format, style, types, imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: .venv/.dev  ## speed and memory, as ratios measured side by side
	@PYTHONPATH=tests $(BIN)/python -m bench

lock: .venv/.dev  ## write the locks again from the three pyproject.toml
	@sh deploy/locks/lock.sh

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Cauce needs Python 3.11 or newer; none was found. Say which: make PYTHON=/path/to/python3.12 …"; exit 1; }
	@echo "Creating .venv with $(PYTHON)"
	@$(PYTHON) -m venv .venv || { echo "Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv"; rm -rf .venv; exit 1; }

.venv/.run: deploy/locks/run.txt pyproject.toml contracts/pyproject.toml clients/python/pyproject.toml | .venv/bin/python
	@echo "Installing what the service needs (half a minute, once)"
	@$(PIP) --require-hashes -r deploy/locks/run.txt
	@$(PIP) --no-deps --no-build-isolation $(OURS)
	@touch $@

.venv/.dev: deploy/locks/dev.txt .venv/.run
	@echo "Installing what the tests need (a minute, once)"
	@$(PIP) --require-hashes -r deploy/locks/dev.txt
	@touch $@
