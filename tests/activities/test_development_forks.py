"""Whose forks move tickets, and when."""

from typing import Any

import pytest

from contracts.identity import Role
from db.engine import Sessions
from tests.activities.shop import Shop
from tests.github_life import pull_request, user

AUTHOR = 77


def of_a_fork(action: str, at: int, **state: Any) -> dict[str, Any]:
    told = pull_request(action, at, **state)
    told["pull_request"] |= {"number": 666, "draft": False}
    told["pull_request"]["head"]["repo"] = {"full_name": "stranger/shop"}
    told["pull_request"]["user"] = user(AUTHOR)
    return told


async def test_a_strangers_fork_takes_no_place_of_our_pull_request(sessions: Sessions) -> None:
    shop = await Shop.open(sessions)
    await shop.hear(("pull_request", pull_request("opened", 5)))
    for at, action, state in ((6, "opened", "open"), (7, "closed", "closed")):
        await shop.hear(("pull_request", of_a_fork(action, at, state=state)))
    assert await shop.status() == "In review"
    merged = pull_request("closed", 9, state="closed", merged=True)
    await shop.hear(("pull_request", merged))
    assert await shop.status() == "Done"


async def test_a_pull_request_is_known_again_when_its_fork_is_gone(sessions: Sessions) -> None:
    shop = await Shop.open(sessions)
    for at, action, fork in ((5, "opened", {"full_name": "friend/shop"}), (6, "closed", None)):
        told = pull_request(action, at, state="closed" if fork is None else "open")
        told["pull_request"]["head"]["repo"] = fork
        await shop.hear(("pull_request", told))
    assert (await shop.row())["pr_state"] == "CLOSED"


async def test_a_strangers_fork_moves_no_ticket_before_it_is_merged(sessions: Sessions) -> None:
    shop = await Shop.open(sessions)
    untouched = await shop.status()
    (note,) = await shop.hear(("pull_request", of_a_fork("opened", 5)))
    assert note == (
        "KEY-1 stays: a pull request from a fork moves it once it is merged, for github:77 is "
        "nobody's who may work here"
    )
    assert (await shop.status(), await shop.is_led()) == (untouched, False)
    await shop.hear(("pull_request", pull_request("opened", 6)))
    await shop.hear(("pull_request", pull_request("closed", 9, state="closed", merged=True)))
    await shop.hear(("pull_request", of_a_fork("reopened", 10)))
    assert (await shop.status(), await shop.is_led()) == ("Done", True)


async def test_a_fork_that_is_merged_moves_its_ticket(sessions: Sessions) -> None:
    shop = await Shop.open(sessions)
    await shop.hear(("pull_request", of_a_fork("opened", 5)))
    await shop.hear(("pull_request", of_a_fork("closed", 6, state="closed", merged=True)))
    assert (await shop.status(), await shop.is_led()) == ("Done", True)


async def test_a_fork_of_somebody_who_may_work_here_moves_its_ticket(sessions: Sessions) -> None:
    shop = await Shop.open(sessions)
    await shop.link("dev@example.org", Role.DEVELOPER, AUTHOR)
    for at, action, state, stands in (
        (5, "opened", "open", "In review"),
        (6, "closed", "closed", "In progress"),
        (7, "reopened", "open", "In review"),
    ):
        await shop.hear(("pull_request", of_a_fork(action, at, state=state)))
        assert (await shop.status(), await shop.is_led()) == (stands, True)


@pytest.mark.parametrize("role", [None, Role.VIEWER])
async def test_who_may_only_look_or_is_another_ones_member_is_a_stranger(
    sessions: Sessions, role: Role | None
) -> None:
    shop, other = await Shop.open(sessions), await Shop.open(sessions)
    untouched = await shop.status()
    if role is None:
        await other.link("dev@example.org", Role.DEVELOPER, AUTHOR)
    else:
        await shop.link("eve@example.org", role, AUTHOR)
    await shop.hear(("pull_request", of_a_fork("opened", 5)))
    assert (await shop.status(), await shop.is_led()) == (untouched, False)


async def test_a_colleague_who_is_linked_later_counts_with_the_same_delivery_again(
    sessions: Sessions,
) -> None:
    shop = await Shop.open(sessions)
    await shop.hear(("pull_request", of_a_fork("opened", 5)))
    await shop.link("dev@example.org", Role.DEVELOPER, AUTHOR)
    assert await shop.hear(("pull_request", of_a_fork("opened", 5))) == ["KEY-1 → In Review"]
    assert await shop.is_led()


async def test_a_strangers_later_pull_request_from_the_same_branch_is_not_the_members(
    sessions: Sessions,
) -> None:
    shop = await Shop.open(sessions)
    await shop.link("dev@example.org", Role.DEVELOPER, AUTHOR)
    await shop.hear(("pull_request", of_a_fork("opened", 5)))
    await shop.hear(("pull_request", of_a_fork("closed", 6, state="closed", merged=True)))
    later = of_a_fork("opened", 7)
    later["pull_request"] |= {"number": 667, "user": user(78)}
    await shop.hear(("pull_request", later))
    assert not await shop.is_led()
