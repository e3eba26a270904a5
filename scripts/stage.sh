#!/bin/sh
# What the stages of dvc.yaml run: sh scripts/stage.sh COMMAND...
#
# With the environment that `make setup` makes, where there is one: `.venv/bin/dvc repro` puts it on nobody's PATH.
# Else with the `python` of an environment that is activated, such as conda's.
if [ -x .venv/bin/python ]; then
  PATH="$PWD/.venv/bin:$PATH"
  export PATH
fi
exec python -m pipeline "$@"
