"""Each builtin agent, run in a real checkout by its name."""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from clients.builtin_agents import BuiltinAgents, Site
from clients.git.repositories import Repositories
from clients.processes import Ran
from clients.test_runner import BuiltinRunner
from contracts.agents import Brief, Report
from contracts.issues import IssueType, Ticket
from contracts.phases import Phase
from contracts.playbooks import BuiltinAgent
from contracts.repository_settings import RepositorySettings
from tests.clients.git_upstream import WHEN, Upstream

USES = get_args(BuiltinAgent.model_fields["use"].annotation)
TICKET = Ticket(
    key="DEMO-1",
    title="`round_half` loses a cent",
    description="round_half(0.5) answers 0.",
    acceptance_criteria="- round_half(0.5) is 1",
    type=IssueType.BUG,
)
FILES = {
    "shop/rounding.py": "def round_half(amount):\n    return int(amount)\n",
    "tests/test_rounding.py": "def test_nothing(): pass\n",
    "changelog.d/DEMO-0.fixed.md": "Older.\n",
}


class Desk:
    def __init__(self, site: Site, agents: BuiltinAgents, upstream: Upstream) -> None:
        self.site, self.agents, self.upstream = site, agents, upstream

    async def run(self, use: str, **limits: object) -> Ran:
        agent = BuiltinAgent.model_validate({"name": "a", "use": use, "limits": limits})
        brief = Brief(
            ticket=TICKET,
            phase=Phase.EXPLORE,
            round=1,
            attempt=1,
            workspace=str(self.site.checkout.path),
            branch="slipway/DEMO-1",
            base_commit=self.site.checkout.base,
        )
        return await self.agents.run(agent, brief, self.site, lambda: None)

    async def report(self, use: str) -> Report:
        ran = await self.run(use)
        assert (ran.error_type, ran.error_message) == (None, None)
        assert ran.report is not None
        assert ran.report.status == "completed"
        return ran.report

    def break_mirror(self) -> None:
        shutil.rmtree(self.site.checkout.mirror.path)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    upstream = Upstream.init(tmp_path / "upstream")
    for name, text in FILES.items():
        (upstream.path / name).parent.mkdir(exist_ok=True)
        (upstream.path / name).write_text(text)
    upstream.commit()
    upstream.git("checkout", "--quiet", "-b", "slipway/DEMO-1")
    changed = upstream.path / "shop/rounding.py"
    changed.write_text(changed.read_text().replace("int(amount)", "int(amount + 0.5)"))
    tip = upstream.commit()
    runner = BuiltinRunner(os.environ, tmp_path / "scratch", timedelta(seconds=0.3))
    repositories = Repositories(tmp_path / "state", {})
    async with repositories.checkout(upstream.url, tip, "run") as checkout:
        yield Desk(Site(checkout, RepositorySettings()), BuiltinAgents(runner), upstream)


@pytest.mark.parametrize("use", USES)
async def test_each_of_them_completes_and_says_something(desk: Desk, use: str) -> None:
    assert (await desk.report(use)).summary


@pytest.mark.parametrize("use", [use for use in USES if use not in {"run-tests", "document"}])
async def test_those_that_only_look_leave_the_checkout_alone(desk: Desk, use: str) -> None:
    await desk.report(use)
    assert await desk.site.checkout.changed_files() == []


@pytest.mark.parametrize("use", [use for use in USES if use not in {"run-tests", "document"}])
async def test_those_that_only_look_say_the_same_again(desk: Desk, use: str) -> None:
    assert await desk.report(use) == await desk.report(use)


async def test_explore_names_the_file_that_matters_and_why(desk: Desk) -> None:
    report = await desk.report("explore")
    assert report.summary.startswith("3 files; Python (2); tests run by `python3 -m pytest`.")
    assert report.relevant[0].path == "shop/rounding.py"
    assert "defines `round_half`, named in the ticket" in report.relevant[0].reason


async def test_a_plan_names_the_file_for_each_criterion(desk: Desk) -> None:
    step = (await desk.report("plan")).plan[0]
    assert "round_half(0.5) is 1" in step.criterion
    assert "shop/rounding.py" in step.files


async def test_a_review_reads_what_the_branch_changed(desk: Desk) -> None:
    assert "1 file" in (await desk.report("review")).summary


async def test_run_tests_runs_the_tests(desk: Desk) -> None:
    tests = (await desk.report("run-tests")).tests
    assert tests is not None
    assert tests.passed == 1


async def test_triage_needs_no_repository(desk: Desk) -> None:
    desk.break_mirror()
    assert (await desk.report("triage")).summary


async def test_document_writes_a_fragment_that_becomes_a_commit(desk: Desk) -> None:
    report = await desk.report("document")
    (path,) = report.files_changed
    assert await desk.site.checkout.changed_files() == [path]
    assert path.startswith("changelog.d/DEMO-1")
    commit = await desk.site.checkout.commit("document", "Note it", WHEN)
    assert commit is not None


async def test_a_fragment_is_not_written_through_a_link(desk: Desk, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = desk.site.checkout.path / "changelog.d"
    shutil.rmtree(folder)
    os.symlink(outside, folder)
    ran = await desk.run("document")
    assert ran.error_type == "UnwritablePathError"
    assert ran.report is not None
    assert ran.report.status == "failed"
    assert os.listdir(outside) == []


@pytest.mark.parametrize("use", ["explore", "plan", "review", "document"])
async def test_a_git_that_fails_fails_the_agent(desk: Desk, use: str) -> None:
    desk.break_mirror()
    ran = await desk.run(use)
    assert ran.error_type == "GitFailedError"
    assert ran.report is not None
    assert ran.report.status == "failed"
    assert ran.report.summary == ran.error_message


async def test_an_agent_whose_time_is_over_fails(desk: Desk) -> None:
    ran = await desk.run("explore", time=timedelta(microseconds=1))
    assert (ran.error_type, ran.error_message) == (
        "AgentTimeoutError",
        "a did not end within 0:00:00.000001",
    )
