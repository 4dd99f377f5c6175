"""Which events start, hold and stop the clocks of service levels."""

from collections.abc import Callable, Iterable
from datetime import datetime

from contracts.events import (
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRejected,
    ApprovalRequested,
    ApprovalVoided,
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
        case ApprovalRequested():
            board.person_awaited(SlaPause.APPROVAL, phase)
        case ApprovalGranted() | ApprovalRejected() | ApprovalExpired() | ApprovalVoided():
            board.person_answered(SlaPause.APPROVAL, phase)
        case QuestionAsked():
            board.person_awaited(SlaPause.ANSWER, phase)
        case QuestionAnswered():
            board.person_answered(SlaPause.ANSWER, phase)
        case OrchestrationPaused():
            board.person_awaited(SlaPause.REST)
        case OrchestrationResumed():
            board.person_answered(SlaPause.REST)
        case OrchestrationCompleted() | OrchestrationFailed() | OrchestrationCancelled():
            board.end()
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
