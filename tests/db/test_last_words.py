"""A run that was terminated leaves nothing open in the tables."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import select

from contracts.events import (
    AgentBlocked,
    AgentCompleted,
    AgentSpawned,
    ApprovalRequested,
    PhaseStarted,
    QuestionAsked,
)
from contracts.phases import Phase
from contracts.playbooks import Gate
from db.engine import Sessions
from db.ledger import Ledger
from db.models import AgentExecution, Approval
from tests.db.chains import Author, append, row_of


def spawned(number: int) -> AgentSpawned:
    return AgentSpawned(round=number, runner="command", step=f"CODE/{number}", base_commit="0" * 40)


async def closed(sessions: Sessions, author: Author) -> list[str]:
    """Twice; what was recorded of it."""
    for _ in range(2):
        async with sessions.begin() as session:
            await Ledger(session).close(author.orchestration_id)
    row = await row_of(sessions, author)
    async with sessions() as session:
        chain = await Ledger(session).chain(row.id, row.last_hash)
    return [f"{chained.phase} {chained.event.type}" for chained in chain]


async def executions(sessions: Sessions, author: Author) -> dict[int, str]:
    statement = select(AgentExecution.round, AgentExecution.status).where(
        AgentExecution.orchestration_id == author.orchestration_id
    )
    async with sessions() as session:
        return {number: status for number, status in (await session.execute(statement)).all()}


async def test_its_agents_its_question_and_its_phase_end_with_it(
    sessions: Sessions, author: Author
) -> None:
    done = AgentCompleted(round=1, duration="PT2S", summary="did it")
    asks = AgentBlocked(round=3, duration="PT2S", question="Which colour?")
    await append(sessions, author, author.start())
    works = (PhaseStarted(round=1), spawned(1), done, spawned(2), spawned(3), asks)
    asked = QuestionAsked(question="Which colour?")
    await append(sessions, author, author.write(*works, asked, phase=Phase.CODE))
    assert (await closed(sessions, author))[8:] == [
        "CODE QuestionWithdrawn",
        "CODE AgentFailed",
        "CODE AgentFailed",
        "CODE PhaseFailed",
        "None OrchestrationFailed",
    ]
    ended = {1: "COMPLETED", 2: "CANCELLED", 3: "CANCELLED"}
    assert await executions(sessions, author) == ended


async def test_what_it_asked_for_is_void(sessions: Sessions, author: Author) -> None:
    requested = ApprovalRequested(
        approval_id=uuid4(),
        gate=Gate(name="plan"),
        revision=1,
        subject_hash="f" * 64,
        subject={"summary": "a plan"},
        expires_at=datetime(2026, 1, 8, tzinfo=UTC),
    )
    await append(sessions, author, author.start())
    await append(sessions, author, author.write(requested, phase=Phase.CODE))
    assert (await closed(sessions, author))[2:] == [
        "CODE ApprovalVoided",
        "None OrchestrationFailed",
    ]
    async with sessions() as session:
        approval = await session.get_one(Approval, requested.approval_id)
    assert (approval.status, approval.comment) == (
        "VOID",
        "its workflow was terminated and left no last word",
    )
