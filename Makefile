# Two commands start everything: `make demo` runs a populated station, `make test` tests it.
# Each installs what it needs, shows what it does, and can be run again.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?=
PORT ?=
ARGS ?=
# Three workers keep two processors busy: a worker often waits for PostgreSQL or the browser. A file
# stays with one worker, so that what its tests share (a migrated template, a served station) is made
# once.
TEST_WORKERS ?= 3

export PYTHON
ifneq ($(PORT),)
export STATION_PORT := $(PORT)
endif

BIN := .venv/bin

.PHONY: help demo serve test check bench lock clean runtime dev

help: ## Show this list
	@echo "Station 社区卫生服务站信息系统"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo '  Options go into ARGS, the port into PORT:'
	@echo '    make demo ARGS="--residents 500 --seed 7" PORT=8080'
	@echo '    make test ARGS="tests/kernel -k search"'

demo: runtime ## Create a synthetic city, serve it, print the address and the accounts
	@$(BIN)/station demo $(ARGS)

serve: runtime ## Serve the station of STATION_DATABASE_URL
	@$(BIN)/station serve $(ARGS)

test: dev ## Run every test: SQLite, PostgreSQL, browser
	@$(BIN)/python -m tests.support.postgres --provide
	@$(BIN)/python -m tests.support.browser --provide
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: dev ## Lint, formatting, types, import arrows, then every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	@$(MAKE) test

bench: dev ## Measure requests and print the figures beside a bare route's
	@$(BIN)/python -m tests.bench $(ARGS)

lock: dev ## Lock the dependencies anew (ARGS=--upgrade takes the newest versions)
	@scripts/lock.sh $(ARGS)

clean: ## Remove the environment and the caches; databases and backups stay
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@scripts/bootstrap.sh runtime

dev:
	@scripts/bootstrap.sh dev
