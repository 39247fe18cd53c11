# Everything a developer starts from. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
STATE_DIR ?= $(CURDIR)/.state
PORT ?= 8000
ROLE ?= operator
# More: make test ARGS="tests/demo -k seed"
ARGS ?=
export STATE_DIR PORT
bin := .venv/bin

messages := SECRET_KEY=unused NORTHGATE_KEY= $(bin)/python manage.py

.PHONY: help up test test-all walls many lint advisories messages bench chaos demo-token

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

up: .venv/installed ## Start the panel with everything it needs (PORT=8000 STATE_DIR=.state)
	@exec $(bin)/python manage.py up

chaos: .venv/installed-dev ## Let operations run while everything around them dies (ARGS="--operations 1000 --seed 1 --seeds 5")
	@exec $(bin)/python -m tests.chaos $(ARGS)

demo-token: .venv/installed ## Print a fresh API token of the running demo, alone (ROLE=owner|operator|viewer|auditor|outsider)
	@exec $(bin)/python -m apps.demo.inside demo_token $(ROLE)

pytest := $(bin)/python -m pytest --dist loadfile --no-loadscope-reorder

# Three processes on two cores: a quarter of the time they wait. Browsers are busier.
test: .venv/installed-dev ## Run the tests of everyday work (ARGS="tests/demo -k seed")
	@$(pytest) -n 3 -m "not thorough" $(ARGS)

test-all: .venv/installed-dev ## Run every test as CI does: each act and page, the whole panel in a browser too
	@.ci/browser
	@$(pytest) -n 2 $(ARGS)

walls: .venv/installed-dev ## Try 100,000 steps to see another organization's rows over one connection (MACHINE_SEED=1)
	@MACHINE_STEPS=100000 $(bin)/python -m pytest tests/tenancy/test_machine.py -k one_connection $(ARGS)

many: .venv/installed-dev ## Upload 2,000 small files in the browser (make test-all uploads 400)
	@.ci/browser
	@MANY_FILES=2000 $(bin)/python -m pytest tests/journey/test_uploads_many.py $(ARGS)

lint: .venv/installed-dev ## Check style, types, layers and declarations
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	SECRET_KEY=unused-by-mypy NORTHGATE_KEY= $(bin)/mypy
	$(bin)/lint-imports
	$(bin)/bandit -q -c pyproject.toml -r apps controlpanel
	$(bin)/python manage.py check

# Not part of CI, which may reach nothing but a package index. Without --strict, pip-audit ends well where nobody answers.
advisories: .venv/bin/python ## Ask what is known against the pinned packages (needs api.osv.dev)
	@test -x $(STATE_DIR)/advisories/bin/pip-audit || { $(bin)/python -m venv $(STATE_DIR)/advisories \
		&& $(STATE_DIR)/advisories/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1; }
	@for pinned in constraints.txt apps/demo/cloud/requirements.txt; do \
		$(STATE_DIR)/advisories/bin/pip-audit --strict --no-deps --disable-pip --vulnerability-service osv --requirement $$pinned; \
	done

messages: .venv/installed-dev ## Bring new texts into the catalogues of locale/ (needs Debian's gettext)
	$(messages) makemessages -l zh_Hans -l zh_Hant --no-location --no-obsolete $(foreach folder,.venv .state frontend tests bench docs,-i '$(folder)/*')
	$(messages) compilemessages -i .venv
	@for file in locale/*/LC_MESSAGES/django.po; do echo "$$file: $$(msgfmt --statistics -o /dev/null $$file 2>&1)"; done

bench: .venv/installed-dev ## Measure what docs and specs make claims about
	@exec $(bin)/python -m bench $(ARGS)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Northgate needs Python 3.11 or newer. Name yours: make up PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }

# The emulators have an environment of their own (their pins exclude the panel's); both are installed at the same time.
.venv/installed: requirements.txt constraints.txt apps/demo/cloud/requirements.txt | .venv/bin/python
	@echo "Installing (once, and again when requirements change)" >&2
	@{ $(bin)/python -m apps.demo.cloud_venv & emulators=$$!; \
		$(bin)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt; \
		wait $$emulators; } >&2
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "Installing what tests need" >&2
	@$(bin)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt >&2
	@touch $@
