#!/bin/sh
# What the stages of dvc.yaml run: sh scripts/stage.sh COMMAND...
#
# With the environment that `make setup` makes, where there is one: `.venv/bin/dvc repro` puts it on nobody's PATH.
# Else with the `python` of an environment that is activated, such as conda's. DVC runs a queued experiment in a folder
# below .dvc/tmp/exps, which has no environment of its own.
case "$PWD" in
  */.dvc/tmp/exps/*) root="${PWD%/.dvc/tmp/exps/*}" ;;
  *) root="$PWD" ;;
esac
if [ -x "$root/.venv/bin/python" ]; then
  PATH="$root/.venv/bin:$PATH"
  export PATH
fi

# Threads of numpy's linear algebra buy nothing, since no stage multiplies large matrices, and cost a stage of half a
# second 0.06 CPU seconds to start; on a census the test of surface area takes 7.6 CPU seconds with them, 1.9 without.
# Memory that is freed stays with the process, polars' for three seconds, and numpy asks for no huge pages: to be given
# the same pages again and again costs stages of a census a tenth of their CPU time. This takes up to 0.3 GB more memory.
# With two arenas, where jemalloc has four a processor, a thread can be given what another has freed: a fortieth less, on
# two processors. MALLOC_... is glibc's, in bytes; other systems do not read it.
# numpy sorts with AVX2: with AVX-512, AMD's Zen 4 takes five times as long (0.11 s for two million numbers, 0.02 s so),
# and 0.02 s is as fast as a census needs anywhere. Names that a processor or another numpy does not know change nothing.
# pydantic takes 0.02 s to search every installed package for plugins, of which there are none.
export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}" PYDANTIC_DISABLE_PLUGINS="${PYDANTIC_DISABLE_PLUGINS:-1}"
export _RJEM_MALLOC_CONF="${_RJEM_MALLOC_CONF:-dirty_decay_ms:3000,muzzy_decay_ms:0,narenas:2}"
export MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-1000000000}"
export MALLOC_MMAP_MAX_="${MALLOC_MMAP_MAX_:-0}"
export NPY_DISABLE_CPU_FEATURES="${NPY_DISABLE_CPU_FEATURES-X86_V4 AVX512_ICL AVX512_SPR}"
export NUMPY_MADVISE_HUGEPAGE="${NUMPY_MADVISE_HUGEPAGE:-0}"
exec python -m pipeline "$@"
