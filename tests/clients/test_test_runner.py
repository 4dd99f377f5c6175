"""Running a project's own tests, red and green."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from policy.phases import said_of
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
    assert said_of(tests) == "0 passed, 1 failed: the tests did not end within 0:00:01.500000"


async def test_tests_see_no_secret(project: Project) -> None:
    code = "import os\ndef test_it(): assert 'SECRET' not in os.environ and os.environ['CI']"
    project.write("test_a.py", code)
    assert (await project.report()).green


async def test_colours_hide_neither_counts_nor_coverage(project: Project) -> None:
    project.says(test=["./check"])
    dots = r"\033[32m.\033[0m" * 500
    project.script(
        "check",
        f"printf '{dots}\\nTOTAL  10  1  \\033[32m90%%\\033[0m\\n"
        "\\033[32m\\033[1m140 passed\\033[0m, \\033[33m5 skipped\\033[0m in 1s\\n'",
    )
    tests = await project.report()
    assert (tests.passed, tests.failed, tests.skipped) == (140, 0, 5)
    assert tests.coverage == 90
    assert tests.output_tail.startswith("." * 500)


async def test_counts_are_found_before_a_long_story_of_failures(project: Project) -> None:
    project.says(test=["./check"])
    story = "      at Context.<anonymous> (test.js:1:1)\\n" * 200
    project.script("check", f"printf '  7 passing (3ms)\\n  2 failing\\n\\n{story}'; exit 2")
    tests = await project.report()
    assert (tests.passed, tests.failed, tests.counted) == (7, 2, True)


@pytest.mark.parametrize(("code", "green"), [(0, True), (3, False)])
async def test_tests_that_nobody_counted_are_not_said_to_be_none(
    project: Project, code: int, green: bool
) -> None:
    project.says(test=["./check"])
    project.script("check", f"echo all is well; exit {code}")
    ran = await project.run()
    assert ran.report is not None
    assert ran.report.tests is not None
    assert (ran.report.tests.counted, ran.report.tests.green) == (False, green)
    assert ran.report.summary.endswith(f": not counted, exit code {code}.")
    assert said_of(ran.report.tests) == f"not counted, exit code {code}"
