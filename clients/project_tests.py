"""The tests of a checkout, made ready to run: files, interpreter, environment."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from clients.foreign_files import UnreadableFileError, read_foreign
from clients.processes import Program, ProgramNotFoundError, run_bounded
from clients.project_programs import ProjectPrograms
from clients.run_watches import OnBeat
from contracts.playbooks import Limits
from policy.test_commands import (
    READ,
    TestCommand,
    TestKind,
    configures_pytest,
    unittest_arguments,
)

MAX_FILE = 2**18
VENV_PYTHON = ".venv/bin/python"
# The order of a project's tests is its own to choose: in Slipway's own Python there may be a plugin
# that shuffles them.
NOT_SHUFFLED = ("-p", "no:randomly")
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
    programs: ProjectPrograms

    async def prepared(
        self, command: TestCommand, files: Mapping[str, str], on_beat: OnBeat
    ) -> TestRun:
        """Raises ProgramNotFoundError when a Python is needed and there is none."""
        if command.kind is not TestKind.PYTEST:
            return TestRun(self.programs.program(command.argv), command.argv, command.reason)
        python, has_pytest = await self._python(on_beat)
        if not has_pytest:
            rest = unittest_arguments(files)
            reason = f"{command.reason}, but no pytest"
            return TestRun(
                self.programs.program((python, *rest)), (self._shown(python), *rest), reason
            )
        return self._pytest_run(python, command, files)

    def _pytest_run(self, python: str, command: TestCommand, files: Mapping[str, str]) -> TestRun:
        rest, results = command.argv[1:], self.programs.folder.path / "results.xml"
        # A cache in the checkout would be a change nobody asked for; without its plugin, though,
        # a project whose settings say --failed-first could not run at all.
        quiet = ("-o", f"cache_dir={self.programs.folder.path / 'cache'}", f"--junitxml={results}")
        order = NOT_SHUFFLED if self._is_ours(python) else ()
        program = self.programs.program((python, *rest, *order, *quiet, *self._borders(files)))
        return TestRun(program, (self._shown(python), *rest), command.reason, results)

    def _borders(self, files: Mapping[str, str]) -> tuple[str, ...]:
        """Pytest looks for settings in every folder above, and would find those of whatever
        project the checkouts lie in. So one that has none gets empty ones."""
        if configures_pytest(files):
            return ()
        settings = self.programs.folder.path / "pytest.ini"
        settings.write_text("[pytest]\n")
        return (
            "-c",
            str(settings),
            f"--rootdir={self.programs.checkout}",
            f"--confcutdir={self.programs.checkout}",
        )

    async def _python(self, on_beat: OnBeat) -> tuple[str, bool]:
        """An interpreter, and whether it has pytest. The checkout's own knows what the project
        needs, as does that of its set-up, so no other one is asked where those exist."""
        usable = None
        for python in self._interpreters():
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

    def _interpreters(self) -> tuple[str, ...]:
        if os.access(self.programs.checkout / VENV_PYTHON, os.X_OK):
            return (VENV_PYTHON,)
        if self.programs.python != sys.executable:
            return (self.programs.python,)
        return ("python3", sys.executable)

    async def _probed(self, python: str, on_beat: OnBeat) -> int:
        # Isolated, so that no file of the checkout passes for pytest.
        program = self.programs.program((python, "-I", "-c", HAS_PYTEST), PROBE)
        return (await run_bounded(program, on_beat)).exit_code

    def _is_ours(self, python: str) -> bool:
        """Also by the name `python3`, where the worker was started in its activated environment."""
        found = shutil.which(python, path=self.programs.given.get("PATH"))
        return found is not None and Path(found).parent == Path(sys.executable).parent

    def _shown(self, python: str) -> str:
        return "python3" if python == self.programs.python else python


def files_of(checkout: Path) -> dict[str, str]:
    """Names in the root and in tests/, with the text of those that decide."""
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
    except UnreadableFileError:
        return ""
