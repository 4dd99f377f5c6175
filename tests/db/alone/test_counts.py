"""Counting over many rows: locked in one order, as late as can be, and read from indexes alone."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.events import OrchestrationCancelled, OrchestrationCompleted, RunReset
from contracts.events.orchestrations import Outcome
from contracts.issues import IssueType
from contracts.ledger import Batch
from contracts.patterns import Signature
from contracts.teams import Assignment, Sprint, TeamTerms
from db.engine import Sessions, each_by_itself, open_sessions
from db.identity import Organizations
from db.ledger import Ledger
from db.models import Pattern, Team, TeamCapacity
from db.pool import Pool
from db.projections.counts import COUNT
from db.projects import Projects
from db.teams import Teams
from db.verification import rebuild, verify_ledger
from policy.patterns import pattern_id
from tests.conftest import NewDatabase
from tests.db.chains import Author, append, events_of

KIND = Signature(type=IssueType.BUG, components=("billing",), paths=("src/shop",))
OTHER = Signature(type=IssueType.TASK, labels=("docs",))
MARCH = Sprint(
    id="2026-03", total=Decimal(80), start_date=date(2026, 3, 1), end_date=date(2026, 3, 31)
)
MANY = text("""
    INSERT INTO task_outcomes SELECT (jsonb_populate_record(o, jsonb_build_object(
        'id', gen_random_uuid(), 'issue_key', 'PROJ-' || n, 'timestamp',
        o.timestamp + n * interval '1 hour'))).*
    FROM task_outcomes o, generate_series(1, 2000) AS n""")
BLOCKED = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0""")


@pytest.fixture
async def team(sessions: Sessions, author: Author) -> UUID:
    async with sessions.begin() as session:
        teams = Teams(session, author.organization_id)
        await teams.put(TeamTerms(name="blue"))
        await teams.plan("blue", MARCH)
        mine = select(Team.id).where(Team.organization_id == author.organization_id)
        return (await session.scalars(mine)).one()


def another(author: Author, number: int) -> Author:
    return Author(author.organization_id, author.project_id, f"PROJ-{number}")


async def begun(sessions: Sessions, author: Author, team: UUID | None = None) -> Author:
    given = Assignment(
        team_id=team, team="blue", sprint=MARCH.id, hours=Decimal(2), reason="it is free"
    )
    await append(sessions, author, author.start(team=given if team else None))
    return author


def completed(kind: Signature) -> OrchestrationCompleted:
    return OrchestrationCompleted(
        commit="1" * 40, outcome=Outcome(issue_type=kind.type, signature=kind)
    )


async def worked(sessions: Sessions, author: Author, kind: Signature = KIND) -> Author:
    await begun(sessions, author)
    await append(sessions, author, author.write(completed(kind)))
    return author


