# Every target does its own set-up, from Python 3.11, pip and make alone; a second run is instant.
# PYTHON names the interpreter when `python3` is not the one wanted.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
export PYTHON

VENV := .venv/bin
READY := .venv/ready

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##/\1	/p' $(MAKEFILE_LIST)

$(READY): pyproject.toml uv.lock bin/set-up
	@bin/set-up

setup: $(READY)  ## the virtual environment, and nothing else

demo: $(READY)  ## the whole main job on this machine, with a sandbox telephone network
	@$(VENV)/licite demo

serve: $(READY)  ## API on http://127.0.0.1:8000 with a voice process on the sandbox
	@$(VENV)/licite serve --rehearse

check: $(READY)  ## ruff, mypy, import contract and the quick tests
	$(VENV)/ruff check --quiet
	$(VENV)/ruff format --check --quiet
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/python -m pytest -q -n 2 -m "not peer"

test: $(READY) check  ## check, and every test against real peers
	@bin/set-up peers
	$(VENV)/python -m pytest -q -n 3 --dist loadfile -m peer

bench: $(READY)  ## the benchmarks, each a JSON line
	@bin/set-up bench
	@$(VENV)/python bin/bench

clean:  ## remove what set-up and the tools made (not var/, which is yours)
	rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help setup demo serve check test bench clean
