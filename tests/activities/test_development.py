"""Tickets follow their pull requests, in whatever order and however often one hears of them."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.development import DevelopmentActivities
from activities.local_tracker import LocalTracker
from contracts.commands import (
    Account,
    FollowPullRequest,
    IdentityProvider,
    KeepEvidence,
    LinkDevelopment,
)
from contracts.identity import Role
from contracts.issues import Ticket
from contracts.webhooks import Delivery, WebhookSource
from db.engine import Sessions
from db.git_integrations import GitIntegrations
from db.identity import People
from db.issues import Issues
from db.models import Issue, Status
from db.models.git_integrations import GitIntegration
from db.projects import Projects
from db.seeds import seed
from db.user_identities import UserIdentities
from policy.house_rules import HouseRules
from policy.redaction import Redaction
from policy.routing import route
from tests.github_life import LIFE, SIX, STANDS, Told, pull_request, user


class Shop:
    """An organization of its own with the ticket KEY-1."""

    def __init__(self, sessions: Sessions, slug: str, id: UUID) -> None:
        self.sessions, self.slug, self.id = sessions, slug, id
        tracker = LocalTracker(sessions, Redaction(()))
        self._development = DevelopmentActivities(sessions, tracker)

    @classmethod
    async def open(cls, sessions: Sessions) -> "Shop":
        slug = f"org-{uuid4().hex[:12]}"
        id = await seed(sessions, slug)
        async with sessions.begin() as session:
            project = await Projects(session, id).create("KEY", f"/{slug}")
            ticket = Ticket(key="KEY-1", title="Round half a cent up")
            await Issues(session, slug).create(project.id, ticket, None)
        return cls(sessions, slug, id)

    async def hear(self, told: Told) -> list[str]:
        """What came of it."""
        event, payload = told
        delivery = Delivery(
            id=uuid4(),
            endpoint_id=uuid4(),
            organization_id=self.id,
            organization=self.slug,
            source=WebhookSource.GITHUB,
            delivery_id=str(uuid4()),
            event_type=event,
            received_at=datetime.now(UTC),
            payload=payload,
        )
        notes = []
        for command in route(delivery, HouseRules()).commands:
            match command:
                case FollowPullRequest():
                    step: Any = self._development.follow_pull_request
                case KeepEvidence():
                    step = self._development.keep_evidence
                case LinkDevelopment():
                    step = self._development.link_development
                case _:
                    continue  # Decisions have tests of their own.
            notes.append((await ActivityEnvironment().run(step, command)).note)
        return notes

    async def link(self, email: str, role: Role, number: int) -> None:
        """A member, and their account at GitHub."""
        account = Account(provider=IdentityProvider.GITHUB, external_id=str(number))
        async with self.sessions.begin() as session:
            person = await People(session, self.id).ensure(email, email, role)
            await UserIdentities(session, self.id).vouch(account, person)

    async def status(self) -> str | None:
        async with self.sessions() as session:
            statement = select(Status.name).join(Issue, Issue.status_id == Status.id)
            return await session.scalar(statement.where(Issue.organization_id == self.id))

    async def is_led(self) -> bool:
        """Whether its pull requests say where the ticket stands."""
        async with self.sessions() as session:
            return await GitIntegrations(session, self.id).follows_pull_requests("KEY-1")

    async def row(self) -> dict[str, Any]:
        """All that it says, but for ids, counts and our own times."""
        async with self.sessions() as session:
            rows = select(GitIntegration).where(GitIntegration.organization_id == self.id)
            (row,) = (await session.scalars(rows)).all()
        own = {"id", "issue_id", "organization_id", "created_at", "updated_at", "version"}
        names = [column.name for column in GitIntegration.__table__.columns]
        return {name: getattr(row, name) for name in names if name not in own}


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
AUTHOR = 77


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
