"""Running a project's own tests, red and green."""

import os
import shutil
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from clients.processes import Ran
from clients.test_runner import BuiltinRunner
from contracts.agents import Brief, TestReport
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import BuiltinAgent

GREEN = "def test_good(): pass\n"
RED = GREEN + "def test_bad(): assert 1 == 2\n"
UNITTEST = """
import unittest
class Rounding(unittest.TestCase):
    def test_good(self): pass
    def test_bad(self): self.fail()
"""


class Project:
    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.scratch = folder / "scratch"
        self.path = folder / "bin"
        self.checkout.mkdir()
        self.path.mkdir()
        self.program("python3", f'exec "{sys.executable}" "$@"')

    def program(self, name: str, script: str) -> None:
        (self.path / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.path / name).chmod(0o755)

    def write(self, name: str, text: str) -> None:
        file = self.checkout / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text)

    async def run(self, **limits: object) -> Ran:
        agent = BuiltinAgent.model_validate({"name": "t", "use": "run-tests", "limits": limits})
        environment = {"PATH": f"{self.path}:/usr/bin:/bin", "HOME": "/nowhere", "SECRET": "s"}
        brief = Brief(
            ticket=Ticket(key="DEMO-1", title="t"),
            phase=Phase.TEST,
            round=1,
            attempt=1,
            workspace=str(self.checkout),
            branch="b",
            base_commit="c",
        )
        runner = BuiltinRunner(environment, self.scratch, timedelta(seconds=0.3))
        return await runner.run(agent, brief, lambda: None)

    async def report(self, **limits: object) -> TestReport:
        """Of a run that completed."""
        ran = await self.run(**limits)
        assert (ran.error_type, ran.error_message) == (None, None)
        assert ran.report is not None
        assert ran.report.status == "completed"
        assert ran.report.tests is not None
        return ran.report.tests


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


async def test_green_tests_are_green_and_leave_nothing_behind(project: Project) -> None:
    project.write("tests/test_a.py", GREEN)
    tests = await project.report()
    assert tests.green
    assert (tests.passed, tests.failed, tests.skipped) == (1, 0, 0)
    assert tests.command == ("python3", "-m", "pytest")
    assert sorted(os.listdir(project.checkout)) == ["tests"]
    assert os.listdir(project.checkout / "tests") == ["test_a.py"]
    assert os.listdir(project.scratch) == []


async def test_red_tests_are_a_result_that_names_what_failed(project: Project) -> None:
    project.write("test_a.py", RED)
    ran = await project.run()
    assert ran.report is not None
    assert ran.report.tests is not None
    assert ran.report.summary == (
        "python3 -m pytest (there is test_a.py): 1 passed, 1 failed, 0 skipped."
    )
    tests = ran.report.tests
    assert not tests.green
    assert (tests.exit_code, tests.passed, tests.failed) == (1, 1, 1)
    assert tests.failures[0].name == "test_a::test_bad"
    assert "assert 1 == 2" in tests.failures[0].message
    assert "1 failed, 1 passed" in tests.output_tail
    assert ran.output.kept


async def test_settings_above_the_checkout_are_nobodys_business(project: Project) -> None:
    above = project.checkout.parent
    (above / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = "--no-such-option"\n'
    )
    (above / "conftest.py").write_text("raise SystemExit('of somebody else')\n")
    project.write("tests/test_a.py", GREEN)
    project.write("tests/conftest.py", "")
    assert (await project.report()).green


