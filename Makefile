# The first Python that really runs and is new enough; names that only a version manager knows do not run.
PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3 python; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$each; exit; }; done; echo python3)
RUN = .venv/bin/python
# What only reads code needs settings, but neither secrets nor a server.
READING = THROUGHLINE_MODE=test DATABASE_URL=sqlite:///:memory: REDIS_URL=

.DEFAULT_GOAL = help
.PHONY: run test check lint types soak test-faults bench help dependencies dev-dependencies

run: dependencies ## start everything with demo data: PORT=8000, DATA_DIR=var, EXAMPLES=0 for no demo apps; Ctrl-C ends it
	@$(RUN) manage.py up

test: dev-dependencies ## the whole suite on PostgreSQL and Valkey, then the smaller proof on SQLite
	@$(RUN) -m scripts.suite

check: dev-dependencies ## what CI runs: format, lint, types, import contracts, migrations, generated docs, then the tests
	@$(MAKE) --no-print-directory -j2 types lint
	@$(RUN) -m scripts.suite

types:
	$(READING) .venv/bin/mypy .

lint:
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports
	$(READING) $(RUN) manage.py makemigrations --check --dry-run
	$(READING) $(RUN) -m scripts.generate_docs --check

soak: dev-dependencies ## the long forms of tests that the suite runs short: crowds, and workers that are killed
	@$(RUN) -m scripts.testbed -- -m soak -q -s --durations=0

test-faults: dev-dependencies ## kill, freeze and flood: what must survive it, at full size, in half an hour; FAULTS_SIZE=0.1 for a tenth
	@$(RUN) -m scripts.testbed -- -m faults -q -s --durations=0

bench: dev-dependencies ## measure the gateway beside its peers and write docs/benchmarks.md; a quarter of an hour on a quiet machine
	@$(RUN) -m bench

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

dependencies dev-dependencies:
	@command -v $(PYTHON) >/dev/null || { echo "Throughline needs Python 3.11 or newer; none was found." >&2; exit 1; }
	@$(PYTHON) scripts/bootstrap.py $(if $(findstring dev,$@),--dev)
