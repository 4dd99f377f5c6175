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
)
from db.projections import agents, approvals, checkpoints, metrics, orchestrations, outcomes, sla
from db.projections.scope import Head, Scope, Shown
from db.projections.writes import Write, composed

CHILDREN = (
    *(AgentExecution, Checkpoint, Delegation, OrchestrationMetric, SlaViolation, TaskOutcome),
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
        continue is not at `head`."""
        writes = [*before]
        for subject in (agents, approvals, checkpoints, metrics, outcomes, sla):
            writes += subject.writes(self._scope, events)
        sql, rows = composed([*writes, orchestrations.follow(run_id, events)])
        connection = await self._session.connection()
        row = (self._scope.orchestration_id, head.run_id, head.hash)
        found = (await connection.exec_driver_sql(sql, (*row, *rows))).mappings().one_or_none()
        return Shown(**found) if found else None

    async def begin(self, run_id: UUID, events: Sequence[ChainedEvent], *before: Write) -> Shown:
        """For events from the orchestration's first one on."""
        created = orchestrations.creation(self._scope, run_id, events)
        assert created is not None
        await self._session.execute(created)
        shown = await self.follow(Head(run_id, events[0].hash), run_id, events, *before)
        assert shown is not None
        return shown

    async def anew(self, run_id: UUID, chain: Sequence[ChainedEvent]) -> Shown:
        """Forget what the tables show, and make them of this chain."""
        await self._clear()
        return await self.begin(run_id, chain)

    async def _clear(self) -> None:
        id = self._scope.orchestration_id
        mine = select(Approval.id).where(Approval.orchestration_id == id)
        await self._session.execute(
            delete(ApprovalDecision).where(ApprovalDecision.approval_id.in_(mine))
        )
        for child in (Approval, *CHILDREN):
            await self._session.execute(delete(child).where(child.orchestration_id == id))
