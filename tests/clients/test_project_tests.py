"""Which of a project's tests are run, and with what."""

import shutil
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.clients.project_sites import GREEN, RED, Project

UNITTEST = """
import unittest
class Rounding(unittest.TestCase):
    def test_good(self): pass
    def test_bad(self): self.fail()
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


async def test_the_python_of_the_checkout_comes_first(project: Project) -> None:
    project.write("test_a.py", GREEN)
    project.write(".venv/bin/python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (project.checkout / ".venv/bin/python").chmod(0o755)
    assert (await project.report()).command == (".venv/bin/python", "-m", "pytest")


async def test_slipway_s_own_python_does_not_shuffle_a_project_s_tests(project: Project) -> None:
    project.program("python3", "exit 1")  # So that Slipway's own is the only one with pytest.
    project.write("test_a.py", RED)
    tests = await project.report()
    assert "test_bad" in tests.output_tail
    assert "randomly" not in tests.output_tail


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
    project.says(test=["./check", "two words"])
    project.script("check", 'echo "$1: 3 passed, 1 failed"; echo TOTAL 10 1 90%; exit 1')
    tests = await project.report()
    assert tests.command == ("./check", "two words")
    assert (tests.exit_code, tests.passed, tests.failed) == (1, 3, 1)
    assert tests.coverage == Decimal(90)
    assert "two words: 3 passed" in tests.output_tail


async def test_the_exit_code_decides_not_the_closing_line(project: Project) -> None:
    project.says(test=["echo", "retried, 1 failed"])
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


async def test_what_the_checkout_says_of_itself_is_the_agents_word(project: Project) -> None:
    project.write(".slipway.yaml", "setup: touch planted\ntest: 'true'\n")
    project.write("test_a.py", "def test_bad(): assert False")
    tests = await project.report()
    assert not tests.green
    assert tests.command == ("python3", "-m", "pytest")
    assert not (project.checkout / "planted").exists()


@pytest.mark.parametrize("test", [["no-such-program"], ["sh", "-c", "jest"]])
async def test_tests_that_cannot_start_are_a_failed_agent(
    project: Project, test: list[str]
) -> None:
    project.says(test=test)
    ran = await project.run()
    assert ran.error_type == "TestsNotStartedError"
    assert ran.report is not None
    assert ran.report.status == "failed"
