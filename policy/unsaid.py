"""What a run that was ended from outside leaves open in its chain, and how each of it ends."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.events import (
    AgentBlocked,
    AgentCompleted,
    AgentFailed,
    AgentSpawned,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRejected,
    ApprovalRequested,
    ApprovalVoided,
    Event,
    PhaseCompleted,
    PhaseFailed,
    PhaseStarted,
    QuestionAnswered,
    QuestionAsked,
    QuestionWithdrawn,
)
from contracts.ledger import ChainedEvent


@dataclass(frozen=True)
class Ending:
    """Why and when all of it ends."""

    error_type: str
    reason: str
    at: datetime


def unsaid(chain: Iterable[ChainedEvent], ending: Ending) -> Iterator[tuple[ChainedEvent, Event]]:
    """What was begun and not ended, each with the event that ends it, the newest first: what is
    within a phase ends before it."""
    begun: dict[Hashable, ChainedEvent] = {}
    for chained in chain:
        if (key := _begins(chained)) is not None:
            begun[key] = chained
        elif (key := _ends(chained)) is not None:
            begun.pop(key, None)
    for chained in reversed(begun.values()):
        if (end := _end(chained, ending)) is not None:
            yield chained, end


def _begins(chained: ChainedEvent) -> Hashable:
    match chained.event:
        case PhaseStarted():
            return "phase", chained.phase
        case AgentSpawned(round=number) | AgentBlocked(round=number):
            return "agent", chained.phase, number, chained.agent_name
        case QuestionAsked():
            return "question", chained.phase, chained.agent_name
        case ApprovalRequested(approval_id=id):
            return "approval", id
        case _:
            return None


def _ends(chained: ChainedEvent) -> Hashable:
    match chained.event:
        case PhaseCompleted() | PhaseFailed():
            return "phase", chained.phase
        case AgentCompleted(round=number) | AgentFailed(round=number):
            return "agent", chained.phase, number, chained.agent_name
        case QuestionAnswered() | QuestionWithdrawn():
            return "question", chained.phase, chained.agent_name
        case (
            ApprovalGranted(approval_id=id, settles=True)
            | ApprovalRejected(approval_id=id)
            | ApprovalExpired(approval_id=id)
            | ApprovalVoided(approval_id=id)
        ):
            return "approval", id
        case _:
            return None


def _end(begun: ChainedEvent, ending: Ending) -> Event | None:
    why = ending.reason
    lasted = max(ending.at - begun.timestamp, timedelta())
    match begun.event:
        case PhaseStarted(round=number):
            return PhaseFailed(
                round=number, duration=lasted, error_type=ending.error_type, reason=why
            )
        case AgentSpawned(round=number) | AgentBlocked(round=number):
            return AgentFailed(
                round=number,
                duration=lasted,
                error_type=ending.error_type,
                error_message=why,
                cancelled=True,
            )
        case QuestionAsked(question=question):
            return QuestionWithdrawn(question=question, reason=why)
        case ApprovalRequested(approval_id=id, gate=gate):
            return ApprovalVoided(approval_id=id, gate=gate.name, reason=why)
        case _:
            return None
