"""Verifying the ledger against the tables, and making the tables anew."""

import json

import pytest
from sqlalchemy import text

from contracts.events import OrchestrationCompleted, OrchestrationFailed
from contracts.events.orchestrations import Outcome
from contracts.issues import IssueType
from db.engine import Sessions
from db.ledger import Ledger
from db.models import Orchestration
from db.verification import rebuild, verify_ledger
from tests.db.chains import Author, append, row_of


async def test_verify_finds_tables_equal_and_rebuild_mends_what_is_not(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    outcome = Outcome(issue_type=IssueType.BUG, agents_used=("coder",), tests_passed=True)
    await append(
        sessions, author, author.write(OrchestrationCompleted(commit="1" * 40, outcome=outcome))
    )
    assert await verify_ledger(sessions) is None
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE orchestrations SET status = 'FAILED' WHERE id = :id"),
            {"id": author.orchestration_id},
        )
    difference = await verify_ledger(sessions)
    assert difference is not None
    assert "status" in difference
    await rebuild(sessions)
    assert await verify_ledger(sessions) is None


async def test_what_is_ended_from_outside_is_true_as_well(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    for _ in range(2):
        async with sessions.begin() as session:
            await Ledger(session).close(author.orchestration_id)
    async with sessions() as session:
        row = await session.get_one(Orchestration, author.orchestration_id)
    assert (row.status, row.last_sequence) == ("FAILED", 2)
    assert await verify_ledger(sessions) is None


async def test_verify_names_an_event_that_was_tampered_with(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    change = text(
        "UPDATE events SET payload = jsonb_set(payload, '{attempt}', :n) "
        "WHERE orchestration_id = :id"
    )
    async with sessions.begin() as session:
        await session.execute(change, {"id": author.orchestration_id, "n": "2"})
    difference = await verify_ledger(sessions)
    assert difference is not None
    assert str(author.orchestration_id) in difference
    assert "hash" in difference
    async with sessions.begin() as session:
        await session.execute(change, {"id": author.orchestration_id, "n": "1"})
    assert await verify_ledger(sessions) is None


@pytest.mark.parametrize(
    ("tampered", "fault"),
    [
        ("jsonb_set(payload, '{attempt}', '2')", "does not have the hash it carries"),
        ("payload - 'attempt'", "is not what such an event holds"),
    ],
)
async def test_nothing_is_made_of_an_event_that_was_tampered_with(
    sessions: Sessions, author: Author, tampered: str, fault: str
) -> None:
    failed = OrchestrationFailed(error_type="X", reason="the first attempt")
    await append(sessions, author, author.start())
    await append(sessions, author, author.write(failed))
    sound = Author(author.organization_id, author.project_id)
    await append(sessions, sound, sound.start())
    branch = (await row_of(sessions, sound)).branch
    whose = {"id": author.orchestration_id}
    both = {"ids": [author.orchestration_id, sound.orchestration_id]}
    change = "UPDATE events SET payload = {} WHERE orchestration_id = :id AND sequence = 1"
    async with sessions.begin() as session:
        before = await session.scalar(
            text("SELECT payload FROM events WHERE orchestration_id = :id AND sequence = 1"), whose
        )
        await session.execute(text(change.format(tampered)), whose)
        await session.execute(
            text("UPDATE orchestrations SET branch = 'other' WHERE id = ANY(:ids)"), both
        )
    refused = await rebuild(sessions)
    assert (refused.made, len(refused.broken)) == (0, 1)
    assert refused.broken[0].startswith(
        f"event 1 (OrchestrationStarted) of {author.orchestration_id}"
    )
    assert fault in refused.broken[0]
    assert (await row_of(sessions, sound)).branch == "other"
    assert (await rebuild(sessions, leave_broken=True)).broken == refused.broken
    assert (await row_of(sessions, sound)).branch == branch
    assert (await row_of(sessions, author)).branch == "other"
    async with sessions.begin() as session:
        await session.execute(
            text(change.format("CAST(:before AS jsonb)")), whose | {"before": json.dumps(before)}
        )
    assert (await rebuild(sessions)).broken == ()


async def test_an_old_attempt_is_made_anew_while_a_later_one_is_worked(
    sessions: Sessions, author: Author
) -> None:
    failed = OrchestrationFailed(error_type="X", reason="the first attempt")
    await append(sessions, author, author.start())
    await append(sessions, author, author.write(failed))
    second = Author(author.organization_id, author.project_id)
    await append(sessions, second, second.start())
    await rebuild(sessions)
    assert (await row_of(sessions, author)).status == "FAILED"
    assert (await row_of(sessions, second)).status == "ACTIVE"


async def test_verifying_on_a_used_connection_writes_to_no_real_table(
    sessions: Sessions, author: Author
) -> None:
    await append(sessions, author, author.start())
    for number in (1, 2, 3):
        await append(sessions, author, author.phases(number))
        assert await verify_ledger(sessions) is None
    assert (await row_of(sessions, author)).last_sequence == 4
