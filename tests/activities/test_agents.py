"""run_agent on a real Postgres: one stored report a step, stored before it is delivered."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest
from temporalio.testing import ActivityEnvironment

from activities.agents import AgentActivities
from clients.git_errors import UnknownCommitError
from contracts.agents import (
    AgentOutput,
    AgentResult,
    AgentRun,
    AgentStatus,
    Report,
    Workplace,
)
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import CommandAgent
from db.agent_reports import AgentReports
from db.engine import Sessions
from db.ledger import Ledger
from db.projects import Projects
from tests.conftest import TestOrganization
from tests.db.chains import Author

COMMIT = "1" * 40


class Desk:
    """Stands in for the workshop: counts what is worked and delivered, and may fail to deliver."""

    def __init__(self) -> None:
        self.worked, self.delivered = 0, 0
        self.error: Exception | None = None

    async def work(
        self, run: AgentRun, token: str, when: datetime
    ) -> tuple[AgentResult, AgentOutput]:
        self.worked += 1
        report = Report(status="completed", summary=f"try {self.worked}")
        result = AgentResult(status=AgentStatus.COMPLETED, report=report, commit=COMMIT)
        return result, AgentOutput(kept=b"said", size=4)

    async def deliver(self, run: AgentRun, commit: str) -> None:
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        self.delivered += 1


@pytest.fixture
async def run(sessions: Sessions, organization: TestOrganization) -> AgentRun:
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
        author = Author(organization.id, project.id)
        await Ledger(session).append(author.run_id, author.start())
    return AgentRun(
        workplace=Workplace(
            organization_id=organization.id,
            orchestration_id=author.orchestration_id,
            attempt=1,
            project_id=project.id,
            repo_url="/repo",
            branch="slipway/PROJ-1",
        ),
        ticket=Ticket(key="PROJ-1", title="Totals are off"),
        agent=CommandAgent(kind="command", name="coder", command=("true",)),
        phase=Phase.CODE,
        round=1,
        step="CODE/1/coder",
        base_commit="0" * 40,
    )


async def answer(sessions: Sessions, desk: Desk, run: AgentRun, attempt: int = 1) -> AgentResult:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt)
    result: AgentResult = await environment.run(AgentActivities(sessions, desk).run_agent, run)
    return result


async def test_a_repeated_step_is_answered_by_its_stored_report(
    sessions: Sessions, run: AgentRun
) -> None:
    desk = Desk()
    first = await answer(sessions, desk, run)
    second = await answer(sessions, desk, run, attempt=2)
    assert (desk.worked, desk.delivered) == (1, 2)
    assert second == first.model_copy(update={"answered_from_store": True})


async def test_a_report_is_stored_before_its_commit_is_pushed(
    sessions: Sessions, run: AgentRun
) -> None:
    desk = Desk()
    desk.error = ConnectionError("the remote is away")
    with pytest.raises(ConnectionError):
        await answer(sessions, desk, run)
    again = await answer(sessions, desk, run, attempt=2)
    assert again.answered_from_store
    assert (desk.worked, desk.delivered) == (1, 1)


async def test_a_commit_that_went_down_with_its_host_is_worked_again(
    sessions: Sessions, run: AgentRun
) -> None:
    desk = Desk()
    desk.error = ConnectionError("the host dies here")
    with pytest.raises(ConnectionError):
        await answer(sessions, desk, run)
    desk.error = UnknownCommitError("not on this host")
    again = await answer(sessions, desk, run, attempt=2)
    assert not again.answered_from_store
    assert (desk.worked, desk.delivered) == (2, 1)


async def test_what_an_agent_printed_is_kept(sessions: Sessions, run: AgentRun) -> None:
    result = await answer(sessions, Desk(), run)
    assert result.output_id is not None


async def test_whoever_stores_first_has_stored(sessions: Sessions, run: AgentRun) -> None:
    report = Report(status="completed", summary="first")
    first = AgentResult(status=AgentStatus.COMPLETED, report=report)
    late = first.model_copy(update={"commit": COMMIT})
    async with sessions.begin() as session:
        assert await AgentReports(session).keep(run, 1, first, AgentOutput()) == first
    async with sessions.begin() as session:
        assert await AgentReports(session).keep(run, 2, late, AgentOutput()) == first
