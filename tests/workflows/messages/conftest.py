"""Receivers that misbehave, skipped time, and an organization that tells people things."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from temporalio.testing import WorkflowEnvironment

from db.engine import Sessions
from tests.conftest import TestOrganization
from tests.receivers import MailReceiver, Receiver, receiving
from tests.workflows.message_house import House, Stage, settled
from tests.workflows.skipped_time import time_skipping


@pytest.fixture(scope="session")
async def time() -> AsyncIterator[WorkflowEnvironment]:
    async with time_skipping() as environment:
        yield environment


@pytest.fixture
async def http() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def stage(
    sessions: Sessions,
    redis: Redis,
    time: WorkflowEnvironment,
    http: Receiver,
    mail: MailReceiver,
) -> Stage:
    return Stage(sessions, redis, time, http, mail)


@pytest.fixture
async def house(stage: Stage, organization: TestOrganization) -> AsyncIterator[House]:
    async with settled(stage, organization) as house:
        yield house


@pytest.fixture
async def room(house: House) -> House:
    """With one webhook that hears of everything at once."""
    await house.endpoint()
    await house.route()
    return house
