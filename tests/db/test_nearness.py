"""Which finished tickets are found for a new one, out of real tables."""

import pytest
from sqlalchemy import update

from contracts.events import OrchestrationCompleted
from contracts.events.orchestrations import Outcome
from contracts.issues import IssueType, Ticket
from contracts.patterns import Signature
from db.engine import Sessions
from db.issues import Issues
from db.models import Pattern
from db.patterns import Patterns
from policy.patterns import pattern_id
from tests.conftest import TestOrganization
from tests.db.chains import Author, append

BILLING = Signature(type=IssueType.BUG, components=("billing",), paths=("src/shop",))
LOGIN = Signature(type=IssueType.BUG, labels=("login",))
NEW = Ticket(key="PROJ-100", title="Totals are wrong", type=IssueType.BUG, area="Billing")


async def finished(
    sessions: Sessions, author: Author, number: int, kind: Signature | None
) -> Author:
    """A ticket of the author's project that was worked to its end."""
    other = Author(author.organization_id, author.project_id, f"PROJ-{number}")
    outcome = Outcome(issue_type=IssueType.BUG, summary=f"done {number}", signature=kind)
    await append(sessions, other, other.start())
    end = OrchestrationCompleted(commit="1" * 40, outcome=outcome)
    await append(sessions, other, other.write(end))
    return other


async def near(sessions: Sessions, author: Author, ticket: Ticket = NEW) -> list[str]:
    async with sessions() as session:
        found = await Patterns(session, author.organization_id).similar(ticket)
    return [one.issue_key for one in found]


async def test_the_same_area_is_found_without_a_common_word(
    sessions: Sessions, author: Author
) -> None:
    await finished(sessions, author, 1, BILLING)
    await finished(sessions, author, 2, LOGIN)
    assert await near(sessions, author) == ["PROJ-1"]
    assert await near(sessions, author, NEW.model_copy(update={"area": None})) == []
    named = {"area": None, "description": "It is in src/shop/money.py"}
    assert await near(sessions, author, NEW.model_copy(update=named)) == ["PROJ-1"]


async def test_words_find_what_is_older_than_patterns(
    sessions: Sessions, author: Author, organization: TestOrganization
) -> None:
    async with sessions.begin() as session:
        issues = Issues(session, organization.slug)
        for number, title in ((1, "The total of a cart"), (2, "Login fails")):
            ticket = Ticket(key=f"PROJ-{number}", title=title)
            await issues.create(author.project_id, ticket, None)
    await finished(sessions, author, 1, None)
    await finished(sessions, author, 2, LOGIN)
    assert await near(sessions, author) == ["PROJ-1"]


async def test_a_ticket_is_not_near_to_itself_nor_to_other_organizations(
    sessions: Sessions, author: Author
) -> None:
    await finished(sessions, author, 100, BILLING)
    assert await near(sessions, author) == []
    async with sessions() as session:
        elsewhere = Patterns(session, author.orchestration_id)
        assert await elsewhere.similar(NEW.model_copy(update={"key": "PROJ-1"})) == ()
        assert await elsewhere.all() == []


async def test_a_pattern_that_is_switched_off_teaches_nothing(
    sessions: Sessions, author: Author, organization: TestOrganization
) -> None:
    async with sessions.begin() as session:
        ticket = Ticket(key="PROJ-1", title=NEW.title)
        await Issues(session, organization.slug).create(author.project_id, ticket, None)
    await finished(sessions, author, 1, BILLING)
    assert await near(sessions, author) == ["PROJ-1"]
    id = pattern_id(author.organization_id, BILLING)
    async with sessions.begin() as session:
        await session.execute(update(Pattern).where(Pattern.id == id).values(active=False))
    assert await near(sessions, author) == []
    async with sessions() as session:
        patterns = Patterns(session, author.organization_id)
        assert await patterns.precedent(NEW) is None
        assert await patterns.all() == []


@pytest.mark.parametrize("area", ["billing", "BILLING "])
async def test_the_precedent_is_that_of_the_same_area_and_labels(
    sessions: Sessions, author: Author, area: str
) -> None:
    await finished(sessions, author, 1, BILLING)
    await finished(sessions, author, 2, BILLING.model_copy(update={"paths": ("web",)}))
    await finished(sessions, author, 3, BILLING.model_copy(update={"labels": ("cash",)}))
    async with sessions() as session:
        ticket = NEW.model_copy(update={"area": area})
        found = await Patterns(session, author.organization_id).precedent(ticket)
    assert found is not None
    assert (found.kind, found.worked, found.succeeded) == ("BUG in billing", 2, 2)


async def test_an_area_and_an_estimate_are_kept_with_the_ticket(
    sessions: Sessions, author: Author, organization: TestOrganization
) -> None:
    ticket = Ticket.model_validate({**NEW.model_dump(), "estimate": "7.50"})
    async with sessions.begin() as session:
        issues = Issues(session, organization.slug)
        for number in (1, 2):
            one = ticket.model_copy(update={"key": f"PROJ-{number}"})
            await issues.create(author.project_id, one, None)
            assert await issues.get(one.key) == one
