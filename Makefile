# Everything the project does, by name; `make` lists it. Works with GNU make 3.81 and newer, in paths with spaces.
# PYTHON=/path/to/python chooses the interpreter of the environment, ARGS="..." goes to the tool behind a target.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help doctor setup setup-dev site pull serve share pdf screenshots test test-all attack bench bench-thesis lint types check diff refresh edition dag lock clean
.NOTPARALLEL: # both set-ups change the same folder

# The environment's programs first, so that a stage's `python` is the environment's.
in_venv = PATH="$$PWD/.venv/bin:$$PATH"
dvc = $(in_venv) python -m dvc

help: ## list the targets
	@awk -F ': ## | ## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "  make %-13s %s\n", $$1, $$2 }' Makefile

doctor: ## what this machine can do, in five lines, and what each lack costs
	@sh scripts/doctor.sh

setup: ## make .venv with what the build takes, from requirements.txt (again: costs nothing)
	@sh scripts/setup.sh

setup-dev: ## the same, and what the checks take, from requirements-dev.txt
	@sh scripts/setup.sh dev

site: setup ## build the report: what changed since the last time, and what depends on it (ARGS go to dvc repro)
	@$(in_venv) python -m pipeline params >/dev/null
	@$(in_venv) exec python scripts/alone.py python -m dvc repro $(ARGS)
	@printf '\nThe site: %s\nOpen that file in a browser, or run make serve\n' "$$PWD/book/_build/html/index.html"

pull: setup ## take tables, pages and site from where they were computed (CONTRIBUTING, "Share results")
	@$(in_venv) python -m dvc remote default >/dev/null 2>&1 || { echo \
		'No remote is set: .venv/bin/dvc remote add --default results ADDRESS names one; make site computes all' >&2; exit 1; }
	@$(in_venv) exec python scripts/alone.py python -m dvc pull

serve: setup ## serve the built site on this machine (PORT=8000 when free)
	@.venv/bin/python scripts/serve.py

# Not while a build writes the site. The shell reads SPACE and DATASET from the environment, so that nothing in them is
# taken for a command.
share: setup ## put the built site on the Hub (SPACE=user/name DATASET=user/name ARGS="--private --dry-run")
	@$(in_venv) exec python scripts/alone.py python -m pipeline share \
		$${SPACE:+--space="$$SPACE"} $${DATASET:+--dataset="$$DATASET"} $(ARGS)

pdf: setup-dev ## the built site as one PDF, dist/report.pdf (takes a Chromium)
	@.venv/bin/python scripts/pdf.py

screenshots: setup-dev ## photograph every page: three widths, light, dark, no JavaScript (ARGS="moe --widths 360")
	@.venv/bin/python scripts/screenshots.py $(ARGS)

test: setup-dev ## run the tests but those of whole builds and browsers (3 min; ARGS="-k lineage" for some)
	@$(in_venv) python -m pytest -m "not whole" $(ARGS)

test-all: setup-dev ## run every test (8 min more)
	@$(in_venv) python -m pytest $(ARGS)

attack: setup-dev ## kill a build at twenty random moments and compare what the next one makes (30 min; ARGS="--moments 2 --seed 1")
	@$(in_venv) python -m tests.faults.kills $(ARGS)

bench: setup ## measure the lineage engine beside others, on generated snapshots (10 min, 5 GB of disk)
	@[ -x .bench/venv/bin/python ] || .venv/bin/python -m venv .bench/venv
	@.bench/venv/bin/python -m pip install -q -r tests/benchmarks/requirements.txt
	@$(in_venv) python -m tests.benchmarks.run --others .bench/venv/bin/python $(ARGS)

bench-thesis: setup ## measure how often the tests on surface area find what is not there (10 min)
	@$(in_venv) python -m tests.benchmarks.thesis $(ARGS)

lint: setup-dev ## check the code's style, its shell scripts, workflows, and that its layers import downwards alone
	@$(in_venv) ruff check . && $(in_venv) ruff format --check . && $(in_venv) lint-imports
	@export $(in_venv) && zizmor --offline --quiet .github/workflows && if ! command -v shellcheck >/dev/null; then \
		echo "No shellcheck: shell scripts are not read" >&2; else shellcheck -x scripts/*.sh .ci/run binder/postBuild; fi

types: setup-dev ## check the code's types
	@$(in_venv) basedpyright $(ARGS)

check: lint types test ## lint, types and tests

# Build the newer side first; without OLD the last published edition is the older one.
diff: setup ## what moved between two editions (OLD= and NEW= folders or revisions), as Markdown
	@$(in_venv) python -m pipeline diff "$(if $(OLD),$(OLD),published)" "$(if $(NEW),$(NEW),.)"

refresh: setup ## make the next edition from the newest snapshot, or an issue's text (README; ARGS=--anyway)
	@$(in_venv) exec python scripts/alone.py python -m pipeline refresh $(ARGS)

edition: setup ## record a published edition anew from its origin (NAME=census-2024-07 FROM=file or folder; README)
	@sh scripts/record_editions.sh "$(NAME)" "$(FROM)"

dag: setup ## print the pipeline's graph in Mermaid
	@$(dvc) dag --mermaid

lock: setup ## resolve pyproject.toml into both requirements files (ARGS=--upgrade for newer versions)
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	if uv --version >/dev/null 2>&1; then uv=uv; else \
		.venv/bin/python -m venv "$$tools/uv" && "$$tools/uv/bin/python" -m pip install -qq uv && uv="$$tools/uv/bin/uv"; fi && \
	resolve() { "$$uv" pip compile --quiet --universal --generate-hashes --no-strip-extras --no-emit-index-url \
		--python-version 3.11 --no-header $(ARGS) "$$@"; } && \
	resolve pyproject.toml -o requirements.txt && \
	resolve --group dev -c requirements.txt -o requirements-dev.txt

clean: ## remove what the build made (not .venv, not DVC's cache)
	@rm -rf book/_build book/_executed data .pytest_cache .ruff_cache .hypothesis
