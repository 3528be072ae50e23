# `make run` and `make test` need nothing but Python 3.11+ with venv, and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help env run test fuzz lint bench reference clean

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

env: $(READY) ## create the environment in .venv (nothing to do when it is right)

# One check of two file times when the environment stands: far under a second.
$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable '.[notebooks,dev]'
	touch $(READY)

run: $(READY) ## nationwide job on the built-in synthetic scenario
	$(BIN)/kiban run

test: $(READY) ## all tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

fuzz: $(READY) ## 10,000 broken filings made at random (CI runs a few hundred)
	$(BIN)/python -m pytest --numprocesses auto --hypothesis-profile=fuzz \
		tests/unit/test_filing_fuzz.py tests/unit/test_filing_fuzz_files.py

lint: $(READY) ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY) ## every benchmark, ratios against a named peer
	for script in benchmarks/[a-z]*.py; do $(BIN)/python $$script || exit 1; done

reference: $(READY) ## recompute geodata/reference from ../shared
	$(BIN)/python -m geodata.reference.build ../shared

clean: ## remove what runs leave behind (releases stay)
	rm -rf workspace .pytest_cache .mypy_cache .ruff_cache .hypothesis
