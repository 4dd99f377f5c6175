"""`python -m db cleanup`, on a real database."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, update
from typer.testing import CliRunner, Result

from contracts.identity import Role
from contracts.triage import TicketClaim, TicketRef
from contracts.webhooks import ReceivedDelivery, WebhookSource, WebhookStatus
from db.__main__ import app
from db.engine import Sessions, open_sessions
from db.identity import Organizations, People
from db.models import ApprovalLink, ProcessedTicket, WebhookEvent
from db.processed_tickets import ProcessedTickets, TicketList
from db.webhook_endpoints import WebhookEndpoints
from db.webhooks import Inbox
from tests.conftest import NewDatabase

NOTHING = "0 tickets forgotten\n0 deliveries forgotten\n0 links to closed gates forgotten\n"


@pytest.fixture
async def url(
    migrated_database: NewDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> str:
    """Of a database with a ticket of today and one of eight days ago, a delivery of 45 days ago,
    and a link of then to nothing that is known."""
    url = await migrated_database()
    async with open_sessions(url) as sessions:
        await _fill(sessions)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    return url


async def _fill(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        tickets = ProcessedTickets(session, await Organizations(session).ensure("one", "one"))
        for id_ in ("old", "new"):
            ref = TicketRef(organization="one", source="hubspot", id=id_)
            await tickets.claim(TicketClaim(ref=ref, claimed_by="run"))
        old = update(ProcessedTicket).where(ProcessedTicket.ticket_id == "old")
        await session.execute(old.values(updated_at=func.now() - timedelta(days=8)))
        organization_id = await Organizations(session).ensure("one", "one")
        endpoints = WebhookEndpoints(session, organization_id)
        entrance = await endpoints.entrance(await endpoints.put(WebhookSource.GITHUB, None, True))
        received = ReceivedDelivery.of(
            b"{}",
            endpoint_id=entrance.id,
            organization_id=organization_id,
            organization="one",
            source=WebhookSource.GITHUB,
            delivery_id="one",
            event_type="ping",
            received_at=datetime.now(UTC) - timedelta(days=45),
            payload_hash="0",
        )
        [kept] = await Inbox(session).put([received])
        await Inbox(session).settle(kept.id, WebhookStatus.IGNORED)
        settled = update(WebhookEvent).where(WebhookEvent.id == kept.id)
        await session.execute(settled.values(processed_at=received.received_at))
        session.add(
            ApprovalLink(
                id=uuid4(),
                organization_id=organization_id,
                approval_id=uuid4(),
                user_id=await People(session, organization_id).ensure("a@b.test", "A", Role.VIEWER),
                subject_hash="abc",
                nonce=b"",
                token_hash=b"",
                updated_at=received.received_at,
            )
        )


async def left(url: str) -> list[str]:
    async with open_sessions(url) as sessions, sessions() as session:
        return [row.ticket_id for row in await TicketList(session, "one").latest()]


async def db(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["cleanup", *arguments])


async def test_a_dry_run_only_counts(url: str) -> None:
    said = await db("--dry-run")
    assert (said.exit_code, said.output) == (
        0,
        "1 tickets would be forgotten\n1 deliveries would be forgotten\n"
        "1 links to closed gates would be forgotten\n",
    )
    assert len(await left(url)) == 2


async def test_what_is_older_than_seven_days_goes(url: str) -> None:
    said = await db()
    assert (said.exit_code, said.output) == (
        0,
        "1 tickets forgotten\n1 deliveries forgotten\n1 links to closed gates forgotten\n",
    )
    assert await left(url) == ["new"]
    assert (await db()).output == NOTHING


async def test_the_days_can_be_chosen(url: str) -> None:
    assert (await db("--days", "50")).output == NOTHING
    said = (await db("--days", "40", "--dry-run")).output
    assert "1 deliveries would be forgotten\n1 links to closed gates would be forgotten\n" in said
    assert (await db("--days", "0")).exit_code == 2
    assert len(await left(url)) == 2
