# The two commands that matter: `make run` and `make test`. `make` alone lists all.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTHONS ?= 3.11 3.12 3.13 3.14
PORT ?= 8080
DOCS ?= docs
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
# Working hours of a Monday, a day in summer, and the last minute before 29 February, a new year and both clock changes.
MOMENTS ?= 2027-01-04T09:15:00 2033-07-15T17:10:00 2028-02-28T23:59:40 2026-12-31T23:59:40 2027-03-28T00:59:40 2027-10-31T00:59:40
SOURCES := cal_mock mock_server contract_tests mutation .ci docs

# Without bytecode on disk every process compiles all modules anew, and there are many in a run of the tests.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-fast test-dates test-pythons install check lint format types imports description fuzz recordings fuzz-clean contract mutants mutation bench spec spec-check doctor docs docs-check lock release clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/\1|\2/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

run: $(VENV)/.run ## Serve the sandbox on 127.0.0.1:8080 (PORT=... for another port, ARGS=... for options)
	@$(BIN)/python -m mock_server serve --port $(PORT) $(ARGS)

test: $(VENV)/.dev ## Run all tests, in two processes (ARGS=... for options of pytest)
	$(PYTEST) $(ARGS)

test-fast: $(VENV)/.dev ## Run the quick tests: those without server sockets and processes (about a minute)
	$(PYTEST) --quick $(ARGS)

# Python waits by the monotonic clock, and compares the times of files; neither is moved.
test-dates: $(VENV)/.dev ## Run the quick tests as if it were another date (MOMENTS="2027-01-04T09:15:00 ..." in UTC; needs faketime)
	@command -v faketime > /dev/null || { echo "faketime is not installed: apt-get install faketime"; exit 1; }
	@for moment in $(MOMENTS); do \
	  echo "$$moment:"; \
	  TZ=UTC FAKETIME_FMT=%Y-%m-%dT%H:%M:%S FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 \
	  faketime -f "@$$moment" $(PYTEST) --quick $(ARGS) || exit 1; \
	done

# A Python that is on the PATH under its name but does not start, as a version manager's placeholder, is left out.
test-pythons: ## Run all tests on every supported Python that is installed (PYTHONS="3.11 3.12 ..." for some of them)
	@found=; for version in $(PYTHONS); do \
	  python$$version -c "" 2> /dev/null || { echo "Python $$version is not installed."; continue; }; \
	  found="$$found $$version"; echo "Python $$version:"; \
	  $(MAKE) --no-print-directory test VENV=.pythons/$$version PYTHON=python$$version || exit 1; \
	done; \
	test -n "$$found" || { echo "None of these Pythons is installed: $(PYTHONS)"; exit 1; }

install: $(VENV)/.dev ## Create the environment with everything that development needs

check: lint types imports test ## Check style, types, import rules, description and code; CI runs this and docs-check

lint: $(VENV)/.dev ## Check style
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

format: $(VENV)/.dev ## Format the code
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

types: $(VENV)/.dev ## Check types
	$(BIN)/pyright

imports: $(VENV)/.dev ## Check which module may import which
	$(BIN)/lint-imports

description: $(VENV)/.dev ## Check the OpenAPI description
	$(BIN)/python -m pytest contract_tests/test_description.py

contract: $(VENV)/.dev ## Tell the stories and follow the journeys only; takes what fuzz takes
	$(BIN)/python -m contract_tests contract $(if $(PROFILE),--profile $(PROFILE)) $(if $(BASE_URL),--base-url $(BASE_URL)) $(ARGS)

fuzz: $(VENV)/.dev ## Check against the description (PROFILE=pr, nightly, staging or smoke; BASE_URL=... with CAL_API_KEY, CAL_CLIENT_ID, CAL_CLIENT_SECRET)
	$(BIN)/python -m contract_tests fuzz $(if $(PROFILE),--profile $(PROFILE)) $(if $(BASE_URL),--base-url $(BASE_URL)) $(ARGS)

recordings: $(VENV)/.dev ## Rewrite the known gaps between us and the recordings of the real service
	$(BIN)/python -m contract_tests.replay

fuzz-clean: $(VENV)/.dev ## Remove what interrupted fuzz runs left on a server (BASE_URL=... and its credentials)
	$(BIN)/python -m contract_tests clean $(if $(BASE_URL),--base-url $(BASE_URL)) $(ARGS)

mutants: $(VENV)/.dev ## Show which checks notice which kind of broken server (ARGS=... for some kinds, or --help)
	$(BIN)/python -m contract_tests mutants $(ARGS)

mutation: .mutation/.done ## Show which changes of an engine module its own tests miss (ARGS="slots/limits teams" for some of them)
	@.mutation/bin/python mutation/run.py $(ARGS)

bench: $(VENV)/.dev ## Measure speed, start-up and memory beside Prism and Mockoon (needs npm)
	$(BIN)/python -m mock_server.bench $(ARGS)

spec: $(VENV)/.run ## Print the description as one document
	@$(BIN)/python -m mock_server spec

spec-check: $(VENV)/.dev ## Check the description with other tools (needs npm)
	$(BIN)/python -m contract_tests spec-check

doctor: $(VENV)/.run ## Check the state of the running sandbox for contradictions
	@$(BIN)/python -m mock_server doctor

docs: $(VENV)/.dev ## Build the documentation site in build/docs; the sandbox serves it at /help
	rm -rf build/docs
	$(BIN)/python -m sphinx -q -W --keep-going -n -E -j auto -d build/doctrees docs build/docs

docs-check: docs ## Build the documentation, and run every code block of it and of the READMEs (the samples need npm and Go)
	$(BIN)/python -m pytest -n 2 $(DOCS)

lock: $(VENV)/.dev ## Pin the dependencies anew
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra contract --group dev --constraint requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements-dev.lock

release: $(VENV)/.dev ## Build and check the distributions of a commit, in dist/ (PYTHONS="3.11 3.12 ..." for some Pythons)
	$(BIN)/python .ci/release.py $(PYTHONS)

clean: ## Remove the environment and everything that was made
	rm -rf $(VENV) .pythons .mutation .bench reports build dist .pytest_cache .ruff_cache .hypothesis .schemathesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "This needs Python 3.11 or newer; name it with PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock | $(VENV)/bin/python
	@echo "Installing what the sandbox needs ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@echo "Checking and bundling the description ..."
	@$(BIN)/python -m mock_server spec > /dev/null
	@$(BIN)/python -m mock_server changes 2025-04 2026-03 > /dev/null
	@$(BIN)/python -m compileall -q mock_server
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what development needs ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q mock_server
	@touch $@ $(VENV)/.run

.mutation/.done: requirements-dev.lock mutation/requirements.txt
	@echo "Installing what mutation testing needs ..."
	@$(PYTHON) -m venv .mutation
	@.mutation/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@.mutation/bin/python -m pip install -q --disable-pip-version-check -r mutation/requirements.txt
	@touch $@
