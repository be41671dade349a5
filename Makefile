# `make run` and `make test` are all a fresh machine needs (Python 3.11+ and make): each does its own set-up.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
WORKERS ?= 2
ROOMS ?= days energy http kpi registry raptor_maps
MUTATION := .plant_pipeline/mutation
PORT ?= 3000

# Side by side, the longest first.
LINTERS := lint-types lint-sql lint-imports lint-code

.DEFAULT_GOAL := help
.PHONY: help run test test-real ui check coverage lint $(LINTERS) format lock mutation bench hooks schema docs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(INSTALLED) ## the nightly sync on the sandbox
	@$(BIN)/plant-pipeline sync --sandbox

test: $(INSTALLED) ## all tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-real: $(INSTALLED) ## the client and a whole sync against a real FlexMeasures server
	$(BIN)/python -m plant_pipeline_tests.real_flexmeasures.server -- $(CURDIR)/$(BIN)/python -m pytest plant_pipeline_tests/real_flexmeasures -m real

ui: $(INSTALLED) ## sandbox and Dagster UI on http://127.0.0.1:3000, or PORT
	@$(BIN)/plant-pipeline sandbox -- plant-pipeline serve --port $(PORT)

check: lint ## lint, types, and the tests of the rooms that differ from main
	$(BIN)/python -m pytest -x -n $(WORKERS) --dist worksteal $$($(BIN)/python -m plant_pipeline_tests.changed)

format: $(INSTALLED) ## write the code in the project's format
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 0 --disable-progress-bar -q sql/queries

coverage: $(INSTALLED) ## all tests, and which lines none of them runs
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov=plant_pipeline --cov-report=term:skip-covered

hooks: $(INSTALLED) ## have git check every commit
	$(BIN)/pre-commit install

schema: $(INSTALLED) ## sql/schema.sql and the hash of a new migration, after adding one
	$(BIN)/python -m plant_pipeline_tests.schema

bench: $(INSTALLED) ## the performance figures, written to benchmarks/FIGURES.md
	$(BIN)/python -m benchmarks

lint: $(INSTALLED) ## formatter, linter, types, import rules, SQL
	@$(MAKE) --no-print-directory --jobs $(WORKERS) $(LINTERS)

lint-types: $(INSTALLED)
	$(BIN)/mypy
lint-sql: $(INSTALLED)
	$(BIN)/sqlfluff lint --processes $(WORKERS) --disable-progress-bar sql/queries
lint-imports: $(INSTALLED)
	$(BIN)/lint-imports
lint-code: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

docs: $(INSTALLED) ## the documentation as a site in .plant_pipeline/site, its links checked
	@$(PIP) --require-hashes -r docs/requirements.lock
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "the site: .plant_pipeline/site/index.html"

mutation: $(INSTALLED) ## small mutations that no test of their module notices (ROOMS="days kpi" for some of them)
	@rm -rf $(MUTATION) && mkdir -p $(MUTATION) && git archive HEAD | tar -x -C $(MUTATION)
	@cd $(MUTATION) && export PATH="$(CURDIR)/$(BIN):$$PATH" && grep -v '^#' mutation/modules.txt | \
	while read -r room module tests; do \
		case " $(ROOMS) " in *" $$room "*) ;; *) continue ;; esac; \
		name=$$room-$$(basename $$module .py) && echo "$$module" && \
		sed "s#MODULE#$$module#; s#TESTS#$$tests#" mutation/cosmic-ray.toml > $$name.toml && \
		cosmic-ray init $$name.toml $$name.sqlite && cr-filter-operators $$name.sqlite $$name.toml && \
		cosmic-ray exec $$name.toml $$name.sqlite < /dev/null && \
		cr-report --show-pending --surviving-only $$name.sqlite || exit; \
	done

LOCK := $(BIN)/uv pip compile --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--no-strip-extras --custom-compile-command "make lock"
lock: $(INSTALLED) ## write the lock files anew from pyproject.toml
	$(LOCK) pyproject.toml --all-extras -o requirements.lock
	$(LOCK) pyproject.toml --extra production --extra celery --extra telemetry -c requirements.lock -o deploy/requirements.lock
	$(LOCK) --group docs -c requirements.lock -o docs/requirements.lock

clean: ## remove the environment and everything the sandbox wrote
	@test ! -x $(BIN)/python || $(BIN)/python -m plant_pipeline.embedded_postgres --stop .plant_pipeline/sandbox/postgres
	rm -rf $(VENV) .plant_pipeline/sandbox

# uv takes a tenth of pip's time. Where it cannot (no build of it, an index or a proxy that only pip is told of), pip does.
# Compiling all that is never imported would take a third of the time.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
UV := $(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python
$(INSTALLED): requirements.lock pyproject.toml
	@echo "Setting up $(VENV) with $(PYTHON): some seconds."
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; set PYTHON=...") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@awk '/^[^ ]/ { is_uv = /^uv==/ } is_uv' requirements.lock > $(VENV)/uv.txt
	@$(PIP) --require-hashes -r $(VENV)/uv.txt && $(UV) --require-hashes -r requirements.lock || { \
		echo "uv could not; pip takes a minute or two." && $(PIP) --require-hashes -r requirements.lock; }
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@
