"""Chains of events for the ledger's tests, made by the journal itself."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select

from contracts.events import Event, OrchestrationStarted, PhaseStarted
from contracts.issues import Ticket
from contracts.jira_work import WorkOptions
from contracts.ledger import Batch, JournalState
from contracts.live import LiveBatch
from contracts.phases import Phase
from contracts.playbooks import Playbook, PlaybookPhase
from contracts.teams import Assignment
from db.engine import Sessions
from db.ledger import Ledger
from db.models import Event as EventRow
from db.models import Orchestration
from workflows.journal import Journal


class Clock:
    """A second passes with each event."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class Author:
    """One orchestration's author: says what is recorded, in which run."""

    def __init__(self, organization_id: UUID, project_id: UUID, key: str = "PROJ-1") -> None:
        self.organization_id, self.project_id, self.key = organization_id, project_id, key
        self.orchestration_id, self.run_id = uuid4(), uuid4()
        self.workflow_id = f"jira-work:test:{uuid4()}"
        self.journal = Journal(self.workflow_id, Clock(), JournalState())
        self.journal.open(organization_id, self.orchestration_id)

    def start(self, team: Assignment | None = None) -> Batch:
        return self.write(
            OrchestrationStarted(
                project_id=self.project_id,
                attempt=1,
                workflow_id=self.workflow_id,
                requested_by="dev@example.org",
                branch=f"slipway/{self.key}",
                base_commit="0" * 40,
                ticket=Ticket(key=self.key, title="Totals are off"),
                ticket_hash="f" * 64,
                playbook=Playbook(name="test", phases=(PlaybookPhase(phase=Phase.CODE),)),
                options=WorkOptions(),
                team=team,
            )
        )

    def write(self, *events: Event, phase: Phase | None = None) -> Batch:
        """Records, hands out what is pending, and takes it for confirmed."""
        for event in events:
            self.journal.record(event, phase=phase, agent="coder" if phase else None)
        batch = self.journal.batch()
        assert batch is not None
        self.journal.confirm(batch)
        return batch

    def phases(self, *rounds: int) -> Batch:
        return self.write(*(PhaseStarted(round=n) for n in rounds), phase=Phase.CODE)

    def branched(self, state: JournalState) -> "Author":
        """The same orchestration in a new run, going on from an earlier state of the journal."""
        other = Author(self.organization_id, self.project_id, self.key)
        other.orchestration_id, other.workflow_id = self.orchestration_id, self.workflow_id
        clock = Clock()
        clock.now += timedelta(hours=1)
        other.journal = Journal(self.workflow_id, clock, state)
        return other


async def append(sessions: Sessions, author: Author, batch: Batch) -> LiveBatch | None:
    async with sessions.begin() as session:
        return await Ledger(session).append(author.run_id, batch)


async def events_of(sessions: Sessions, author: Author) -> int:
    async with sessions() as session:
        statement = select(func.count()).where(EventRow.orchestration_id == author.orchestration_id)
        return (await session.execute(statement)).scalar_one()


async def row_of(sessions: Sessions, author: Author) -> Orchestration:
    async with sessions() as session:
        return await session.get_one(Orchestration, author.orchestration_id)
