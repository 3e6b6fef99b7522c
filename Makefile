# `make demo` shows kbstore on real data, `make test` runs everything that CI runs, `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
# The name of a stamp holds the hash of what it stands for: a changed pin installs again, nothing else does.
REQUIREMENTS_HASH := $(shell cat requirements*.txt | sha256sum | cut -c1-16)
DEMO_STAMP := $(VENV)/.demo-$(REQUIREMENTS_HASH)
DEV_STAMP := $(VENV)/.dev-$(REQUIREMENTS_HASH)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# dbt wants other versions of packages that kbstore pins, so it lives beside them.
DBT_REQUIREMENTS := tests/clients/dbt/requirements.txt
DBT_STAMP := $(VENV)/dbt/.installed-$(shell sha256sum < $(DBT_REQUIREMENTS) | cut -c1-16)
NODE_CLIENTS := tests/clients/node
NODE_STAMP := $(NODE_CLIENTS)/node_modules/.installed-$(shell sha256sum < $(NODE_CLIENTS)/package-lock.json | cut -c1-16)
FRONTEND := frontend
FRONTEND_STAMP := $(FRONTEND)/node_modules/.installed-$(shell sha256sum < $(FRONTEND)/package-lock.json | cut -c1-16)
# Checks must neither read nor make anything in the data directory of a server that runs from this checkout.
CHECK_ENV := KBSTORE_SECRET_KEY=only-for-checks DATABASE_URL=sqlite://:memory:
LINTED := .
# One more than there are processors: some tests wait.
TEST_WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)

.PHONY: help venv venv-demo demo serve test check lint types django-checks chromium sql-clients debian-sql-clients \
	frontend-packages assets \
	screenshots pngquant protos driver-guide bench format sync-client clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

venv: $(DEV_STAMP) ## make the virtual environment with everything for development

venv-demo: $(DEMO_STAMP)

$(BIN)/python:
	@if ! command -v $(PYTHON) >/dev/null || ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing python3-venv ..."; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 python3-venv >/dev/null; \
	  else \
	    echo "kbstore needs Python 3.11 or newer with its venv module. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2; \
	    exit 1; \
	  fi; \
	fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "kbstore needs Python 3.11 or newer; PYTHON=/path/to/python3.11 make ... names another one." >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(DEMO_STAMP): | $(BIN)/python
	@if [ ! -e $(DEV_STAMP) ]; then echo "Installing requirements-demo.txt ..."; $(PIP_INSTALL) -r requirements-demo.txt; fi
	@rm -f $(VENV)/.demo-* && touch $@

$(DEV_STAMP): | $(BIN)/python
	@echo "Installing requirements-dev.txt ..."
	@$(PIP_INSTALL) -r requirements-dev.txt
	@rm -f $(VENV)/.dev-* && touch $@

demo: $(DEMO_STAMP) ## serve and load real data; runs until Ctrl-C, ONCE=1 stops at the end
	@$(BIN)/python -m demo $(if $(ONCE),--once)

serve: $(DEMO_STAMP) ## run the server on ./data (settings: docs/settings.md)
	@exec $(MANAGE) serve

# Side by side: installing waits for the network, checking for the processor.
test: ## everything that CI runs
	@$(MAKE) --jobs=3 --output-sync=target lint types django-checks chromium sql-clients frontend-packages
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) -q

check: lint types django-checks ## the fast half, before a commit
	@if [ -d tests/unit ]; then $(BIN)/python -m pytest -n $(TEST_WORKERS) -q tests/unit tests/contract/test_architecture.py; fi

lint: $(DEV_STAMP)
	@$(BIN)/ruff check --quiet $(LINTED)
	@$(BIN)/ruff format --quiet --check $(LINTED) || { echo "make format puts this right." >&2; exit 1; }
	@$(BIN)/lint-imports --no-logo | tail -n 40

types: $(DEV_STAMP)
	@$(BIN)/mypy
	@cd sdk && $(abspath $(BIN))/mypy

django-checks: $(DEV_STAMP)
	@$(CHECK_ENV) $(MANAGE) check
	@$(CHECK_ENV) $(MANAGE) makemigrations --check --dry-run

