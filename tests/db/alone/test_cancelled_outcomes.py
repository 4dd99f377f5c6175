"""What was cancelled leaves its outcome, and makes no kind of work look worse than it is."""

from sqlalchemy import select

from contracts.events import Event, OrchestrationCancelled, OrchestrationCompleted, RunReset
from contracts.events.orchestrations import Outcome
from contracts.issues import IssueType, Ticket
from contracts.patterns import Precedent, Signature
from db.engine import Sessions
from db.models import Pattern, TaskOutcome
from db.patterns import Patterns
from db.verification import rebuild, verify_ledger
from policy.patterns import pattern_id
from tests.db.chains import Author, append

KIND = Signature(type=IssueType.BUG, components=("billing",), paths=("src/shop",))
NEW = Ticket(key="PROJ-9", title="Totals", type=IssueType.BUG, area="Billing")
OUTCOME = Outcome(issue_type=IssueType.BUG, summary="half of it", signature=KIND)
CANCELLED = OrchestrationCancelled(reason="nobody needs it", outcome=OUTCOME)
COMPLETED = OrchestrationCompleted(commit="1" * 40, outcome=OUTCOME)


async def worked(sessions: Sessions, author: Author, number: int, end: Event) -> Author:
    """Another ticket of the author's project."""
    other = Author(author.organization_id, author.project_id, f"PROJ-{number}")
    await append(sessions, other, other.start())
    await append(sessions, other, other.write(end))
    return other


async def counted(sessions: Sessions, author: Author) -> tuple[int, int, list[str]] | None:
    async with sessions() as session:
        found = await session.get(Pattern, pattern_id(author.organization_id, KIND))
    return (found.usage_count, found.success_count, found.example_issues) if found else None


async def outcomes(sessions: Sessions, author: Author) -> list[TaskOutcome]:
    async with sessions() as session:
        mine = TaskOutcome.orchestration_id == author.orchestration_id
        return list((await session.scalars(select(TaskOutcome).where(mine))).all())


async def test_a_cancelled_attempt_leaves_a_row_that_counts_neither_way(
    sessions: Sessions, author: Author
) -> None:
    await worked(sessions, author, 1, COMPLETED)
    other = await worked(sessions, author, 2, CANCELLED)
    (row,) = await outcomes(sessions, other)
    assert (row.success, row.pattern_id) == (False, pattern_id(author.organization_id, KIND))
    assert row.learnings == {"summary": "half of it", "cancelled": "nobody needs it"}
    assert await counted(sessions, author) == (1, 1, ["PROJ-1"])
    async with sessions() as session:
        found = await Patterns(session, author.organization_id).precedent(NEW)
    assert found == Precedent(kind="BUG in billing", worked=1, succeeded=1)
    assert await verify_ledger(sessions) is None


async def test_a_kind_whose_work_was_only_cancelled_is_kept_and_tells_how_it_went(
    sessions: Sessions, author: Author
) -> None:
    await worked(sessions, author, 1, CANCELLED)
    assert await counted(sessions, author) == (0, 0, [])
    async with sessions() as session:
        patterns = Patterns(session, author.organization_id)
        assert await patterns.all() == []
        assert await patterns.precedent(NEW) is None
        (similar,) = await patterns.similar(NEW)
    assert (similar.success, similar.cancelled) == (False, "nobody needs it")
    await rebuild(sessions)
    assert await counted(sessions, author) == (0, 0, [])
    assert await verify_ledger(sessions) is None


async def test_what_was_cancelled_before_outcomes_were_kept_has_none(
    sessions: Sessions, author: Author
) -> None:
    end = OrchestrationCancelled(reason="no")
    assert end.model_dump(mode="json") == {"type": "OrchestrationCancelled", "reason": "no"}
    assert await outcomes(sessions, await worked(sessions, author, 1, end)) == []
    assert await counted(sessions, author) is None
    assert await verify_ledger(sessions) is None


async def test_a_reset_takes_the_outcome_of_a_cancelled_run_back(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    fork = author.journal.state()
    await append(sessions, author, author.write(CANCELLED))
    assert await counted(sessions, author) == (0, 0, [])
    again = author.branched(fork)
    marker = RunReset(resets=1, branch="slipway/PROJ-1.1", base_commit="0" * 40)
    await append(sessions, again, again.write(marker))
    assert await outcomes(sessions, author) == []
    assert await counted(sessions, author) is None
    await append(sessions, again, again.write(COMPLETED))
    assert await counted(sessions, author) == (1, 1, ["PROJ-1"])
    assert await verify_ledger(sessions) is None
