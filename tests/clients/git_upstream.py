"""A person's repository, worked on with plain git."""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from clients.git.branches import Branch
from clients.git.checkouts import Checkout
from policy.branches import open_to_work_on

WHEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
PERSON = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
}


@dataclass(frozen=True)
class Upstream:
    path: Path

    @classmethod
    def init(cls, path: Path) -> Self:
        path.mkdir(parents=True)
        upstream = cls(path)
        upstream.git("init", "--quiet", "--initial-branch=main")
        return upstream

    @property
    def url(self) -> str:
        return str(self.path)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=PERSON, capture_output=True, check=True
        )
        return done.stdout.decode(errors="surrogateescape").rstrip("\n")

    def commit(self, **files: str) -> str:
        """Writes `name.txt` for each name, commits, and says the commit's id."""
        for name, content in files.items():
            (self.path / f"{name}.txt").write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", f"Person's work on {', '.join(files)}")
        return self.git("rev-parse", "HEAD")

    def files(self, commit: str) -> dict[str, str]:
        """Path to mode and blob id."""
        entries = self.git("ls-tree", "-r", "-z", commit).split("\0")
        listed = [entry.partition("\t") for entry in entries if entry]
        return {path: about for about, _, path in listed}

    def content(self, commit: str, path: str) -> str:
        return self.git("cat-file", "-p", f"{commit}:{path}")


async def push(checkout: Checkout, commit: str, branch: str, expected: str | None = None) -> None:
    """Puts the branch, which is at `expected` (None: absent, or at the base), at `commit`."""
    allowed = frozenset({expected}) if expected else open_to_work_on(checkout.base)
    await Branch(checkout.mirror, branch).push(commit, allowed)


def planted(script: Path, trace: Path) -> str:
    """A program that leaves a trace when anybody runs it."""
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f'#!/bin/sh\necho "$0" >> "{trace}"\ncat\n')
    script.chmod(0o755)
    return str(script)
