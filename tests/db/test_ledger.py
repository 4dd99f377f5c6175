"""The ledger: written once, chained, branched off by resets, and the tables that follow it."""

import asyncio

import pytest
from sqlalchemy import select

from contracts.agents import Usage
from contracts.events import (
    AgentCompleted,
    AgentFailed,
    AgentSpawned,
    OrchestrationFailed,
    PhaseStarted,
    RunReset,
)
from contracts.phases import Phase
from db.engine import Sessions
from db.ledger import StillActiveError
from db.models import AgentExecution
from errors import BrokenChainError, LedgerConflictError
from tests.db.chains import Author, append, events_of, row_of


async def test_a_batch_is_written_once_however_often_it_comes(
    sessions: Sessions, author: Author
) -> None:
    batches = [author.start(), author.phases(1, 2)]
    for batch in [*batches, *batches]:
        await append(sessions, author, batch)
    assert await events_of(sessions, author) == 3
    assert await append(sessions, author, batches[1]) is None


async def test_two_activities_that_carry_the_first_events_at_once_write_them_once(
    sessions: Sessions, author: Author
) -> None:
    # Many, since they rarely meet where it hurts.
    for number in range(1, 11):
        one = Author(author.organization_id, author.project_id, f"PROJ-{number}")
        batch = one.start()
        written = await asyncio.gather(*(append(sessions, one, batch) for _ in range(8)))
        assert sum(live is not None for live in written) == 1
        assert await events_of(sessions, one) == 1
        await append(sessions, one, one.write(OrchestrationFailed(error_type="X", reason="red")))


async def test_a_second_attempt_waits_until_the_first_is_over(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    second = Author(author.organization_id, author.project_id)
    begun = second.start()
    with pytest.raises(StillActiveError, match="reconcile"):
        await append(sessions, second, begun)
    assert await events_of(sessions, second) == 0
    await append(sessions, author, author.write(OrchestrationFailed(error_type="X", reason="red")))
    assert await append(sessions, second, begun) is not None


async def test_a_longer_batch_adds_only_what_is_new(sessions: Sessions, author: Author) -> None:
    first = author.start()
    await append(sessions, author, first)
    second = author.phases(1)
    longer = first.model_copy(update={"events": first.events + second.events})
    live = await append(sessions, author, longer)
    assert live is not None
    assert live.sequence == 2
    assert await events_of(sessions, author) == 2


async def test_the_same_number_with_another_content_is_an_error(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    before = author.journal.state()
    await append(sessions, author, author.phases(1))
    second_author = author.branched(before)
    second_author.run_id = author.run_id
    with pytest.raises(LedgerConflictError, match="another content"):
        await append(sessions, author, second_author.phases(7))
    assert await events_of(sessions, author) == 2


async def test_an_event_whose_predecessor_is_missing_is_refused(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    author.phases(1)
    with pytest.raises(BrokenChainError):
        await append(sessions, author, author.phases(2))
    assert await events_of(sessions, author) == 1


async def test_a_continued_run_goes_on_with_the_chain(sessions: Sessions, author: Author) -> None:
    await append(sessions, author, author.start())
    continued = author.branched(author.journal.state())
    await append(sessions, continued, continued.phases(1))
    row = await row_of(sessions, author)
    assert (row.run_id, row.last_sequence) == (continued.run_id, 2)


async def test_a_continued_run_may_bring_events_that_were_written_already(
    sessions: Sessions, author: Author
) -> None:
    start = author.start()
    phase = author.phases(1)
    await append(sessions, author, start)
    await append(sessions, author, phase)
    continued = author.branched(author.journal.state())
    new = continued.phases(2)
    await append(sessions, continued, new.model_copy(update={"events": phase.events + new.events}))
    assert await events_of(sessions, author) == 3


async def test_after_a_reset_the_tables_show_the_new_branch(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    fork = author.journal.state()
    spawned = AgentSpawned(round=1, runner="command", step="CODE/1/coder", base_commit="0" * 40)
    failed = AgentFailed(round=1, duration="PT1S", error_type="X", error_message="old branch")
    await append(sessions, author, author.write(spawned, failed, phase=Phase.CODE))
    reset = author.branched(fork)
    marker = RunReset(resets=1, branch="slipway/PROJ-1.1", base_commit="0" * 40)
    await append(sessions, reset, reset.write(marker, PhaseStarted(round=1), phase=Phase.CODE))
    row = await row_of(sessions, author)
    assert (row.run_id, row.last_sequence, row.branch) == (reset.run_id, 3, "slipway/PROJ-1.1")
    async with sessions() as session:
        shown = select(AgentExecution).where(
            AgentExecution.orchestration_id == author.orchestration_id
        )
        assert (await session.scalars(shown)).all() == []
    assert await events_of(sessions, author) == 5


async def test_last_words_of_a_superseded_run_are_kept_but_not_followed(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    fork = author.journal.state()
    await append(sessions, author, author.phases(1))
    reset = author.branched(fork)
    await append(sessions, reset, reset.phases(5))
    await append(sessions, author, author.phases(2))
    row = await row_of(sessions, author)
    assert (row.run_id, row.last_sequence) == (reset.run_id, 2)
    assert await events_of(sessions, author) == 4


async def test_tokens_and_cost_add_up_over_agents(sessions: Sessions, author: Author) -> None:
    await append(sessions, author, author.start())
    used = Usage(tokens_in=5, tokens_out=7, cost="0.25", provider="local", model="m")
    for name in ("1", "2"):
        spawned = AgentSpawned(round=int(name), runner="llm", step=name, base_commit="0" * 40)
        done = AgentCompleted(round=int(name), duration="PT2S", summary="did it", usage=used)
        await append(sessions, author, author.write(spawned, done, phase=Phase.CODE))
    row = await row_of(sessions, author)
    assert (row.tokens, str(row.cost)) == (24, "0.500000")


async def test_a_reset_run_that_never_wrote_cannot_take_the_tables_from_its_successor(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    fork = author.journal.state()
    first, second = author.branched(fork), author.branched(fork)
    marker = RunReset(resets=1, branch="slipway/PROJ-1.1", base_commit="0" * 40)
    again = marker.model_copy(update={"resets": 2, "branch": "slipway/PROJ-1.2"})
    await append(sessions, second, second.write(marker, again, phase=Phase.CODE))
    await append(sessions, first, first.write(marker, phase=Phase.CODE))
    await append(sessions, second, second.phases(1))
    row = await row_of(sessions, author)
    assert (row.run_id, row.last_sequence, row.branch) == (second.run_id, 4, "slipway/PROJ-1.2")


async def test_a_reset_attempt_comes_back_and_closes_the_one_that_was_terminated_for_it(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    fork = author.journal.state()
    failed = OrchestrationFailed(error_type="X", reason="the first attempt")
    await append(sessions, author, author.write(failed))
    second = Author(author.organization_id, author.project_id)
    second.workflow_id = author.workflow_id
    await append(sessions, second, second.start())
    reset = author.branched(fork)
    await append(sessions, reset, reset.phases(1))
    assert (await row_of(sessions, author)).status == "ACTIVE"
    row = await row_of(sessions, second)
    assert (row.status, row.failure) == (
        "FAILED",
        "Terminated: its workflow was terminated and left no last word",
    )
