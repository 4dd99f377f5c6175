"""What Postgres knows of a ticket before it is worked."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Date, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.agents import SimilarTicket
from contracts.issues import Ticket
from contracts.opening import OpenRequest
from contracts.orchestrations import Checkpoint, CheckpointState, OrchestrationStatus
from contracts.patterns import Precedent
from contracts.playbooks import Playbook
from contracts.project_approvals import ProjectApprovals
from contracts.teams import TeamOnHand
from db.ledger import Ledger
from db.models import Checkpoint as CheckpointRow
from db.models import Event, Orchestration, Organization, Project
from db.patterns import Patterns
from db.project_approvals import approvals_of
from db.teams import Teams
from errors import UnknownProjectError

# A sprint's days are those of UTC, wherever the server stands.
TODAY = cast(func.timezone("UTC", func.now()), Date)


@dataclass(frozen=True)
class Before:
    organization_id: UUID
    project_id: UUID
    repo_url: str
    attempt: int
    last_status: OrchestrationStatus | None
    checkpoint: Checkpoint | None
    playbook: Playbook | None
    approvals: ProjectApprovals
    closed: tuple[UUID, ...]
    """What was left ACTIVE by runs that are dead."""
    similar: tuple[SimilarTicket, ...]
    precedent: Precedent | None
    teams: tuple[TeamOnHand, ...]
    team: str | None
    """That was given the attempt which is resumed."""


class Openings:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def before(self, request: OpenRequest, ticket: Ticket) -> Before:
        """Closes what was left ACTIVE by runs that are dead: ours holds the workflow id now."""
        ledger = Ledger(self._session)
        await ledger.close_dead(request.workflow_id, request.orchestration_id)
        project = await self._project(request)
        last = await self._last(project.organization_id, request)
        patterns = Patterns(self._session, project.organization_id)
        return Before(
            organization_id=project.organization_id,
            project_id=project.id,
            repo_url=project.repo_url,
            attempt=last.attempt + 1 if last else 1,
            last_status=OrchestrationStatus(last.status) if last else None,
            checkpoint=await self._checkpoint(last, request) if last else None,
            playbook=await self._playbook(last) if last and request.order.options.resume else None,
            approvals=approvals_of(project),
            closed=tuple(ledger.closed),
            similar=await patterns.similar(ticket),
            precedent=await patterns.precedent(ticket),
            teams=tuple(await Teams(self._session, project.organization_id).on_hand(TODAY)),
            team=await self._team(last) if last and request.order.options.resume else None,
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
            return await self._restored(last, request)
        return Checkpoint(commit=row.commit_sha, state=CheckpointState.model_validate(row.state))

    async def _restored(self, last: Orchestration, request: OpenRequest) -> Checkpoint | None:
        """What the last attempt went on from itself, where it came no further."""
        statement = select(Event.payload).where(
            Event.orchestration_id == last.id, Event.event_type == "CheckpointRestored"
        )
        said = await self._session.scalar(statement.limit(1))
        if said is None:
            return None
        state = CheckpointState.model_validate(said["state"])
        wanted = request.order.options.resume_after in (None, state.phase)
        return Checkpoint(commit=said["commit"], state=state) if wanted else None

    async def _playbook(self, last: Orchestration) -> Playbook:
        """As it was frozen then, from the ledger's first event."""
        statement = select(Event.payload["playbook"]).where(
            Event.orchestration_id == last.id, Event.sequence == 1
        )
        frozen = (await self._session.scalars(statement.limit(1))).one()
        return Playbook.model_validate(frozen)

    async def _team(self, last: Orchestration) -> str | None:
        statement = select(Event.payload["team"]["team"].astext).where(
            Event.orchestration_id == last.id, Event.sequence == 1
        )
        return (await self._session.scalars(statement.limit(1))).first()
