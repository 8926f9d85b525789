# Each target works on a fresh machine and says what is missing. Nothing is installed outside .venv but the Debian
# packages that `make test` names.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --progress-bar on --disable-pip-version-check
PACKAGES := plugin connectors signing schedules
CODE := $(PACKAGES) tests benchmarks docs
DEBIAN_PACKAGES := xmlsec1 poppler-utils fonts-liberation2

# What the targets hand on: make run DEMO="--no-serve", make test PYTEST="-k journal", make soak SOAK="--kills 200".
DEMO ?=
PYTEST ?=
INTEROP ?=
BENCH ?=
SOAK ?=

.DEFAULT_GOAL := help
.PHONY: help run test lint format docs bench interop soak clean packages typing
.DELETE_ON_ERROR:
.NOTPARALLEL:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/.installed ## install into .venv and show the main job: congkhai demo
	$(BIN)/congkhai demo $(DEMO)

test: packages $(VENV)/.test ## install what the tests need and run them all
	$(BIN)/python -m pytest -n auto --dist loadfile $(PYTEST)

lint: typing $(VENV)/.test $(VENV)/.lint ## rules, format, types, security rules, generated pages
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(foreach package,$(PACKAGES),-p congkhai.$(package))
	$(BIN)/bandit --quiet --recursive --severity-level medium $(PACKAGES)
	$(BIN)/python docs/generate.py --check

format: $(VENV)/.lint ## put the code into its form
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

docs: $(VENV)/.installed ## write the generated pages of docs/reference anew
	$(BIN)/python docs/generate.py

bench: $(VENV)/.installed ## measure signing, checking and containers
	$(BIN)/python benchmarks/signing.py $(BENCH)

interop: packages $(VENV)/.test ## have foreign software check what we write
	$(BIN)/python -m pytest tests/interop $(INTEROP)

soak: $(VENV)/.installed ## kill the demo again and again and look for losses
	$(BIN)/python benchmarks/soak.py $(SOAK)

clean: ## remove .venv, caches and build products; a demo's folder stays
	rm -rf $(VENV) .typing build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "congkhai needs Python 3.11 or later; $(PYTHON) is: $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12 …" >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	  echo "congkhai needs the venv module of Python; on Debian: apt-get install python3-venv" >&2; \
	  exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# An editable install: the code is used where it lies, so that only a change of setup.cfg or pyproject.toml installs again.
$(VENV)/.installed: setup.cfg pyproject.toml | $(VENV)/.made
	$(PIP) --editable .
	@touch $@

$(VENV)/.test: setup.cfg pyproject.toml | $(VENV)/.made
	$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.lint: setup.cfg pyproject.toml | $(VENV)/.made
	$(PIP) --editable '.[lint]'
	@touch $@ $(VENV)/.installed

# mypy finds the four packages under their import names through these links.
typing:
	@mkdir -p .typing/congkhai
	@for package in $(PACKAGES); do ln -sfn ../../$$package .typing/congkhai/$$package; done

packages:
	@missing=; \
	for package in $(DEBIAN_PACKAGES); do \
	  dpkg-query --show --showformat='$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed || missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then echo "The tests need these Debian packages or their like:$$missing" >&2; exit 1; fi; \
	if [ "$$(id -u)" = 0 ]; then as_root=env; \
	elif sudo -n true 2>/dev/null; then as_root="sudo -n env"; \
	else echo "The tests need these Debian packages: sudo apt-get install$$missing" >&2; exit 1; fi; \
	$$as_root apt-get update && $$as_root DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $$missing
