# `make run` starts the bot, `make check` says whether a change may land. Nothing is installed outside .venv, nothing asks.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps

# The same, with a line that says how far it is: INSTALL_SHOWN "What this is" LISTS.
INSTALL_SHOWN := $(BIN)/python requirements/install.py

.PHONY: run check fix test lint types coverage browser pictures soak bench properties languages wheel sbom release audit page-libraries lock clean

run: .venv/ready
	@$(BIN)/causerie start

# What the continuous integration runs: .ci/run calls this.
check: lint types test

# Mends what a tool can mend: formatting, the order of imports, and what else ruff knows a safe remedy for.
fix: .venv/ready-dev
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

test: .venv/ready-dev .venv/ready-documents
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: .venv/ready-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive .

types: .venv/ready-dev
	@$(BIN)/mypy

# Which lines the tests run, in the bot's own processes too, as far as these end by themselves: a killed one tells nothing.
coverage: .venv/ready-dev .venv/ready-documents
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal --cov --cov-report=
	@$(BIN)/coverage report

# Kills the bot KILLS times at random moments within DAYS days, whose nights take no time, then has it answer QUESTIONS questions and live, and
# reports what was lost and what was left over. A thousand kills take about a quarter of an hour, a thousand questions five minutes.
KILLS ?= 1000
SEED ?= 1
WORKERS ?= 2
SESSIONS ?= 20
GATES ?= mixed
DAYS ?= 7
QUESTIONS ?= 2000
soak: .venv/ready-dev
	@$(BIN)/python -m tests.soak --kills $(KILLS) --seed $(SEED) --workers $(WORKERS) --sessions $(SESSIONS) --gates $(GATES) --days $(DAYS) --questions $(QUESTIONS)

# Measures speed, memory and cost, compares them with their goals, and draws docs/performance.svg. It takes about ten minutes
# and needs a machine that does nothing else. `make bench ONLY="crowd few"` measures parts.
ONLY ?=
bench: .venv/ready-bench
	@BENCH_PYTHON=$(CURDIR)/.venv/measured/bin/python $(BIN)/python -m tests.bench --seed $(SEED) --only $(ONLY)

# Invents that many worlds, others each time, and tests the promises in them: `make properties EXAMPLES=5000`.
# A world that breaks a promise is printed step by step.
EXAMPLES ?= 1000
properties: .venv/ready-dev
	@EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest --timeout 0 tests/world

# Brings texts/languages/ up to date with the English sentences. `make languages NEW=de` begins a language, named as Discord names it.
NEW ?=
languages: .venv/ready-dev
	@$(BIN)/python -m tests.languages $(NEW)

# Builds dist/causerie-*.whl. Modules of an older build would stay in build/ and be packed too, so that is removed first.
wheel: .venv/ready
	@rm -rf build dist
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

# What the bot consists of, for whoever has to know: every library with its version and hashes, as CycloneDX.
sbom: .venv/ready-audit
	@mkdir -p dist
	@.venv/audit/bin/cyclonedx-py requirements --output-reproducible --output-format JSON --mc-type application \
	  --pyproject pyproject.toml --output-file dist/causerie.cdx.json requirements/run.txt

# What is published: the wheel, and what it consists of.
release: wheel sbom

# Whether a library in the locks is known to be vulnerable. It asks PyPI, and says so where it cannot.
audit: .venv/ready-audit
	@.venv/audit/bin/python requirements/audit.py

# The tools for these have libraries of their own, which are kept apart.
.venv/ready-audit: .venv/ready requirements/audit.txt
	@$(PYTHON) -m venv .venv/audit
	@.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/audit.txt
	@touch $@

# The local model and the sandbox are small, so newcomers and operators share one environment.
.venv/ready: requirements/run.txt requirements/sandbox.txt requirements/build.txt pyproject.toml
	@test -x $(BIN)/python || { echo "Once, about a minute: 1. an environment in .venv, 2. the bot's libraries, 3. a small language model (135 MB)"; $(PYTHON) -m venv .venv; }
	@$(INSTALL_SHOWN) "The bot's libraries" requirements/run.txt requirements/build.txt
	@$(INSTALL_SHOWN) "The small language model and what runs it" requirements/sandbox.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Discord's own document, which the tests hold every request of the bot against.
DOCUMENTS := tests/rig/documents
.venv/ready-documents: .venv/ready $(DOCUMENTS)/package-lock.json $(DOCUMENTS)/discord.js
	@command -v npm >/dev/null || { echo "The tests need npm, which comes with Node.js: it installs Discord's document."; exit 1; }
	@mkdir -p .venv/api-documents && cp $(DOCUMENTS)/* .venv/api-documents/
	@cd .venv/api-documents && npm ci --ignore-scripts --no-audit --no-fund --silent && node discord.js > discord.json
	@touch $@

.venv/ready-dev: .venv/ready requirements/dev.txt
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

# A browser for the tests of the sandbox's page, for machines that have no Chromium, and axe-core, which judges whether everybody can
# use the page. `make test` says which tests did not run without them. x86-64 Linux only; elsewhere install Chromium.
BROWSER := tests/sandbox/browser_package
browser: .venv/ready-browser
.venv/ready-browser: $(wildcard $(BROWSER)/*)
	@mkdir -p .venv/browser && cp $(BROWSER)/* .venv/browser/
	@cd .venv/browser && npm ci --ignore-scripts --no-audit --no-fund --silent && node unpack.js
	@touch $@

# Makes the pictures of the READMEs and docs/ again, in about five minutes. It needs Chromium (`make browser`, or the package chromium) and
# fonts with emoji and Chinese: the packages fonts-liberation, fonts-noto-color-emoji and fonts-noto-cjk. `make pictures ONLY=panels` makes
# some; `make pictures ONLY=limits` makes every view with as much in it as there can be, to be looked at, in build/pictures.
pictures: .venv/ready-dev
	@$(BIN)/python -m tests.pictures $(ONLY)

# matplotlib stays out of the environment: sqlite-utils loads numpy wherever it finds it, 13 MB that no operator has.
# The bot that is measured runs in an environment of its own, with what operators install.
.venv/ready-bench: .venv/ready-dev requirements/bench.txt requirements/run.txt
	@$(INSTALL) --target .venv/picture --upgrade -r requirements/bench.txt
	@$(BIN)/python -m venv .venv/measured
	@.venv/measured/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/run.txt
	@touch $@

# Bundles the page's libraries into sandbox/page/libraries, with their licences. Nobody needs this to run the sandbox.
PAGE_LIBRARIES := sandbox/page_libraries
page-libraries:
	@mkdir -p .venv/page-libraries && cp $(PAGE_LIBRARIES)/* .venv/page-libraries/
	@cd .venv/page-libraries && npm ci --ignore-scripts --no-audit --no-fund --silent && node bundle.js $(CURDIR)/sandbox/page/libraries

# The locks hold hashes, and no address of a package index. They need `uv` on the PATH.
lock:
	@for name in run build traces dev bench audit; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/$$name.in -o requirements/$$name.txt; done
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-deps requirements/sandbox.in -o requirements/sandbox.txt

clean:
	rm -rf .venv build dist *.egg-info .coverage .coverage.*
