"""The local tracker keeps its promises: what is told twice happens once, and lasts."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from activities.local_tracker import LocalTracker
from contracts.issues import RelationType, Ticket, Tracker
from db.engine import Sessions
from db.issues import Issues
from db.models import Base, IssueChange, IssueComment, IssueRelation
from db.projects import Projects
from db.seeds import seed
from errors import UnknownIssueError
from policy.redaction import Redaction
from tests.conftest import TestOrganization

TICKETS = [
    Ticket(key="PROJ-1", title="Totals are off", labels=("money",)),
    Ticket(key="PROJ-2", title="Dates are off"),
]


@pytest.fixture
async def tracker(sessions: Sessions, organization: TestOrganization) -> Tracker:
    await seed(sessions, organization.slug)
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
        for ticket in TICKETS:
            await Issues(session, organization.slug).create(project.id, ticket, None)
    return LocalTracker(sessions, Redaction(()))


async def count(
    sessions: Sessions, organization: TestOrganization, table: type[Base]
) -> int | None:
    owner = table.__table__.c.organization_id
    statement = select(func.count()).select_from(table).where(owner == organization.id)
    async with sessions() as session:
        return await session.scalar(statement)


async def test_it_reads_and_searches(tracker: Tracker, organization: TestOrganization) -> None:
    assert await tracker.get(organization.slug, "PROJ-1") == TICKETS[0]
    assert await tracker.search(organization.slug, "totals", 5) == [TICKETS[0]]


async def test_effects_told_twice_happen_once(
    tracker: Tracker, sessions: Sessions, organization: TestOrganization
) -> None:
    for _ in range(2):
        await tracker.comment(organization.slug, "PROJ-1", "Done.", once="work:close")
        await tracker.transition(organization.slug, "PROJ-1", "Done")
        await tracker.link(organization.slug, "PROJ-1", "PROJ-2", RelationType.RELATES_TO)
    for table in (IssueComment, IssueChange, IssueRelation):
        assert await count(sessions, organization, table) == 1


async def test_every_method_knows_no_unknown_ticket(
    tracker: Tracker, organization: TestOrganization
) -> None:
    slug = organization.slug
    for call in (
        tracker.get(slug, "PROJ-9"),
        tracker.comment(slug, "PROJ-9", "Done.", once="x"),
        tracker.transition(slug, "PROJ-9", "Done"),
        tracker.link(slug, "PROJ-1", "PROJ-9", RelationType.BLOCKS),
        tracker.get("nobody", "PROJ-1"),
    ):
        with pytest.raises(UnknownIssueError):
            await call
