"""A person at a terminal."""

import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.signals import heed

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0


class Person:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.folder: Path | None = None

    def says(
        self, *arguments: str, typed: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Without a terminal; `typed` is what comes through a pipe."""
        return subprocess.run(
            [sys.executable, str(ROOT / "starter.py"), *arguments],
            env={**self.environment, **variables},
            input=typed,
            cwd=self.folder,
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
        return at_terminal([str(ROOT / "starter.py"), *arguments], self.environment, (to, answer))


def at_terminal(
    command: Sequence[str], environment: Mapping[str, str], answers: tuple[str, str]
) -> tuple[int, str]:
    """What Python ended with and showed. `answers` are what it shows, and what is typed then; a
    \\x03 is Ctrl-C."""
    to, answer = answers
    pid, terminal = pty.fork()
    if pid == 0:
        heed()
        variables = {"TERM": "xterm", **environment}
        os.execve(sys.executable, [sys.executable, *command], variables)
    shown, answered = b"", False
    while chunk := _read(terminal):
        shown += chunk
        if not answered and to.encode() in shown:
            os.write(terminal, answer.encode() + b"\n")
            answered = True
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


def rows_of(shown: str) -> list[str]:
    """What can be read in the end, line by line, on a terminal that got this: as far as a cursor
    that goes up, and lines that are wiped, matter."""
    rows, at = [""], 0
    for part in re.split(r"(\x1b\[[0-9;?]*[A-Za-z]|\r|\n)", shown):
        if part == "\n":
            at += 1
            rows += [""] * (at + 1 - len(rows))
        elif part.startswith("\x1b["):
            if part == "\x1b[2K":
                rows[at] = ""
            elif part.endswith("A"):
                at -= int(part[2:-1] or 1)
        elif part != "\r":
            rows[at] += part
    return rows


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""  # So Linux says that nobody holds the other end any more.


def until(condition: Callable[[], Any]) -> Any:
    """Polls until there is something, and answers it; fails when the deadline has passed."""
    began = looked = time.monotonic()
    while not (found := condition()):
        now = time.monotonic()
        assert now < began + PATIENCE, "waited in vain"
        # Most looks are whole commands: whoever is waited for needs the machine as well.
        time.sleep(max(0.05, now - looked))
        looked = time.monotonic()
    return found
