"""Numbers over many orchestrations' rows: how often a pattern was used, how full a sprint is.

They are counted, never added to, so that retries, resets and rebuilding leave them right. What is
counted is locked first: who ends at the same time counts afterwards, and sees all. All lock
sprints before patterns, and the sprints, like the patterns, in the order of their ids. A pattern
whose work ends is locked by the batch itself (patterns.py), so that nothing is asked between its
lock and its count.
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
from db.projections.patterns import patterns_of
from db.projections.scope import Scope

BEARING = (
    *(OrchestrationStarted, OrchestrationCompleted, OrchestrationFailed),
    OrchestrationCancelled,
)
# A lock that lets others refer to the row: only who counts, too, waits for it.
LOCK_SPRINT = text("""
    SELECT c.id FROM team_capacity c WHERE (c.team_id, c.sprint_id) IN (
        SELECT a.team_id, a.sprint_id FROM team_allocations a WHERE a.orchestration_id = :id
        UNION ALL SELECT CAST(:team AS uuid), CAST(:sprint AS text))
    ORDER BY c.id FOR NO KEY UPDATE""")
OWN_PATTERNS = text("""
    SELECT DISTINCT pattern_id FROM task_outcomes
    WHERE orchestration_id = :id AND pattern_id IS NOT NULL""")
ALL_SPRINTS = text("SELECT id FROM team_capacity")
ALL_PATTERNS = text("SELECT id FROM patterns")
LOCK_SPRINTS = text(
    "SELECT id FROM team_capacity WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"
)
LOCK_PATTERNS = text("SELECT id FROM patterns WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
# Work that was cancelled says nothing of how such work goes: it counts neither way. Everything is
# read from indexes that are made for it (0021): once around for the counts, a few looks for the
# rest. DISTINCT, EXISTS and GROUP BY would each read all of a pattern's outcomes again.
COUNT = text("""
    WITH sprints AS (
        UPDATE team_capacity c SET updated_at = now(), allocated_hours = (
            SELECT coalesce(sum(a.hours), 0) FROM team_allocations a
            WHERE a.team_id = c.team_id AND a.sprint_id = c.sprint_id AND a.state <> 'FREED')
        WHERE c.id = ANY(:sprints))
    UPDATE patterns p SET updated_at = now(),
        (usage_count, success_count) = (
            SELECT count(*), count(*) FILTER (WHERE o.success) FROM task_outcomes o
            WHERE o.pattern_id = p.id AND NOT o.learnings ? 'cancelled'),
        issue_types = ARRAY(
            WITH RECURSIVE kinds AS (
                SELECT min(o.issue_type) AS kind FROM task_outcomes o WHERE o.pattern_id = p.id
                UNION ALL
                SELECT (SELECT min(o.issue_type) FROM task_outcomes o
                    WHERE o.pattern_id = p.id AND o.issue_type > kinds.kind)
                FROM kinds WHERE kind IS NOT NULL)
            SELECT kind FROM kinds WHERE kind IS NOT NULL ORDER BY kind),
        example_issues = (
            WITH RECURSIVE newest AS (
                SELECT CAST('{}' AS text[]) AS keys
                UNION ALL
                SELECT keys || next.issue_key FROM newest, LATERAL (
                    SELECT o.issue_key FROM task_outcomes o
                    WHERE o.pattern_id = p.id AND NOT o.learnings ? 'cancelled'
                        AND o.issue_key <> ALL(keys)
                    ORDER BY o.timestamp DESC, o.issue_key LIMIT 1) AS next
                WHERE cardinality(keys) < 5)
            SELECT keys FROM newest ORDER BY cardinality(keys) DESC LIMIT 1)
    WHERE p.id = ANY(:patterns)""")
FORGET_PATTERNS = text("""
    DELETE FROM patterns p WHERE p.id = ANY(:ids)
        AND NOT EXISTS (SELECT FROM task_outcomes o WHERE o.pattern_id = p.id)""")


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
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def before(self, scope: Scope, events: Sequence[ChainedEvent]) -> Counted:
        """What is to be counted once these events are in the tables. Its sprint is locked; its
        patterns will be, by the statement that brings the events in."""
        if not change_counts(events):
            return Counted()
        return Counted(patterns_of(scope, events), await self._lock_sprint(scope, events))

    async def lock(self, scope: Scope, events: Sequence[ChainedEvent]) -> Counted:
        """As `before`, with what the orchestration's rows have a part in now; all is locked."""
        coming = await self.before(scope, events)
        own = await self._session.scalars(OWN_PATTERNS, {"id": scope.orchestration_id})
        touched = coming | Counted(patterns=frozenset(own))
        await self._session.execute(LOCK_PATTERNS, {"ids": sorted(touched.patterns)})
        return touched

    async def count(self, counted: Counted) -> None:
        """The rows are locked, and what is counted is already what it shall be."""
        if counted != Counted():
            ids = {"patterns": sorted(counted.patterns), "sprints": sorted(counted.sprints)}
            await self._session.execute(COUNT, ids)

    async def forget(self, counted: Counted) -> None:
        """A pattern that no outcome has any longer is gone. The rows are locked."""
        await self._session.execute(FORGET_PATTERNS, {"ids": sorted(counted.patterns)})

    async def all(self) -> Counted:
        """Of all organizations."""
        sprints = frozenset(await self._session.scalars(ALL_SPRINTS))
        return Counted(frozenset(await self._session.scalars(ALL_PATTERNS)), sprints)

    async def again(self, counted: Counted) -> None:
        """Locks these and counts them, whatever was counted before."""
        await self._session.execute(LOCK_SPRINTS, {"ids": sorted(counted.sprints)})
        await self._session.execute(LOCK_PATTERNS, {"ids": sorted(counted.patterns)})
        await self.count(counted)
        await self.forget(counted)

    async def _lock_sprint(self, scope: Scope, events: Sequence[ChainedEvent]) -> frozenset[UUID]:
        """That of its allocation, or of the one that it is about to make."""
        which: dict[str, object] = {"id": scope.orchestration_id, "team": None, "sprint": None}
        for chained in events:
            if isinstance(chained.event, OrchestrationStarted) and chained.event.team:
                team = chained.event.team
                which |= {"team": team.team_id, "sprint": team.sprint}
        return frozenset(await self._session.scalars(LOCK_SPRINT, which))