async def test_settings_that_need_the_cache_still_run(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\naddopts = --failed-first\n")
    project.write("test_a.py", GREEN)
    assert (await project.report()).green
    assert sorted(os.listdir(project.checkout)) == ["pytest.ini", "test_a.py"]


async def test_no_tests_are_not_green(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\n")
    tests = await project.report()
    assert (tests.exit_code, tests.green) == (5, False)
    assert tests.failures[0].message == "no tests were found"


async def test_a_file_that_cannot_be_imported_is_red(project: Project) -> None:
    project.write("test_a.py", "import no_such_module")
    tests = await project.report()
    assert (tests.exit_code, tests.failed, tests.green) == (2, 1, False)


async def test_an_exit_that_passes_for_success_is_red(project: Project) -> None:
    project.write("conftest.py", "import os; os._exit(0)")
    tests = await project.report()
    assert (tests.exit_code, tests.green) == (0, False)
    assert "without leaving results" in tests.failures[0].message


async def test_tests_that_hang_are_red(project: Project) -> None:
    project.write("test_a.py", "import time\ndef test_slow(): time.sleep(600)")
    tests = await project.report(time=timedelta(seconds=1.5))
    assert not tests.green
    assert "did not end within 0:00:01.5" in tests.failures[0].message


async def test_tests_see_no_secret(project: Project) -> None:
    code = "import os\ndef test_it(): assert 'SECRET' not in os.environ and os.environ['CI']"
    project.write("test_a.py", code)
    assert (await project.report()).green


async def test_the_python_of_the_checkout_comes_first(project: Project) -> None:
    project.write("test_a.py", GREEN)
    project.write(".venv/bin/python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (project.checkout / ".venv/bin/python").chmod(0o755)
    assert (await project.report()).command == (".venv/bin/python", "-m", "pytest")


@pytest.mark.parametrize("start", ["", "tests/"])
async def test_without_pytest_there_is_unittest(project: Project, start: str) -> None:
    project.write(f"{start}test_a.py", UNITTEST)
    # Isolated from site-packages, and the only Python of this project.
    project.write(".venv/bin/python", f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    (project.checkout / ".venv/bin/python").chmod(0o755)
    tests = await project.report()
    assert tests.command[:4] == (".venv/bin/python", "-m", "unittest", "discover")
    assert (tests.passed, tests.failed, tests.green) == (1, 1, False)


async def test_unittest_without_tests_is_not_green(project: Project) -> None:
    project.write("test_a.py", "")
    project.write(".venv/bin/python", f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    (project.checkout / ".venv/bin/python").chmod(0o755)
    tests = await project.report()
    assert not tests.green
    assert tests.failures[0].message == "no tests were found"


async def test_the_repository_may_name_its_own_command(project: Project) -> None:
    project.write(".slipway.yaml", "test: ./check 'two words'")
    project.write(
        "check", '#!/bin/sh\necho "$1: 3 passed, 1 failed"\necho TOTAL 10 1 90%\nexit 1\n'
    )
    (project.checkout / "check").chmod(0o755)
    tests = await project.report()
    assert tests.command == ("./check", "two words")
    assert (tests.exit_code, tests.passed, tests.failed) == (1, 3, 1)
    assert tests.coverage == Decimal(90)
    assert "two words: 3 passed" in tests.output_tail


async def test_the_exit_code_decides_not_the_closing_line(project: Project) -> None:
    project.write(".slipway.yaml", "test: echo retried, 1 failed")
    assert (await project.report()).green


async def test_make_runs_its_test_target(project: Project) -> None:
    if shutil.which("make", path="/usr/bin:/bin") is None:
        project.program("make", "echo made; exit 2")
    project.write("Makefile", "test:\n\t@echo made; exit 1\n")
    tests = await project.report()
    assert (tests.command, tests.exit_code, tests.green) == (("make", "test"), 2, False)
    assert "made" in tests.output_tail


@pytest.mark.parametrize(
    ("file", "text", "program"),
    [
        ("package.json", '{"scripts": {"test": "jest"}}', "npm"),
        ("go.mod", "", "go"),
        ("Cargo.toml", "", "cargo"),
    ],
)
async def test_other_ecosystems_are_run_by_their_own_tools(
    project: Project, file: str, text: str, program: str
) -> None:
    project.write(file, text)
    project.program(program, 'echo "$0 $*"; echo "HOME $RUSTUP_HOME"')
    tests = await project.report()
    assert tests.green
    assert tests.command[:2] == (program, "test")
    assert f"/{program} test" in tests.output_tail
    assert "HOME /nowhere/.rustup" in tests.output_tail


async def test_without_any_tests_the_agent_says_what_it_looked_for(project: Project) -> None:
    ran = await project.run()
    assert ran.error_type == "NoTestCommandError"
    assert ran.report is not None
    assert ran.report.status == "failed"
    for name in (".slipway.yaml", "pytest", "package.json", "go.mod", "Cargo.toml", "Makefile"):
        assert name in ran.report.summary


async def test_settings_that_cannot_be_read_are_told(project: Project) -> None:
    project.write(".slipway.yaml", "test: []")
    ran = await project.run()
    assert ran.error_type == "InvalidTestSettingsError"


async def test_a_settings_file_that_is_a_trap_is_not_walked_into(project: Project) -> None:
    os.mkfifo(project.checkout / ".slipway.yaml")
    ran = await project.run()
    assert ran.error_type == "InvalidTestSettingsError"
    assert ran.error_message == ".slipway.yaml is not a regular file"


@pytest.mark.parametrize("test", ["no-such-program", "sh -c 'jest'"])
async def test_tests_that_cannot_start_are_a_failed_agent(project: Project, test: str) -> None:
    project.write(".slipway.yaml", f'test: "{test}"')
    ran = await project.run()
    assert ran.error_type == "TestsNotStartedError"
    assert ran.report is not None
    assert ran.report.status == "failed"
