# Everything a developer or a school's administrator types. `make help` lists it.
# Needs Python 3.11 or newer and make, nothing else: each target sets up what it needs, once.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
SAY := @printf '  %s\n'

# The first interpreter that is new enough, unless PYTHON= names one.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for candidate in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	if $$candidate -c '$(NEW_ENOUGH)' 2>/dev/null; then echo $$candidate; break; fi; done)
endif

PYTEST := $(BIN)/python -m pytest --dist worksteal
WORKERS ?= 2
CLIENT := mobile_api/client
COVERAGE := --cov --cov-branch --cov-report=term:skip-covered

.PHONY: help setup run worker demo test test-sqlite test-postgres coverage lint types bench bench-trends bench-evening bench-client sure mutation lock client client-check pictures

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(VENV)/.development ## create .venv with everything for development

run: $(VENV)/.runtime ## serve the demonstration school on http://127.0.0.1:8000 until Ctrl-C
	@$(BIN)/nightsheet run

worker: $(VENV)/.runtime ## run only the process that sends reminders
	@$(BIN)/nightsheet worker

demo: $(VENV)/.runtime ## let one class live one evening and print what came out
	@$(BIN)/nightsheet demo --play

test: test-sqlite test-postgres ## run all tests, on SQLite and on PostgreSQL

test-sqlite: $(VENV)/.development ## run all tests on SQLite
	$(SAY) 'Running the tests on SQLite.'
	@$(PYTEST) --database=sqlite -n $(WORKERS)

test-postgres: $(VENV)/.development ## run all tests on PostgreSQL
	$(SAY) 'Running the tests on PostgreSQL.'
	@if $(BIN)/python -m tests.databases; then $(PYTEST) --database=postgresql -n $(WORKERS); \
	elif [ -n "$$NIGHTSHEET_CI" ]; then exit 1; fi

coverage: $(VENV)/.development ## run all tests on SQLite and say which lines and branches they leave out
	$(SAY) 'Running the tests on SQLite, watching every line.'
	@$(PYTEST) --database=sqlite -n $(WORKERS) $(COVERAGE)

lint: $(VENV)/.development ## check style and the arrows between packages
	$(SAY) 'Checking style (ruff) and imports (import-linter).'
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: $(VENV)/.development ## check types (mypy --strict)
	$(SAY) 'Checking types (mypy).'
	@$(BIN)/mypy

client: ## build the phone client into mobile_api/static/app (needs Node 20 or newer)
	@cd $(CLIENT) && npm ci --loglevel=error && npm run build

client-check: ## check the phone client's types and tests, and that the committed build is what its source builds
	@if ! command -v npm >/dev/null 2>&1; then \
		echo '  SKIPPED: the phone client is not checked, because there is no Node.'; test -z "$$NIGHTSHEET_CI"; \
	else \
		cd $(CLIENT) && npm ci --loglevel=error && npm run types && npm test && built=$$(mktemp -d) && \
		npx vite build --outDir "$$built" --emptyOutDir && diff -r "$$built" ../static/app && rm -r "$$built" && \
		echo '  The committed client is what its source builds.'; \
	fi

pictures: $(VENV)/.development ## take the pictures of the phone's main screens in docs/images (needs Chromium)
	@$(BIN)/python -m tests.client.pictures

bench: $(VENV)/.development ## compare the busiest routes, and trends, with a bare Flask and raw SQL floor
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.trends

bench-trends: $(VENV)/.development ## time trends alone against raw SQL for the same figures
	@$(BIN)/python -m bench.trends

bench-evening: $(VENV)/.development ## let 1,500 families' evening pass in one minute's worth, over the real server
	@$(BIN)/python -m bench.evening

bench-client: $(VENV)/.development ## weigh the phone client and time it on a slow phone and network (needs Chromium)
	@$(BIN)/python -m bench.client

bench-reminders: $(VENV)/.development ## time the worst ticks over 20,000 and 200,000 students, and the sending
	@$(BIN)/python -m bench.reminders

simulate: $(VENV)/.development ## play a month of 1,500 students with dying workers and failing providers (SEED=n)
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED))

sure: lint types test ## everything that must be green before a push

mutation: $(VENV)/.development ## break the rules modules line by line and see the tests notice
	@$(BIN)/mutmut run
	@$(BIN)/mutmut results

lock: $(UV) ## resolve both lock files anew from pyproject.toml
	$(SAY) 'Resolving requirements.lock and requirements-dev.lock.'
	@$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --no-emit-index-url \
		--custom-compile-command 'make lock' pyproject.toml --output-file requirements.lock
	@$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --no-emit-index-url \
		--custom-compile-command 'make lock' --extra dev --constraint requirements.lock pyproject.toml \
		--output-file requirements-dev.lock

# Stamps: each step runs again only when the file it installs from has changed.

$(UV):
	@test -n '$(PYTHON)' && $(PYTHON) -c '$(NEW_ENOUGH)' || { \
		echo 'Nightsheet needs Python 3.11 or newer. Install it, or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12'; exit 1; }
	$(SAY) "Creating $(VENV) with $$($(PYTHON) --version)."
	@$(PYTHON) -m venv $(VENV) || { \
		echo 'Python could not create a virtual environment. On Debian and Ubuntu: apt install python3-venv'; exit 1; }
	$(SAY) 'Fetching uv $(UV_VERSION), which installs the rest quickly.'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.project: pyproject.toml | $(UV)
	$(SAY) 'Installing Nightsheet itself, as editable source.'
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(VENV)/.runtime: requirements.lock $(VENV)/.project | $(UV)
	$(SAY) 'Installing the packages of requirements.lock.'
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/.development: requirements-dev.lock $(VENV)/.project | $(UV)
	$(SAY) 'Installing the packages of requirements-dev.lock.'
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements-dev.lock
	@touch $@
