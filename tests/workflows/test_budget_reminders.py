"""Who holds a budget is told again and again; and where nobody does, that is said."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import CancelledError
from temporalio.testing import WorkflowEnvironment

from contracts.budgets import Budget
from contracts.events import BudgetEscalated, NotificationRequested
from contracts.identity import Role
from tests.workflows.budget_house import (
    Asked,
    BudgetHouse,
    Holders,
    House,
    Limit,
    Seen,
    house_with,
    used_up,
)
from tests.workflows.office import PATIENCE, until
from tests.workflows.skipped_time import time_skipping

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MANAGER = {"ask": "manager"}


@pytest.fixture
async def house(environment: WorkflowEnvironment) -> AsyncIterator[House]:
    async with house_with(environment, Holders()) as house:
        yield house


def limit(**budget: Any) -> Limit:
    return Limit(bound=used_up(), budget=Budget.model_validate({**MANAGER, **budget}))


def told(seen: Seen) -> list[tuple[str, int, tuple[str, ...]]]:
    """Each fact after the first: its kind, the hours since then, and whom it names."""
    first, *rest = seen.facts
    return [
        (
            one.event.type,
            round((one.timestamp - first.timestamp) / HOUR),
            one.event.request.people
            if isinstance(one.event, NotificationRequested)
            else getattr(one.event, "people", ()),
        )
        for one in rest
    ]


async def ended(asked: Asked, by: str) -> Seen:
    assert await asked.says(by, tokens=500) == "raised; it goes on"
    seen: Seen = await asked.handle.result()
    return seen


async def until_facts(asked: Asked, count: int) -> Seen:
    async def so_many() -> Seen | None:
        seen = await asked.seen()
        return seen if len(seen.facts) >= count else None

    seen: Seen = await until(so_many)
    return seen


async def test_holders_are_reminded_then_admins_are_asked_as_well_and_it_never_ends(
    house: House,
) -> None:
    house.holders.add("max", Role.MANAGER)
    house.holders.add("ada", Role.ADMIN)
    asked = await house.comes_to(limit())
    await asked.passes(HOUR)
    assert await asked.says("ada", tokens=500) == "NOT_A_HOLDER"
    await asked.passes(4 * DAY)
    both, reminded = ("max@x.test", "ada@x.test"), "NotificationRequested"
    assert told(await until_facts(asked, 9)) == [
        (reminded, 8, ("max@x.test",)),
        (reminded, 16, ("max@x.test",)),
        ("BudgetEscalated", 24, both),
        (reminded, 32, both),
        (reminded, 40, both),
        # From here on once a day.
        (reminded, 48, both),
        (reminded, 72, both),
        (reminded, 96, both),
    ]
    await asked.waits_for("max@x.test or ada@x.test")
    keys = [
        one.event.request.key
        for one in (await ended(asked, "ada")).facts
        if isinstance(one.event, NotificationRequested)
    ]
    assert len(set(keys)) == len(keys) == 7
    await asked.replays(BudgetHouse)


async def test_where_nobody_holds_the_budget_others_are_asked_at_once(house: House) -> None:
    house.holders.add("ada", Role.ADMIN)
    asked = await house.comes_to(limit(ask="cfo@x.test"))
    await asked.waits_for("ada@x.test")
    escalated = (await asked.seen()).facts[1].event
    assert isinstance(escalated, BudgetEscalated)
    assert escalated.why == "nobody is cfo@x.test: admin may as well"
    assert (escalated.unheld, escalated.people) == (True, ("ada@x.test",))
    await ended(asked, "ada")


async def test_where_nobody_is_left_to_be_asked_that_is_said_once_until_somebody_is(
    house: House,
) -> None:
    asked = await house.comes_to(limit())
    await until_facts(asked, 3)
    await asked.passes(17 * HOUR)
    escalated, nobody = (one.event for one in (await asked.seen()).facts[1:])
    assert isinstance(escalated, BudgetEscalated)
    assert isinstance(nobody, BudgetEscalated)
    assert (nobody.unheld, nobody.added, nobody.people) == (True, (), ())
    assert nobody.why.startswith("nobody is manager or admin: make somebody one")
    house.holders.add("max", Role.MANAGER)
    await asked.passes(8 * HOUR)
    seen = await until_facts(asked, 4)
    assert told(seen)[-1][0::2] == ("NotificationRequested", ("max@x.test",))
    await ended(asked, "max")


async def test_a_playbook_says_how_often_and_whom_next(house: House) -> None:
    house.holders.add("max", Role.MANAGER)
    terms = {"remind": "PT30M", "patience": "PT1H", "escalation": []}
    asked = await house.comes_to(limit(**terms))
    await asked.passes(2 * DAY)
    seen = await until_facts(asked, 4)
    first, *rest = [one.timestamp for one in seen.facts]
    minutes = [round((one - first) / timedelta(minutes=1)) for one in rest]
    assert minutes == [30, 60, 60 + 24 * 60]
    assert {one.event.type for one in seen.facts[1:]} == {"NotificationRequested"}
    await ended(asked, "max")


async def test_nobody_is_reminded_where_the_playbook_says_so(house: House) -> None:
    house.holders.add("max", Role.MANAGER)
    asked = await house.comes_to(limit(remind=None, escalation=[], patience="P365D"))
    await asked.passes(200 * DAY)
    seen = await ended(asked, "max")
    assert [one.event.type for one in seen.facts] == ["BudgetExceeded", "BudgetRaised"]


async def test_a_run_may_be_cancelled_while_it_looks_up_whom_to_remind() -> None:
    """On a server of its own: time stands still there for what a cancelled run has left."""
    async with time_skipping() as own, house_with(own, Holders()) as house:
        house.holders.add("max", Role.MANAGER)
        asked = await house.comes_to(limit())
        house.holders.asked.clear()
        house.holders.answers.clear()
        passing = asyncio.create_task(asked.passes(9 * HOUR))
        await house.holders.asked.wait()
        await asked.handle.cancel()
        with pytest.raises(WorkflowFailureError) as failure:
            await asyncio.wait_for(asked.handle.result(), PATIENCE)
        house.holders.answers.set()
        passing.cancel()
        await asyncio.wait([passing])
        assert isinstance(failure.value.cause, CancelledError)
