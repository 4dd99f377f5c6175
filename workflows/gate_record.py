"""What happens at a gate, as the journal keeps it."""

from collections.abc import Sequence
from uuid import UUID

from contracts.approvals import CODE_LENGTH, Authority, Decision, DecisionChannel, DecisionKind
from contracts.events import (
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRejected,
    ApprovalRequested,
    ApprovalVoided,
    Event,
    NotificationRequested,
)
from contracts.gates import Asking
from contracts.identity import SYSTEM, Actor, person
from contracts.notifications import TURN, NotificationRequest, Occasion
from policy.approval_stages import Stage
from policy.ledger import fingerprint
from workflows.journal import Journal


class GateRecord:
    """Of one request."""

    def __init__(self, id: UUID, asking: Asking, journal: Journal) -> None:
        self._id, self._asking, self._journal = id, asking, journal
        self.subject_hash = fingerprint(asking.subject)

    def requested(self, stage: Stage, *, first: bool, asked: bool) -> None:
        """Not `asked`: no level's condition holds, so there is nobody to tell."""
        event = ApprovalRequested(
            approval_id=self._id,
            gate=self._asking.gate,
            revision=self._asking.revision,
            subject_hash=self.subject_hash,
            subject=self._asking.subject,
            expires_at=stage.deadline,
            level=stage.number,
            first=first,
            approvers=stage.level.approvers if asked else (),
        )
        self._note(event)

    def decided(
        self, decision: Decision, authority: Authority, stage: Stage, settles: bool
    ) -> None:
        approved = decision.decision is DecisionKind.APPROVE
        kind = ApprovalGranted if approved else ApprovalRejected
        event = kind(
            approval_id=self._id,
            gate=self._asking.gate.name,
            decision=decision.decision,
            approver_id=authority.approver_id,
            on_behalf_of=authority.on_behalf_of,
            level=stage.number,
            settles=settles,
            comment=decision.comment,
            channel=decision.channel,
            verified=authority.verified,
        )
        self._note(event, person(decision.by))

    def passed(self, comment: str, stage: Stage, settles: bool) -> None:
        """By a rule: nobody decided."""
        event = ApprovalGranted(
            approval_id=self._id,
            gate=self._asking.gate.name,
            decision=DecisionKind.APPROVE,
            approver_id=None,
            level=stage.number,
            settles=settles,
            comment=comment,
            channel=DecisionChannel.TEMPORAL,
        )
        self._note(event)

    def escalated(self, stage: Stage) -> None:
        event = ApprovalEscalated(
            approval_id=self._id,
            gate=self._asking.gate.name,
            level=stage.number,
            step=stage.escalated,
            approvers=stage.level.escalation[stage.escalated - 1].approvers,
            expires_at=stage.deadline,
        )
        self._note(event)

    def expired(self, stage: Stage) -> None:
        name = self._asking.gate.name
        self._note(ApprovalExpired(approval_id=self._id, gate=name, level=stage.number))

    def voided(self, reason: str) -> None:
        name = self._asking.gate.name
        self._note(ApprovalVoided(approval_id=self._id, gate=name, reason=reason))

    def reminded(self, stage: Stage, people: Sequence[str]) -> None:
        which = f"reminder:{self._id}:{stage.number}:{stage.escalated}:{stage.reminded}"
        self._told(stage, people, which, f"reminder {stage.reminded}")

    def called(self, stage: Stage, people: Sequence[str], heard: int) -> None:
        """Of a sequence, once so many have been heard."""
        which = f"{TURN}{self._id}:{stage.number}:{stage.escalated}:{heard}"
        self._told(stage, people, which, "it is your turn")

    def _told(self, stage: Stage, people: Sequence[str], key: str, why: str) -> None:
        by, gate = self._asking.by, self._asking.gate
        request = NotificationRequest(
            organization=by.organization,
            key=key,
            event_type="ApprovalRequested",
            occasion=Occasion(
                issue_key=by.issue_key,
                phase=self._asking.phase,
                gate=gate.name,
                code=self.subject_hash[:CODE_LENGTH],
                reason=f"{why}: {stage.level.words(stage.escalated)}",
                until=stage.deadline,
            ),
            orchestration_id=by.orchestration_id,
            people=tuple(people),
            correlation_id=self._id,
        )
        self._note(NotificationRequested(request=request))

    def _note(self, event: Event, actor: Actor = SYSTEM) -> None:
        self._journal.record(event, phase=self._asking.phase, actor=actor)
