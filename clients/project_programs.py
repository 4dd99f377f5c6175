"""How the programs of a project are started: where, with what, within which bounds."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from clients.processes import Program
from clients.run_folders import RunFolder
from contracts.playbooks import Limits
from policy.test_commands import PYTHON

# Where toolchains keep what they have fetched: without these each run would fetch it again.
TOOLCHAINS = (
    *("CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "JAVA_HOME", "NODE_PATH"),
    *("GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN"),
)


@dataclass(frozen=True)
class ProjectPrograms:
    """`extra` are variables that a set-up has made. `python` is the interpreter of the project's
    own environment, when it has one, else the worker's."""

    checkout: Path
    given: Mapping[str, str]
    folder: RunFolder
    limits: Limits
    grace: timedelta
    python: str = sys.executable
    extra: Mapping[str, str] = field(default_factory=dict)

    def program(
        self, argv: tuple[str, ...], limits: Limits | None = None, names: Iterable[str] = ()
    ) -> Program:
        """`names` are variables of the worker's that this program may have, beside the few that
        every one gets."""
        return Program(
            argv=argv if argv[0] != PYTHON else (self.python, *argv[1:]),
            cwd=self.checkout,
            environment=self._environment(names),
            stdin=b"",
            limits=limits or self.limits,
            folder=self.folder,
            grace=self.grace,
        )

    def _environment(self, names: Iterable[str]) -> dict[str, str]:
        # CI keeps runners from watching for changes; rustup finds its toolchains by HOME else.
        own = {"CI": "true", "PYTHONDONTWRITEBYTECODE": "1"}
        if "HOME" in self.given:
            own["RUSTUP_HOME"] = str(Path(self.given["HOME"]) / ".rustup")
        own |= self.folder.environment(self.given, (*TOOLCHAINS, *names))
        return {**own, **self.extra}
