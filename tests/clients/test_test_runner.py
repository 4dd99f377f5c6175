"""Running a project's own tests, red and green."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.clients.project_sites import GREEN, RED, Project


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
