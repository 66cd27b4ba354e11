# Two commands matter: `make demo` shows the main job, `make test` runs what CI runs.
# Both make the environment if it is missing; stamp files in it keep the second run quick.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CF := $(BIN)/campaignflow
WORKERS ?= 2

PLUGINS := $(sort $(dir $(wildcard plugins/*/pyproject.toml)))
MANIFESTS := pyproject.toml $(wildcard plugins/*/pyproject.toml)
EDITABLE := $(foreach plugin,$(PLUGINS),-e ./$(plugin))
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

DEMO := demo
STORY := examples/civilised-city/1-city
CAMPAIGN := civilised-city-100-days
export COLUMNS ?= 120

.DEFAULT_GOAL := help
.PHONY: help demo test lint types layers docstrings tests format clean

help: ## what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-demo: $(MANIFESTS) | $(BIN)/python
	$(PIP) -e '.[all]' $(EDITABLE)
	@touch $@

$(VENV)/.installed-dev: $(MANIFESTS) | $(BIN)/python
	$(PIP) -e '.[dev]' $(EDITABLE)
	@touch $@ $(VENV)/.installed-demo

demo: $(VENV)/.installed-demo ## play a whole campaign, then report, simulate and prove it (results in demo/)
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	$(CF) play $(STORY).scenario.yaml --keep $(DEMO)/campaign.db --audit $(DEMO)/audit.jsonl --notifications $(DEMO)/notifications
	$(CF) report $(CAMPAIGN) --store sqlite:///$(DEMO)/campaign.db -o $(DEMO)/report.html
	$(CF) simulate $(STORY).yaml --fill $(STORY).fill.yaml -n 200 --seed 7
	$(CF) audit verify --store sqlite:///$(DEMO)/campaign.db
	$(CF) audit receipt $(CAMPAIGN) --store sqlite:///$(DEMO)/campaign.db -o $(DEMO)/receipt.json
	$(CF) audit verify --receipt $(DEMO)/receipt.json --key $(DEMO)/campaign.db.key.pub
	@echo "demo/ now holds campaign.db, report.html, audit.jsonl, notifications/ and receipt.json"

test: lint types layers docstrings tests ## everything that CI runs

lint: $(VENV)/.installed-dev ## ruff: rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev ## mypy, strict
	$(BIN)/mypy

layers: $(VENV)/.installed-dev ## imports run downwards only
	$(BIN)/lint-imports --no-logo

docstrings: $(VENV)/.installed-dev ## every public name says what it does
	$(BIN)/interrogate --fail-under 100 --ignore-init-method --ignore-magic --ignore-private --ignore-semiprivate \
		--ignore-nested-functions --ignore-nested-classes --ignore-overloaded-functions -vv --omit-covered-files --no-color src

tests: $(VENV)/.installed-dev ## pytest, with the examples in docs and docstrings
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

format: $(VENV)/.installed-dev ## put the code into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what was made: environment, caches, demo
	rm -rf $(VENV) $(DEMO) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
