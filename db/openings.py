"""What Postgres knows of a ticket before it is worked."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.agents import SimilarTicket
from contracts.issues import Ticket
from contracts.opening import OpenRequest
from contracts.orchestrations import Checkpoint, CheckpointState, OrchestrationStatus
from contracts.playbooks import Playbook
from db.ledger import Ledger
from db.models import Checkpoint as CheckpointRow
from db.models import Event, Issue, Orchestration, Organization, Project, TaskOutcome
from errors import UnknownProjectError

RANKED = 100
SIMILAR = 3


@dataclass(frozen=True)
class Before:
    organization_id: UUID
    project_id: UUID
    repo_url: str
    attempt: int
    last_status: OrchestrationStatus | None
    checkpoint: Checkpoint | None
    playbook: Playbook | None
    similar: tuple[SimilarTicket, ...]


class Openings:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def before(self, request: OpenRequest, ticket: Ticket) -> Before:
        """Closes what was left ACTIVE by runs that are dead: ours holds the workflow id now."""
        await Ledger(self._session).close_dead(request.workflow_id, request.orchestration_id)
        project = await self._project(request)
        last = await self._last(project.organization_id, request)
        return Before(
            organization_id=project.organization_id,
            project_id=project.id,
            repo_url=project.repo_url,
            attempt=last.attempt + 1 if last else 1,
            last_status=OrchestrationStatus(last.status) if last else None,
            checkpoint=await self._checkpoint(last, request) if last else None,
            playbook=await self._playbook(last) if last and request.order.options.resume else None,
            similar=await self._similar(project.organization_id, ticket),
        )

    async def _project(self, request: OpenRequest) -> Project:
        key = request.order.issue_key.rpartition("-")[0]
        statement = (
            select(Project)
            .join(Organization, Organization.id == Project.organization_id)
            .where(Organization.slug == request.order.organization, Project.key == key)
        )
        project = await self._session.scalar(statement)
        if project is None:
            raise UnknownProjectError(
                f"There is no project {key} in {request.order.organization}. Name its repository "
                f"once: starter.py work {request.order.issue_key} --repo PATH"
            )
        return project

    async def _last(self, organization_id: UUID, request: OpenRequest) -> Orchestration | None:
        statement = (
            select(Orchestration)
            .where(
                Orchestration.organization_id == organization_id,
                Orchestration.issue_key == request.order.issue_key,
                Orchestration.id != request.orchestration_id,
            )
            .order_by(Orchestration.attempt.desc())
            .limit(1)
        )
        return await self._session.scalar(statement)

    async def _checkpoint(self, last: Orchestration, request: OpenRequest) -> Checkpoint | None:
        statement = (
            select(CheckpointRow)
            .where(CheckpointRow.orchestration_id == last.id)
            .order_by(CheckpointRow.sequence.desc())
            .limit(1)
        )
        if request.order.options.resume_after is not None:
            statement = statement.where(CheckpointRow.phase == request.order.options.resume_after)
        row = await self._session.scalar(statement)
        if row is None:
            return None
        return Checkpoint(commit=row.commit_sha, state=CheckpointState.model_validate(row.state))

    async def _playbook(self, last: Orchestration) -> Playbook:
        """As it was frozen then, from the ledger's first event."""
        statement = select(Event.payload["playbook"]).where(
            Event.orchestration_id == last.id, Event.sequence == 1
        )
        frozen = (await self._session.scalars(statement.limit(1))).one()
        return Playbook.model_validate(frozen)

    async def _similar(self, organization_id: UUID, ticket: Ticket) -> tuple[SimilarTicket, ...]:
        """The finished tickets whose words are nearest to this one's title."""
        words = re.findall(r"\w+", ticket.title)[:20]
        if not words:
            return ()
        query = func.to_tsquery("english", " | ".join(words))
        # Ranking reads each text: only the newest of those that share a word are ranked.
        near = (
            select(
                TaskOutcome.issue_key,
                TaskOutcome.success,
                TaskOutcome.learnings,
                TaskOutcome.timestamp,
                Issue.search,
            )
            .join(
                Issue,
                (Issue.organization_id == TaskOutcome.organization_id)
                & (Issue.key == TaskOutcome.issue_key),
            )
            .where(
                TaskOutcome.organization_id == organization_id,
                Issue.key != ticket.key,
                Issue.search.op("@@")(query),
            )
            .order_by(TaskOutcome.timestamp.desc())
            .limit(RANKED)
            .subquery()
        )
        statement = (
            select(near.c.issue_key, near.c.success, near.c.learnings)
            .order_by(func.ts_rank(near.c.search, query).desc(), near.c.timestamp.desc())
            .limit(SIMILAR)
        )
        rows = (await self._session.execute(statement)).all()
        return tuple(
            SimilarTicket(issue_key=key, success=success, summary=learnings.get("summary", ""))
            for key, success, learnings in rows
        )
