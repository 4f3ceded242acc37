# Everything a newcomer needs: `make run`, `make test`. No global install, no prompt.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps

.PHONY: run test soak bench properties lint types lock clean

run: .venv/ready
	@$(BIN)/causerie start

test: .venv/ready-dev
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal

# Kills the bot KILLS times at random and says what was lost; a thousand take about a quarter of an hour.
KILLS ?= 1000
SEED ?= 1
WORKERS ?= 2
SESSIONS ?= 20
soak: .venv/ready-dev
	@$(BIN)/python -m tests.soak --kills $(KILLS) --seed $(SEED) --workers $(WORKERS) --sessions $(SESSIONS)

# Speed, memory and cost beside their goals, and docs/performance.svg; takes about ten minutes, and the machine for itself.
# `make bench ONLY="crowd few"` measures parts.
ONLY ?=
bench: .venv/ready-bench
	@$(BIN)/python -m tests.bench --seed $(SEED) --only $(ONLY)

# So many invented worlds, each time others: `make properties EXAMPLES=5000`. What breaks a promise is printed step by step.
EXAMPLES ?= 1000
properties: .venv/ready-dev
	@EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest --timeout 0 tests/world

lint: .venv/ready-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/ready-dev
	@$(BIN)/mypy

# The local model and the sandbox are small, so one environment serves the newcomer and the operator.
.venv/ready: requirements/run.txt requirements/sandbox.txt requirements/build.txt pyproject.toml
	@test -x $(BIN)/python || { echo "Setting up .venv (once, about a minute)"; $(PYTHON) -m venv .venv; }
	@$(INSTALL) -r requirements/run.txt -r requirements/sandbox.txt -r requirements/build.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-dev: .venv/ready requirements/dev.txt
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

# Kept apart: sqlite-utils loads numpy wherever it finds it, 13 MB that no operator has.
.venv/ready-bench: .venv/ready-dev requirements/bench.txt
	@$(INSTALL) --target .venv/picture --upgrade -r requirements/bench.txt
	@touch $@

# Locks carry hashes and no index address.
lock:
	@for name in run build dev bench; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/$$name.in -o requirements/$$name.txt; done
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-deps requirements/sandbox.in -o requirements/sandbox.txt

clean:
	rm -rf .venv build *.egg-info
