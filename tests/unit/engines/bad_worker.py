"""Workers that misbehave, to be run in place of the real one: `python -m tests.unit.engines.bad_worker`."""

import json
import os
import signal
import sys
import time
from pathlib import Path

for line in sys.stdin.buffer:
    how = json.loads(line)["provider"]
    if how == "exit":
        sys.stderr.write("thread panicked\nat line 1\n")
        raise SystemExit(101)
    if how == "run out of memory":
        sys.stderr.write("memory allocation of 9 bytes failed\nnote: run with `RUST_BACKTRACE=1`\n\n")
        raise SystemExit(134)
    if how == "abort":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "babble":
        sys.stdout.buffer.write(b"x" * 70_000_000)
        sys.stdout.buffer.flush()
    if how == "mute":
        os.close(1)
        time.sleep(600)
    if how == "hang":
        time.sleep(600)
    answer = {"pid": os.getpid(), "environment": dict(os.environ), "folder": str(Path.cwd())}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()
