"""Tickets in our own Postgres: what is kept of them, and what happens once."""

import asyncio
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from contracts.issues import IssueType, Priority, RelationType, Ticket
from contracts.text import MAX_DESCRIPTION
from db.engine import Sessions
from db.ids import new_id
from db.issues import Issues, SelfRelationError, UnknownStatusError
from db.models import Issue, IssueChange, IssueComment, IssueRelation, Status, StatusFlow
from db.projects import Projects
from db.seeds import seed
from errors import UnknownIssueError
from tests.conftest import TestOrganization

FULL = Ticket(
    key="PROJ-1",
    title="Totals are rounded wrongly",
    description="Half a cent is lost on invoices.",
    type=IssueType.BUG,
    priority=Priority.HIGH,
    labels=("backend", "money"),
    acceptance_criteria="The sum of the lines is the total.",
)


@dataclass(frozen=True)
class Desk:
    sessions: Sessions
    organization: TestOrganization
    project_id: UUID

    async def create(self, *tickets: Ticket) -> list[bool]:
        async with self.sessions.begin() as session:
            issues = Issues(session, self.organization.slug)
            return [await issues.create(self.project_id, ticket, None) for ticket in tickets]

    async def get(self, key: str) -> Ticket:
        async with self.sessions() as session:
            return await Issues(session, self.organization.slug).get(key)

    async def search(self, words: str, limit: int = 10) -> list[str]:
        async with self.sessions() as session:
            found = await Issues(session, self.organization.slug).search(words, limit)
        return [ticket.key for ticket in found]

    async def move(self, key: str, status: str) -> None:
        async with self.sessions.begin() as session:
            await Issues(session, self.organization.slug).transition(key, status, "dev")

    async def changes(self) -> list[tuple[str | None, str | None]]:
        statement = (
            select(IssueChange)
            .where(IssueChange.organization_id == self.organization.id)
            .order_by(IssueChange.id)
        )
        async with self.sessions() as session:
            return [(row.old, row.new) for row in (await session.scalars(statement)).all()]

    async def row(self, key: str) -> Issue:
        statement = select(Issue).where(
            Issue.organization_id == self.organization.id, Issue.key == key
        )
        async with self.sessions() as session:
            return (await session.scalars(statement)).one()


@pytest.fixture
async def desk(sessions: Sessions, organization: TestOrganization) -> Desk:
    await seed(sessions, organization.slug)
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
    return Desk(sessions, organization, project.id)


async def test_a_ticket_comes_back_as_it_went_in(desk: Desk) -> None:
    assert await desk.create(FULL) == [True]
    assert await desk.get("PROJ-1") == FULL


async def test_a_ticket_that_is_there_stays_as_it_is(desk: Desk) -> None:
    await desk.create(FULL)
    again = FULL.model_copy(update={"title": "Another", "labels": ("new",)})
    assert await desk.create(again) == [False]
    assert await desk.get("PROJ-1") == FULL


async def test_two_who_create_one_ticket_at_once_make_one(desk: Desk) -> None:
    made = await asyncio.gather(*(desk.create(FULL) for _ in range(5)))
    assert sorted(made) == [[False]] * 4 + [[True]]


async def test_an_unknown_ticket_says_how_to_make_it(desk: Desk) -> None:
    with pytest.raises(UnknownIssueError, match=r"starter\.py work PROJ-9 --repo"):
        await desk.get("PROJ-9")
    with pytest.raises(UnknownIssueError):
        await desk.get("PROJ-9\0")


async def test_nobody_sees_another_organizations_tickets(desk: Desk, sessions: Sessions) -> None:
    await desk.create(FULL)
    other = f"org-{uuid4().hex[:12]}"
    await seed(sessions, other)
    async with sessions() as session:
        with pytest.raises(UnknownIssueError):
            await Issues(session, other).get("PROJ-1")
        assert await Issues(session, other).search("totals", 10) == []


async def test_search_finds_words_in_other_forms_and_the_best_first(desk: Desk) -> None:
    await desk.create(
        FULL,
        Ticket(key="PROJ-2", title="An invoice", description="invoice, invoicing, invoices"),
        Ticket(key="PROJ-3", title="Something else"),
    )
    assert await desk.search("invoice") == ["PROJ-2", "PROJ-1"]
    assert await desk.search("invoice", limit=1) == ["PROJ-2"]
    assert await desk.search('"half a cent" -wood') == ["PROJ-1"]


