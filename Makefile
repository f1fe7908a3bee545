# One command surface: people and CI type the same. Needs git, make and Python >= 3.11; everything else is brought into
# .venv by bootstrap.py, from uv.lock.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin

# The newest Python that is new enough and whole. Asked for only when something is to be set up; PYTHON=... decides.
PROBE := import sys, ssl, sqlite3, tomllib, zipfile; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.14 python3.13 python3.12 python3.11 python3; do \
	if "$$name" -c '$(PROBE)' >/dev/null 2>&1; then command -v "$$name"; break; fi; done)

# uv trusts a list of its own by default; where the system has certificates, tests that start uv trust those.
ifneq ($(wildcard /etc/ssl/certs/*.0),)
export UV_SYSTEM_CERTS ?= 1
endif

.PHONY: help setup demo test test-fast lint types golden wheel clean

help: ## list the targets
	@echo "Twofold: people recommendations in two stages, for both sides."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## bring everything the project needs into .venv (quick when nothing changed)
	@if [ -z "$(PYTHON)" ]; then \
		echo "make: no Python 3.11 or newer found (looked for python3.14 ... python3.11, python3)." >&2; \
		echo "      Debian, Ubuntu: apt install python3; or name one: make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi
	@"$(PYTHON)" bootstrap.py

demo: setup ## a synthetic town on this machine: both stages trained, one list shown, the API served
	@$(BIN)/twofold demo

test: lint types ## everything CI checks: lint, types, floors, all tests and the examples in docstrings
	$(BIN)/python -m pytest -n 2 --doctest-modules

test-fast: setup ## the unit tests alone
	$(BIN)/python -m pytest tests/unit

lint: setup ## style, formatting and the floors of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup ## strict typing of source and tests
	$(BIN)/mypy
	$(BIN)/mypy bootstrap.py

golden: setup ## write the golden files anew; read the difference before committing it
	$(BIN)/python -m pytest tests/golden --regenerate-golden

wheel: setup ## build the wheel and the source archive into dist/
	@"$(PYTHON)" bootstrap.py --wheel

clean: ## remove everything make has made, .venv too
	rm -rf .venv .uv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
