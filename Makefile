# SPDX-License-Identifier: Apache-2.0
# Two commands: `make render` and `make test`. Each does all its own set-up.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup render test lint unit matrix addon clean

PYTHON ?= $(shell for p in python3.11 python3.13 python3; do \
	$$p -c 'import sys; sys.exit((3,11) > sys.version_info[:2] or sys.version_info[:2] > (3,13))' \
	2>/dev/null && echo $$p && break; done)
TAG := py$(shell $(PYTHON) -c 'import sys; print("%d%d" % sys.version_info[:2])' 2>/dev/null)
BIN := .venv/bin
WORKERS ?= 2

help:
	@echo "make render   the demo street, rendered: out/"
	@echo "make test     lint, types and all tests"
	@echo "make addon    dist/blockout-VERSION.zip, the Blender extension"

setup: .venv/.ready-$(TAG)

# The stamp is made last: an interrupted set-up is done again. A change of the lock renews the set-up.
.venv/.ready-$(TAG): requirements/$(TAG).lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or 3.13 is needed: set PYTHON=..." >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version) (about 5 GB, once) ..."
	@rm -f .venv/.ready-*
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --require-hashes -r requirements/$(TAG).lock
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

render: setup addon
	@$(BIN)/python -m neural_core.demo --out out

addon: setup
	@$(BIN)/python build_addon.py

test: lint unit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

matrix: setup
	@$(BIN)/python tests/blender/environments.py

unit: addon matrix
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -q

clean:
	rm -rf .venv .venvs dist out build *.egg-info
