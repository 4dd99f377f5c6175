"""An operator, a project and a gateway that takes webhooks in."""

from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from cli.surroundings import Surroundings
from db.engine import Sessions
from db.projects import Projects
from settings import Settings
from stack.addresses import Addresses
from tests.cli.webhooks.webhook_operator import Operator
from tests.conftest import TestOrganization
from tests.web.gate import KEY, MANY, running


@pytest.fixture
def chosen() -> Settings:
    keys, queue = SecretStr(KEY), f"webhooks-{uuid4().hex[:8]}"
    settings = Settings(slipway_encryption_keys=keys, slipway_task_queue=queue)
    return settings.model_copy(update={"slipway_limits": MANY})


@pytest.fixture
async def gateway(
    chosen: Settings, sessions: Sessions, redis: Redis, stack: Addresses
) -> AsyncIterator[str]:
    async with running(chosen, sessions, redis, stack.temporal) as url:
        yield url


@pytest.fixture
def around(
    chosen: Settings, stack: Addresses, database_url: str, organization: TestOrganization
) -> Surroundings:
    given = stack.model_copy(update={"database_url": database_url})
    mine = {"slipway_organization": organization.slug, "database_url": database_url}
    return Surroundings(
        settings=lambda: chosen.model_copy(update=mine),
        servers=lambda _settings, _say: nullcontext(given),
        environment={},
        search_attributes={},
    )


@pytest.fixture
async def ann(
    around: Surroundings, sessions: Sessions, organization: TestOrganization, gateway: str
) -> Operator:
    key = f"P{uuid4().hex[:8].upper()}"
    async with sessions.begin() as session:
        await Projects(session, organization.id).create(key, f"/repo/{key}")
    return Operator(around, key, gateway)


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    file = tmp_path / "payload.json"
    file.write_text('{"action": "opened", "eventId": 1, "subscriptionId": 2, "occurredAt": 3}')
    return file
