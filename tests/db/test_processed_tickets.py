"""Tickets that are taken up: each by one, by nobody twice."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, text, update

from contracts.triage import (
    TicketClaim,
    TicketRef,
    TicketSettlement,
    TriageAnswer,
    TriageOutcome,
    TriageRow,
    TriageStatus,
)
from db.engine import Sessions
from db.models import ProcessedTicket
from db.processed_tickets import ProcessedTickets, TicketList, count_old, forget_old
from tests.conftest import TestOrganization
from tests.model_server import GOOD

DONE = TriageOutcome(status=TriageStatus.TRIAGED, told=TriageAnswer(result=GOOD, provider="local"))
LOST = TriageOutcome(status=TriageStatus.FAILED, reason="nobody answered")


class Till:
    """Claims and settles for one organization, each in a transaction of its own."""

    def __init__(self, sessions: Sessions, organization: TestOrganization) -> None:
        self._sessions, self._organization = sessions, organization

    async def claim(self, by: str, id_: str = "1") -> bool:
        async with self._sessions.begin() as session:
            return await ProcessedTickets(session, self._organization.id).claim(self._of(by, id_))

    async def settle(self, by: str, outcome: TriageOutcome, id_: str = "1") -> bool:
        settlement = TicketSettlement(claim=self._of(by, id_), outcome=outcome)
        async with self._sessions.begin() as session:
            return await ProcessedTickets(session, self._organization.id).settle(settlement)

    async def note(self, by: str, why: str) -> None:
        async with self._sessions.begin() as session:
            tickets = ProcessedTickets(session, self._organization.id)
            await tickets.note_failure(self._of(by, "1"), why)

    async def rows(self, failed: bool = False) -> list[TriageRow]:
        async with self._sessions() as session:
            return await TicketList(session, self._organization.slug).latest(failed)

    async def age(self, by: timedelta, id_: str = "1") -> None:
        async with self._sessions.begin() as session:
            await session.execute(
                update(ProcessedTicket)
                .where(
                    ProcessedTicket.organization_id == self._organization.id,
                    ProcessedTicket.ticket_id == id_,
                )
                .values(updated_at=func.now() - by, processed_at=ProcessedTicket.processed_at - by)
            )

    def _of(self, by: str, id_: str) -> TicketClaim:
        ref = TicketRef(organization=self._organization.slug, source="hubspot", id=id_)
        return TicketClaim(ref=ref, claimed_by=by)


async def test_of_fifty_claimers_one_wins(
    sessions: Sessions, organization: TestOrganization
) -> None:
    till = Till(sessions, organization)
    won = await asyncio.gather(*(till.claim(f"run-{number}") for number in range(50)))
    assert won.count(True) == 1


async def test_who_finds_its_own_claim_has_won(
    sessions: Sessions, organization: TestOrganization
) -> None:
    till = Till(sessions, organization)
    assert await till.claim("run-1")
    assert await till.claim("run-1"), "its first answer was lost"
    assert not await till.claim("run-2")
    assert [row.attempts for row in await till.rows()] == [1]


async def test_what_succeeded_is_nobodys_any_more(
    sessions: Sessions, organization: TestOrganization
) -> None:
    till = Till(sessions, organization)
    await till.claim("run-1")
    assert await till.settle("run-1", DONE)
    assert not await till.claim("run-1")
    assert not await till.claim("run-2")
    [row] = await till.rows()
    assert (row.success, row.provider, row.error) == (True, "local", None)
    assert row.result is not None
    assert row.result["result"]["ticket_type"] == "billing"


async def test_why_nobody_answers_stands_there_until_somebody_does(
    sessions: Sessions, organization: TestOrganization
) -> None:
    till = Till(sessions, organization)
    await till.claim("run-1")
    await till.note("run-2", "not its claim")
    await till.note("run-1", "local answered 503\0")
    assert [(row.success, row.error) for row in await till.rows()] == [(None, "local answered 503")]
    await till.settle("run-1", DONE)
    await till.note("run-1", "too late")
    assert [(row.success, row.error) for row in await till.rows()] == [(True, None)]


async def test_what_is_taken_is_only_looked_at(
    sessions: Sessions, organization: TestOrganization
) -> None:
    """A lock on the row would be a write, which waits for the disk."""
    till = Till(sessions, organization)
    await till.claim("run-1")
    assert not await till.claim("run-2")
    async with sessions() as session:
        locked_by = "SELECT xmax::text FROM processed_tickets WHERE organization_id = :id"
        assert await session.scalar(text(locked_by), {"id": organization.id}) == "0"


async def test_what_failed_can_be_tried_again(
    sessions: Sessions, organization: TestOrganization
) -> None:
    till = Till(sessions, organization)
    await till.claim("run-1")
    assert await till.settle("run-1", LOST)
    assert [row.error for row in await till.rows(failed=True)] == ["nobody answered"]
    assert await till.claim("run-1")
    [row] = await till.rows()
    assert (row.attempts, row.success, row.error, row.processed_at) == (2, None, None, None)


async def test_what_was_abandoned_can_be_tried_again(
    sessions: Sessions, organization: TestOrganization
) -> None:
    till = Till(sessions, organization)
    await till.claim("run-1")
    await till.age(timedelta(minutes=119))
    assert not await till.claim("run-2")
    await till.age(timedelta(minutes=121))
    assert len(await till.rows(failed=True)) == 1
    assert await till.claim("run-2")
    assert not await till.settle("run-1", DONE), "it came too late"
    assert await till.settle("run-2", LOST)


async def test_settling_twice_changes_nothing(
    sessions: Sessions, organization: TestOrganization
) -> None:
    till = Till(sessions, organization)
    await till.claim("run-1")
    assert await till.settle("run-1", DONE)
    [before] = await till.rows()
    assert await till.settle("run-1", DONE)
    assert not await till.settle("run-2", LOST)
    assert await till.rows() == [before]


async def test_organizations_do_not_share_tickets(
    sessions: Sessions, organization: TestOrganization
) -> None:
    till = Till(sessions, organization)
    slug = f"org-{uuid4().hex[:12]}"
    async with sessions.begin() as session:
        statement = text("INSERT INTO organizations (id, slug, name) VALUES (:id, :slug, :slug)")
        other = TestOrganization(id=uuid4(), slug=slug)
        await session.execute(statement, {"id": other.id, "slug": slug})
    assert await till.claim("run-1")
    assert await Till(sessions, other).claim("run-1")


async def test_counts_are_by_outcome_and_by_provider(
    sessions: Sessions, organization: TestOrganization
) -> None:
    till = Till(sessions, organization)
    for id_, outcome in (("1", DONE), ("2", DONE), ("3", DONE), ("4", LOST)):
        await till.claim("run", id_)
        await till.settle("run", outcome, id_)
    await till.claim("run", "5")
    async with sessions() as session:
        stats = await TicketList(session, organization.slug).stats()
    assert (stats.total, stats.succeeded, stats.failed, stats.unsettled) == (5, 3, 1, 1)
    assert (stats.by_provider, stats.rate) == ({"local": 3}, 0.75)


async def test_only_what_is_old_is_forgotten(
    sessions: Sessions, organization: TestOrganization
) -> None:
    till, age = Till(sessions, organization), timedelta(days=7)
    for id_ in ("old", "lost", "new"):
        await till.claim("run", id_)
    await till.settle("run", DONE, "old")
    await till.age(timedelta(days=8), "old")
    await till.age(timedelta(days=8), "lost")
    async with sessions.begin() as session:
        old = await count_old(session, age)
        assert old >= 2
        batches = [await forget_old(session, age) for _ in range(3)]
        assert (sum(batches), batches[-1]) == (old, 0)
        assert await count_old(session, age) == 0
    assert [row.ticket_id for row in await till.rows()] == ["new"]
