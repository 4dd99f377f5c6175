"""What finished tickets can tell one that is about to be worked."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Float,
    Row,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from contracts.agents import SimilarTicket
from contracts.issues import Ticket
from contracts.patterns import PatternRow, Precedent, Signature
from db.models import Issue, Pattern, TaskOutcome
from policy.patterns import Past, expected_signature, nearest, precedent_of

RANKED, SIMILAR, MOST_WORDS = 100, 3, 20
# Statements that are built once, past the ORM.
OUTCOME, PATTERN, ISSUE = TaskOutcome.__table__.c, Pattern.__table__.c, Issue.__table__.c
OWN = PATTERN.organization_id == bindparam("organization_id")


def _outcomes(words: ColumnElement[float]) -> Select[Any]:
    """The newest first, as _past takes them."""
    return (
        select(
            *(OUTCOME.id, OUTCOME.issue_key, OUTCOME.success),
            func.coalesce(OUTCOME.learnings["summary"].astext, ""),
            *(OUTCOME.timestamp, OUTCOME.rework_count),
            *(cast(PATTERN.signature, Text), words, OUTCOME.learnings["cancelled"].astext),
        )
        .select_from(TaskOutcome.__table__)
        .outerjoin(Pattern.__table__, PATTERN.id == OUTCOME.pattern_id)
        .where(
            OUTCOME.organization_id == bindparam("organization_id"),
            OUTCOME.issue_key != bindparam("key"),
        )
        .order_by(OUTCOME.timestamp.desc())
        .limit(RANKED)
    )


# Those whose pattern has an area, a folder or a label in common. There are far fewer patterns
# than outcomes.
COMMON = [
    PATTERN.signature[name].has_any(bindparam(name, type_=ARRAY(Text)))
    for name in ("components", "paths", "labels")
]
KINDS = select(PATTERN.id).where(OWN, PATTERN.active, or_(*COMMON)).correlate(None)
LIKE = _outcomes(literal(0.0)).where(OUTCOME.pattern_id.in_(KINDS))
# Those that share a word with the ticket's title. 32 makes of the rank, which has no bound, a
# share below 1.
QUERY = func.to_tsquery("english", bindparam("words", type_=Text))
WORDED = (
    _outcomes(func.ts_rank(ISSUE.search, QUERY, 32).cast(Float))
    .join(
        Issue.__table__,
        (ISSUE.organization_id == OUTCOME.organization_id) & (ISSUE.key == OUTCOME.issue_key),
    )
    .where(ISSUE.search.op("@@")(QUERY), func.coalesce(PATTERN.active, true()))
)
SAME_KIND = (
    select(PATTERN.signature, PATTERN.usage_count, PATTERN.success_count)
    .where(
        OWN,
        PATTERN.active,
        PATTERN.pattern_type == bindparam("type"),
        PATTERN.signature["labels"] == bindparam("labels"),
        PATTERN.signature["components"] == bindparam("components"),
    )
    .limit(RANKED)
)
USED = (
    select(Pattern)
    .where(OWN, Pattern.active, Pattern.usage_count > 0)
    .order_by(Pattern.usage_count.desc(), Pattern.name)
)


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
        past = dict(map(_past, found))
        return nearest(wanted, list(past.values()), SIMILAR)

    async def precedent(self, ticket: Ticket) -> Precedent | None:
        wanted = expected_signature(ticket)
        if not (wanted.labels or wanted.components):
            return None
        labels, components = list(wanted.labels), list(wanted.components)
        same = {"type": wanted.type, "labels": labels, "components": components}
        past = [
            (Signature.model_validate(row.signature), row.usage_count, row.success_count)
            for row in await self._all(SAME_KIND, same)
        ]
        return precedent_of(wanted, past)

    async def all(self) -> list[PatternRow]:
        """The most used first. One whose work was only ever cancelled is not shown."""
        return [_row(found) for (found,) in await self._all(USED, {})]

    async def _like(self, wanted: Signature, key: str) -> list[Row[Any]]:
        parts = {name: list(getattr(wanted, name)) for name in ("components", "paths", "labels")}
        return await self._all(LIKE, {"key": key, **parts}) if any(parts.values()) else []

    async def _worded(self, ticket: Ticket) -> list[Row[Any]]:
        words = " | ".join(re.findall(r"\w+", ticket.title)[:MOST_WORDS])
        return await self._all(WORDED, {"key": ticket.key, "words": words}) if words else []

    async def _all(self, statement: Select[Any], which: Mapping[str, object]) -> list[Row[Any]]:
        mine = {"organization_id": self._organization_id, **which}
        return list(await self._session.execute(statement, mine))


# Many outcomes have one of few patterns. The same text never says anything else.
@lru_cache(maxsize=500)
def _signature(written: str) -> Signature:
    return Signature.model_validate_json(written)


def _past(row: Sequence[Any]) -> tuple[UUID, Past]:
    """And the outcome's id. There may be a hundred of them: one look at each row."""
    id, key, success, summary, ended_at, rework, written, words, cancelled = row
    signature = _signature(written) if written else None
    return id, Past(key, success, summary, ended_at, rework, signature, words, cancelled)


def _row(found: Pattern) -> PatternRow:
    return PatternRow(
        id=found.id,
        name=found.name,
        signature=Signature.model_validate(found.signature),
        usage_count=found.usage_count,
        success_count=found.success_count,
        example_issues=tuple(found.example_issues),
    )
