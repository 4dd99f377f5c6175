"""Outcomes come under patterns, whose counts are right however the tables came about."""

import asyncio
from decimal import Decimal

from sqlalchemy import delete, select, text

from contracts.events import OrchestrationCompleted, OrchestrationFailed, RunReset
from contracts.events.orchestrations import Outcome
from contracts.issues import IssueType
from contracts.ledger import Batch
from contracts.patterns import Signature
from db.engine import Sessions, open_sessions
from db.identity import Organizations
from db.maintenance import downgrade, upgrade
from db.models import Pattern, TaskOutcome
from db.projects import Projects
from db.verification import rebuild, verify_ledger
from policy.patterns import pattern_id
from tests.conftest import NewDatabase
from tests.db.chains import Author, append, row_of

KIND = Signature(type=IssueType.BUG, components=("billing",), paths=("src/shop",))
OTHER = Signature(type=IssueType.TASK, labels=("docs",))


def another(author: Author, key: str) -> Author:
    return Author(author.organization_id, author.project_id, key)


def ended(author: Author, kind: Signature | None, success: bool = True) -> Batch:
    outcome = Outcome(issue_type=kind.type if kind else IssueType.BUG, signature=kind)
    if success:
        return author.write(OrchestrationCompleted(commit="1" * 40, outcome=outcome))
    return author.write(OrchestrationFailed(error_type="X", reason="red", outcome=outcome))


async def work(
    sessions: Sessions, author: Author, kind: Signature | None, success: bool = True
) -> None:
    await append(sessions, author, author.start())
    await append(sessions, author, ended(author, kind, success))


async def pattern_of(sessions: Sessions, author: Author, kind: Signature) -> Pattern | None:
    async with sessions() as session:
        return await session.get(Pattern, pattern_id(author.organization_id, kind))


async def used(sessions: Sessions, author: Author, kind: Signature = KIND) -> tuple[int, int]:
    found = await pattern_of(sessions, author, kind)
    return (found.usage_count, found.success_count) if found else (0, 0)


async def test_each_outcome_is_linked_to_its_pattern_and_counted(
    sessions: Sessions, author: Author
) -> None:
    for number, success in enumerate((True, True, False), start=1):
        await work(sessions, another(author, f"PROJ-{number}"), KIND, success)
    await work(sessions, another(author, "PROJ-9"), OTHER)
    found = await pattern_of(sessions, author, KIND)
    assert found is not None
    assert (found.usage_count, found.success_count) == (3, 2)
    assert found.success_rate == Decimal("0.6667")
    assert (found.pattern_type, found.issue_types) == ("BUG", ["BUG"])
    assert found.name == "BUG in billing, under src/shop"
    assert Signature.model_validate(found.signature) == KIND
    assert sorted(found.example_issues) == ["PROJ-1", "PROJ-2", "PROJ-3"]
    async with sessions() as session:
        statement = select(TaskOutcome.issue_key).where(TaskOutcome.pattern_id == found.id)
        assert len((await session.scalars(statement)).all()) == 3
    assert await verify_ledger(sessions) is None


async def test_a_batch_that_comes_again_counts_once(sessions: Sessions, author: Author) -> None:
    start = author.start()
    end = ended(author, KIND)
    for batch in (start, end, end, start, end):
        await append(sessions, author, batch)
    assert await used(sessions, author) == (1, 1)


async def test_those_who_end_at_once_are_all_counted(sessions: Sessions, author: Author) -> None:
    authors = [another(author, f"PROJ-{number}") for number in range(1, 11)]
    for one in authors:
        await append(sessions, one, one.start())
    await asyncio.gather(*(append(sessions, one, ended(one, KIND)) for one in authors))
    assert await used(sessions, author) == (10, 10)


async def test_a_reset_takes_its_outcome_back_and_the_next_ending_counts(
    sessions: Sessions, author: Author
) -> None:
    await work(sessions, another(author, "PROJ-2"), KIND)
    await append(sessions, author, author.start())
    fork = author.journal.state()
    await append(sessions, author, ended(author, KIND))
    assert await used(sessions, author) == (2, 2)
    again = author.branched(fork)
    marker = RunReset(resets=1, branch="slipway/PROJ-1.1", base_commit="0" * 40)
    await append(sessions, again, again.write(marker))
    assert (await row_of(sessions, author)).status == "ACTIVE"
    assert await used(sessions, author) == (1, 1)
    assert await verify_ledger(sessions) is None
    await append(sessions, again, ended(again, KIND, success=False))
    assert await used(sessions, author) == (2, 1)
    assert await verify_ledger(sessions) is None


async def test_a_reset_may_lead_to_another_pattern_and_the_unused_one_is_gone(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    fork = author.journal.state()
    await append(sessions, author, ended(author, KIND))
    again = author.branched(fork)
    await append(sessions, again, ended(again, OTHER))
    assert await pattern_of(sessions, author, KIND) is None
    assert await used(sessions, author, OTHER) == (1, 1)
    assert await verify_ledger(sessions) is None


async def test_wrong_counts_are_found_and_rebuilt(sessions: Sessions, author: Author) -> None:
    await work(sessions, author, KIND)
    id = pattern_id(author.organization_id, KIND)
    change = "UPDATE patterns SET usage_count = 7, active = false WHERE id = :id"
    async with sessions.begin() as session:
        await session.execute(text(change), {"id": id})
    difference = await verify_ledger(sessions)
    assert difference is not None
    assert "usage_count, success_rate" in difference
    await rebuild(sessions)
    assert await verify_ledger(sessions) is None
    found = await pattern_of(sessions, author, KIND)
    assert found is not None
    assert not found.active  # That is people's to say.


async def test_patterns_that_were_lost_are_made_of_the_events_again(
    sessions: Sessions, author: Author
) -> None:
    await work(sessions, author, KIND)
    mine = TaskOutcome.organization_id == author.organization_id
    async with sessions.begin() as session:
        await session.execute(delete(TaskOutcome).where(mine))
        await session.execute(
            delete(Pattern).where(Pattern.organization_id == author.organization_id)
        )
    assert await verify_ledger(sessions) is not None
    await rebuild(sessions)
    assert await used(sessions, author) == (1, 1)


async def test_what_was_recorded_before_there_were_patterns_has_none(
    sessions: Sessions, author: Author
) -> None:
    await work(sessions, author, None)
    async with sessions() as session:
        mine = TaskOutcome.orchestration_id == author.orchestration_id
        assert await session.scalar(select(TaskOutcome.pattern_id).where(mine)) is None
    assert await verify_ledger(sessions) is None


async def test_after_the_migration_went_down_and_up_rebuilding_links_again(
    migrated_database: NewDatabase,
) -> None:
    url = await migrated_database()
    async with open_sessions(url) as sessions:
        async with sessions.begin() as session:
            organization = await Organizations(session).ensure("acme", "acme")
            project = await Projects(session, organization).create("PROJ", "/repo")
        author = Author(organization, project.id)
        await work(sessions, author, KIND)
        await downgrade(url, "0015")
        await upgrade(url)
        assert await used(sessions, author) == (0, 0)
        await rebuild(sessions)
        assert await used(sessions, author) == (1, 1)
        assert await verify_ledger(sessions) is None
