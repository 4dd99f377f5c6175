"""Who is heard: people of the organization who may work, by accounts that somebody vouched for."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import TypeAdapter
from sqlalchemy import select, update
from temporalio.testing import ActivityEnvironment

from activities.command_desk import CommandDesk, Hearing
from contracts.commands import Account, Effect, IdentityProvider, PersonCommand
from contracts.identity import Role
from contracts.issues import Ticket
from db.engine import Sessions
from db.identity import People
from db.issues import Issues
from db.models import AuditLog, User, UserIdentity
from db.projects import Projects
from db.user_identities import UserIdentities
from tests.conftest import TestOrganization

COMMANDS: dict[str, dict[str, Any]] = {
    "start_work": {},
    "guide": {"text": "mind the tests"},
    "answer": {"text": "yes"},
    "cancel_work": {"reason": "no longer wanted"},
}
DECIDE = {"decision": "APPROVE", "channel": "git"}


class Town:
    """An organization with KEY-1 and people who have accounts at GitHub."""

    def __init__(self, sessions: Sessions, organization: TestOrganization) -> None:
        self._sessions, self._organization = sessions, organization

    async def found(self) -> None:
        id, slug = self._organization.id, self._organization.slug
        async with self._sessions.begin() as session:
            project = await Projects(session, id).create("KEY", f"/srv/{slug}")
            await Issues(session, slug).create(
                project.id, Ticket(key="KEY-1", title="Round half a cent up"), None
            )

    async def settle(self, name: str, role: Role) -> UUID:
        """Somebody whose account has their name."""
        async with self._sessions.begin() as session:
            id = await People(session, self._organization.id).ensure(f"{name}@b.org", name, role)
            await UserIdentities(session, self._organization.id).vouch(_account(name), id)
        return id

    async def hears(self, kind: str, by: str, **more: Any) -> Hearing | Effect:
        fields = {
            "type": kind,
            "once": uuid4().hex,
            "delivery": uuid4(),
            "organization": self._organization.slug,
            "organization_id": self._organization.id,
            "about": {"keys": ["KEY-1"]},
            "at": datetime.now(UTC),
            "by": _account(by),
            **more,
        }
        command = TypeAdapter[PersonCommand](PersonCommand).validate_python(fields)
        return await ActivityEnvironment().run(CommandDesk(self._sessions).hear, command)

    async def refusals(self) -> list[tuple[str, str | None]]:
        async with self._sessions() as session:
            rows = select(AuditLog).where(AuditLog.organization_id == self._organization.id)
            return [(row.actor_id, row.reason) for row in await session.scalars(rows)]


def _account(name: str) -> Account:
    return Account(provider=IdentityProvider.GITHUB, external_id=name)


@pytest.fixture
async def town(sessions: Sessions, organization: TestOrganization) -> Town:
    town = Town(sessions, organization)
    await town.found()
    return town


@pytest.mark.parametrize("kind", COMMANDS)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.DEVELOPER])
async def test_who_works_is_heard(town: Town, kind: str, role: Role) -> None:
    await town.settle("ann", role)
    assert await town.hears(kind, "ann", **COMMANDS[kind]) == Hearing("KEY-1", "ann@b.org")


@pytest.mark.parametrize("kind", COMMANDS)
async def test_who_may_only_look_is_refused_and_on_record(town: Town, kind: str) -> None:
    await town.settle("vic", Role.VIEWER)
    heard = await town.hears(kind, "vic", **COMMANDS[kind])
    reason = "vic@b.org is viewer and may only look"
    assert heard == Effect(happened=False, note=reason)
    assert await town.refusals() == [("vic@b.org", reason)]


@pytest.mark.parametrize("kind", [*COMMANDS, "decide"])
async def test_a_stranger_is_refused_and_on_record(town: Town, kind: str) -> None:
    heard = await town.hears(kind, "eve", **COMMANDS.get(kind, DECIDE))
    reason = "github:eve is nobody we know"
    assert heard == Effect(happened=False, note=reason)
    assert await town.refusals() == [("github:eve", reason)]


async def test_an_account_that_nobody_vouched_for_is_a_strangers(
    town: Town, sessions: Sessions
) -> None:
    id = await town.settle("ann", Role.ADMIN)
    async with sessions.begin() as session:
        hers = update(UserIdentity).where(UserIdentity.user_id == id)
        await session.execute(hers.values(verified_at=None))
    assert isinstance(await town.hears("start_work", "ann"), Effect)


async def test_who_has_left_is_a_stranger(town: Town, sessions: Sessions) -> None:
    id = await town.settle("ann", Role.ADMIN)
    async with sessions.begin() as session:
        await session.execute(update(User).where(User.id == id).values(active=False))
    assert isinstance(await town.hears("guide", "ann", **COMMANDS["guide"]), Effect)


async def test_whoever_ends_a_ticket_where_it_is_kept_may_do_so(town: Town) -> None:
    heard = await town.hears("cancel_work", "eve", by_tracker=True)
    assert isinstance(heard, Hearing)
    assert (heard.key, heard.by) == ("KEY-1", "github:eve")
