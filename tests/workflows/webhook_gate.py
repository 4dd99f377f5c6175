"""A gateway in front of an office: what comes in there is processed by the office's worker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from httpx2 import AsyncClient
from sqlalchemy import select

from contracts.webhooks import WebhookSource
from db.models import Organization, WebhookEvent
from stack.addresses import Addresses
from tests.conftest import TestOrganization
from tests.faults.patience import until
from tests.web.gate import SECRET, Entry, open_endpoint, rows, running, settings_with
from tests.workflows.office import Office


@dataclass(frozen=True)
class WebhookGate:
    office: Office
    organization: TestOrganization
    entry: Entry

    async def hear(self, event: str, payload: Any) -> None:
        answer = await self.entry.deliver(payload, str(uuid4()), **{"x-github-event": event})
        assert answer.status_code == 202

    async def settled(self, number: int, seconds: float = 60) -> list[WebhookEvent]:
        """In the order in which they came, once there is an outcome for so many."""

        async def all_of_them() -> bool:
            found = await self._rows()
            return len(found) == number and all(row.status != "RECEIVED" for row in found)

        await until(all_of_them, f"{number} have an outcome", seconds)
        return await self._rows()

    async def _rows(self) -> list[WebhookEvent]:
        return await rows(self.office.stores.sessions, self.organization)


@asynccontextmanager
async def gate_of(office: Office, stack: Addresses, **changes: Any) -> AsyncIterator[WebhookGate]:
    sessions, redis = office.stores.sessions, office.stores.redis
    async with sessions() as session:
        id = await session.scalar(select(Organization.id).where(Organization.slug == office.slug))
    assert isinstance(id, UUID)
    organization = TestOrganization(id=id, slug=office.slug)
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    chosen = settings_with(slipway_task_queue=office.task_queue, **changes)
    async with (
        running(chosen, sessions, redis, stack.temporal) as url,
        AsyncClient(trust_env=False, timeout=30) as http,
    ):
        yield WebhookGate(office, organization, Entry(url, path, http))
