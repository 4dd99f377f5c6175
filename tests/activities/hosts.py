"""Machines that agents are answered on, and a Postgres that does not speak."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from temporalio.testing import ActivityEnvironment

from activities.agents import AgentActivities
from clients.meters import Hear, ignored
from clients.report_spool import ReportSpool
from contracts.agents import AgentOutput, AgentResult, AgentRun, AgentStatus, Report, Workplace
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import AgentSpec
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
        self.fault: Exception | None = None

    async def work(
        self, run: AgentRun, token: str, when: datetime, hear: Hear = ignored
    ) -> tuple[AgentResult, AgentOutput]:
        self.worked += 1
        if self.fault is not None:
            raise self.fault
        report = Report(status="completed", summary=f"try {self.worked}")
        result = AgentResult(status=AgentStatus.COMPLETED, report=report, commit=COMMIT)
        return result, AgentOutput(kept=b"said", size=4)

    async def deliver(self, run: AgentRun, commit: str) -> None:
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        self.delivered += 1


@dataclass
class Host:
    """A worker's machine: its desk, its disk, and its way to Postgres."""

    sessions: Sessions
    desk: Desk
    folder: Path

    def environment(self, attempt: int) -> ActivityEnvironment:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=attempt)
        return environment

    async def answer(
        self, run: AgentRun, attempt: int = 1, environment: ActivityEnvironment | None = None
    ) -> AgentResult:
        activities = AgentActivities(self.sessions, self.desk, ReportSpool(self.folder))
        environment = environment or self.environment(attempt)
        result: AgentResult = await environment.run(activities.run_agent, run)
        return result

    @property
    def spooled(self) -> list[Path]:
        return list(self.folder.glob("*"))


async def begun(sessions: Sessions, organization: TestOrganization) -> Author:
    """Of work in the ledger."""
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
        author = Author(organization.id, project.id)
        await Ledger(session).append(author.run_id, author.start())
    return author


def run_of(author: Author, agent: AgentSpec) -> AgentRun:
    return AgentRun(
        workplace=Workplace(
            organization_id=author.organization_id,
            orchestration_id=author.orchestration_id,
            attempt=1,
            repo_url="/repo",
            branch="slipway/PROJ-1",
        ),
        ticket=Ticket(key="PROJ-1", title="Totals are off"),
        agent=agent,
        phase=Phase.CODE,
        round=1,
        step="CODE/1/coder",
        base_commit="0" * 40,
    )


@asynccontextmanager
async def frozen_postgres() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """The address of a server that takes connections and says nothing; set when it has one."""
    asked = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"postgresql://ann:secret@127.0.0.1:{port}/nothing?sslmode=disable", asked
