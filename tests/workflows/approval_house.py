"""An office with a gateway: its people get mail, open the links in it, and press buttons."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from httpx2 import AsyncClient, Response
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.worker import Worker

from activities.approvals import Seals
from contracts.notifications import Channel, Route
from db.approval_links import ApprovalLinks
from db.identity import Organizations
from db.models import Approval, ApprovalLink, AuditLog, Notification, Organization, WebhookEvent
from db.notification_endpoints import Routes
from ground import Ground
from settings import Settings
from tests.receivers import MailReceiver
from tests.web.gate import KEY, running, settings_with
from tests.workflows.office import MANAGER, Office, ground_of, until, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop

DECISION_KEY = "a decision key of the tests' own"
LINK = re.compile(r"http://\S+/approvals/(\S+)")
MANY = {"api": "1000000/1m", "login": "1000000/1m", "webhooks": "1000000/1m"}


@dataclass(frozen=True)
class Reception:
    """`url` is the gateway's."""

    office: Office
    url: str
    http: AsyncClient

    async def get(self, token: str, **rest: Any) -> Response:
        return await self.http.get(f"{self.url}/approvals/{token}", **rest)

    async def post(self, token: str, decision: str, comment: str = "", **rest: Any) -> Response:
        form = {"decision": decision, "comment": comment}
        return await self.http.post(f"{self.url}/approvals/{token}", data=form, **rest)

    async def token(self, email: str = MANAGER) -> str:
        """Of this person's link to what is asked, once it is."""

        async def issued() -> str | None:
            async with self.office.stores.sessions.begin() as session:
                links = ApprovalLinks(session)
                id = await self._newest(session)
                asked = await links.open_request(id) if id else None
                return await links.issue(asked, email, [DECISION_KEY]) if asked else None

        await self.office.awaited()
        token: str = await until(issued)
        return token

    async def _newest(self, session: AsyncSession) -> UUID | None:
        return await session.scalar(
            select(Approval.id)
            .join(Organization, Organization.id == Approval.organization_id)
            .where(Organization.slug == self.office.slug)
            .order_by(Approval.requested_at.desc())
            .limit(1)
        )

    async def links(self) -> list[ApprovalLink]:
        return await self._all(ApprovalLink)

    async def audits(self, action: str) -> list[AuditLog]:
        return [row for row in await self._all(AuditLog) if row.action.startswith(action)]

    async def notifications(self) -> list[Notification]:
        return await self._all(Notification)

    async def deliveries(self) -> list[WebhookEvent]:
        return await self._all(WebhookEvent)

    async def _all(self, model: Any) -> list[Any]:
        async with self.office.stores.sessions() as session:
            rows = select(model).join(Organization, Organization.id == model.organization_id)
            found = rows.where(Organization.slug == self.office.slug).order_by(model.id)
            return list(await session.scalars(found))


def sealed_ground(office: Office) -> Ground:
    """Of a worker that knows the gateway's signatures."""
    ground = ground_of(office.stores, office.folder)
    return replace(ground, seals=Seals((SecretStr(DECISION_KEY),)))


def gateway_settings(office: Office, **more: Any) -> Settings:
    return settings_with(
        slipway_task_queue=office.task_queue,
        slipway_state_dir=office.folder / "gateway",
        slipway_decision_key=SecretStr(DECISION_KEY),
        **{"slipway_limits": MANY, **more},
    )


@asynccontextmanager
async def receiving_people(
    office: Office, http: AsyncClient, **more: Any
) -> AsyncIterator[Reception]:
    settings = gateway_settings(office, **more)
    stores, temporal = office.stores, office.client.service_client.config.target_host
    async with running(settings, stores.sessions, stores.redis, temporal) as url:
        yield Reception(office, url, http)


def mailing_worker(
    office: Office, workshop: ScriptedWorkshop, mail: MailReceiver, url: str
) -> Worker:
    return worker_of(
        office,
        workshop,
        sealed_ground(office),
        smtp_url=f"smtp://127.0.0.1:{mail.port}",
        slipway_public_url=url,
        slipway_encryption_keys=KEY,
    )


async def route_to_people(office: Office) -> None:
    async with office.stores.sessions.begin() as session:
        organization_id = await Organizations(session).ensure(office.slug, office.slug)
        for event in ("ApprovalRequested", "ApprovalEscalated"):
            route = Route(event_type=event, channel=Channel.EMAIL, people=True)
            await Routes(session, organization_id).put(route)


async def linked(mail: MailReceiver, to: str) -> str:
    """The token in the mail to this person, once it has come."""

    async def come() -> str | None:
        for one in mail.mails:
            if one["To"] == to and (found := LINK.search(str(one.get_content()))):
                return found[1]
        return None

    token: str = await until(come)
    return token
