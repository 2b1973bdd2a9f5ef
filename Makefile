# Two commands do everything: `make demo` and `make test`. The rest is for people who work on TrichDan.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHARED ?= ../shared

.PHONY: demo demo-cluster test chaos lint audit check-library formats eval bench screens clean

$(VENV)/.run: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "TrichDan needs Python 3.11 or newer; set PYTHON=…")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/.run
	@$(BIN)/trichdan demo

# PostgreSQL, a poller and three answerers on this machine, and how fast they are beside one process with SQLite; minutes.
demo-cluster: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.cluster $(if $(RESULTS),--results)

test: $(VENV)/.dev
	$(BIN)/pytest

# Breaks the program in every way it promises to withstand; about half an hour. SHARE=0.1 does a tenth of it.
chaos: $(VENV)/.dev
	$(BIN)/python -m tests.chaos --share $(or $(SHARE),1) $(if $(SEED),--seed $(SEED)) $(if $(RESULTS),--results)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Before a release (docs/release.md): known weaknesses of what is installed. Asks pypi.org, and fails where it cannot.
audit: $(VENV)/.dev
	$(BIN)/python -m pip freeze --exclude-editable > $(VENV)/installed.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[release]'
	$(BIN)/pip-audit --strict --no-deps --disable-pip --requirement $(VENV)/installed.txt

# What is measured, from the data in $(SHARED); each writes its table into benchmarks/RESULTS.md or prints it.
check-library: $(VENV)/.dev
	$(BIN)/python -m benchmarks.parse $(SHARED)/directives --jobs 2 \
		--score $(SHARED)/truth/score_parse.py $(SHARED)/truth/truth.json --results benchmarks/RESULTS.md

formats: $(VENV)/.dev
	$(BIN)/python -m benchmarks.formats $(SHARED)/directives

eval: $(VENV)/.dev
	$(BIN)/python -m benchmarks.evaluate $(SHARED)

# Needs the library that `make eval` leaves in .bench. Beside others only where `pip install txtai rank-bm25` was done.
bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.encode --results benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.answer $(SHARED)/truth/questions.jsonl --many $(SHARED) --folder $(SHARED)/directives
	$(BIN)/python -m benchmarks.profile $(SHARED)/truth/questions.jsonl
	$(BIN)/python -m benchmarks.scale $(SHARED)
	$(BIN)/python -m benchmarks.peers $(SHARED)
	$(BIN)/python -m benchmarks.copying $(SHARED)

# Pictures of what the bot sends, for docs/; needs Debian's chromium and fonts-noto-color-emoji.
screens: $(VENV)/.dev
	$(BIN)/python -m docs.screens

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
