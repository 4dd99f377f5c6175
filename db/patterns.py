"""What finished tickets can tell one that is about to be worked."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Float, Select, Text, cast, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from contracts.agents import SimilarTicket
from contracts.issues import Ticket
from contracts.patterns import PatternRow, Precedent, Signature
from db.models import Issue, Pattern, TaskOutcome
from policy.patterns import Past, expected_signature, nearest, precedent_of

RANKED, SIMILAR, MOST_WORDS = 100, 3, 20


@dataclass(frozen=True)
class Found:
    id: UUID
    issue_key: str
    success: bool
    learnings: dict[str, Any]
    rework_count: int
    timestamp: datetime
    signature: dict[str, Any] | None
    words: float


class Patterns:
    """One organization's. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def similar(self, ticket: Ticket) -> tuple[SimilarTicket, ...]:
        """The nearest finished tickets, by what they were and by their words. Ranking reads each:
        only the newest of those that have anything in common are ranked."""
        wanted = expected_signature(ticket)
        found = [*await self._like(wanted, ticket.key), *await self._worded(ticket)]
        # Of one outcome that was found both ways, that with its words comes last and stays.
        past = {row.id: _past(row) for row in found}
        return nearest(wanted, list(past.values()), SIMILAR)

    async def precedent(self, ticket: Ticket) -> Precedent | None:
        wanted = expected_signature(ticket)
        if not (wanted.labels or wanted.components):
            return None
        same = [
            Pattern.signature["labels"] == list(wanted.labels),
            Pattern.signature["components"] == list(wanted.components),
        ]
        statement = self._patterns().where(Pattern.pattern_type == wanted.type, *same)
        rows = map(_row, (await self._session.scalars(statement.limit(RANKED))).all())
        return precedent_of(
            wanted, [(row.signature, row.usage_count, row.success_count) for row in rows]
        )

    async def all(self) -> list[PatternRow]:
        """The most used first. One whose work was only ever cancelled is not shown."""
        used = self._patterns().where(Pattern.usage_count > 0)
        ordered = used.order_by(Pattern.usage_count.desc(), Pattern.name)
        return [_row(found) for found in (await self._session.scalars(ordered)).all()]

    def _patterns(self) -> Select[Pattern]:
        mine = Pattern.organization_id == self._organization_id
        return select(Pattern).where(mine, Pattern.active)

    async def _like(self, wanted: Signature, key: str) -> list[Found]:
        """Those whose pattern has an area, a folder or a label in common."""
        parts = (("components", wanted.components), ("paths", wanted.paths))
        common = [
            Pattern.signature[name].has_any(cast(list(values), ARRAY(Text)))
            for name, values in (*parts, ("labels", wanted.labels))
            if values
        ]
        if not common:
            return []
        # There are far fewer patterns than outcomes.
        mine = Pattern.organization_id == self._organization_id
        kinds = select(Pattern.id).where(mine, Pattern.active, or_(*common))
        statement = self._outcomes(literal(0.0)).where(
            TaskOutcome.issue_key != key, TaskOutcome.pattern_id.in_(kinds)
        )
        return await self._found(statement)

    async def _worded(self, ticket: Ticket) -> list[Found]:
        """Those that share a word with the ticket's title."""
        words = re.findall(r"\w+", ticket.title)[:MOST_WORDS]
        if not words:
            return []
        query = func.to_tsquery("english", " | ".join(words))
        # 32 makes of the rank, which has no bound, a share below 1.
        rank = func.ts_rank(Issue.search, query, 32).cast(Float)
        statement = (
            self._outcomes(rank)
            .join(
                Issue,
                (Issue.organization_id == TaskOutcome.organization_id)
                & (Issue.key == TaskOutcome.issue_key),
            )
            .where(Issue.key != ticket.key, Issue.search.op("@@")(query))
            .where(func.coalesce(Pattern.active, true()))
        )
        return await self._found(statement)

    async def _found(self, statement: Select[*tuple[Any, ...]]) -> list[Found]:
        return [Found(**row) for row in (await self._session.execute(statement)).mappings()]

    def _outcomes(self, words: ColumnElement[float]) -> Select[*tuple[Any, ...]]:
        near = (
            TaskOutcome.id,
            TaskOutcome.issue_key,
            TaskOutcome.success,
            TaskOutcome.learnings,
            TaskOutcome.rework_count,
            TaskOutcome.timestamp,
            Pattern.signature,
        )
        return (
            select(*near, words.label("words"))
            .join(Pattern, Pattern.id == TaskOutcome.pattern_id, isouter=True)
            .where(TaskOutcome.organization_id == self._organization_id)
            .order_by(TaskOutcome.timestamp.desc())
            .limit(RANKED)
        )


def _past(row: Found) -> Past:
    return Past(
        issue_key=row.issue_key,
        success=row.success,
        cancelled=row.learnings.get("cancelled"),
        summary=row.learnings.get("summary", ""),
        ended_at=row.timestamp,
        rework=row.rework_count,
        signature=Signature.model_validate(row.signature) if row.signature else None,
        words=row.words,
    )


def _row(found: Pattern) -> PatternRow:
    return PatternRow(
        id=found.id,
        name=found.name,
        signature=Signature.model_validate(found.signature),
        usage_count=found.usage_count,
        success_count=found.success_count,
        example_issues=tuple(found.example_issues),
    )
