"""From a fact in the ledger to a message at a receiver, by a whole run."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select

from contracts.notifications import Channel, Endpoint, Route
from db.encryption import Keyring
from db.identity import Organizations
from db.models import Notification, Organization
from db.notification_endpoints import Endpoints, Routes
from tests.receivers import Receiver, Say, receiving
from tests.workflows.office import Office, until, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop

KEY = Fernet.generate_key().decode()
TOLD = ("OrchestrationStarted", "ApprovalRequested", "OrchestrationCompleted")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def telling(
    closed_office: Office, workshop: ScriptedWorkshop, receiver: Receiver
) -> AsyncIterator[Office]:
    office = closed_office
    async with office.stores.sessions.begin() as session:
        organization_id = await Organizations(session).ensure(office.slug, office.slug)
        hook = Endpoint(
            name="hook",
            channel=Channel.WEBHOOK,
            address=f"{receiver.origin}/told",
            secrets=("whsec_" + base64.b64encode(b"a secret of the tests' own").decode(),),
        )
        keyring = Keyring.parsed(SecretStr(KEY))
        await Endpoints(session, organization_id).put(hook, keyring)
        for event in TOLD:
            route = Route(event_type=event, channel=Channel.WEBHOOK)
            await Routes(session, organization_id).put(route)
    more: dict[str, Any] = {
        "slipway_trusted_origins": receiver.origin,
        "slipway_encryption_keys": KEY,
    }
    async with worker_of(office, workshop, **more):
        yield office
        workshop.let_everybody_go()


async def test_each_routed_fact_is_told_once(telling: Office, receiver: Receiver) -> None:
    handle = await telling.start()
    await telling.approve()
    await handle.result()

    async def told() -> list[str] | None:
        async with telling.stores.sessions() as session:
            rows = await session.execute(
                select(Notification.event_type, Notification.status)
                .join(Organization, Organization.id == Notification.organization_id)
                .where(Organization.slug == telling.slug)
            )
            found = [(row.event_type, row.status) for row in rows]
        done = [kind for kind, status in found if status == "DELIVERED"]
        return done if len(done) == len(TOLD) else None

    assert sorted(await until(told)) == sorted(TOLD)
    assert len(receiver.heard) == len(TOLD)
    assert all("KEY-1" in heard.body.decode() for heard in receiver.heard)


async def test_a_receiver_that_refuses_stops_no_work(telling: Office, receiver: Receiver) -> None:
    receiver.always = Say(500)
    handle = await telling.start()
    await telling.approve()
    await handle.result()
