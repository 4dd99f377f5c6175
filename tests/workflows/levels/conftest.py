"""A gate by itself, with somebody of each role, on a server that skips time."""

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.workflows.gate_house import House
from tests.workflows.levels_house import staffed


@pytest.fixture
async def house(environment: WorkflowEnvironment) -> AsyncIterator[House]:
    async with staffed(environment) as house:
        yield house
