"""The relay while nobody can start anything: it asks now and then, and keeps the rest."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from clients.temporal.webhooks import Begun
from contracts.webhooks import WebhookWork
from db.webhooks import WaitingDelivery
from tests.faults.patience import until
from web.relay import REST, Relay

MANY = 200


class Workflows:
    """Stands in for Temporal, which can be away; notes what was started."""

    def __init__(self) -> None:
        self.is_away, self.asked = True, 0
        self.started: list[str] = []

    async def start(self, workflow_id: str, work: WebhookWork) -> Begun:
        self.asked += 1
        if self.is_away:
            raise OSError("nobody there")
        self.started.append(workflow_id)
        return Begun.NOW


@pytest.fixture
def workflows() -> Workflows:
    return Workflows()


@pytest.fixture
async def relay(workflows: Workflows) -> AsyncIterator[Relay]:
    relay = Relay(workflows)  # type: ignore[arg-type]  # as much of it as the relay asks for
    relay.open()
    yield relay
    await relay.close(timedelta(0))


async def test_a_server_that_is_away_is_asked_by_one_now_and_then(
    relay: Relay, workflows: Workflows
) -> None:
    names = [str(number) for number in range(MANY)]
    for name in names:
        relay.offer(WaitingDelivery(uuid4(), name, 0))
    await until(lambda: relay.left >= 2, "it was asked again")
    assert workflows.asked <= 3
    workflows.is_away = False
    await until(lambda: relay.started + relay.left == MANY, "all others are started")
    assert relay.left <= 3
    assert set(workflows.started) <= set(names)
    assert timedelta(seconds=1) == REST


async def test_what_is_more_than_it_can_hold_is_left_to_the_sweep(workflows: Workflows) -> None:
    relay = Relay(workflows, most=2)  # type: ignore[arg-type]  # as above
    for number in range(5):
        relay.offer(WaitingDelivery(uuid4(), str(number), 0))
    assert (relay.backlog, relay.left) == (2, 3)
