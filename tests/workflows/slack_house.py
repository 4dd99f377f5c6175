"""Somebody in Slack: presses buttons as Slack tells us of it, signed, and reads what comes back."""

import hmac
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from httpx2 import Response
from sqlalchemy import select

from contracts.commands import Account, IdentityProvider
from contracts.notifications import Channel, Endpoint, Route
from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from db.identity import Organizations
from db.models import Membership, Organization, User
from db.notification_endpoints import Endpoints, Routes
from db.projects import Projects
from db.user_identities import UserIdentities
from db.webhook_endpoints import WebhookEndpoints
from tests.receivers import Receiver, Say
from tests.web.gate import KEY
from tests.workflows.approval_house import Reception
from tests.workflows.office import MANAGER, Office

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TEAM, MAX_THERE, STRANGER, ROOM = "T9TK3CUKW", "U0CA5", "U0XXX", "C1"
# As long as real ones, which repeat the form that they show.
SAID = {"ok": True, "ts": "17.5", "channel": ROOM, "view": {"blocks": ["x" * 3_000]}}
OK = Say(200, json.dumps(SAID), {"Content-Type": "application/json"})


@dataclass(frozen=True)
class SlackHouse:
    """`slack` stands in for Slack's own servers."""

    reception: Reception
    slack: Receiver
    path: str

    async def press(self, action: str, value: str, user: str = MAX_THERE) -> Response:
        return await self.send(
            {
                "type": "block_actions",
                "user": {"id": user, "team_id": TEAM},
                "team": {"id": TEAM},
                "channel": {"id": ROOM},
                "token": "an old kind of secret",
                "trigger_id": uuid4().hex,
                "response_url": f"{self.slack.origin}/actions/secret-path",
                "actions": [
                    {"action_id": action, "value": value, "action_ts": f"{time.time():.6f}"}
                ],
            }
        )

    async def explain(self, view: dict[str, Any], why: str, user: str = MAX_THERE) -> Response:
        """Sends the form that was shown, filled in."""
        typed = {"slipway:why": {"text": {"type": "plain_text_input", "value": why}}}
        return await self.send(
            {
                "type": "view_submission",
                "user": {"id": user, "team_id": TEAM},
                "team": {"id": TEAM},
                "trigger_id": uuid4().hex,
                "view": {**view, "state": {"values": typed}},
            }
        )

    async def send(self, payload: dict[str, Any], secret: str = SECRET, age: int = 0) -> Response:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        at = str(int(time.time()) - age)
        digest = hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, "sha256").hexdigest()
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": at,
            "x-slack-signature": f"v0={digest}",
        }
        url = f"{self.reception.url}/slack/interactions/{self.path}"
        return await self.reception.http.post(url, content=body, headers=headers)

    async def drawn(self) -> dict[str, str]:
        """The buttons of the request as it came to the channel: their values by their names."""
        blocks = (await self.slack.next("/api/chat.postMessage")).json["blocks"]
        return {one["action_id"]: one["value"] for one in blocks[-1]["elements"]}

    async def told(self) -> str:
        """What the person who pressed a button read afterwards."""
        text: str = (await self.slack.next("/actions/secret-path")).json["text"]
        return text


async def settle_in_slack(office: Office) -> str:
    """A channel with a bot of ours in it; Max is known there. Where Slack sends presses to."""
    keyring = Keyring([KEY])
    async with office.stores.sessions.begin() as session:
        organization_id = await Organizations(session).ensure(office.slug, office.slug)
        endpoints = WebhookEndpoints(session, organization_id)
        project = await Projects(session, organization_id).create(
            f"S{uuid4().hex[:8].upper()}", "/s"
        )
        path = await endpoints.put(WebhookSource.SLACK, project, False)
        await endpoints.add_secret(path, SECRET, keyring)
        room = Endpoint(name="room", channel=Channel.SLACK, address=f"{ROOM}:xoxb-token")
        await Endpoints(session, organization_id).put(room, keyring)
        await Routes(session, organization_id).put(
            Route(event_type="ApprovalRequested", channel=Channel.SLACK)
        )
        found = await session.scalars(
            select(User.id)
            .join(Membership, Membership.user_id == User.id)
            .join(Organization, Organization.id == Membership.organization_id)
            .where(Organization.slug == office.slug, User.email == MANAGER)
        )
        account = Account(provider=IdentityProvider.SLACK, external_id=f"{TEAM}:{MAX_THERE}")
        await UserIdentities(session, organization_id).vouch(account, found.one())
    return project.key
