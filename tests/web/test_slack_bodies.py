"""What Slack sends takes up memory until it is kept, not while Slack's own servers are slow."""

import asyncio
import json
from urllib.parse import urlencode
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from redis.asyncio import Redis
from starlette.applications import Starlette

from cache.keys import Keys
from cache.limits import Limits
from clients.notifiers.outgoing import Outgoing
from clients.slack_desk import SlackTalk
from clients.temporal.connection import connect_lazily
from clients.temporal.webhooks import WebhookWorkflows
from contracts.notifications import Channel, Endpoint
from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from db.engine import Sessions
from db.notification_endpoints import Endpoints
from policy.addresses import OutgoingRules
from policy.limits import limits_with
from stack.addresses import Addresses
from stack.ports import free_port
from tests.conftest import TestOrganization
from tests.receivers import HANG, Receiver
from tests.web.gate import KEY, MANY, open_endpoint, rows
from tests.web.test_slack import SECRET, Sender, press
from web.bodies import Bodies
from web.callers import Callers
from web.entrances import Entrances
from web.keeping import Keeper
from web.relay import Relay
from web.server import served
from web.slack import SlackInteractions
from web.slack_answers import SlackAnswers

ROOM = Endpoint(name="room", channel=Channel.SLACK, address="C1:xoxb-token")
NO_REASON = press("slipway:reject")
LENGTH = len(urlencode({"payload": json.dumps(NO_REASON)}))


@pytest.fixture
async def interactions(
    sessions: Sessions, redis: Redis, stack: Addresses, slack: Receiver
) -> SlackInteractions:
    """With room for one body at a time."""
    keyring = Keyring([KEY])
    workflows = WebhookWorkflows(await connect_lazily(stack.temporal), "nobody")
    rules = OutgoingRules(production=False, trusted=frozenset({slack.origin}))
    talk = SlackTalk(Outgoing(rules), f"{slack.origin}/api/")
    return SlackInteractions(
        Entrances(sessions, keyring),
        Callers(Limits(redis, Keys(UUID(int=0))), limits_with(MANY)["webhooks"]),
        Keeper(sessions, workflows, Relay(workflows)),
        SlackAnswers(sessions, keyring, talk, workflows),
        Bodies(in_memory=LENGTH + LENGTH // 2),
    )


async def test_whoever_waits_for_slack_keeps_no_room_from_others(
    interactions: SlackInteractions,
    slack: Receiver,
    sessions: Sessions,
    organization: TestOrganization,
    http: AsyncClient,
) -> None:
    async with sessions.begin() as session:
        await Endpoints(session, organization.id).put(ROOM, Keyring([KEY]))
    path = await open_endpoint(sessions, organization, WebhookSource.SLACK, SECRET)
    slack.always, port = HANG, free_port()
    async with served(Starlette(routes=interactions.routes()), port):
        project = path.partition("/")[2]
        sender = Sender(f"http://127.0.0.1:{port}/slack/interactions/{project}", http)
        waiting = asyncio.create_task(sender.send(NO_REASON))
        await slack.next("/api/views.open")
        assert (await sender.send(press())).status_code == 200
        assert (await waiting).status_code == 200
    assert [row.delivery_id for row in await rows(sessions, organization)] == ["1.2.abc"]
