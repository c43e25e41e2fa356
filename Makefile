# Two commands do everything: `make serve` and `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# The first that runs and is new enough: a name on the path may be a shim of nothing.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
COMMA := ,
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help serve test check format frontend screenshots benchmarks clean

help: ## Show this text
	@awk 'BEGIN {FS = ":.*## "; print "Conductor: draw blueprints, run them, watch every node live.\n"} \
	  /^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2} \
	  END {print "\nHOST, PORT and CONDUCTOR_HOME say where the site listens and keeps its data."}' $(MAKEFILE_LIST)

# What is given to $(call install,...) is what pip installs of this project, itself or with extras.
define install
	@test -n "$(PYTHON)" || \
	  { echo "Conductor needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '$(1)'
endef

$(VENV)/.serve: pyproject.toml
	@echo "Installing Conductor into $(VENV) …"
	$(call install,.)
	@touch $@

# Node.js comes from PyPI where the system has none.
$(VENV)/.test: pyproject.toml
	@echo "Installing Conductor and what its tests need into $(VENV) …"
	$(call install,.[test$(shell command -v node >/dev/null || echo $(COMMA)frontend)])
	@touch $(VENV)/.serve $@

serve: $(VENV)/.serve ## Start the site and its worker; prints the address
	@exec $(BIN)/conductor serve

test: $(VENV)/.test ## Run all tests
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.test ## Check style, types and the layers' contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/.test ## Format the Python code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

frontend: ## Build the canvas into static/editor (needs Node.js)
	cd editor/frontend && npm ci --ignore-scripts && npm run build

screenshots: $(VENV)/.test ## Take the pictures of the docs again
	$(BIN)/python docs/screenshots.py

benchmarks: $(VENV)/.test ## Measure, and print ratios
	@for program in benchmarks/[a-z]*.py; do $(BIN)/python $$program || exit 1; done

clean: ## Remove the virtual environment and caches; data in CONDUCTOR_HOME stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache editor/frontend/node_modules
