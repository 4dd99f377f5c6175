"""Which facts of the ledger ask people for what a run waits for: by them messages are known."""

from collections.abc import Iterable
from uuid import UUID

from contracts.events import (
    AgentBlocked,
    ApprovalRequested,
    BudgetExceeded,
    NotificationRequested,
    QuestionAsked,
)
from contracts.ledger import ChainedEvent
from contracts.notifications import FactKey
from policy.announcements import about, told_as

OF_BUDGETS = frozenset({"BudgetExceeded", "BudgetEscalated"})


def fact_key(orchestration_id: UUID, chained: ChainedEvent) -> FactKey:
    """Under which people are told of it; what a run asks to be said itself brings its own."""
    if isinstance(chained.event, NotificationRequested):
        return chained.event.request.key
    return f"{orchestration_id}:{chained.sequence}:{chained.hash[:16]}"


def asking(opening: ChainedEvent, events: Iterable[ChainedEvent]) -> list[ChainedEvent]:
    """Those that ask for the same as `opening`: a gate's request, a question, or a limit that is
    reached. It is among them, and so are its reminders and escalations."""
    return [one for one in events if _asks(opening, one)]


def _asks(opening: ChainedEvent, one: ChainedEvent) -> bool:
    later = one.sequence >= opening.sequence
    match opening.event:
        case ApprovalRequested(approval_id=id):
            return about(one.event) == id
        case QuestionAsked() if one.agent_name == opening.agent_name:
            # An agent asks one thing at a time. That it is blocked by it is told as well.
            return (later and told_as(one.event) == "QuestionAsked") or _blocks(opening, one)
        case BudgetExceeded():
            # One request is open at a time.
            return later and told_as(one.event) in OF_BUDGETS
        case _:
            return False


def _blocks(opening: ChainedEvent, one: ChainedEvent) -> bool:
    return isinstance(one.event, AgentBlocked) and one.timestamp == opening.timestamp
