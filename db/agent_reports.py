"""Every query on what agents left: stored reports of steps, and their output."""

import zlib
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from contracts.agents import AgentOutput, AgentResult, AgentRun
from db.models import AgentOutput as AgentOutputRow
from db.models import AgentReport

# Built once, and past the ORM: every agent goes through here.
REPORTS = AgentReport.metadata.tables[AgentReport.__tablename__]
OUTPUTS = AgentOutputRow.metadata.tables[AgentOutputRow.__tablename__]
KEEP = insert(REPORTS).on_conflict_do_nothing().returning(REPORTS.c.id)
KEEP_OUTPUT = insert(OUTPUTS)


class AgentReports:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_step(self, orchestration_id: UUID, step: str) -> AgentResult | None:
        statement = select(AgentReport.report).where(
            AgentReport.orchestration_id == orchestration_id, AgentReport.step_key == step
        )
        stored = await self._session.scalar(statement)
        return AgentResult.model_validate(stored) if stored is not None else None

    async def keep(self, run: AgentRun, attempt: int, result: AgentResult) -> AgentResult:
        """The step's one stored result: this one, or that of whoever was first."""
        place = run.workplace
        row = {
            "id": UUID(int=uuid7().int),
            "organization_id": place.organization_id,
            "orchestration_id": place.orchestration_id,
            "step_key": run.step,
            "attempt": attempt,
            "commit_sha": result.commit,
            "report": result.model_dump(mode="json"),
        }
        if await self._session.scalar(KEEP, row) is not None:
            return result
        stored = await self.of_step(place.orchestration_id, run.step)
        assert stored is not None
        return stored

    async def forget(self, orchestration_id: UUID, step: str) -> None:
        await self._session.execute(
            delete(AgentReport).where(
                AgentReport.orchestration_id == orchestration_id, AgentReport.step_key == step
            )
        )

    async def keep_output(self, run: AgentRun, output: AgentOutput) -> UUID | None:
        """Where the output is kept; None when there was none."""
        if not output.size:
            return None
        id = UUID(int=uuid7().int)
        row = {
            "id": id,
            "organization_id": run.workplace.organization_id,
            "orchestration_id": run.workplace.orchestration_id,
            "sha256": sha256(output.kept).hexdigest(),
            "bytes": zlib.compress(output.kept, level=6),
            "size": output.size,
            "truncated": output.truncated,
        }
        await self._session.execute(KEEP_OUTPUT, row)
        return id
