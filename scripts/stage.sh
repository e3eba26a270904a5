#!/bin/sh
# What the stages of dvc.yaml run: sh scripts/stage.sh COMMAND...
#
# With the environment that `make setup` makes, where there is one: `.venv/bin/dvc repro` puts it on nobody's PATH.
# Else with the `python` of an environment that is activated, such as conda's.
if [ -x .venv/bin/python ]; then
  PATH="$PWD/.venv/bin:$PATH"
  export PATH
fi

# A stage is a process of half a second. Threads of numpy's linear algebra take 0.06 s of it to start, and no stage
# multiplies large matrices; pydantic takes 0.02 s to search every installed package for plugins, of which there are
# none (CPU seconds of the stages cost and surface, the fastest of 15 runs).
export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}" PYDANTIC_DISABLE_PLUGINS="${PYDANTIC_DISABLE_PLUGINS:-1}"
exec python -m pipeline "$@"
