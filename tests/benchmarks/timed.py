"""Runs the interpreter with the arguments given and notes what it took: `timed.py NOTES ARGUMENT...`."""

import json
import os
import sys
import time
from pathlib import Path

notes, *arguments = sys.argv[1:]
started = time.monotonic()
process = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, *arguments])
_, status, used = os.wait4(process, 0)
taken = {
    "what": " ".join(arguments[2:]),  # after `-m pipeline`
    "wall_s": time.monotonic() - started,
    "cpu_s": used.ru_utime + used.ru_stime,
    "peak_bytes": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
}
with Path(notes).open("a", encoding="utf-8") as stream:
    stream.write(json.dumps(taken) + "\n")
sys.exit(os.waitstatus_to_exitcode(status))
