"""Numbers over many orchestrations' rows: how often a pattern was used, how full a sprint is.

They are counted, never added to, so that retries, resets and rebuilding leave them right. What is
counted is locked first: who ends at the same time counts afterwards, and sees all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.events import (
    OrchestrationCancelled,
    OrchestrationCompleted,
    OrchestrationFailed,
    OrchestrationStarted,
)
from contracts.ledger import ChainedEvent

BEARING = (
    *(OrchestrationStarted, OrchestrationCompleted, OrchestrationFailed),
    OrchestrationCancelled,
)
OWN = text("""
    SELECT 'pattern' AS kind, pattern_id AS id FROM task_outcomes
    WHERE orchestration_id = :id AND pattern_id IS NOT NULL
    UNION SELECT 'sprint', c.id FROM team_capacity c
    JOIN team_allocations a ON a.team_id = c.team_id AND a.sprint_id = c.sprint_id
    WHERE a.orchestration_id = :id""")
LOCK_PATTERNS = text("SELECT id FROM patterns WHERE id = ANY(:ids) ORDER BY id FOR UPDATE")
LOCK_SPRINTS = text("SELECT id FROM team_capacity WHERE id = ANY(:ids) ORDER BY id FOR UPDATE")
# Work that was cancelled says nothing of how such work goes: it counts neither way.
COUNT_PATTERNS = text("""
    UPDATE patterns p SET updated_at = now(),
        usage_count = (
            SELECT count(*) FROM task_outcomes o
            WHERE o.pattern_id = p.id AND NOT o.learnings ? 'cancelled'),
        success_count = (
            SELECT count(*) FROM task_outcomes o WHERE o.pattern_id = p.id AND o.success),
        issue_types = ARRAY(
            SELECT DISTINCT issue_type FROM task_outcomes o WHERE o.pattern_id = p.id ORDER BY 1),
        example_issues = ARRAY(
            SELECT issue_key FROM task_outcomes o
            WHERE o.pattern_id = p.id AND NOT o.learnings ? 'cancelled'
            GROUP BY issue_key ORDER BY max(o.timestamp) DESC, issue_key LIMIT 5)
    WHERE p.id = ANY(:ids) RETURNING usage_count""")
FORGET_PATTERNS = text("""
    DELETE FROM patterns p WHERE p.id = ANY(:ids)
        AND NOT EXISTS (SELECT FROM task_outcomes o WHERE o.pattern_id = p.id)""")
COUNT_SPRINTS = text("""
    UPDATE team_capacity c SET updated_at = now(), allocated_hours = (
        SELECT coalesce(sum(a.hours), 0) FROM team_allocations a
        WHERE a.team_id = c.team_id AND a.sprint_id = c.sprint_id AND a.state <> 'FREED')
    WHERE c.id = ANY(:ids)""")


@dataclass(frozen=True)
class Counted:
    """The rows whose numbers an orchestration has a part in."""

    patterns: frozenset[UUID] = frozenset()
    sprints: frozenset[UUID] = frozenset()

    def __or__(self, other: "Counted") -> "Counted":
        return Counted(self.patterns | other.patterns, self.sprints | other.sprints)


def change_counts(events: Sequence[ChainedEvent]) -> bool:
    """Whether anything is to be counted after these."""
    return any(isinstance(chained.event, BEARING) for chained in events)


class Counts:
    """The caller owns the transaction, in which the rows are already what they shall be."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, orchestration_id: UUID) -> Counted:
        rows = (await self._session.execute(OWN, {"id": orchestration_id})).all()
        return Counted(
            frozenset(id for kind, id in rows if kind == "pattern"),
            frozenset(id for kind, id in rows if kind == "sprint"),
        )

    async def count(self, counted: Counted) -> None:
        """A pattern that no outcome has any longer is gone."""
        if counted.patterns:
            values = {"ids": sorted(counted.patterns)}
            await self._session.execute(LOCK_PATTERNS, values)
            used = (await self._session.scalars(COUNT_PATTERNS, values)).all()
            if 0 in used:
                await self._session.execute(FORGET_PATTERNS, values)
        if counted.sprints:
            values = {"ids": sorted(counted.sprints)}
            for statement in (LOCK_SPRINTS, COUNT_SPRINTS):
                await self._session.execute(statement, values)
