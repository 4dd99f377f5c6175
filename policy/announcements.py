"""What a message says of an event of the ledger, and whom it concerns."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from contracts.approvals import CODE_LENGTH
from contracts.events import (
    AgentBlocked,
    ApprovalEscalated,
    ApprovalRequested,
    BudgetEscalated,
    BudgetExceeded,
    Event,
    NotificationRequested,
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
from contracts.levels import Approver, any_of
from contracts.notifications import NotificationRequest, Occasion
from contracts.prospects import Prospects
from contracts.text import clipped
from policy.moments import in_hours, in_utc

REASON = 2_000
REQUESTER = "requester"


@dataclass(frozen=True)
class Work:
    """The orchestration that the event belongs to. Of the approval which the event is about, if
    it is about one: the hash of its subject, and whether whoever asked for the work may decide."""

    issue_key: str
    title: str
    requested_by: str
    subject_hash: str = ""
    allow_requester: bool = False

    @property
    def barred(self) -> frozenset[str]:
        """Nobody is asked for a decision that would be refused."""
        return frozenset() if self.allow_requester else frozenset({self.requested_by.lower()})


@dataclass(frozen=True)
class Announcement:
    """`people` are e-mail addresses; holders of `roles` are concerned too, and whoever is among
    the `approvers`, but not those in `never`."""

    occasion: Occasion
    people: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    approvers: tuple[Approver, ...] = ()
    never: frozenset[str] = field(default_factory=frozenset)


def told_as(event: Event) -> str:
    """The type under which the routing table knows it."""
    return event.request.event_type if isinstance(event, NotificationRequested) else event.type


def about(event: Event) -> UUID | None:
    """The approval that is asked for: the message may get a link to it, or buttons."""
    if isinstance(event, NotificationRequested):
        return event.request.correlation_id
    return event.approval_id if isinstance(event, ApprovalRequested | ApprovalEscalated) else None


def completed(request: NotificationRequest, work: Work) -> NotificationRequest:
    """What a run asked to be said itself, with what it need not repeat. `correlation_id` is that of
    the approval which it is about."""
    occasion = request.occasion
    more = {"title": occasion.title or work.title, "by": occasion.by or work.requested_by}
    barred = work.barred if request.correlation_id is not None else ()
    people = tuple(one for one in request.people if one.lower() not in barred)
    changes = {"occasion": occasion.model_copy(update=more), "people": people}
    return request.model_copy(update=changes)


def announcement(chained: ChainedEvent, work: Work) -> Announcement | None:
    """None where there is nobody to tell anything."""
    event = chained.event
    occasion = Occasion(
        issue_key=work.issue_key, title=work.title, phase=chained.phase, by=work.requested_by
    ).model_copy(update=_details(event, work))
    match event:
        case ApprovalRequested(approvers=()):
            return None
        case ApprovalRequested():
            return Announcement(occasion, approvers=_asked(event), never=work.barred)
        case ApprovalEscalated():
            return Announcement(occasion, approvers=event.approvers, never=work.barred)
        case BudgetExceeded():
            return Announcement(occasion, approvers=event.ask)
        case BudgetEscalated():
            # Where nobody could be asked instead, admins can make somebody one who may.
            roles = () if event.added else (Role.ADMIN,)
            return Announcement(occasion, approvers=event.added, roles=roles)
        case SlaWarned() | SlaCritical() | SlaViolated():
            return _to_named(occasion, event.tell, work)
        case _:
            return Announcement(occasion, people=(work.requested_by,))


def as_it_stands(told: Announcement, asked: Sequence[str], prospects: Prospects) -> Announcement:
    """Of an approval: nobody is asked whose decision would be refused. Where too few are left,
    whoever asked for the work hears of it, and admins, who can do something about it."""
    may = {one.lower() for one in prospects.may}
    people = tuple(one for one in asked if one.lower() in may)
    if not prospects.short:
        return replace(told, people=people)
    lines = (f"{prospects.words}:", *(one.why for one in prospects.barred), prospects.advice)
    occasion = told.occasion.model_copy(update={"stuck": clipped("\n".join(lines), REASON)})
    requester = (occasion.by,) if occasion.by else ()
    return replace(
        told, occasion=occasion, people=(*people, *requester), roles=(*told.roles, Role.ADMIN)
    )


def _asked(event: ApprovalRequested) -> tuple[Approver, ...]:
    """Of a sequence, whoever comes first: the others are called when it is their turn."""
    stages = event.gate.stages
    level = stages[min(event.level, len(stages)) - 1]
    approvers = event.approvers or level.approvers
    return approvers[:1] if level.order == "sequential" else approvers


def _to_named(occasion: Occasion, tell: tuple[str, ...], work: Work) -> Announcement:
    """Roles, `requester`, or addresses, as a service level names them."""
    roles = {role.value: role for role in Role}
    named = [work.requested_by if one.lower() == REQUESTER else one for one in tell]
    return Announcement(
        occasion,
        people=tuple(one for one in named if "@" in one),
        roles=tuple(roles[one.upper()] for one in named if one.upper() in roles),
    )


def _details(event: Event, work: Work) -> dict[str, object]:
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
        case BudgetExceeded():
            return {"reason": clipped(event.reason, REASON), "lacking": event.bound.measure}
        case BudgetEscalated():
            reason = clipped(f"{event.reason}; {event.why}", REASON)
            return {"reason": reason, "lacking": event.bound.measure}
        case ApprovalRequested() | ApprovalEscalated():
            return _of_approval(event, work)
        case SlaWarned() | SlaCritical() | SlaViolated():
            used = f"{event.sla}: {in_hours(event.actual)} of {in_hours(event.target)} are used"
            return {"reason": f"{used}, as of {in_utc(event.at)}"}
        case _:
            return {}


def _of_approval(event: ApprovalRequested | ApprovalEscalated, work: Work) -> dict[str, object]:
    """The code is the beginning of the subject's hash: `/approve CODE` counts for that alone."""
    if isinstance(event, ApprovalRequested):
        gate = event.gate.name
        reason = str(event.subject.get("summary", ""))
    else:
        gate = event.gate
        reason = (
            f"the time of level {event.level} is over: {any_of(event.approvers)} may decide as well"
        )
    return {
        "gate": gate,
        "code": work.subject_hash[:CODE_LENGTH] or None,
        "reason": clipped(reason, REASON),
        "until": event.expires_at,
    }
