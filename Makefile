# Everything a newcomer runs. Only Python >= 3.11, git and make need to be there.
.DEFAULT_GOAL := help
.PHONY: help demo up test check types imports soak bench migrate lock clean
# What one of the test processes has compiled, the others need not compile again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python
PYTEST := $(RUN) -m pytest -q -m "not soak"
# Most tests wait for servers: four at once keep two cores busy. Whoever is done takes from others.
SPREAD := -n 4 --dist worksteal

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.venv/ready: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Slipway needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock
	@touch $@

demo: .venv/ready ## a ticket from key to finished commit (KEEP=1 keeps the servers up)
	@$(RUN) starter.py demo $(if $(KEEP),--keep) $(if $(YES),--yes)

up: .venv/ready ## the embedded stack, a worker and the gateway, in the foreground
	@stop() { trap "" INT TERM; kill 0; wait; exit $$1; }; trap 'stop 130' INT; trap 'stop 1' TERM; \
	for program in gateway.py worker.py; do \
	  (trap : INT TERM; $(RUN) $$program; kill $$$$) & \
	done; wait

test: .venv/ready ## the whole test suite on real servers
	$(PYTEST) $(or $(ARGS),$(SPREAD) tests)

check: .venv/ready ## format, lint, types, import rules, tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(MAKE) --no-print-directory --jobs 2 types imports
	@$(MAKE) --no-print-directory test

types: .venv/ready
	$(BIN)/mypy .

imports: .venv/ready
	$(BIN)/lint-imports
	@# mypy keeps one core busy: on another the tests are compiled, which all test processes would
	@# do at once. What cannot be loaded is told by the tests themselves.
	@$(PYTEST) --collect-only tests > /dev/null 2>&1 || true

soak: .venv/ready ## the long editions of tests
	$(RUN) -m pytest -q -m soak --timeout 3600 $(ARGS)

bench: .venv/ready ## speed, against references written by hand
	$(RUN) -m bench $(ARGS)

migrate: .venv/ready ## bring the database to the newest schema
	$(RUN) -m db migrate

lock: .venv/ready ## compile the lock files from pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --extra local --group dev pyproject.toml -o requirements-dev.lock

clean: ## remove what was installed, and the embedded stack's data
	rm -rf .venv .slipway .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
