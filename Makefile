# Needs python3 (3.11, 3.12 or 3.13) and nothing else; what is downloaded stays in .venv/ and the user's cache.
.POSIX:

PYTHON3 = python3
VENV = .venv
PYTHON = $(VENV)/bin/python
STAMP = $(VENV)/.installed
DATA =
ROWS =

.PHONY: help demo unit test soak up sh down bench tables pictures docs check schema pins lock upgrade audit sbom \
	licences clean

help:
	@echo 'make demo [DATA=FOLDER]  one whole run on a sandbox night (or on recorded objects); prints its report'
	@echo 'make unit                the tests that need no service, in about a minute'
	@echo 'make test                all tests; make soak: the long forms'
	@echo 'make up [DATA=FOLDER]    services, scheduler and UI on localhost, the stream playing on'
	@echo 'make sh                  a shell in which `tides` and `airflow` work on what `make up` has started'
	@echo 'make down                stops them'
	@echo 'make bench [ROWS=a,b]    the benchmarks (or some groups), as a table and as bench/results.json'
	@echo 'make tables DATA=FOLDER  measures the functions on recorded objects; writes the tables of docs/selection.md'
	@echo 'make pictures            takes the pictures of the documents anew'
	@echo 'make docs                builds the site of the documents, and fails for a broken link'
	@echo 'make check               lint, format and types'
	@echo 'make schema              writes include/sql/schema/schema.sql, after a change of the schema'
	@echo 'make lock                pins what requirements*.in and sandbox/services/kafka_jars.py name; raises no Python pin'
	@echo 'make upgrade             raises all Python pins, tries them apart from .venv/, and keeps them if all tests pass'
	@echo 'make audit               asks OSV what is known against the pinned packages; fails also where it cannot ask'
	@echo 'make sbom                writes the software bill of materials (CycloneDX) into .work/sbom.cdx.json'
	@echo 'make licences            writes the licences of the packages into docs/licences.md'
	@echo 'make clean               removes .work/ (logs, run folders); .venv/ stays'

demo: $(STAMP)
	@PYTHONPATH=. $(PYTHON) -m sandbox.desk.demo --data '$(DATA)'

# Byte code is kept: each of pytest's processes would else compile all tests anew.
PYTEST = env -u PYTHONDONTWRITEBYTECODE $(PYTHON) -m pytest

# Each worker imports pandas, scipy and Airflow for itself, so more workers than cores do not pay here.
unit: $(STAMP)
	@$(PYTEST) tests/unit -q -m 'not soak' --numprocesses auto --maxprocesses 4 --dist worksteal

test: $(STAMP)
	@$(PYTEST) -m 'not soak' --numprocesses 3 --dist loadfile --no-loadscope-reorder

soak: $(STAMP)
	@$(PYTEST) -m soak -rP

up: $(STAMP)
	@$(PYTHON) -m sandbox.desk.up up --data '$(DATA)'

sh: $(STAMP)
	@$(PYTHON) -m sandbox.desk.up sh

down:
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m sandbox.desk.up down; else echo 'Nothing runs.'; fi

bench: $(STAMP)
	@PYTHONPATH=plugins:. $(PYTHON) -m bench --rows "$(ROWS)"

tables: $(STAMP)
	@TIDES_DATA='$(DATA)' PYTHONPATH=plugins:. $(PYTHON) -m bench.purity

pictures: $(STAMP)
	@TIDES_PICTURES=docs $(PYTEST) tests/e2e/test_pictures.py -q

docs: $(STAMP)
	@AIRFLOW_HOME="$$PWD/.work/docs/airflow" AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__LOGGING__LOGGING_LEVEL=WARNING \
	  PYTHONPATH=plugins:. $(PYTHON) -m handbook .work/docs

check: $(STAMP)
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy

schema: $(STAMP)
	@PYTHONPATH=plugins:. $(PYTHON) -m tests.migration.schema_file

RAISE =
COMPILE = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock' $(RAISE)

# uv keeps a version that is pinned already, as long as it fits.
pins: $(STAMP)
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) -c requirements.txt requirements-hosts.in -o requirements-hosts.txt
	$(COMPILE) -c requirements.txt -c requirements-hosts.txt requirements-dev.in -o requirements-dev.txt
	$(COMPILE) requirements-uv.in -o requirements-uv.txt

lock: pins
	$(PYTHON) -m sandbox.services.kafka_jars --lock

LOCKS = requirements.txt requirements-hosts.txt requirements-dev.txt requirements-uv.txt
OLD = .work/upgrade/old
TRIAL = .work/upgrade/venv
TRY = check docs test

# The new pins are tried in an environment of their own. So .venv/ fits its locks at any time, and is made anew after.
upgrade: $(STAMP)
	@rm -rf $(OLD) && mkdir -p $(OLD) && cp -p $(LOCKS) $(OLD)
	@trap 'exit 130' INT TERM; trap 'cp -p $(OLD)/*.txt .; echo "The old pins stand."' EXIT; set -e; \
	$(MAKE) --no-print-directory pins RAISE=--upgrade; \
	raised=; for lock in $(LOCKS); do cmp -s $(OLD)/$$lock $$lock || raised=yes; \
	diff $(OLD)/$$lock $$lock | grep -E '^[<>] [a-zA-Z0-9]' || :; done; \
	if [ -z "$$raised" ]; then echo 'No pin can be raised.'; exit 0; fi; \
	$(MAKE) --no-print-directory VENV=$(TRIAL) $(TRY); \
	trap - EXIT; echo 'The new pins stand: look at the difference, and commit it.'

audit: $(STAMP)
	@$(PYTHON) -m supply.audit

sbom: $(STAMP)
	@mkdir -p .work
	@$(PYTHON) -m supply.sbom .work/sbom.cdx.json

licences: $(STAMP)
	@$(PYTHON) -m supply.licences

clean: down
	rm -rf .work

# The stamp comes last, so an incomplete environment is made anew.
$(STAMP): requirements-dev.txt requirements-uv.txt
	@$(PYTHON3) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v < (3, 14) and \
	  f"python3 is {v[0]}.{v[1]}, and 3.11, 3.12 or 3.13 is needed; name one with: make PYTHON3=python3.12 ...")'
	@echo 'Installing into $(VENV)/ (once; one to three minutes)'
	@$(PYTHON3) -m venv $(VENV) || { \
	  echo 'python3 cannot make a virtual environment: install its venv module (python3-venv)'; exit 1; }
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@UV_LINK_MODE=copy $(VENV)/bin/uv pip sync --quiet --compile-bytecode --python $(PYTHON) \
	  --require-hashes requirements-dev.txt
	@$(PYTHON) -m compileall -q plugins dags config sandbox
	@touch $(STAMP)
