# Portico: what a person types. Needs Python 3.11 or newer, git and make; everything else is fetched or found.
# PORTICO_PORT (default 8000) and PORTICO_HOME (default .local) let several copies run side by side.

.DEFAULT_GOAL := help
SHELL := /bin/sh

PY := $(shell for name in python3.13 python3.12 python3.11 python3; do \
  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then command -v "$$name"; break; fi; done)
BIN := .venv/bin
ROOTS := platform tenants api themes billing_plans
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2
ARGS ?=

.PHONY: help python run-environment environment run stop test test-full bench check sbom screens format lock clean

help:  ## Show what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -e 's/:.*## /\t/' | awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

python:
	@test -n "$(PY)" || { echo "Portico needs Python 3.11 or newer, and found none in PATH."; exit 1; }

run-environment: python
	@$(PY) requirements/install.py run

environment: python
	@$(PY) requirements/install.py dev

run: run-environment  ## Start Portico with its demonstration hospitals; Ctrl-C stops it
	@exec $(BIN)/portico up

stop: python  ## Stop the application, and PostgreSQL and Redis of this folder
	@if test -x $(BIN)/portico; then $(BIN)/portico stop; else echo "Nothing is installed here."; fi

test: environment  ## Run the tests of every day (ARGS="..." goes to pytest)
	$(PYTEST) -n $(WORKERS) -m "not full" $(ARGS)

test-full: environment  ## Run every test at its full size
	PORTICO_FULL=1 $(PYTEST) -n $(WORKERS) $(ARGS)

bench: environment  ## Measure, and write bench.json (ONLY=ii runs one)
	@$(BIN)/python -m config.runtime.catalogues compile
	@ONLY="$(ONLY)" $(BIN)/python -m tests.benchmarks

check: environment  ## Format, lint, types, imports, templates, migrations, translations, licences
	@$(BIN)/python -m config.runtime.checks

sbom: environment  ## Bill of materials, licences, known weaknesses (ARGS=--release demands a recent check)
	@$(BIN)/python -m config.runtime.supply $(ARGS)

screens: environment  ## Draw every page at two widths and in four modes into screens/ (needs Chromium)
	@$(BIN)/python -m config.runtime.catalogues compile
	@$(BIN)/python -m tests.screens $(ARGS)

format: environment  ## Bring Python and templates into the house's form
	@$(BIN)/ruff check -q --fix-only . && $(BIN)/ruff format .

lock: environment  ## Compile the requirement files from pyproject.toml
	@$(BIN)/python requirements/lock.py

clean:  ## Remove caches, the environment and the throw-away test data; the installation's data stays
	@if test -x $(BIN)/portico; then $(BIN)/portico stop --test; fi
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '*.mo' -type f -delete
