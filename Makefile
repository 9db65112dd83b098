# Make only names the verbs; the program is `live-bench` (python -m bench).
.DEFAULT_GOAL := help
.PHONY: help install bench test check fix lock clean
PYTHON ?= python3
PROFILE ?= default
BIN := .venv/bin
READY := .venv/.ready

help: ## Show what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

install: $(READY) ## Set up .venv with the pinned packages (every other command does this by itself)

test: $(READY) ## Run the tests
	$(BIN)/python -m pytest

check: $(READY) ## Lint, format and types, without writing anything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(READY) ## Apply the formatter and the fixes that the linter knows
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
