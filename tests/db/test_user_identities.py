"""Whose an account is: one person's, who keeps it until somebody says that it moves."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text

from contracts.commands import Account, IdentityProvider
from contracts.identity import Role
from contracts.people import account_of
from db.approvals import Approvers
from db.engine import Sessions
from db.identity import Organizations, People
from db.user_identities import LinkedElsewhereError, OwnAddressError, UserIdentities
from tests.conftest import TestOrganization
from tests.faults.patience import until

LEAD, MIA = "lead@x.test", "mia@x.test"
NUMBER = Account(provider=IdentityProvider.GITHUB, external_id="42")
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND wait_event_type = 'Lock' AND query LIKE '%FOR NO KEY UPDATE'"
)


@dataclass(frozen=True)
class Club:
    """Lead and Mia are members."""

    sessions: Sessions
    organization: TestOrganization

    async def join(self, email: str) -> None:
        async with self.sessions.begin() as session:
            await People(session, self.organization.id).ensure(email, email, Role.MANAGER)

    async def link(self, email: str, account: str, *, move: bool = False) -> tuple[str, ...]:
        found = account_of(account)
        assert found is not None
        async with self.sessions.begin() as session:
            return await People(session, self.organization.id).link(email, found, move=move)

    async def owner(self, by: str) -> str | None:
        async with self.sessions() as session:
            member = await Approvers(session, self.organization.slug).member(by)
        return member.email if member else None


async def somebody_waits(sessions: Sessions) -> bool:
    async with sessions() as session:
        return bool(await session.scalar(WAITING))


@pytest.fixture
async def club(sessions: Sessions, organization: TestOrganization) -> Club:
    club = Club(sessions, organization)
    for email in (LEAD, MIA):
        await club.join(email)
    return club


@pytest.mark.parametrize("account", ["github:42", "email:Max@home.test", "github:max"])
async def test_an_account_stays_whose_it_is_until_somebody_says_that_it_moves(
    club: Club, account: str
) -> None:
    assert await club.link(LEAD, account) == ()
    assert await club.link(LEAD, account) == ()
    with pytest.raises(LinkedElsewhereError, match=f"{account} is linked to {LEAD}.* --move"):
        await club.link(MIA, account)
    assert await club.owner(account) == LEAD
    assert await club.link(MIA, account, move=True) == (LEAD,)
    assert await club.link(MIA, account) == await club.link(MIA, account, move=True) == ()
    assert await club.owner(account) == MIA


async def test_other_letters_make_no_other_account(club: Club) -> None:
    await club.link(LEAD, "email:Max@home.test")
    with pytest.raises(LinkedElsewhereError):
        await club.link(MIA, "email:max@HOME.test")
    assert await club.link(MIA, "email:max@home.test", move=True) == (LEAD,)
    assert await club.owner("Max@home.test") == await club.owner("max@home.test") == MIA


@pytest.mark.parametrize("move", [False, True])
async def test_a_members_own_address_is_linked_to_nobody_else(club: Club, move: bool) -> None:
    with pytest.raises(OwnAddressError, match=f"{MIA} is a member's own address"):
        await club.link(LEAD, f"email:{MIA.upper()}", move=move)
    assert await club.link(MIA, f"email:{MIA}", move=move) == ()
    assert await club.owner(MIA) == MIA


async def test_what_was_linked_before_its_owner_joined_comes_back_by_moving(club: Club) -> None:
    new = "nel@x.test"
    await club.link(LEAD, f"email:{new}")
    await club.join(new)
    assert await club.link(new, f"email:{new}", move=True) == (LEAD,)


async def test_another_organizations_accounts_are_its_own(club: Club) -> None:
    await club.link(LEAD, "github:42")
    slug = f"{club.organization.slug}-2"
    async with club.sessions.begin() as session:
        id = await Organizations(session).ensure(slug, slug)
    other = Club(club.sessions, TestOrganization(id=id, slug=slug))
    await other.join(MIA)
    assert await other.link(MIA, "github:42") == ()
    assert await other.link(MIA, f"email:{LEAD}") == ()


async def test_of_two_who_link_it_at_once_the_second_hears_of_the_first(club: Club) -> None:
    async with club.sessions.begin() as session:
        people = People(session, club.organization.id)
        lead: UUID = await people.ensure(LEAD, LEAD, Role.MANAGER)
        await UserIdentities(session, club.organization.id).vouch(NUMBER, lead)
        second = asyncio.create_task(club.link(MIA, str(NUMBER)))
        await until(lambda: somebody_waits(club.sessions), "the second waits for the first")
    with pytest.raises(LinkedElsewhereError, match=LEAD):
        await second
    assert await club.owner(str(NUMBER)) == LEAD
