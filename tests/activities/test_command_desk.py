"""Which project a ticket belongs to that is made of an issue."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.testing import ActivityEnvironment

from activities.command_desk import CommandDesk, Hearing
from contracts.commands import (
    Account,
    CancelWork,
    Effect,
    GitIssue,
    GitProvider,
    IdentityProvider,
    Proposal,
    StartWork,
    Subject,
)
from contracts.identity import Role
from db.engine import Sessions
from db.identity import Organizations, People
from db.projects import Projects
from db.user_identities import UserIdentities
from tests.conftest import TestOrganization

ANN = Account(provider=IdentityProvider.GITHUB, external_id="7001")
ISSUE = GitIssue(provider=GitProvider.GITHUB, repository="acme/shop", number=7)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEWER = Effect(happened=False, note="something newer was asked for")
HOME = "https://github.com/acme/shop"


@pytest.fixture
async def people(sessions: Sessions, organization: TestOrganization) -> None:
    async with sessions.begin() as session:
        ann = await People(session, organization.id).ensure("a@b.org", "Ann", Role.DEVELOPER)
        await UserIdentities(session, organization.id).vouch(ANN, ann)


class Desk:
    endpoint_of: UUID | None = None

    def __init__(self, sessions: Sessions, organization: TestOrganization) -> None:
        self._sessions, self._organization = sessions, organization

    async def project(self, key: str, url: str, **more: Any) -> UUID:
        async with self._sessions.begin() as session:
            project = await Projects(session, self._organization.id).create(key, url)
            for name, value in more.items():
                setattr(project, name, value)
            return project.id

    async def hears(self, about: Subject, at: int = 0, **told: Any) -> Hearing | Effect:
        proposal = Proposal(title="Half a cent", **told)
        return await self._hears(StartWork(**self._said(about, at), by=ANN, proposal=proposal))

    async def hears_of_its_end(self, about: Subject, at: int, by: Account = ANN) -> None:
        tracked = about.issue is None
        end = CancelWork(**self._said(about, at), by=by, by_tracker=tracked)
        heard = await self._hears(end)
        assert isinstance(heard, Effect)
        assert "is no ticket of ours" in heard.note

    def _said(self, about: Subject, at: int) -> dict[str, Any]:
        return {
            "once": uuid4().hex,
            "delivery": uuid4(),
            "organization": self._organization.slug,
            "organization_id": self._organization.id,
            "project_id": self.endpoint_of,
            "about": about,
            "at": NOON + timedelta(minutes=at),
        }

    async def _hears(self, command: StartWork | CancelWork) -> Hearing | Effect:
        return await ActivityEnvironment().run(CommandDesk(self._sessions).hear, command)


@pytest.fixture
async def desk(sessions: Sessions, organization: TestOrganization, people: None) -> Desk:
    return Desk(sessions, organization)


SPELLINGS = [
    HOME,
    f"{HOME}.git",
    f"{HOME}/",
    "https://GitHub.com/Acme/Shop",
    "git@github.com:acme/shop.git",
    "ssh://git@github.com:22/acme/shop",
]


@pytest.mark.parametrize("url", SPELLINGS)
async def test_a_project_is_found_however_its_repository_is_spelt(desk: Desk, url: str) -> None:
    await desk.project("SHOP", url)
    await desk.project("OTHER", "https://github.com/acme/shop-front")
    heard = await desk.hears(Subject(issue=ISSUE), repository_url=HOME)
    assert heard == Hearing("SHOP-7", "a@b.org")


@pytest.mark.parametrize(
    "url",
    [
        "https://gitlab.com/acme/shop",
        "https://github.com/acme/shopping",
        "https://github.com/other/shop",
        "/srv/git/acme/shop",
    ],
)
async def test_another_repository_is_not_taken_for_it(desk: Desk, url: str) -> None:
    await desk.project("SHOP", url)
    heard = await desk.hears(Subject(issue=ISSUE), repository_url=HOME)
    assert heard == Effect(happened=False, note="acme/shop#7 is no ticket of ours")


async def test_an_endpoint_speaks_only_for_a_project_in_a_folder(desk: Desk) -> None:
    elsewhere = await desk.project("FAR", "https://github.com/acme/far")
    here = await desk.project("NEAR", "/srv/git/shop")
    about = Subject(issue=ISSUE)
    desk.endpoint_of = elsewhere
    assert isinstance(await desk.hears(about, repository_url=HOME), Effect)
    desk.endpoint_of = here
    heard = await desk.hears(about, repository_url=HOME)
    assert isinstance(heard, Hearing)
    assert heard.key == "NEAR-7"


async def test_an_endpoint_of_one_project_concerns_no_ticket_of_another(desk: Desk) -> None:
    mine = await desk.project("MINE", f"{HOME}-mine")
    await desk.project("SHOP", HOME)
    about = Subject(issue=ISSUE)
    assert await desk.hears(about, repository_url=HOME) == Hearing("SHOP-7", "a@b.org")
    desk.endpoint_of = mine
    for meant in (about, Subject(keys=("SHOP-7",)), Subject(keys=("SHOP-8",))):
        where = HOME if meant.issue else None
        assert isinstance(await desk.hears(meant, repository_url=where), Effect)
    assert await desk.hears(Subject(keys=("MINE-1",))) == Hearing("MINE-1", "a@b.org")


async def test_nobody_elses_project_is_ever_used(desk: Desk, sessions: Sessions) -> None:
    slug = f"org-{uuid4().hex[:12]}"
    async with sessions.begin() as session:
        other = TestOrganization(id=await Organizations(session).ensure(slug, slug), slug=slug)
    desk.endpoint_of = await Desk(sessions, other).project("SHOP", "/srv/git/shop")
    assert isinstance(await desk.hears(Subject(issue=ISSUE), repository_url=HOME), Effect)


async def test_an_issue_of_jira_goes_by_its_key(desk: Desk) -> None:
    await desk.project("SHOP", HOME)
    about = Subject(keys=("SHOP-12",))
    assert await desk.hears(about) == Hearing("SHOP-12", "a@b.org")
    assert await desk.hears(about) == Hearing("SHOP-12", "a@b.org")
    assert isinstance(await desk.hears(Subject(keys=("NONE-12",))), Effect)


async def test_tickets_that_are_kept_in_jira_are_not_made_here(desk: Desk) -> None:
    await desk.project("SHOP", HOME, tracker="jira")
    assert isinstance(await desk.hears(Subject(keys=("SHOP-12",))), Effect)
    assert isinstance(await desk.hears(Subject(issue=ISSUE), repository_url=HOME), Effect)


@pytest.mark.parametrize("about", [Subject(issue=ISSUE), Subject(keys=("SHOP-7",))])
async def test_what_was_ended_before_anybody_heard_of_it_becomes_no_ticket(
    desk: Desk, about: Subject
) -> None:
    """Its deliveries came in the other order."""
    await desk.project("SHOP", HOME)
    where = {"repository_url": HOME} if about.issue else {}
    await desk.hears_of_its_end(about, at=5)
    assert await desk.hears(about, at=4, **where) == NEWER
    assert await desk.hears(about, at=6, **where) == Hearing("SHOP-7", "a@b.org")


async def test_a_stranger_ends_nothing_before_its_time(desk: Desk) -> None:
    await desk.project("SHOP", HOME)
    stranger = Account(provider=IdentityProvider.GITHUB, external_id="7999")
    await desk.hears_of_its_end(Subject(issue=ISSUE), 5, by=stranger)
    assert isinstance(await desk.hears(Subject(issue=ISSUE), at=4, repository_url=HOME), Hearing)
