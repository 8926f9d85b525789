# Each target works on a fresh machine and says what is missing. Nothing is installed outside .venv but the Debian
# packages that `make test` and `make interop` name; what Maven and npm fetch for `make interop` stays below tests/interop
# and in their own caches.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --progress-bar on --disable-pip-version-check
PACKAGES := plugin connectors signing schedules
CODE := $(PACKAGES) tests benchmarks docs
INTEROP_PROGRAMS := javac:openjdk-17-jdk-headless java:openjdk-17-jre-headless mvn:maven node:nodejs npm:npm
DSS := tests/interop/dss
XADESJS := tests/interop/xadesjs
OIDC := tests/interop/oidc
VERAPDF := tests/interop/verapdf
EARK := $(VENV)/eark
TOOLS := $(VENV)/release
DEBIAN_PACKAGES := softhsm2 xmlsec1 poppler-utils fonts-liberation2 tesseract-ocr tesseract-ocr-vie postgresql libxml2-utils chromium fiu-utils iproute2

# What the targets hand on: make run DEMO="--no-serve", make test PYTEST="-k journal", make soak SOAK="--kills 200".
DEMO ?=
PYTEST ?=
DOCUMENTS ?=
FUZZ ?=
INTEROP ?=
BENCH ?=
SOAK ?=
SOAK_NODES ?=
LOCK ?=
DEB ?=

# What make test runs once more, with its rows on a PostgreSQL server of its own: the store, and the steps that write.
ON_POSTGRESQL := tests/plugin/store $(patsubst %,tests/plugin/way/test_%.py,work outbox publish signing_desk disclosures desk)

.DEFAULT_GOAL := help
.PHONY: help run test lint format docs catalogue bench interop soak documents fuzz clean packages programs typing dist lock sbom audit deb deb-test
.DELETE_ON_ERROR:
.NOTPARALLEL:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/.installed ## install into .venv and show the main job: congkhai demo
	$(BIN)/congkhai demo $(DEMO)

test: packages $(VENV)/.test ## install what the tests need and run them all but those of make interop
	$(BIN)/python -m pytest -n auto --dist loadfile --ignore tests/interop $(PYTEST)
	CONGKHAI_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n auto --dist loadfile $(ON_POSTGRESQL)

lint: typing $(VENV)/.test $(VENV)/.lint ## rules, format, types, security rules, generated pages
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(foreach package,$(PACKAGES),-p congkhai.$(package))
	$(BIN)/bandit --quiet --recursive --severity-level medium $(PACKAGES)
	$(BIN)/python docs/generate.py --check
	$(BIN)/python docs/catalogue.py --check

format: $(VENV)/.lint ## put the code into its form
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

docs: $(VENV)/.installed ## write the generated pages of docs/reference anew
	$(BIN)/python docs/generate.py

catalogue: $(VENV)/.test ## bring the English catalogue up to what the code says, and compile it
	$(BIN)/python docs/catalogue.py

bench: $(VENV)/.test $(VENV)/.bench ## measure signing, checking and containers, with peers in the same run
	$(BIN)/python -m benchmarks.signing $(BENCH)

interop: packages programs $(VENV)/.test $(DSS)/target/interop-dss.jar $(VERAPDF)/target/interop-verapdf.jar $(XADESJS)/node_modules/.package-lock.json $(OIDC)/node_modules/.package-lock.json $(EARK)/.made ## have foreign software check what we write, and check what it writes
	$(BIN)/python -m pytest -n auto --dist loadfile tests/interop $(INTEROP)

soak: packages $(VENV)/.test ## kill demo and daemons again and again beside failing systems and look for losses
	$(BIN)/python benchmarks/soak.py $(SOAK)
	$(BIN)/python -m benchmarks.soak_nodes --store sqlite $(SOAK_NODES)
	$(BIN)/python -m benchmarks.soak_nodes --store postgresql $(SOAK_NODES)

documents: $(VENV)/.test ## twenty thousand papers, faults, ten kills: compare simulator, store and journal
	$(BIN)/python -m benchmarks.soak_documents $(DOCUMENTS)

fuzz: $(VENV)/.test ## a million mutated inputs for the readers of outside data
	$(BIN)/python -m benchmarks.fuzz $(FUZZ)

dist: $(TOOLS)/.made ## build wheel and source distribution into dist/ and check both
	rm -rf build/lib build/bdist* dist/congkhai-*
	$(TOOLS)/bin/python -m build --no-isolation --outdir dist .
	$(TOOLS)/bin/twine check --strict dist/congkhai-*.whl dist/congkhai-*.tar.gz
	$(TOOLS)/bin/check-wheel-contents dist/congkhai-*.whl

