"""Dry runs of what a project asks at gates, and what is seen while they play."""

import sys
from datetime import timedelta
from io import StringIO

import pytest

from cli.simulation.cast import invented
from cli.simulation.passing import told
from cli.simulation.plan import Rehearsal, Simulation, What
from cli.simulation.tried import tried_playbook
from contracts.identity import Role
from db.engine import Sessions
from db.identity import People
from db.project_approvals import keep_approval
from db.projects import Projects
from db.seeds import seed
from tests.cli.teller import Teller
from tests.conftest import TestOrganization

DAY = timedelta(days=1)
BEGINS = "Playing 2d of standard; this takes some seconds.\n"


@pytest.fixture
async def organization_with_project(organization: TestOrganization, sessions: Sessions) -> str:
    """Its project CALC asks at the gate `plan` as the policy `hotfix` says; OTHER as playbooks do.
    Its slug."""
    await seed(sessions, organization.slug)
    async with sessions.begin() as session:
        await People(session, organization.id).ensure("max@example.org", "Max", Role.MANAGER)
        projects = Projects(session, organization.id)
        keep_approval(await projects.create("CALC", "/repo"), "plan", "hotfix")
        await projects.create("OTHER", "/other")
    return organization.slug


@pytest.fixture
def bob(
    capsys: pytest.CaptureFixture[str], database_url: str, organization_with_project: str
) -> Teller:
    return Teller(capsys, database_url=database_url, slipway_organization=organization_with_project)


def test_the_gates_ask_as_the_project_does(bob: Teller) -> None:
    said = bob.says("simulate", "--project", "CALC", "--days", "2")
    assert (said.code, said.err) == (0, BEGINS)
    assert "Gate plan asks as project CALC: policy hotfix." in said.out
    assert "2 h 00 min  escalated  PLAN" in said.out
    assert "Nobody could decide: gate plan, level on-call: nobody is on-call" in said.out


def test_a_ticket_names_its_project_and_json_is_alone(bob: Teller) -> None:
    said = bob.says("simulate", "--project", "CALC-7", "--days", "2", "--json")
    found = Rehearsal.model_validate_json(said.out)
    assert (found.project, found.origins) == ("CALC", (("plan", "project CALC: policy hotfix"),))
    assert What.ESCALATED in {one.what for one in found.happenings}
    assert said.err == ""


def test_a_project_without_a_word_of_its_own_asks_as_the_playbook_does(bob: Teller) -> None:
    said = bob.says("simulate", "--project", "OTHER", "--days", "2")
    assert "OTHER asks at each gate what the playbook says." in said.out
    assert "escalated" not in said.out


def test_a_project_that_is_not_there_is_not_found(bob: Teller) -> None:
    said = bob.says("simulate", "--project", "NONE")
    assert (said.code, said.out) == (3, "")
    assert "There is no project NONE yet" in said.err


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("quiet", [False, True])
def test_a_terminal_sees_the_days_go_by(monkeypatch: pytest.MonkeyPatch, quiet: bool) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    tried = tried_playbook("standard")
    with told(Simulation(tried, invented(tried), (), 2 * DAY), quiet=quiet) as tell:
        tell(DAY)
    assert ("Playing 2d of standard: 1d have passed" in terminal.getvalue()) is not quiet
