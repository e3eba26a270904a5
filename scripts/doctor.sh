#!/bin/sh
# What this machine can do, in five lines, and what each lack costs: `make doctor`, before any set-up or after. It takes
# a shell alone and changes nothing. Exit code 1 where `make site` cannot work, and only there.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=scripts/machine.sh
. scripts/machine.sh
works=0

# Says $2 of the part $1 of a machine.
say() {
  printf '%-8s %s\n' "$1" "$2"
}

# The same, where without it `make site` cannot work.
lacks() {
  works=1
  say "$1" "$2"
}

# The first browser on PATH; scripts/browser.py looks for the same.
browser() {
  for program in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$program" >/dev/null; then
      echo "$program"
      return 0
    fi
  done
  return 1
}

# Whether the Hub answers, in whatever way, in five seconds; prints the name of its host. A name that nobody resolves
# can take longer than any time limit of a connection, hence the alarm.
ask_hub() {
  "$1" -I -c '
import os, signal, urllib.error, urllib.parse, urllib.request
parts = urllib.parse.urlsplit(os.environ.get("HF_ENDPOINT") or "https://huggingface.co")
print(parts.hostname, flush=True)
address = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=parts.path.rstrip("/") + "/api/models")
signal.alarm(5)
try:
    urllib.request.urlopen(address.geturl() + "?limit=1", timeout=4).close()
except urllib.error.HTTPError:
    pass' 2>/dev/null </dev/null
}

# What there is of .venv counts before what could make it.
python=
reason=
look_for_missing build ""
if [ "$missing" = nothing ]; then
  python=.venv/bin/python
else
  python=$(find_python 2>&1) || { reason=$python python=; }
fi

if [ -z "$python" ]; then
  lacks Python "$reason"
elif [ "$missing" != nothing ] && [ -L .venv ]; then
  lacks Python ".venv is a link to an environment that is not this folder's: remove the link (rm .venv)"
elif has_git; then
  say Python "$("$python" -V), with git: make site and make test work"
elif [ -e .git ]; then
  lacks Python "$("$python" -V), but no git, which DVC needs in a git checkout: install git"
else
  say Python "$("$python" -V), no git: make site works; dvc exp, and make diff between revisions, take git"
fi

if node=$(node_version); then
  say Node.js "$node: pages can be built"
elif [ "$missing" = nothing ]; then
  lacks Node.js "none that runs, so no pages can be built: install Node.js 20 or newer"
else
  say Node.js "none yet: make setup brings one"
fi

if program=$(browser); then
  say Browser "$program: make pdf, make screenshots and the tests of pages work"
else
  say Browser "no Chromium: no make pdf, no make screenshots, make test-all skips the tests of pages; install chromium"
fi

free=$(free_megabytes)
takes=$ROOM_FOR_SETUP
[ "$missing" != nothing ] || takes=$ROOM_FOR_BUILD
if [ -z "$free" ]; then
  say Disk "df does not say what is free: make site takes $takes MB"
elif [ "$free" -lt "$takes" ]; then
  lacks Disk "$free MB free, and make site takes $takes MB: make room"
elif [ "$free" -lt $((takes + ROOM_FOR_CENSUS)) ]; then
  say Disk "$free MB free: enough for the embedded sample, too little for a census of the Hub ($((takes + ROOM_FOR_CENSUS)) MB)"
else
  say Disk "$free MB free: enough, for a census of the Hub too"
fi

if [ "${HF_HUB_OFFLINE:-0}" != 0 ]; then
  say Network "the Hub is not asked (HF_HUB_OFFLINE): nothing new can be pulled from it, the rest builds"
elif [ -z "$python" ]; then
  say Network "not tried, which takes a Python"
elif host=$(ask_hub "$python"); then
  say Network "$host answers: snapshots of the Hub can be pulled"
else
  say Network "${host:-the Hub} does not answer: the embedded sample and files of your own build, its snapshots cannot be pulled"
fi
exit $works
