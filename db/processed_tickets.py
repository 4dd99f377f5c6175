"""Every query on tickets that were taken up: claimed once, settled, listed, forgotten."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.text import clipped, storable
from contracts.triage import (
    TicketClaim,
    TicketRef,
    TicketSettlement,
    TriageOutcome,
    TriageRow,
    TriageStats,
    TriageStatus,
)
from db.ids import new_id
from db.models import Organization, ProcessedTicket
from errors import AbsentError

# Longer than any run takes that is alive and sees its stores.
ABANDONED = timedelta(hours=2)
SHOWN, BATCH = 500, 5_000
REOPENED = "to be triaged once more"
# What is taken for good is only looked at: an upsert that changes nothing would still lock the row,
# and wait for the disk. Whoever slips in between meets the conflict.
CLAIM = text("""
INSERT INTO processed_tickets AS old (id, organization_id, source, ticket_id, claimed_by)
SELECT * FROM (VALUES (CAST(:id AS uuid), CAST(:organization_id AS uuid), CAST(:source AS text),
  CAST(:ticket_id AS text), CAST(:claimed_by AS text)))
  AS new (id, organization_id, source, ticket_id, claimed_by)
WHERE NOT EXISTS (
  SELECT FROM processed_tickets AS old
  WHERE (old.organization_id, old.source, old.ticket_id)
    = (new.organization_id, new.source, new.ticket_id)
    AND NOT (old.success IS FALSE OR (old.success IS NULL AND (old.claimed_by = new.claimed_by
    OR old.updated_at < now() - CAST(:abandoned AS interval))))
)
ON CONFLICT (organization_id, source, ticket_id) DO UPDATE SET
  claimed_by = excluded.claimed_by,
  attempts = old.attempts + CASE
    WHEN old.success IS FALSE OR old.claimed_by <> excluded.claimed_by THEN 1 ELSE 0 END,
  success = NULL, processed_at = NULL, error = NULL, updated_at = now()
WHERE old.success IS FALSE OR (old.success IS NULL AND (old.claimed_by = excluded.claimed_by
  OR old.updated_at < now() - CAST(:abandoned AS interval)))
RETURNING id
""")


class UnknownTicketError(AbsentError):
    """No ticket of this id was taken up of late."""


class ProcessedTickets:
    """One organization's claims. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def claim(self, claim: TicketClaim) -> bool:
        """Whether the ticket is the claimer's to work on. Who finds its own claim has won: its
        first answer was lost. A claim that failed, or that nobody settled in two hours, is free
        again. One statement, so that of many claimers one wins. Repeatable."""
        values = {
            "id": new_id(),
            "organization_id": self._organization_id,
            "source": claim.ref.source,
            "ticket_id": claim.ref.id,
            "claimed_by": claim.claimed_by,
            "abandoned": ABANDONED,
        }
        return await self._session.scalar(CLAIM, values) is not None

    async def note_failure(self, claim: TicketClaim, why: str) -> None:
        """What the last pass over the language models failed with, while the claim stands: it is
        tried again, and how it ends is written over it. Repeatable."""
        row = self._row_of(claim).where(ProcessedTicket.success.is_(None))
        await self._session.execute(row.values(error=clipped(str(storable(why)))))

    async def settle(self, settlement: TicketSettlement) -> bool:
        """False when somebody else has taken the ticket over. Repeatable."""
        claim, outcome = settlement.claim, settlement.outcome
        told = outcome.told
        statement = (
            self._row_of(claim)
            # A success is never taken back.
            .where(ProcessedTicket.success.is_not(True))
            .values(
                success=outcome.status is TriageStatus.TRIAGED,
                provider=told.provider if told else None,
                result=_dumped(outcome),
                error=outcome.reason or None,
                processed_at=func.now(),
            )
        )
        changed = await self._session.scalar(statement.returning(ProcessedTicket.id))
        return changed is not None or await self._settled(claim)

    async def reopen(self, ref: TicketRef) -> None:
        """What was triaged is free for the next claim, as if it had failed. A person has asked for
        it. Repeatable."""
        done = update(ProcessedTicket).where(*self._is(ref), ProcessedTicket.success.is_(True))
        await self._session.execute(done.values(success=False, error=REOPENED))

    async def _settled(self, claim: TicketClaim) -> bool:
        found = select(ProcessedTicket.success).where(*self._claimed(claim))
        return await self._session.scalar(found) is True

    def _row_of(self, claim: TicketClaim) -> Update:
        return update(ProcessedTicket).where(*self._claimed(claim))

    def _claimed(self, claim: TicketClaim) -> tuple[ColumnElement[bool], ...]:
        return (*self._is(claim.ref), ProcessedTicket.claimed_by == claim.claimed_by)

    def _is(self, ref: TicketRef) -> tuple[ColumnElement[bool], ...]:
        return (
            ProcessedTicket.organization_id == self._organization_id,
            ProcessedTicket.source == ref.source,
            ProcessedTicket.ticket_id == ref.id,
        )


