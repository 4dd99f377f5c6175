"""The tables that are made of events, and of nothing else."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.ledger import ChainedEvent
from db.models import (
    AgentExecution,
    Approval,
    ApprovalDecision,
    Checkpoint,
    OrchestrationMetric,
    TaskOutcome,
)
from db.projections import agents, approvals, checkpoints, metrics, orchestrations, outcomes
from db.projections.scope import Scope, Shown

CHILDREN = (AgentExecution, Checkpoint, OrchestrationMetric, TaskOutcome)


class Projections:
    """One orchestration's rows. The caller owns the transaction and the orchestration's lock."""

    def __init__(
        self, session: AsyncSession, organization_id: UUID, orchestration_id: UUID
    ) -> None:
        self._scope = Scope(session, organization_id, orchestration_id)

    async def apply(self, run_id: UUID, events: Sequence[ChainedEvent]) -> Shown:
        """Follow events that continue what the tables show."""
        shown = await orchestrations.apply(self._scope, run_id, events)
        for event in events:
            for subject in (agents, approvals, checkpoints, metrics, outcomes):
                await subject.apply(self._scope, event)
        return shown

    async def anew(self, run_id: UUID, chain: Sequence[ChainedEvent]) -> Shown:
        """Forget what the tables show, and make them of this chain."""
        await self._clear()
        return await self.apply(run_id, chain)

    async def _clear(self) -> None:
        scope = self._scope
        mine = Approval.__table__.c.orchestration_id == scope.orchestration_id
        await scope.session.execute(
            delete(ApprovalDecision).where(ApprovalDecision.approval_id.in_(approvals.ids(mine)))
        )
        await scope.session.execute(delete(Approval).where(mine))
        for child in CHILDREN:
            await scope.session.execute(
                delete(child).where(child.orchestration_id == scope.orchestration_id)
            )
