"""What Postgres knows of a ticket before it is worked."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.agents import SimilarTicket
from contracts.events import OrchestrationStarted
from contracts.issues import Ticket, project_of
from contracts.opening import OpenRequest
from contracts.orchestrations import Checkpoint, CheckpointState, OrchestrationStatus
from contracts.patterns import Precedent
from contracts.project_approvals import ProjectApprovals
from contracts.sla import SlaDefinition
from contracts.teams import TeamOnHand
from db.ledger import Ledger
from db.models import Checkpoint as CheckpointRow
from db.models import Event
from db.patterns import Patterns
from db.project_approvals import approvals_in
from db.sla import ServiceLevels
from db.standings import STANDING
from db.teams import Teams
from errors import UnknownProjectError
from policy.choices import Earlier, earlier_of


@dataclass(frozen=True)
class Before:
    organization_id: UUID
    project_id: UUID
    repo_url: str
    attempt: int
    last_status: OrchestrationStatus | None
    checkpoint: Checkpoint | None
    earlier: Earlier | None
    approvals: ProjectApprovals
    closed: tuple[UUID, ...]
    """What was left ACTIVE by runs that are dead."""
    similar: tuple[SimilarTicket, ...]
    precedent: Precedent | None
    teams: tuple[TeamOnHand, ...]
    team: str | None
    """That was given the attempt which is resumed."""
    levels: tuple[SlaDefinition, ...]
    led: bool
    """The ticket's status follows a pull request already."""


class Openings:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def before(self, request: OpenRequest, ticket: Ticket) -> Before:
        """Closes what was left ACTIVE by runs that are dead: ours holds the workflow id now."""
        at, closed = await self._standing(request), tuple[UUID, ...]()
        if at.left_running:
            closed = await self._close_dead(request)
            at = await self._standing(request)
        last, mine = at.last_id, at.organization_id
        again = last is not None and request.order.options.resume
        patterns = Patterns(self._session, mine)
        return Before(
            organization_id=mine,
            project_id=at.id,
            repo_url=at.repo_url,
            attempt=at.last_attempt + 1 if last else 1,
            last_status=OrchestrationStatus(at.last_status) if last else None,
            checkpoint=await self._checkpoint(last, request) if last else None,
            earlier=await self._earlier(last, at.last_status) if last else None,
            approvals=approvals_in(at.config, at.key),
            closed=closed,
            similar=await patterns.similar(ticket),
            precedent=await patterns.precedent(ticket),
            teams=tuple(await Teams(self._session, mine).on_hand() if at.teamed else ()),
            team=await self._team(last) if again else None,
            levels=tuple(
                await ServiceLevels(self._session, mine).definitions() if at.timed else ()
            ),
            led=at.led,
        )

    async def began(self, orchestration_id: UUID) -> bool:
        """Whether the ledger has anything of it."""
        has = select(exists().where(Event.orchestration_id == orchestration_id))
        return (await self._session.execute(has)).scalar_one()

    async def _close_dead(self, request: OpenRequest) -> tuple[UUID, ...]:
        ledger = Ledger(self._session)
        await ledger.close_dead(request.workflow_id, request.orchestration_id)
        return tuple(ledger.closed)

    async def _standing(self, request: OpenRequest) -> Row[Any]:
        order = request.order
        which = {
            "organization": order.organization,
            "project_key": project_of(order.issue_key),
            "issue_key": order.issue_key,
            "workflow_id": request.workflow_id,
            "own": request.orchestration_id,
        }
        found: Row[Any] | None = (await self._session.execute(STANDING, which)).one_or_none()
        if found is None:
            raise UnknownProjectError(
                f"There is no project {which['project_key']} in {order.organization}. Name its "
                f"repository once: starter.py work {order.issue_key} --repo PATH"
            )
        return found

    async def _checkpoint(self, last: UUID, request: OpenRequest) -> Checkpoint | None:
        statement = (
            select(CheckpointRow)
            .where(CheckpointRow.orchestration_id == last)
            .order_by(CheckpointRow.sequence.desc())
            .limit(1)
        )
        if request.order.options.resume_after is not None:
            statement = statement.where(CheckpointRow.phase == request.order.options.resume_after)
        row = await self._session.scalar(statement)
        if row is None:
            return await self._restored(last, request)
        return Checkpoint(commit=row.commit_sha, state=CheckpointState.model_validate(row.state))

    async def _restored(self, last: UUID, request: OpenRequest) -> Checkpoint | None:
        """What the last attempt went on from itself, where it came no further."""
        statement = select(Event.payload).where(
            Event.orchestration_id == last, Event.event_type == "CheckpointRestored"
        )
        said = await self._session.scalar(statement.limit(1))
        if said is None:
            return None
        state = CheckpointState.model_validate(said["state"])
        wanted = request.order.options.resume_after in (None, state.phase)
        return Checkpoint(commit=said["commit"], state=state) if wanted else None

    async def _earlier(self, last: UUID, status: str) -> Earlier:
        """As it was frozen then, from the ledger's first event."""
        statement = select(Event.payload).where(Event.orchestration_id == last, Event.sequence == 1)
        said = (await self._session.scalars(statement.limit(1))).one()
        completed = OrchestrationStatus(status) is OrchestrationStatus.COMPLETED
        return earlier_of(OrchestrationStarted.model_validate(said), completed=completed)

    async def _team(self, last: UUID) -> str | None:
        statement = select(Event.payload["team"]["team"].astext).where(
            Event.orchestration_id == last, Event.sequence == 1
        )
        return (await self._session.scalars(statement.limit(1))).first()
