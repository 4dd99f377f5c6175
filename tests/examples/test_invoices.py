"""The example: its repository is red, its scripted agent mends half, then the rest."""

import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from contracts.agents import Brief, FailedTest, Report, TestReport
from contracts.issues import IssueType, Ticket
from contracts.phases import Phase

EXAMPLE = Path(__file__).parents[2] / "examples" / "invoices"
CREDIT_NOTE = "test_a_credit_note_gives_back_what_was_charged_to_the_cent"
QUIET = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def ticket(**changed: Any) -> Ticket:
    stored = yaml.safe_load((EXAMPLE / "ticket.yaml").read_text(encoding="utf-8"))
    return Ticket.model_validate({**stored, **changed})


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return shutil.copytree(
        EXAMPLE / "repository",
        tmp_path / "checkout",
        ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"),
    )


def suite_of(checkout: Path) -> TestReport:
    results = checkout.parent / "results.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, f"--junitxml={results}"], cwd=checkout, env=QUIET, capture_output=True, text=True
    )
    cases = list(ElementTree.parse(results).iter("testcase"))
    failed = tuple(
        FailedTest(name=case.attrib["name"]) for case in cases if case.find("failure") is not None
    )
    return TestReport(
        exit_code=done.returncode,
        passed=len(cases) - len(failed),
        failed=len(failed),
        failures=failed,
    )


def work(checkout: Path, phase: Phase, **changed: Any) -> Report:
    brief = Brief(
        ticket=changed.pop("ticket", ticket()),
        phase=phase,
        round=1,
        attempt=1,
        workspace=str(checkout),
        branch="slipway/INV-42",
        base_commit="0" * 40,
        **changed,
    )
    done = subprocess.run(
        [sys.executable, str(EXAMPLE / "agent.py")],
        cwd=checkout,
        env=QUIET,
        input=brief.model_dump_json(),
        capture_output=True,
        text=True,
        check=True,
    )
    return Report.model_validate(json.loads(done.stdout.splitlines()[-1]))


def contents(checkout: Path) -> dict[str, str]:
    return {
        str(path.relative_to(checkout)): path.read_text(encoding="utf-8")
        for path in checkout.rglob("*")
        if path.is_file()
    }


def test_the_ticket_is_a_ticket() -> None:
    found = ticket()
    assert (found.key, found.type) == ("INV-42", IssueType.BUG)
    assert found.description
    assert found.acceptance_criteria


def test_the_tests_are_red_then_less_red_after_code_and_green_after_fix(checkout: Path) -> None:
    before = suite_of(checkout)
    assert (before.failed, before.green) == (3, False)

    coded = work(checkout, Phase.CODE)
    assert (coded.status, coded.files_changed) == ("completed", ("invoices/money.py",))
    after_code = suite_of(checkout)
    assert [test.name for test in after_code.failures] == [CREDIT_NOTE]

    fixed = work(checkout, Phase.FIX, last_tests=after_code)
    assert (fixed.status, fixed.files_changed) == ("completed", ("invoices/money.py",))
    after_fix = suite_of(checkout)
    assert (after_fix.green, after_fix.passed) == (True, before.passed + before.failed)


def test_code_done_twice_changes_nothing_more(checkout: Path) -> None:
    work(checkout, Phase.CODE)
    once = contents(checkout)
    assert work(checkout, Phase.CODE).files_changed == ()
    assert contents(checkout) == once


def test_fix_asks_about_failures_that_it_does_not_know(checkout: Path) -> None:
    work(checkout, Phase.CODE)
    red = TestReport(exit_code=1, failed=1, failures=(FailedTest(name="test_something_else"),))
    report = work(checkout, Phase.FIX, last_tests=red)
    assert report.status == "blocked"
    assert report.question is not None
    assert "test_something_else" in report.question


def test_fix_without_a_red_report_fails_and_changes_nothing(checkout: Path) -> None:
    before = contents(checkout)
    assert work(checkout, Phase.FIX).status == "failed"
    assert contents(checkout) == before


def test_the_change_is_noted_in_the_changelog_once(checkout: Path) -> None:
    assert work(checkout, Phase.DOCUMENT).files_changed == ("CHANGELOG.md",)
    assert work(checkout, Phase.DOCUMENT).files_changed == ()
    assert (checkout / "CHANGELOG.md").read_text(encoding="utf-8").count("INV-42") == 1


def test_the_script_does_not_pretend_to_know_another_ticket(checkout: Path) -> None:
    before = contents(checkout)
    report = work(checkout, Phase.CODE, ticket=ticket(key="INV-43"))
    assert (report.status, report.usage.cost) == ("blocked", Decimal(0))
    assert contents(checkout) == before
