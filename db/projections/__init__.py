"""The tables that are made of events, and of nothing else."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.ledger import ChainedEvent
from db.models import (
    AgentExecution,
    Approval,
    ApprovalDecision,
    Checkpoint,
    Delegation,
    OrchestrationMetric,
    SlaViolation,
    TaskOutcome,
    TeamAllocation,
)
from db.projections import (
    agents,
    allocations,
    approvals,
    checkpoints,
    metrics,
    orchestrations,
    outcomes,
    patterns,
    sla,
)
from db.projections.counts import Counts
from db.projections.scope import Head, Scope, Shown
from db.projections.writes import Write, composed

SUBJECTS = (agents, allocations, approvals, checkpoints, metrics, patterns, outcomes, sla)
CHILDREN = (
    *(AgentExecution, Checkpoint, Delegation, OrchestrationMetric, SlaViolation, TaskOutcome),
    TeamAllocation,
)


class Projections:
    """One orchestration's rows. The caller owns the transaction."""

    def __init__(
        self, session: AsyncSession, organization_id: UUID, orchestration_id: UUID
    ) -> None:
        self._session, self._scope = session, Scope(organization_id, orchestration_id)

    async def follow(
        self, head: Head, run_id: UUID, events: Sequence[ChainedEvent], *before: Write
    ) -> Shown | None:
        """Makes the tables follow, and does what is to be done `before`, all in one statement: as
        much as a transaction of its own. None, and nothing is done, when the row that `events`
        continue is not at `head`. Where counts change (counts.py),
        a transaction must be around it."""
        counts = Counts(self._session)
        counted = await counts.before(self._scope, events)
        shown = await self._make(head, run_id, events, *before)
        if shown is not None:
            await counts.count(counted)
        return shown

    async def begin(self, run_id: UUID, events: Sequence[ChainedEvent]) -> Shown:
        """For events from the orchestration's first one on, whatever its row was made of before.
        Counts nothing."""
        row = orchestrations.first_row(self._scope, run_id, events)
        await self._session.execute(orchestrations.RENEW, row)
        shown = await self._make(Head(run_id, events[0].hash), run_id, events)
        assert shown is not None
        return shown

    async def begin_once(
        self, run_id: UUID, events: Sequence[ChainedEvent], *before: Write
    ) -> Shown | None:
        """None, and nothing is done, when there is a row already."""
        row = orchestrations.first_row(self._scope, run_id, events)
        if (await self._session.execute(orchestrations.CREATE, row)).first() is None:
            return None
        return await self.follow(Head(run_id, events[0].hash), run_id, events, *before)

    async def anew(self, run_id: UUID, chain: Sequence[ChainedEvent]) -> Shown:
        """Forget what the tables show, and make them of this chain."""
        counts = Counts(self._session)
        touched = await counts.lock(self._scope, chain)
        shown = await self.replace(run_id, chain)
        await counts.count(touched)
        await counts.forget(touched)
        return shown

    async def replace(self, run_id: UUID, chain: Sequence[ChainedEvent]) -> Shown:
        """As `anew`, for who counts everything afterwards."""
        await self._clear()
        return await self.begin(run_id, chain)

    async def _make(
        self, head: Head, run_id: UUID, events: Sequence[ChainedEvent], *before: Write
    ) -> Shown | None:
        writes = [*before]
        for subject in SUBJECTS:
            writes += subject.writes(self._scope, events)
        sql, rows = composed([*writes, orchestrations.follow(run_id, events)])
        connection = await self._session.connection()
        row = (self._scope.orchestration_id, head.run_id, head.hash)
        found = (await connection.exec_driver_sql(sql, (*row, *rows))).mappings().one_or_none()
        return Shown(**found) if found else None

    async def _clear(self) -> None:
        id = self._scope.orchestration_id
        mine = select(Approval.id).where(Approval.orchestration_id == id)
        await self._session.execute(
            delete(ApprovalDecision).where(ApprovalDecision.approval_id.in_(mine))
        )
        for child in (Approval, *CHILDREN):
            await self._session.execute(delete(child).where(child.orchestration_id == id))
