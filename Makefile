# Every target installs what it needs into .venv; repeated, it is quick.
.DEFAULT_GOAL := help
.PHONY: help install run test test-all check bench lock

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
OURS := -e ./contracts -e ./clients/python -e .

help:  ## say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.dev  ## install everything into .venv, from the hash-locked lists

run: .venv/.run  ## fill a synthetic nation (once) and serve it; says where to look and how to sign in
	@$(BIN)/cauce-service demo

test: .venv/.dev  ## check, then every test that needs only pip's packages and a browser
	@$(MAKE) --no-print-directory check
	@sh tests/browser/find-chromium.sh
	@echo "The tests of clients, browser and faults run beside those of the interface; they are told after them"
	@told=$$(mktemp); status=0; \
	$(BIN)/python -m pytest -m "not heavy" tests/clients tests/browser tests/faults >$$told 2>&1 & beside=$$!; \
	$(BIN)/python -m pytest -m "not heavy" tests/api || status=1; \
	wait $$beside || status=1; cat $$told; rm $$told; exit $$status

test-all: .venv/.dev  ## the tests that need heavier tools, fetched by apt
	@sh tests/heavy-tools.sh
	@$(BIN)/python -m pytest -m heavy

check: .venv/.dev  ## format, lint, types, imports, unit and contract tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/unit tests/contract

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