class TicketList:
    """One organization's tickets, for people to look at."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization

    async def latest(self, failed: bool = False) -> list[TriageRow]:
        """Newest first, at most 500."""
        rows = self._of(select(ProcessedTicket)).order_by(ProcessedTicket.id.desc()).limit(SHOWN)
        if failed:
            rows = rows.where(_to_be_tried_again())
        return [_shown(row) for row in await self._session.scalars(rows)]

    async def of_id(self, source: str | None, ticket_id: str) -> list[TriageRow]:
        """One for each source that has such a ticket. Raises UnknownTicketError."""
        rows = self._of(select(ProcessedTicket)).where(ProcessedTicket.ticket_id == ticket_id)
        if source is not None:
            rows = rows.where(ProcessedTicket.source == source)
        found = [_shown(row) for row in await self._session.scalars(rows)]
        if not found:
            raise UnknownTicketError("No ticket of this id was taken up in the last seven days.")
        return found

    async def stats(self) -> TriageStats:
        counted = select(
            ProcessedTicket.provider, ProcessedTicket.success, func.count().label("number")
        ).group_by(ProcessedTicket.provider, ProcessedTicket.success)
        total, by_outcome, by_provider = 0, dict[bool | None, int](), dict[str, int]()
        for row in await self._session.execute(self._of(counted)):
            total += row.number
            by_outcome[row.success] = by_outcome.get(row.success, 0) + row.number
            if row.provider is not None:
                by_provider[row.provider] = by_provider.get(row.provider, 0) + row.number
        return TriageStats(
            total=total,
            succeeded=by_outcome.get(True, 0),
            failed=by_outcome.get(False, 0),
            unsettled=by_outcome.get(None, 0),
            by_provider=dict(sorted(by_provider.items())),
        )

    def _of(self, statement: Any) -> Any:
        return statement.join(
            Organization, Organization.id == ProcessedTicket.organization_id
        ).where(Organization.slug == self._organization)


async def count_old(session: AsyncSession, age: timedelta) -> int:
    """How many rows of all organizations `forget_old` would delete."""
    return await session.scalar(select(func.count()).where(_older(age))) or 0


async def forget_old(session: AsyncSession, age: timedelta) -> int:
    """Deletes up to 5,000 rows that were settled, or last heard of, so long ago; how many. Call it
    until there are none. Repeatable, and in no need of a transaction."""
    # One after the other: asked for both at once, Postgres goes through all that ever waited.
    return await _forget(session, _settled(age)) or await _forget(session, _given_up(age))


async def _forget(session: AsyncSession, which: ColumnElement[bool]) -> int:
    # By their places in the table: rows that were found need not be looked up, nor locked, again.
    # One that was changed meanwhile is at another place, and stays.
    place: ColumnElement[Any] = literal_column("processed_tickets.ctid")
    old = select(place).select_from(ProcessedTicket).where(which).limit(BATCH)
    gone = delete(ProcessedTicket).where(place == func.any(func.array(old.scalar_subquery())))
    connection = await session.connection()
    return (await connection.execute(gone)).rowcount


def _abandoned() -> ColumnElement[bool]:
    return ProcessedTicket.updated_at < func.now() - ABANDONED


def _to_be_tried_again() -> ColumnElement[bool]:
    lost = and_(ProcessedTicket.success.is_(None), _abandoned())
    return or_(ProcessedTicket.success.is_(False), lost)


def _older(age: timedelta) -> ColumnElement[bool]:
    return or_(_settled(age), _given_up(age))


def _settled(age: timedelta) -> ColumnElement[bool]:
    return ProcessedTicket.processed_at < func.now() - age


def _given_up(age: timedelta) -> ColumnElement[bool]:
    """Nobody settled it."""
    return and_(
        ProcessedTicket.processed_at.is_(None), ProcessedTicket.updated_at < func.now() - age
    )


def _dumped(outcome: TriageOutcome) -> dict[str, Any] | None:
    return outcome.told.model_dump(mode="json") if outcome.told else None


def _shown(row: ProcessedTicket) -> TriageRow:
    return TriageRow.model_validate({name: getattr(row, name) for name in TriageRow.model_fields})
