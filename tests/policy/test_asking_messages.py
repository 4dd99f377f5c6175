"""Which facts of the ledger ask for what is awaited, and under which key people hear of each."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from contracts.budgets import Bound, Measure, Scope
from contracts.events import (
    AgentBlocked,
    ApprovalRequested,
    BudgetEscalated,
    BudgetExceeded,
    Event,
    NotificationRequested,
    PhaseCompleted,
    QuestionAsked,
)
from contracts.ledger import ChainedEvent
from contracts.notifications import NotificationRequest, Occasion
from contracts.playbooks import Gate
from policy.asking_messages import asking, fact_key
from tests.policy.ledger_events import AT, chained

WORK = UUID(int=7)
DONE = PhaseCompleted(round=1, duration=timedelta(seconds=1))
BOUND = Bound(scope=Scope.ORCHESTRATION, measure=Measure.TOKENS, limit=Decimal(1))
EXCEEDED = BudgetExceeded(bound=BOUND, reason="used", ask=())
ESCALATED = BudgetEscalated(bound=BOUND, reason="used", why="late", since=AT, ask=())


def reminder(of: str, about: UUID | None = None) -> NotificationRequested:
    request = NotificationRequest(
        organization="acme",
        key=f"reminder:{uuid4()}:1",
        event_type=of,
        occasion=Occasion(issue_key="KEY-1"),
        correlation_id=about,
    )
    return NotificationRequested(request=request)


def requested(id: UUID) -> ApprovalRequested:
    gate = Gate(name="plan")
    return ApprovalRequested(
        approval_id=id, gate=gate, revision=1, subject_hash="", subject={}, expires_at=AT
    )


def blocked(text: str) -> AgentBlocked:
    return AgentBlocked(round=1, duration=timedelta(seconds=1), question=text)


def told(*events: tuple[Event, str | None] | Event) -> list[ChainedEvent]:
    """An hour lies between two of them, but a question comes with what it blocks."""

    def each() -> Iterator[ChainedEvent]:
        at = AT
        for number, one in enumerate(events, 1):
            event, agent = one if isinstance(one, tuple) else (one, None)
            at += timedelta(hours=0 if isinstance(event, QuestionAsked) else 1)
            changes: dict[str, Any] = {"sequence": number, "agent_name": agent, "timestamp": at}
            yield chained(event).model_copy(update=changes)

    return list(each())


def found(facts: Sequence[ChainedEvent], opening: int) -> list[int]:
    return [one.sequence for one in asking(facts[opening - 1], facts)]


def test_of_a_gate_its_requests_and_reminders_ask_and_no_other_gate_s() -> None:
    one, other = uuid4(), uuid4()
    both = requested(one), requested(other), requested(one)
    facts = told(*both, reminder("ApprovalRequested", one), reminder("ApprovalRequested", other))
    assert found(facts, 3) == [1, 3, 4]


def test_of_a_question_what_its_agent_says_from_then_on_and_that_it_is_blocked() -> None:
    facts = told(
        (blocked("Up?"), "coder"),
        (QuestionAsked(question="Up?"), "coder"),
        (reminder("QuestionAsked"), "coder"),
        (blocked("Down?"), "coder"),
        (QuestionAsked(question="Down?"), "coder"),
        (QuestionAsked(question="Left?"), "other"),
        (reminder("QuestionAsked"), "coder"),
        (reminder("QuestionAsked"), "other"),
        DONE,
    )
    assert found(facts, 5) == [4, 5, 7]


def test_of_a_limit_everything_since_it_was_reached() -> None:
    facts = told(EXCEEDED, EXCEEDED, DONE, ESCALATED, reminder("BudgetExceeded"))
    assert found(facts, 2) == [2, 4, 5]


def test_nothing_asks_for_what_was_never_asked() -> None:
    assert found(told(DONE, EXCEEDED), 1) == []


def test_a_run_s_own_request_has_its_own_key_and_all_else_its_place_in_the_chain() -> None:
    (first, second) = told(EXCEEDED, reminder("BudgetExceeded"))
    assert isinstance(second.event, NotificationRequested)
    assert fact_key(WORK, second) == second.event.request.key
    other = first.model_copy(update={"sequence": 2})
    assert len({fact_key(WORK, first), fact_key(WORK, other), fact_key(UUID(int=8), first)}) == 3
