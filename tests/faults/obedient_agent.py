"""An agent that says when it has begun, waits where it is held, and does a little work.

Called with the desk's folder, and with TEST as second argument where it plays a project's tests.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

DESK = Path(sys.argv[1])
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def begin(phase: str) -> None:
    if (DESK / "stubborn").exists():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen([sys.executable, "-I", "-S", "-c", STUBBORN], start_new_session=True)
    with (DESK / f"begun-{phase}").open("a") as begun:
        begun.write(f"{os.getpid()}\n")
    while (DESK / f"hold-{phase}").exists():
        time.sleep(0.01)


def test() -> int:
    begin("TEST")
    red = (DESK / "red").exists() and not Path("FIX.txt").exists()
    red = red or ((DESK / "needs-code").exists() and not Path("CODE.txt").exists())
    sys.stdout.write("1 failed" if red else "1 passed")
    return int(red)


def plant_hooks() -> None:
    hooks = Path(".git/hooks")
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "post-commit", "pre-push", "post-checkout", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {DESK}/hook-ran\n")
        (hooks / name).chmod(0o755)
    with Path(".git/config").open("a") as config:
        config.write(f"[core]\n\thooksPath = {hooks.resolve()}\n")


def work(brief: dict[str, Any]) -> dict[str, Any]:
    phase = brief["phase"]
    with (DESK / f"heard-{phase}").open("a") as heard:
        heard.write(json.dumps(brief["guidance"]) + "\n")
    begin(phase)
    if (DESK / "hooks").exists():
        plant_hooks()
    if phase in ("CODE", "FIX", "DOCUMENT"):
        Path(f"{phase}.txt").write_text(f"{phase} of {brief['ticket']['key']}\n")
    return {"status": "completed", "summary": f"did {phase}"}


if __name__ == "__main__":
    if sys.argv[2:] == ["TEST"]:
        sys.exit(test())
    sys.stdout.write(json.dumps(work(json.load(sys.stdin))))
