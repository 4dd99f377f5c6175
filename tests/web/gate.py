"""A gateway on a port of its own, and somebody who signs and sends."""

import asyncio
import hmac
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from cryptography.fernet import Fernet
from httpx2 import AsyncClient, Response
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import select, update

from clients.temporal.connection import connect_lazily
from clients.temporal.webhooks import WebhookWorkflows
from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from db.engine import Sessions
from db.models import WebhookEndpoint, WebhookEvent
from db.projects import Projects
from db.webhook_endpoints import WebhookEndpoints
from gateway import GatewayGround, build_app
from settings import Settings
from tests.conftest import PATIENT, TestOrganization
from web.relay import Relay
from web.server import served

SECRET = "It's a Secret to Everybody"
KEY = Fernet.generate_key().decode()
MANY = {"webhooks": "1000000/1m"}
NewGateway = Callable[..., AbstractAsyncContextManager[str]]


@dataclass(frozen=True)
class Entry:
    """A gateway's GitHub endpoint, and who knows its secret."""

    url: str
    path: str
    http: AsyncClient
    secret: str = SECRET

    async def post(self, body: Any, headers: dict[str, str]) -> Response:
        url = f"{self.url}/webhooks/{self.path}"
        return await self.http.post(url, content=body, headers=headers)

    async def deliver(self, body: Any, delivery: str = "", **more: str) -> Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = github_headers(content, delivery, self.secret)
        return await self.post(content, headers | more)


def github_headers(body: bytes, delivery: str = "", secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, "sha256").hexdigest()
    return {
        "content-type": "application/json",
        "x-github-event": "issues",
        "x-github-delivery": delivery or str(uuid4()),
        "x-hub-signature-256": f"sha256={digest}",
    }


def settings_with(**changes: Any) -> Settings:
    queue = f"q-{uuid4().hex[:8]}"
    base = Settings(slipway_encryption_keys=SecretStr(KEY), slipway_task_queue=queue)
    return base.model_copy(update={"slipway_limits": MANY, **changes})


async def ground_of(
    settings: Settings, sessions: Sessions, redis: Redis, temporal: str
) -> GatewayGround:
    """More patient than in production, with a machine that is busy."""
    client = await connect_lazily(temporal)
    relay = Relay(WebhookWorkflows(client, settings.slipway_task_queue))
    return GatewayGround(settings, sessions, redis, client, relay, PATIENT)


@asynccontextmanager
async def at_work(ground: GatewayGround) -> AsyncIterator[str]:
    """Its address. Ends as the real one does."""
    with socket.create_server(("", 0)) as free:
        port = free.getsockname()[1]
    ground.relay.open()
    try:
        async with served(build_app(ground, asyncio.Event()), port):
            yield f"http://127.0.0.1:{port}"
    finally:
        await ground.relay.close(ground.settings.graceful_shutdown_timeout)


@asynccontextmanager
async def running(
    settings: Settings, sessions: Sessions, redis: Redis, temporal: str
) -> AsyncIterator[str]:
    async with at_work(await ground_of(settings, sessions, redis, temporal)) as url:
        yield url


async def open_endpoint(
    sessions: Sessions,
    organization: TestOrganization,
    source: WebhookSource,
    *secrets: str,
    unsigned: bool = False,
    of_one: bool = False,
) -> str:
    """The path of a new one, by a new project. Unless it is `of_one`, it is for all projects."""
    name = f"P{uuid4().hex[:8].upper()}"
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create(name, f"/repo/{name}")
        endpoints = WebhookEndpoints(session, organization.id)
        path = await endpoints.put(source, project, unsigned)
        for secret in secrets:
            await endpoints.add_secret(path, secret, Keyring([KEY]))
        if not of_one:
            mine = update(WebhookEndpoint).where(WebhookEndpoint.path == path)
            await session.execute(mine.values(project_id=None))
    return path


async def rows(sessions: Sessions, organization: TestOrganization) -> list[WebhookEvent]:
    async with sessions() as session:
        found = await session.scalars(
            select(WebhookEvent)
            .where(WebhookEvent.organization_id == organization.id)
            .order_by(WebhookEvent.id)
        )
        return list(found)
