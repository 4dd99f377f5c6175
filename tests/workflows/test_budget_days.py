"""An organization's day ends at midnight in UTC, and what waited for it goes on by itself."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from contracts.budgets import Scope
from contracts.events import BudgetRaised
from contracts.identity import Role
from tests.workflows.budget_house import Holders, House, Limit, house_with, used_up
from tests.workflows.office import until

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OF_THE_DAY = Limit(bound=used_up(Scope.ORGANIZATION))


@pytest.fixture
async def house(environment: WorkflowEnvironment) -> AsyncIterator[House]:
    holders = Holders()
    holders.add("ann", Role.MANAGER)
    async with house_with(environment, holders) as house:
        yield house


def midnight_after(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + DAY


async def test_what_nobody_raised_goes_on_with_the_new_day(house: House) -> None:
    over = await (await house.comes_to(OF_THE_DAY)).handle.result()
    exceeded, raised = over.facts[0], over.facts[-1]
    others = {one.event.type for one in over.facts[1:-1]}
    assert (exceeded.event.type, raised.event.type) == ("BudgetExceeded", "BudgetRaised")
    assert others <= {"NotificationRequested"}
    midnight = midnight_after(exceeded.timestamp)
    assert timedelta() <= raised.timestamp - midnight < timedelta(minutes=1)
    assert (raised.actor.id, getattr(raised.event, "tokens", None)) == ("slipway", 0)


async def test_what_was_raised_goes_on_the_same_day(house: House) -> None:
    asked = await house.comes_to(OF_THE_DAY)
    assert await asked.says("ann", tokens=30) == "TOO_LITTLE"
    assert await asked.says("ann", tokens=31) == "raised; it goes on"
    over = await asked.handle.result()
    assert [one.actor.id for one in over.facts] == ["slipway", "ann@x.test"]
    assert over.facts[1].timestamp - over.facts[0].timestamp < HOUR


async def test_a_raise_that_midnight_overtook_counts_for_the_new_day(house: House) -> None:
    asked = await house.comes_to(OF_THE_DAY.model_copy(update={"stays": True}))
    asked_at = (await asked.seen()).facts[0].timestamp
    await asked.passes(midnight_after(asked_at) - asked_at + timedelta(minutes=5))

    async def goes_on() -> bool:
        return (await asked.seen()).over

    await until(goes_on)
    assert "for the day that has begun" in await asked.says("ann", tokens=500)
    await asked.handle.signal("leave")
    raised = (await asked.handle.result()).facts[-1]
    assert isinstance(raised.event, BudgetRaised)
    assert (raised.event.scope, raised.event.tokens) == (Scope.ORGANIZATION, 500)
    assert raised.event.granted.tokens == 0
    assert raised.timestamp >= midnight_after(asked_at)
