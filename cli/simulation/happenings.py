"""What a dry run's events say of people: who is asked, reminded, escalated to, told, and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from cli.events import said
from cli.simulation.cast import Cast
from cli.simulation.plan import Happening, What
from contracts.events import (
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRequested,
    Event,
    NotificationRequested,
    OrchestrationCompleted,
    OrchestrationFailed,
    QuestionAnswered,
    QuestionAsked,
    SlaCritical,
    SlaViolated,
    SlaWarned,
)
from contracts.ledger import ChainedEvent
from contracts.playbooks import Gate

SLA = {SlaWarned: What.WARNING, SlaCritical: What.CRITICAL, SlaViolated: What.BREACH}
ENDS = {OrchestrationCompleted: What.COMPLETED, OrchestrationFailed: What.FAILED}
Details = dict[str, Any]


def happenings(facts: Sequence[ChainedEvent], cast: Cast) -> Iterator[Happening]:
    """In the order in which they were reached."""
    started_at = facts[0].timestamp
    told = _Teller(cast)
    found = [(fact, told.details(fact)) for fact in facts]
    timed = [
        (details.pop("at", fact.timestamp), fact, details) for fact, details in found if details
    ]
    for at, fact, details in sorted(timed, key=lambda one: one[0]):
        text = said(fact.event)
        yield Happening(after=at - started_at, at=at, phase=fact.phase, text=text, **details)


@dataclass
class _Teller:
    """Goes through the events in their order: what comes later names a gate by its id alone."""

    _cast: Cast
    _gates: dict[UUID, Gate] = field(default_factory=dict)

    def details(self, fact: ChainedEvent) -> Details:
        """Nothing for what concerns nobody."""
        event = fact.event
        match event:
            case ApprovalRequested():
                self._gates[event.approval_id] = event.gate
                return self._asked(event)
            case ApprovalEscalated():
                return self._escalated(event)
            case ApprovalGranted():
                names = self._named(event.approval_id, event.level)
                return {"what": What.APPROVED, "who": (fact.actor.id,), **names}
            case ApprovalExpired():
                return {"what": What.EXPIRED, **self._named(event.approval_id, event.level)}
            case NotificationRequested(request=request):
                gate, until = request.occasion.gate, request.occasion.until
                who = (*request.people, *(role.lower() for role in request.roles))
                people = {"who": who, "gate": gate, "until": until}
                return {"what": What.ASKED if request.calls else What.REMINDED, **people}
            case _:
                return _of_work(event, fact)

    def _asked(self, event: ApprovalRequested) -> Details:
        named = self._named(event.approval_id, event.level)
        who = self._first_asked(event.gate, event.level) if event.approvers != () else ()
        return {"what": What.ASKED, "who": who, "until": event.expires_at, **named}

    def _escalated(self, event: ApprovalEscalated) -> Details:
        gate = self._gates[event.approval_id]
        who = self._who(gate, event.level, event.step)
        named = self._named(event.approval_id, event.level)
        return {"what": What.ESCALATED, "who": who, "until": event.expires_at, **named}

    def _first_asked(self, gate: Gate, number: int) -> tuple[str, ...]:
        level = gate.level(number)
        if level.order == "sequential":
            level = level.model_copy(update={"approvers": level.approvers[:1]})
        return tuple(self._cast.names(level, 0))

    def _who(self, gate: Gate, level: int, escalated: int) -> tuple[str, ...]:
        return tuple(self._cast.names(gate.level(level), escalated))

    def _named(self, approval_id: UUID, level: int) -> Details:
        gate = self._gates[approval_id]
        return {"gate": gate.name, "level": gate.level(level).name}


def _of_work(event: Event, fact: ChainedEvent) -> Details:
    match event:
        case SlaWarned() | SlaCritical() | SlaViolated():
            at: datetime = event.at
            return {"what": SLA[type(event)], "sla": event.sla, "who": event.tell, "at": at}
        case OrchestrationCompleted() | OrchestrationFailed():
            return {"what": ENDS[type(event)]}
        case QuestionAsked():
            return {"what": What.QUESTION}
        case QuestionAnswered():
            return {"what": What.ANSWERED, "who": (fact.actor.id,)}
        case _:
            return {}
