"""Every query on what agents left: stored reports of steps, and their output."""

import zlib
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from contracts.agents import AgentOutput, AgentResult, AgentRun
from db.models import AgentOutput as OutputRow
from db.models import AgentReport
from policy.budgets import spent_by

KEEP = """INSERT INTO agent_reports
(id, organization_id, orchestration_id, step_key, attempt, commit_sha, report, tokens, cost)
VALUES (:id, :organization_id, :orchestration_id, :step_key, :attempt, :commit_sha, :report,
:tokens, :cost)
ON CONFLICT DO NOTHING RETURNING id"""
# Every agent goes through here, so its output travels with its report.
WITH_OUTPUT = f"""WITH output AS (INSERT INTO agent_outputs
(id, organization_id, orchestration_id, sha256, bytes, size, truncated)
VALUES (:output_id, :organization_id, :orchestration_id, :sha256, :bytes, :size, :truncated))
{KEEP}"""


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

    async def keep(
        self, run: AgentRun, attempt: int, result: AgentResult, output: AgentOutput
    ) -> AgentResult:
        """The step's one stored result: this one, with where its output is kept, or that of
        whoever was first. One statement, unless somebody was."""
        place, id = run.workplace, UUID(int=uuid7().int)
        if output.size:
            result = result.model_copy(update={"output_id": id})
        row = {
            "id": id,
            "organization_id": place.organization_id,
            "orchestration_id": place.orchestration_id,
            "step_key": run.step,
            "attempt": attempt,
            "commit_sha": result.commit,
            "report": result.model_dump_json(),
            **_used(result),
        }
        statement = text(WITH_OUTPUT if output.size else KEEP)
        row |= _output(id, output) if output.size else {}
        if await self._session.scalar(statement, row) is not None:
            return result
        stored = await self.of_step(place.orchestration_id, run.step)
        assert stored is not None
        return stored

    async def output(self, id: UUID) -> AgentOutput:
        """What an event's `output_id` names, as it was printed but for secrets."""
        statement = select(OutputRow.bytes, OutputRow.size).where(OutputRow.id == id)
        kept, size = (await self._session.execute(statement)).one()
        return AgentOutput(kept=zlib.decompress(kept), size=size)

    async def forget(self, orchestration_id: UUID, step: str) -> None:
        await self._session.execute(
            delete(AgentReport).where(
                AgentReport.orchestration_id == orchestration_id, AgentReport.step_key == step
            )
        )


def _used(result: AgentResult) -> dict[str, Any]:
    used = spent_by(result)
    return {"tokens": used.tokens_in + used.tokens_out, "cost": used.cost}


def _output(id: UUID, output: AgentOutput) -> dict[str, Any]:
    return {
        "output_id": id,
        "sha256": sha256(output.kept).hexdigest(),
        "bytes": zlib.compress(output.kept, level=6),
        "size": output.size,
        "truncated": output.truncated,
    }