lock: $(TOOLS)/.made ## write packaging/requirements.lock anew; LOCK=--upgrade moves versions, LOCK=--check only compares
	packaging/lock.sh $(LOCK)

sbom: $(TOOLS)/.made ## list what an installation holds, from the lock, as CycloneDX: dist/congkhai.cdx.json
	@mkdir -p dist
	$(TOOLS)/bin/cyclonedx-py requirements --output-reproducible --of JSON --validate -o dist/congkhai.cdx.json packaging/requirements.lock

audit: $(TOOLS)/.made ## ask whether the locked packages have known vulnerabilities; fails when nobody answers
	$(TOOLS)/bin/pip-audit --strict --requirement packaging/requirements.lock --require-hashes --disable-pip --progress-spinner off

deb: $(TOOLS)/.made ## build the package for Debian 12 into dist/
	packaging/build-deb.sh $(DEB)

deb-test: $(TOOLS)/.made ## install, run, upgrade and purge the package in a Debian 12 root (as root; needs debootstrap)
	packaging/deb-root.sh $(DEB)

clean: ## remove .venv, caches and build products; a demo's folder stays
	rm -rf $(VENV) $(DSS)/target $(VERAPDF)/target $(XADESJS)/node_modules $(OIDC)/node_modules .typing build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
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

$(VENV)/.bench: setup.cfg pyproject.toml | $(VENV)/.made
	$(PIP) --editable '.[bench]'
	@touch $@ $(VENV)/.installed

$(VENV)/.lint: setup.cfg pyproject.toml | $(VENV)/.made
	$(PIP) --editable '.[lint]'
	@touch $@ $(VENV)/.installed

# What Maven has fetched once is not asked for again.
$(DSS)/target/interop-dss.jar: $(DSS)/pom.xml $(wildcard $(DSS)/src/main/java/congkhai/interop/*.java) | programs
	cd $(DSS) && { mvn -q -B -o package 2>/dev/null || mvn -q -B package; }
	@touch $@

$(VERAPDF)/target/interop-verapdf.jar: $(VERAPDF)/pom.xml $(wildcard $(VERAPDF)/src/main/java/congkhai/interop/*.java) | programs
	cd $(VERAPDF) && { mvn -q -B -o package 2>/dev/null || mvn -q -B package; }
	@touch $@

$(XADESJS)/node_modules/.package-lock.json: $(XADESJS)/package.json $(XADESJS)/package-lock.json | programs
	cd $(XADESJS) && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

$(OIDC)/node_modules/.package-lock.json: $(OIDC)/package.json $(OIDC)/package-lock.json | programs
	cd $(OIDC) && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

# eark-validator pins an old lxml, so it lives with Python packages of its own.
$(EARK)/.made: tests/interop/eark/requirements.txt | $(VENV)/.made
	$(PYTHON) -m venv $(EARK)
	$(EARK)/bin/python -m pip install --progress-bar on --disable-pip-version-check --requirement $<
	@touch $@

# What builds and examines a release has dependencies of its own; the product is not to be held back by them.
$(TOOLS)/.made: packaging/tools.txt | $(VENV)/.made
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --progress-bar on --disable-pip-version-check --upgrade pip --requirement $<
	@touch $@

# mypy finds the four packages under their import names through these links.
typing:
	@mkdir -p .typing/congkhai
	@for package in $(PACKAGES); do ln -sfn ../../$$package .typing/congkhai/$$package; done

# Installs the Debian packages in $$missing, or says which they are.
define install_missing
	if [ -z "$$missing" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then echo "make $(or $(MAKECMDGOALS),test) needs these Debian packages or their like:$$missing" >&2; exit 1; fi; \
	if [ "$$(id -u)" = 0 ]; then as_root=env; \
	elif sudo -n true 2>/dev/null; then as_root="sudo -n env"; \
	else echo "make $(or $(MAKECMDGOALS),test) needs these Debian packages: sudo apt-get install$$missing" >&2; exit 1; fi; \
	$$as_root apt-get update && $$as_root DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $$missing
endef

packages:
	@missing=; \
	for package in $(DEBIAN_PACKAGES); do \
	  dpkg-query --show --showformat='$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed || missing="$$missing $$package"; \
	done; \
	$(install_missing)

# A program that is there already, from wherever it came, is good enough.
programs:
	@missing=; \
	for pair in $(INTEROP_PROGRAMS); do \
	  command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair#*:}"; \
	done; \
	$(install_missing)
