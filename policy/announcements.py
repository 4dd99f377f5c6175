"""What a message says of an event of the ledger, and whom it concerns."""

from dataclasses import dataclass

from contracts.events import (
    AgentBlocked,
    ApprovalRequested,
    Event,
    OrchestrationCompleted,
    OrchestrationFailed,
    OrchestrationStarted,
    PhaseCompleted,
    QuestionAsked,
    SlaCritical,
    SlaViolated,
    SlaWarned,
)
from contracts.identity import Role
from contracts.ledger import ChainedEvent
from contracts.notifications import Occasion
from contracts.text import clipped

REASON = 2_000


@dataclass(frozen=True)
class Work:
    """The orchestration that the event belongs to."""

    issue_key: str
    title: str
    requested_by: str


@dataclass(frozen=True)
class Announcement:
    """`people` are e-mail addresses; holders of `roles` are concerned too."""

    occasion: Occasion
    people: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()


def announcement(chained: ChainedEvent, work: Work) -> Announcement:
    event = chained.event
    occasion = Occasion(
        issue_key=work.issue_key, title=work.title, phase=chained.phase, by=work.requested_by
    ).model_copy(update=_details(event))
    if isinstance(event, ApprovalRequested):
        return Announcement(occasion, roles=event.gate.roles)
    return Announcement(occasion, people=(work.requested_by,))


def _details(event: Event) -> dict[str, object]:
    match event:
        case OrchestrationStarted():
            return {"reason": event.playbook_reason}
        case PhaseCompleted():
            return {"reason": event.note}
        case OrchestrationCompleted():
            return {"commit": event.commit}
        case OrchestrationFailed():
            return {"reason": clipped(f"{event.error_type}: {event.reason}", REASON)}
        case AgentBlocked() | QuestionAsked():
            return {"reason": clipped(event.question, REASON)}
        case ApprovalRequested():
            summary = clipped(str(event.subject.get("summary", "")), REASON)
            return {"gate": event.gate.name, "reason": summary, "until": event.expires_at}
        case SlaWarned() | SlaCritical() | SlaViolated():
            used = f"{event.sla}: {event.actual} of {event.target} are used"
            return {"reason": used, "until": event.at}
        case _:
            return {}