async def test_what_is_found_has_its_labels(desk: Desk) -> None:
    await desk.create(FULL)
    async with desk.sessions() as session:
        assert await Issues(session, desk.organization.slug).search("rounded", 10) == [FULL]


@pytest.mark.parametrize("words", ["", "'", ")(&|!", "\0", "\ud800", "a:* & <->", "x" * 5000])
async def test_no_words_break_the_search(desk: Desk, words: str) -> None:
    await desk.create(FULL)
    assert await desk.search(words) == []


@pytest.mark.parametrize("word", ["w{} ", "{}\U00020000 ", "{}", "ж{} "])
async def test_the_longest_description_can_be_kept(desk: Desk, word: str) -> None:
    words = "".join(word.format(number) for number in range(50_000))[:MAX_DESCRIPTION]
    assert await desk.create(FULL.model_copy(update={"description": words})) == [True]


async def test_a_new_ticket_has_the_first_status_of_its_flow(desk: Desk) -> None:
    await desk.create(FULL)
    async with desk.sessions() as session:
        status = await session.get(Status, (await desk.row("PROJ-1")).status_id)
    assert status is not None
    assert status.name == "Open"


async def test_a_transition_is_recorded_once(desk: Desk) -> None:
    await desk.create(FULL)
    await asyncio.gather(*(desk.move("PROJ-1", "In progress") for _ in range(5)))
    assert await desk.changes() == [("Open", "In progress")]


async def test_a_closed_ticket_says_when_and_a_reopened_one_forgets(desk: Desk) -> None:
    await desk.create(FULL)
    await desk.move("PROJ-1", "Done")
    assert (await desk.row("PROJ-1")).completed_at is not None
    await desk.move("PROJ-1", "Open")
    assert (await desk.row("PROJ-1")).completed_at is None
    assert await desk.changes() == [("Open", "Done"), ("Done", "Open")]


async def test_an_unknown_status_says_which_there_are(desk: Desk) -> None:
    await desk.create(FULL)
    with pytest.raises(UnknownStatusError, match="Open, In progress, In review, Approved, Done"):
        await desk.move("PROJ-1", "Finished")


async def test_a_projects_own_flow_goes_before_the_organizations(desk: Desk) -> None:
    domain = {"organization_id": desk.organization.id}
    flow = StatusFlow(id=new_id(), name="Own", project_id=desk.project_id, **domain)
    names = ("Ready", "Done")
    async with desk.sessions.begin() as session:
        session.add(flow)
        await session.flush()
        for position, name in enumerate(names):
            session.add(
                Status(
                    id=new_id(),
                    flow_id=flow.id,
                    name=name,
                    color="#000",
                    position=position,
                    **domain,
                )
            )
    await desk.create(FULL)
    await desk.move("PROJ-1", "Done")
    assert await desk.changes() == [("Ready", "Done")]
    with pytest.raises(UnknownStatusError):
        await desk.move("PROJ-1", "In review")


async def test_the_same_comment_is_one(desk: Desk) -> None:
    await desk.create(FULL)

    async def comment(once: str) -> None:
        async with desk.sessions.begin() as session:
            await Issues(session, desk.organization.slug).comment("PROJ-1", "me", "So\0!", once)

    await asyncio.gather(*(comment("a") for _ in range(5)), comment("b"))
    statement = select(IssueComment.body).where(
        IssueComment.organization_id == desk.organization.id
    )
    async with desk.sessions() as session:
        assert (await session.scalars(statement)).all() == ["So!", "So!"]


async def test_a_relation_seen_from_both_ends_is_one(desk: Desk) -> None:
    two = FULL.model_copy(update={"key": "PROJ-2"})
    await desk.create(FULL, two)
    async with desk.sessions.begin() as session:
        issues = Issues(session, desk.organization.slug)
        await issues.relate("PROJ-1", "PROJ-2", RelationType.BLOCKS)
        await issues.relate("PROJ-2", "PROJ-1", RelationType.BLOCKED_BY)
        with pytest.raises(SelfRelationError):
            await issues.relate("PROJ-1", "PROJ-1", RelationType.RELATES_TO)
    statement = select(IssueRelation).where(IssueRelation.organization_id == desk.organization.id)
    async with desk.sessions() as session:
        (relation,) = (await session.scalars(statement)).all()
    assert relation.source_issue_id == (await desk.row("PROJ-1")).id
    assert relation.relation_type == "BLOCKS"
