"""Organizations, people and projects: made once, whoever makes them how often."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from contracts.identity import Role
from db.engine import Sessions
from db.identity import Organizations, People
from db.models import Membership
from db.projects import Projects
from tests.conftest import TestOrganization


async def role_of(sessions: Sessions, user_id: UUID) -> str | None:
    async with sessions() as session:
        return await session.scalar(select(Membership.role).where(Membership.user_id == user_id))


async def test_a_person_is_one_however_the_address_is_written(
    sessions: Sessions, organization: TestOrganization
) -> None:
    async def ensure(email: str) -> UUID:
        async with sessions.begin() as session:
            return await People(session, organization.id).ensure(email, "A", Role.ADMIN)

    ids = await asyncio.gather(*map(ensure, ("A@x.test", "a@x.test", "a@X.test", "A@X.TEST")))
    assert len(set(ids)) == 1


async def test_a_role_changes_only_when_it_is_set(
    sessions: Sessions, organization: TestOrganization
) -> None:
    async with sessions.begin() as session:
        people = People(session, organization.id)
        user_id = await people.ensure("a@x.test", "A", Role.VIEWER)
        await people.ensure("a@x.test", "A", Role.ADMIN)
    assert await role_of(sessions, user_id) == "VIEWER"
    async with sessions.begin() as session:
        await People(session, organization.id).set_role("a@x.test", Role.ADMIN)
    assert await role_of(sessions, user_id) == "ADMIN"


async def test_organizations_may_share_an_address_but_no_slug(
    sessions: Sessions, organization: TestOrganization
) -> None:
    async with sessions.begin() as session:
        organizations = Organizations(session)
        assert await organizations.ensure(organization.slug, "Another") == organization.id
        other = await organizations.ensure(f"org-{uuid4().hex[:12]}", "Other")
        one = await People(session, organization.id).ensure("a@x.test", "A", Role.ADMIN)
        assert await People(session, other).ensure("a@x.test", "A", Role.ADMIN) != one


async def test_an_organization_knows_whether_it_has_members(
    sessions: Sessions, organization: TestOrganization
) -> None:
    async with sessions.begin() as session:
        assert not await Organizations(session).has_members(organization.slug)
        await People(session, organization.id).ensure("a@x.test", "A", Role.ADMIN)
        assert await Organizations(session).has_members(organization.slug)


async def test_a_project_is_found_by_key_and_by_repository(
    sessions: Sessions, organization: TestOrganization
) -> None:
    async with sessions.begin() as session:
        projects = Projects(session, organization.id)
        made = await projects.create("PROJ", "/repo")
        assert await projects.find("PROJ") is made
        assert await projects.of_repository("/repo") is made
        assert await projects.find("OTHER") is None
        assert await Projects(session, uuid4()).find("PROJ") is None


@pytest.mark.parametrize(("key", "repository"), [("PROJ", "/other"), ("OTHER", "/repo")])
async def test_a_key_or_a_repository_is_one_projects(
    sessions: Sessions, organization: TestOrganization, key: str, repository: str
) -> None:
    async with sessions.begin() as session:
        await Projects(session, organization.id).create("PROJ", "/repo")
    with pytest.raises(IntegrityError):
        async with sessions.begin() as session:
            await Projects(session, organization.id).create(key, repository)