@contextmanager
def heard(sessions: Sessions) -> Iterator[list[str]]:
    """All statements meanwhile."""
    said: list[str] = []

    def hear(_: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(" ".join(statement.split()))

    engine = sessions.kw["bind"].sync_engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def counting(said: list[str]) -> list[str]:
    return [statement for statement in said if "UPDATE patterns" in statement]


@asynccontextmanager
async def holding(
    sessions: Sessions, model: type[Pattern] | type[TeamCapacity]
) -> AsyncIterator[AsyncSession]:
    async with sessions.begin() as session:
        await session.execute(select(model.id).with_for_update())
        yield session


async def test_what_changes_counts_is_left_to_who_has_a_transaction(
    sessions: Sessions, author: Author
) -> None:
    await begun(sessions, author)
    async with each_by_itself(sessions) as session:
        ledger = Ledger(session)
        assert await ledger.extend(author.run_id, author.phases(1)) is not None
        end = author.write(completed(KIND))
        assert await ledger.extend(author.run_id, end) is None
    assert await events_of(sessions, author) == 2
    assert await append(sessions, author, end) is not None


async def test_nothing_is_asked_between_a_patterns_lock_and_its_count(
    sessions: Sessions, author: Author, team: UUID
) -> None:
    await worked(sessions, another(author, 2))
    await begun(sessions, author, team)
    with heard(sessions) as said:
        await append(sessions, author, author.write(completed(KIND)))
    (locks,) = [place for place, one in enumerate(said) if "INSERT INTO patterns" in one]
    assert said[locks + 1 :] == counting(said)
    assert len(said[locks + 1 :]) == 1


async def test_who_waits_for_a_sprint_holds_no_pattern(
    sessions: Sessions, author: Author, team: UUID
) -> None:
    await worked(sessions, another(author, 2))
    await begun(sessions, author, team)
    async with holding(sessions, TeamCapacity), asyncio.timeout(45):
        end = author.write(completed(KIND))
        ending = asyncio.create_task(append(sessions, author, end))
        async with sessions() as session:
            while not await session.scalar(BLOCKED):
                await session.rollback()
            await session.execute(select(Pattern.id).with_for_update(nowait=True))
    await ending
    assert await verify_ledger(sessions) is None


async def test_resets_and_endings_at_once_never_lock_each_other_out(
    sessions: Sessions, author: Author, team: UUID, database_url: str
) -> None:
    authors = [await begun(sessions, another(author, n), team) for n in range(1, 17)]
    forks = [(one, one.journal.state()) for one in authors[:8]]
    for number, (one, _) in enumerate(forks):
        await append(sessions, one, one.write(completed(OTHER if number % 2 else KIND)))
    todo: list[tuple[Author, Batch]] = [(one, one.write(completed(KIND))) for one in authors[8:]]
    for number, (one, fork) in enumerate(forks):
        again = one.branched(fork)
        marker = RunReset(resets=1, branch=f"slipway/{one.key}.1", base_commit="0" * 40)
        todo.append((again, again.write(marker, completed(KIND if number % 2 else OTHER))))
    async with open_sessions(database_url, Pool(most=len(todo))) as many:
        await asyncio.gather(*(append(many, one, batch) for one, batch in todo))
    assert await verify_ledger(sessions) is None


async def test_counting_reads_indexes_and_no_outcome(migrated_database: NewDatabase) -> None:
    async with open_sessions(await migrated_database()) as sessions:
        async with sessions.begin() as session:
            organization = await Organizations(session).ensure("acme", "acme")
            project = await Projects(session, organization).create("PROJ", "/repo")
        await worked(sessions, Author(organization, project.id))
        async with each_by_itself(sessions) as session:
            await session.execute(MANY)
            await session.execute(text("VACUUM ANALYZE task_outcomes"))
        ids = [pattern_id(organization, KIND)]
        values = {"patterns": ids, "sprints": []}
        async with sessions() as session:
            plan = (await session.scalars(text(f"EXPLAIN {COUNT.text}"), values)).all()
    reads = {line.split(" on task_outcomes")[0] for line in plan if " on task_outcomes" in line}
    assert {read.strip(" ->") for read in reads} == {
        "Index Only Scan using ix_task_outcomes_counted",
        "Index Only Scan using ix_task_outcomes_newest",
        "Index Only Scan using ix_task_outcomes_pattern_id_issue_type",
    }


async def test_the_examples_are_the_newest_tickets_each_once(
    sessions: Sessions, author: Author
) -> None:
    for number in range(1, 8):
        await worked(sessions, another(author, number))
    cancelled = await begun(sessions, another(author, 8))
    outcome = Outcome(issue_type=IssueType.CHORE, signature=KIND)
    end = OrchestrationCancelled(reason="no", outcome=outcome)
    await append(sessions, cancelled, cancelled.write(end))
    for _ in range(2):
        late = another(author, 7)
        late.journal = late.branched(late.journal.state()).journal
        late.journal.open(late.organization_id, late.orchestration_id)
        await worked(sessions, late)
    async with sessions() as session:
        found = await session.get_one(Pattern, pattern_id(author.organization_id, KIND))
    assert found.example_issues == ["PROJ-7", "PROJ-1", "PROJ-2", "PROJ-3", "PROJ-4"]
    assert found.issue_types == ["BUG", "CHORE"]
    assert (found.usage_count, found.success_count) == (9, 9)
    assert await verify_ledger(sessions) is None


async def test_verifying_and_rebuilding_count_once_for_all(
    sessions: Sessions, author: Author
) -> None:
    for number in range(1, 4):
        await worked(sessions, another(author, number))
    with heard(sessions) as verifying:
        assert await verify_ledger(sessions) is None
    assert len(counting(verifying)) == 1
    async with sessions.begin() as session:
        await session.execute(text("UPDATE patterns SET usage_count = 9"))
    with heard(sessions) as rebuilding:
        await rebuild(sessions)
    # The sprints, and the first hundred patterns.
    assert len(counting(rebuilding)) <= 2
    assert await verify_ledger(sessions) is None
