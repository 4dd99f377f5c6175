"""Tickets follow their pull requests, in whatever order and however often one hears of them."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from typing import Any

import pytest

from db.engine import Sessions
from db.issues import Issues
from tests.activities.shop import Shop
from tests.github_life import LIFE, SIX, STANDS, Told, pull_request


async def end_of(sessions: Sessions, life: Sequence[Told]) -> tuple[str | None, dict[str, Any]]:
    shop = await Shop.open(sessions)
    for told in life:
        await shop.hear(told)
    return await shop.status(), await shop.row()


@pytest.mark.parametrize("length", STANDS)
async def test_a_ticket_stands_where_its_pull_request_does(sessions: Sessions, length: int) -> None:
    status, _ = await end_of(sessions, LIFE[:length])
    assert status == STANDS[length]


@pytest.mark.parametrize("length", [3, 5, 8, 9, 10])
async def test_any_order_of_deliveries_ends_alike(sessions: Sessions, length: int) -> None:
    life = LIFE[:length]
    expected = await end_of(sessions, life)
    every = list(itertools.permutations(life)) if length == 3 else []
    shuffled = [random.sample([*life, *life], 2 * length) for _ in range(4)]
    for order in every or shuffled:
        assert await end_of(sessions, order) == expected


AT_ONCE = 6


@pytest.mark.parametrize(
    "number", [12, pytest.param(720, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
)
async def test_every_order_of_a_life_of_six_ends_alike(sessions: Sessions, number: int) -> None:
    expected, turns = await end_of(sessions, SIX), asyncio.Semaphore(AT_ONCE)

    async def ends_alike(order: Sequence[Told]) -> bool:
        async with turns:
            return await end_of(sessions, order) == expected

    every = list(itertools.permutations(SIX))
    orders = every if number == len(every) else random.sample(every, number)
    assert all(await asyncio.gather(*map(ends_alike, orders)))


async def test_deliveries_at_the_same_time_end_alike(sessions: Sessions) -> None:
    expected = await end_of(sessions, LIFE)
    for _ in range(3):
        shop = await Shop.open(sessions)
        await asyncio.gather(*(shop.hear(told) for told in random.sample(LIFE, len(LIFE))))
        assert (await shop.status(), await shop.row()) == expected


async def test_what_people_did_to_a_ticket_stays(sessions: Sessions) -> None:
    shop = await Shop.open(sessions)
    await shop.hear(LIFE[1])
    async with sessions.begin() as session:
        await Issues(session, shop.slug).transition("KEY-1", "Open", "ana")
    await shop.hear(LIFE[3])
    assert await shop.status() == "Open"


async def test_a_ticket_with_two_pull_requests_waits_for_both(sessions: Sessions) -> None:
    shop = await Shop.open(sessions)
    other = pull_request("opened", 3)
    other["pull_request"] |= {"number": 13, "head": {"ref": "KEY-1-docs", "sha": "a" * 40}}
    await shop.hear(("pull_request", other))
    await shop.hear(LIFE[-1])
    assert await shop.status() == "In review"
    other["pull_request"] |= {"merged": True, "state": "closed"}
    await shop.hear(("pull_request", other))
    assert await shop.status() == "Done"
