"""A person at a terminal."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 40.0


class Person:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)

    def says(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "starter.py"), *arguments],
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def reads(self, *arguments: str) -> Any:
        """The JSON that is answered."""
        said = self.says(*arguments, "--json")
        assert said.returncode == 0, said.stderr
        return json.loads(said.stdout)

    def gate(self, issue_key: str) -> Any:
        """What `why` says, once somebody is awaited."""
        reason = self.reads("why", issue_key)
        return reason if reason["awaited"] else None

    def types(self, *arguments: str, answer: str, to: str) -> tuple[int, str]:
        """Works at a real terminal, and answers when it is asked `to`."""
        pid, terminal = pty.fork()
        if pid == 0:
            command = [sys.executable, str(ROOT / "starter.py"), *arguments]
            os.execve(sys.executable, command, {**self.environment, "TERM": "xterm"})
        shown, answered = b"", False
        while chunk := _read(terminal):
            shown += chunk
            if not answered and to.encode() in shown:
                os.write(terminal, answer.encode() + b"\n")
                answered = True
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        return os.waitstatus_to_exitcode(status), shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""  # So Linux says that nobody holds the other end any more.


def until(condition: Callable[[], Any]) -> Any:
    """Polls until there is something, and answers it; fails when the deadline has passed."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found
