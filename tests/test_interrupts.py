"""Ctrl-C at a program that still loads, and at one that ignores it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.signals import heed

ROOT = Path(__file__).parents[1]
HIT = "import interrupts, os, signal\n{before}\nos.kill(os.getpid(), signal.SIGINT)\nprint('on')"
LOADS = "interrupts.end_the_loading()"
LOADED = f"{LOADS}\ninterrupts.be_raised_again()"
IGNORES = f"signal.signal(signal.SIGINT, signal.SIG_IGN)\n{LOADED}"


@pytest.mark.parametrize(
    ("before", "code", "said"),
    [(LOADS, 130, ""), (LOADED, -signal.SIGINT, "KeyboardInterrupt"), (IGNORES, 0, "on")],
)
def test_what_it_does(before: str, code: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HIT.format(before=before)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=heed,
    )
    lines = (done.stdout + done.stderr).splitlines()
    assert (done.returncode, lines[-1] if lines else "") == (code, said)
