# Two commands do most of it: `make demo` and `make test`. Each makes what it needs; a second run starts at once.
# PYTHON=python3.13 picks the interpreter; without it the newest of 3.11 to 3.14 on the PATH is taken.

PYTHON ?=
BIN := .venv/bin
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help demo test browser check format soak bench docs venv

help:
	@echo 'make demo    serve the demonstration and print its address'
	@echo 'make test    run the tests'
	@echo 'make check   lint, formatting, types, floors'
	@echo 'make format  put imports and layout right'
	@echo 'make soak    run the long tests: fuzzing, load, kill tests'
	@echo 'make bench   measure against the bare server and the peers, write docs/benchmarks.md'
	@echo 'make docs    build the documentation into site/'

venv:
	@sh .ci/venv .venv --editable '.[dev,fast,mount]' --group check --group test

demo: venv
	@cat examples/demo/try.txt
	@cd examples/demo && ../../$(BIN)/demijohn dev $(ARGS)

test: venv browser
	@$(BIN)/python -m pytest -n auto -q $(ARGS)

# The tests of pages want a real browser. Where there is none and nobody may install it, they say so and are skipped.
browser:
	@if ! command -v chromium >/dev/null && test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		echo 'Installing Chromium for the tests of pages; this takes a while, once.'; \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || true; \
	fi

check: venv
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@for folder in examples/ladder/[0-9]* examples/extension; do \
		echo "mypy $$folder"; \
		(cd $$folder && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml --cache-dir $(CURDIR)/.mypy_cache/$$folder .) || exit 1; \
	done
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_architecture.py

format: venv
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

soak: venv
	@$(BIN)/python -m pytest -m soak --timeout 3600 $(ARGS)

# The peers have an environment of their own, so that nothing of theirs can be imported by accident in a test.
bench:
	@sh .ci/venv .venv-bench --editable . --requirement benchmarks/requirements.txt
	@command -v wrk >/dev/null || test "$$(id -u)" != 0 || { apt-get update -qq; apt-get install -y -qq wrk; } >/dev/null 2>&1 || true
	@.venv-bench/bin/python -m benchmarks.measure --write $(ARGS)

docs:
	@sh .ci/venv .venv-docs 'zensical>=0.0.73,<0.2'
	@.venv-docs/bin/zensical build --strict