chromium: ## the browser of the console test (Debian package; needs root)
	@if ! command -v chromium >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing chromium ..."; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else \
	    echo "No chromium here: the console's browser test will be skipped. On Debian: sudo apt-get install chromium" >&2; \
	  fi; \
	fi

sql-clients: $(DBT_STAMP) $(NODE_STAMP) ## psql, pgjdbc, node-postgres and dbt for the tests of the SQL server, axe-core

# psql, Java with pgjdbc, Node.js: Debian packages; needs root.
debian-sql-clients: | chromium
	@missing=; \
	command -v psql >/dev/null || missing="$$missing postgresql-client"; \
	command -v java >/dev/null || missing="$$missing default-jre-headless"; \
	[ -e /usr/share/java/postgresql.jar ] || missing="$$missing libpostgresql-jdbc-java"; \
	command -v node >/dev/null || missing="$$missing nodejs"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing$$missing ..."; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else \
	    echo "Without these packages some tests with SQL clients will be skipped: sudo apt-get install$$missing" >&2; \
	  fi; \
	fi

$(NODE_STAMP): | debian-sql-clients
	@if command -v npm >/dev/null; then \
	  echo "Installing node-postgres and axe-core ..."; \
	  npm ci --prefix $(NODE_CLIENTS) --silent --no-audit --no-fund --ignore-scripts && touch $@; \
	fi

frontend-packages: $(FRONTEND_STAMP)

$(FRONTEND_STAMP): | debian-sql-clients
	@if command -v npm >/dev/null; then \
	  echo "Installing CodeMirror and esbuild ..."; \
	  npm ci --prefix $(FRONTEND) --silent --no-audit --no-fund --ignore-scripts && touch $@; \
	fi

assets: frontend-packages ## bundle the console's editor again, after a change in frontend/
	@npm run build --prefix $(FRONTEND) --silent

$(DBT_STAMP): | $(BIN)/python
	@echo "Installing dbt ..."
	@rm -rf $(VENV)/dbt
	@$(BIN)/python -m venv $(VENV)/dbt
	@$(VENV)/dbt/bin/python -m pip install --quiet --disable-pip-version-check -r $(DBT_REQUIREMENTS)
	@touch $@

protos: $(DEV_STAMP) ## make storage/driver/generated again, after a change in storage/driver/proto
	@$(BIN)/python -m storage.driver.generate

driver-guide: $(DEV_STAMP) ## play a Connection host and write its transcript into docs/driver.md
	@$(BIN)/python -m tests.driver.guide

compatibility: $(DEV_STAMP) sql-clients ## run the SQL clients and write docs/compatibility.md
	@$(BIN)/python -m tests.clients.compatibility -n $(TEST_WORKERS)

screenshots: $(DEV_STAMP) chromium pngquant ## take pictures of the console's pages for docs/images
	@$(BIN)/python -m tests.walks.screenshots $(PAGES)

pngquant:
	@if ! command -v pngquant >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing pngquant ..."; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends pngquant >/dev/null; \
	  else \
	    echo "No pngquant here: the pictures will be large. On Debian: sudo apt-get install pngquant" >&2; \
	  fi; \
	fi

bench: $(DEV_STAMP) ## compare with raw DuckDB (docs/benchmarks.md); takes some minutes
	@$(BIN)/python -m benchmarks

format: $(DEV_STAMP) ## put layout and imports right
	@$(BIN)/ruff check --quiet --fix $(LINTED) || true
	@$(BIN)/ruff format $(LINTED)

sync-client: $(DEV_STAMP) ## write the SDK's synchronous client again, after a change in sdk/src/keboola_duckdb/_async
	@$(BIN)/python sdk/generate_sync.py

clean: ## remove what can be made again; ./data stays
	@rm -rf .demo .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache benchmarks/.work staticfiles
	@rm -rf sdk/.mypy_cache sdk/dist sdk/build
	@find . -name __pycache__ -not -path './$(VENV)/*' -type d -prune -exec rm -rf {} +
