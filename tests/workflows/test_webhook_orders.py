"""A pull request's life, told in any order and all at once, on the whole way from the gateway."""

import asyncio
import random

import pytest
from sqlalchemy import select

from db.models import Issue, Status
from db.seeds import seed
from stack.addresses import Addresses
from tests.github_life import SIX
from tests.workflows.office import KEY, Office
from tests.workflows.webhook_gate import gate_of


@pytest.mark.parametrize("times", [1, 2])
async def test_a_life_in_any_order_ends_with_the_ticket_done(
    times: int, office: Office, stack: Addresses
) -> None:
    told = random.sample(SIX * times, len(SIX) * times)
    await seed(office.stores.sessions, office.slug)
    async with gate_of(office, stack) as gate:
        await asyncio.gather(*(gate.hear(event, payload) for event, payload in told))
        found = await gate.settled(len(told))
        async with office.stores.sessions() as session:
            status = select(Status.name).join(Issue, Issue.status_id == Status.id)
            mine = status.where(Issue.key == KEY, Issue.organization_id == gate.organization.id)
            ends = await session.scalar(mine)
    assert ends == "Done"
    assert {row.status for row in found} <= {"PROCESSED", "IGNORED"}
