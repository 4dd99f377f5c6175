"""Which events start, hold and stop the clocks of service levels."""

from collections.abc import Callable, Iterable
from datetime import datetime

from contracts.events import (
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRejected,
    ApprovalRequested,
    ApprovalVoided,
    BudgetExceeded,
    BudgetRaised,
    BudgetRefused,
    BudgetWithdrawn,
    Event,
    OrchestrationCancelled,
    OrchestrationCompleted,
    OrchestrationFailed,
    OrchestrationPaused,
    OrchestrationResumed,
    OrchestrationStarted,
    PhaseCompleted,
    PhaseFailed,
    PhaseStarted,
    QuestionAnswered,
    QuestionAsked,
    QuestionWithdrawn,
)
from contracts.ledger import ChainedEvent
from contracts.phases import Phase
from contracts.sla import SlaDefinition, SlaPause
from contracts.sla_clocks import SlaState
from policy.sla import matching
from policy.sla_clocks import ClockBoard


def hear(board: ClockBoard, event: Event, phase: Phase | None) -> None:
    match event:
        case PhaseStarted() if phase:
            board.phase_began(phase)
        case PhaseCompleted() | PhaseFailed() if phase:
            board.phase_ended(phase)
        case ApprovalVoided(granted=True):
            pass  # Nobody was awaited for it any more.
        case OrchestrationPaused():
            board.person_awaited(SlaPause.REST)
        case OrchestrationResumed():
            board.person_answered(SlaPause.REST)
        case OrchestrationCompleted() | OrchestrationFailed() | OrchestrationCancelled():
            board.end()
        case _:
            _hear_of_people(board, event, phase)


def _hear_of_people(board: ClockBoard, event: Event, phase: Phase | None) -> None:
    """Who is awaited outside the work."""
    match event:
        case ApprovalRequested(first=first):
            if not first:
                board.person_answered(SlaPause.APPROVAL, phase)  # At the level before.
            board.person_awaited(SlaPause.APPROVAL, phase)
        case ApprovalGranted(settles=False):
            pass  # Others are still awaited, there or at the next level.
        case ApprovalGranted() | ApprovalRejected() | ApprovalExpired() | ApprovalVoided():
            board.person_answered(SlaPause.APPROVAL, phase)
        case QuestionAsked() | BudgetExceeded():
            board.person_awaited(SlaPause.ANSWER, phase)
        case BudgetRaised(measure=None):
            pass  # Ahead: nobody was awaited.
        case QuestionAnswered() | QuestionWithdrawn():
            board.person_answered(SlaPause.ANSWER, phase)
        case BudgetRaised() | BudgetRefused() | BudgetWithdrawn():
            board.person_answered(SlaPause.ANSWER, phase)
        case _:
            pass


def clocks_of(definitions: Iterable[SlaDefinition], events: Iterable[ChainedEvent]) -> SlaState:
    """As the clocks stand after these events of one orchestration, not reckoned yet."""
    state = SlaState()
    for chained in events:
        board = ClockBoard(state, _stands_at(chained.timestamp))
        if isinstance(chained.event, OrchestrationStarted):
            ticket = chained.event.ticket
            board.start(matching(definitions, ticket.type, ticket.priority))
        else:
            hear(board, chained.event, chained.phase)
    return state


def _stands_at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment
