"""The tests of a checkout, made ready to run: files, interpreter, environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from clients.foreign_files import UnreadableFileError, read_foreign
from clients.processes import OnBeat, Program, ProgramNotFoundError, run_bounded
from clients.run_folders import RunFolder
from contracts.playbooks import Limits
from policy.test_commands import (
    PYTHON,
    READ,
    SETTINGS,
    InvalidTestSettingsError,
    TestCommand,
    TestKind,
    configures_pytest,
    unittest_arguments,
)

MAX_FILE = 2**18
VENV_PYTHON = ".venv/bin/python"
# Where toolchains keep what they have fetched: without these each run would fetch it again.
TOOLCHAINS = (
    *("CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "JAVA_HOME", "NODE_PATH"),
    *("GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN"),
)
HAS_PYTEST = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pytest') is None)"
PROBE = Limits(time=timedelta(seconds=30))


@dataclass(frozen=True)
class TestRun:
    """`shown` is the command as people would type it, `results` where pytest writes JUnit XML."""

    __test__ = False  # Not a test, whatever pytest thinks of its name.

    program: Program
    shown: tuple[str, ...]
    reason: str
    results: Path | None = None


@dataclass(frozen=True)
class ProjectTests:
    checkout: Path
    given: Mapping[str, str]
    folder: RunFolder
    limits: Limits
    grace: timedelta

    async def prepared(
        self, command: TestCommand, files: Mapping[str, str], on_beat: OnBeat
    ) -> TestRun:
        """Raises ProgramNotFoundError when a Python is needed and there is none."""
        if command.kind is not TestKind.PYTEST:
            return TestRun(self._program(command.argv), command.argv, command.reason)
        python, has_pytest = await self._python(on_beat)
        if not has_pytest:
            rest = unittest_arguments(files)
            reason = f"{command.reason}, but no pytest"
            return TestRun(self._program((python, *rest)), (_shown(python), *rest), reason)
        return self._pytest_run(python, command, files)

    def _pytest_run(self, python: str, command: TestCommand, files: Mapping[str, str]) -> TestRun:
        rest, results = command.argv[1:], self.folder.path / "results.xml"
        # A cache in the checkout would be a change nobody asked for; without its plugin, though,
        # a project whose settings say --failed-first could not run at all.
        quiet = ("-o", f"cache_dir={self.folder.path / 'cache'}", f"--junitxml={results}")
        program = self._program((python, *rest, *quiet, *self._borders(files)))
        return TestRun(program, (_shown(python), *rest), command.reason, results)

    def _borders(self, files: Mapping[str, str]) -> tuple[str, ...]:
        """Pytest looks for settings in every folder above, and would find those of whatever
        project the checkouts lie in. So one that has none gets empty ones."""
        if configures_pytest(files):
            return ()
        settings = self.folder.path / "pytest.ini"
        settings.write_text("[pytest]\n")
        return ("-c", str(settings), f"--rootdir={self.checkout}", f"--confcutdir={self.checkout}")

    async def _python(self, on_beat: OnBeat) -> tuple[str, bool]:
        """An interpreter, and whether it has pytest. The checkout's own knows what the project
        needs, so no other one is asked where it exists."""
        own = os.access(self.checkout / VENV_PYTHON, os.X_OK)
        usable = None
        for python in (VENV_PYTHON,) if own else ("python3", sys.executable):
            try:
                code = await self._probed(python, on_beat)
            except ProgramNotFoundError:
                continue
            if code == 0:
                return python, True
            usable = usable or python
        if usable is None:
            raise ProgramNotFoundError("there is no Python to run the tests with")
        return usable, False

    async def _probed(self, python: str, on_beat: OnBeat) -> int:
        # Isolated, so that no file of the checkout passes for pytest.
        program = self._program((python, "-I", "-c", HAS_PYTEST), PROBE)
        return (await run_bounded(program, on_beat)).exit_code

    def _program(self, argv: tuple[str, ...], limits: Limits | None = None) -> Program:
        return Program(
            argv=argv if argv[0] != PYTHON else (sys.executable, *argv[1:]),
            cwd=self.checkout,
            environment=self._environment(),
            stdin=b"",
            limits=limits or self.limits,
            folder=self.folder,
            grace=self.grace,
        )

    def _environment(self) -> dict[str, str]:
        # CI keeps runners from watching for changes; rustup finds its toolchains by HOME else.
        own = {"CI": "true", "PYTHONDONTWRITEBYTECODE": "1"}
        if "HOME" in self.given:
            own["RUSTUP_HOME"] = str(Path(self.given["HOME"]) / ".rustup")
        return own | self.folder.environment(self.given, TOOLCHAINS)


def files_of(checkout: Path) -> dict[str, str]:
    """Names in the root and in tests/, with the text of those that decide. Raises
    InvalidTestSettingsError when the repository's own settings cannot be read."""
    names = [*_names(checkout, ""), *_names(checkout, "tests/"), *_names(checkout, "test/")]
    return {name: _text(checkout / name) if name in READ else "" for name in names}


def _names(checkout: Path, folder: str) -> list[str]:
    try:
        return [folder + name for name in os.listdir(checkout / folder)]
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def _text(file: Path) -> str:
    try:
        return (read_foreign(file, MAX_FILE) or b"").decode(errors="replace")
    except UnreadableFileError as error:
        if file.name == SETTINGS:
            raise InvalidTestSettingsError(str(error)) from error
        return ""


def _shown(python: str) -> str:
    return "python3" if python == sys.executable else python
