# make play: sound on a fresh machine. make test: every check on a fresh machine. Both make .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PINS := pyproject.toml constraints.txt
PLAY := $(VENV)/.installed-play
TEST := $(VENV)/.installed-test
E2E := tests/e2e
NODE := $(E2E)/node
# Processes for the tests without real peers (a worker takes 0.5 GB); those end to end listen to timing and run alone.
WORKERS ?= logical --maxprocesses 4
# A virtual machine that stands still does so for minutes: what failed end to end is tried once more after all the rest.
AGAIN := --last-failed --last-failed-no-failures none
COMMA := ,

.DELETE_ON_ERROR:
.PHONY: play test lint format peers clean

play: $(PLAY)
	$(BIN)/melody-engine serve --autoplay

test: peers $(TEST) $(NODE)/node_modules/.package-lock.json lint
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --ignore $(E2E)
	$(BIN)/python -m pytest $(E2E) || $(BIN)/python -m pytest $(E2E) $(AGAIN)

lint: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(TEST)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

peers:
	$(PYTHON) tools/peers.py

# OSC and OSCQuery programs that run on Node.js, at the versions of the lock file
$(NODE)/node_modules/.package-lock.json: $(NODE)/package-lock.json | peers
	npm --prefix $(NODE) ci --ignore-scripts --no-audit --no-fund

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "melody-engine needs Python 3.11 or newer; $(PYTHON) is older or missing. Try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	{ rm -rf $(VENV); echo "no virtual environment: on Debian, apt-get install python3-venv" >&2; exit 1; }

# python-rtmidi comes ready-built up to Python 3.12; later it is tried, and JACK and the recorder do without it.
define install
	@echo "installing melody-engine into $(VENV) (the first time takes minutes) ..."
	$(PIP) install -c constraints.txt -e '$(1)'
	@$(BIN)/python -c 'import rtmidi' 2>/dev/null || $(PIP) install -c constraints.txt python-rtmidi || \
	echo "no python-rtmidi here (it needs a C++ compiler and ALSA's headers): JACK and the recorder work without it"
	@touch $@
endef

$(PLAY): $(PINS) | $(BIN)/python
	$(call install,.)

$(TEST): $(PINS) | $(BIN)/python
	$(call install,.[train$(COMMA)cluster$(COMMA)dev])
	@touch $(PLAY)

clean:
	rm -rf $(VENV) $(NODE)/node_modules build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
