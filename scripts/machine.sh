#!/bin/sh
# What set-up and doctor ask of a machine; both read this file, from the project's folder. Nothing is changed here.

# shellcheck disable=SC2034 # the two that read this file use what is set here

# Megabytes of disk that the environment and a build take, the checks on top, a build alone, and a census of the Hub on
# top of a build: 1.6 GB of download, and for three million rows four times the 0.4 GB that 760,000 left in DVC's cache,
# which lie in data/ and book/ a second time.
ROOM_FOR_SETUP=2000
ROOM_FOR_CHECKS=500
ROOM_FOR_BUILD=500
ROOM_FOR_CENSUS=5000
newline='
'

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

# Prints an interpreter: the one that the reader named in PYTHON, else the newest on PATH. Where there is none, says why
# in one line on standard error; exit code 1.
find_python() {
  if [ -n "${PYTHON:-}" ]; then
    code=0
    found=$(probe "$PYTHON") || code=$?
    if [ $code -eq 3 ]; then
      echo "PYTHON=$PYTHON has no venv module: install it (Debian and Ubuntu: python3-venv)" >&2
      return 1
    fi
    if [ -z "$found" ] || [ ! -x "$found" ]; then
      echo "PYTHON=$PYTHON is not Python 3.11 to 3.13: name one, as in make setup PYTHON=/path/to/python" >&2
      return 1
    fi
    printf '%s\n' "$found"
    return 0
  fi
  without_venv=
  for candidate in python3.13 python3.12 python3.11 python3; do
    code=0
    found=$(probe "$candidate") || code=$?
    if [ -n "$found" ]; then
      printf '%s\n' "$found"
      return 0
    fi
    [ $code -ne 3 ] || without_venv=$candidate
  done
  if [ -n "$without_venv" ]; then
    echo "$without_venv has no venv module: install it (Debian and Ubuntu: python3-venv), or run make setup PYTHON=/path/to/python" >&2
  else
    echo "No Python 3.11 to 3.13 found: install one, or run make setup PYTHON=/path/to/python" >&2
  fi
  return 1
}

# What an environment with both layers is made of: lock, version, interpreter, place, lock of the checks.
describe() {
  "$1" -I -c '
import hashlib, pathlib, sys
build, checks = (hashlib.sha256(pathlib.Path(lock).read_bytes()).hexdigest() for lock in sys.argv[1:])
print(build, "%d.%d" % sys.version_info[:2], sys.base_prefix, sys.prefix, checks, sep="\n")' \
    requirements.txt requirements-dev.txt 2>/dev/null </dev/null
}

# What .venv lacks for the layer $1 (build or dev): all, checks or nothing. $2 is the interpreter that it has to be of,
# empty where any will do. Sets both and build, what its stamp says when it has both layers and the first.
look_for_missing() {
  missing=all
  if [ ! -f .venv/.stamp ] || ! both=$(describe .venv/bin/python); then return 0; fi
  if [ -n "$2" ] && [ "$(describe "$2" | head -n 3)" != "$(printf '%s\n' "$both" | head -n 3)" ]; then return 0; fi
  build=${both%"$newline"*}
  case "$1: $(cat .venv/.stamp)" in
    *": $both" | "build: $build" | "build: $build$newline"*) missing=nothing ;;
    "dev: $build") missing=checks ;;
  esac
}

# Prints the megabytes that are free here; nothing where df does not say.
free_megabytes() {
  free=$(df -Pk . 2>/dev/null | awk 'NR == 2 { for (i = 2; i <= NF; i++) if ($i ~ /^[0-9]+%$/) { print $(i - 1); exit } }') || free=
  [ -z "$free" ] || echo $((free / 1000))
}

# Prints the version of the Node.js that runs: the environment's own, else one on PATH.
node_version() {
  PATH="$PWD/.venv/bin:$PATH" node --version 2>/dev/null </dev/null
}

# Whether git runs.
has_git() {
  git --version >/dev/null 2>&1 </dev/null
}
