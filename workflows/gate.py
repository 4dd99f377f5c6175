"""A gate: asks for a decision on a subject and waits for it, but not for ever."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.approvals import ApprovalActivities
    from contracts.approvals import (
        ApprovalStatus,
        Authority,
        AuthorityQuestion,
        Decision,
        DecisionKind,
        Refusal,
    )
    from contracts.events import (
        ApprovalExpired,
        ApprovalGranted,
        ApprovalRejected,
        ApprovalRequested,
        ApprovalVoided,
    )
    from contracts.identity import person
    from contracts.jira_work import Awaited
    from contracts.phases import Phase
    from contracts.playbooks import Gate
    from policy.ledger import fingerprint
    from workflows import options
    from workflows.failures import failed
    from workflows.journal import Journal

STATUS_OF = {
    DecisionKind.APPROVE: ApprovalStatus.APPROVED,
    DecisionKind.REJECT: ApprovalStatus.REJECTED,
    DecisionKind.REQUEST_CHANGES: ApprovalStatus.REJECTED,
}


class OpenGate:
    """One request at one gate. The first good decision counts; the lock lets each be heard in
    its turn, however long looking its author up may take."""

    def __init__(self, gate: Gate, revision: int, phase: Phase, subject: dict[str, Any]) -> None:
        self.id: UUID = workflow.uuid7()
        self.gate, self.revision, self.phase = gate, revision, phase
        self.subject, self.subject_hash = subject, fingerprint(subject)
        self.opened_at: datetime = workflow.now()
        self.decision: Decision | None = None
        self.expired = False
        self._turn = asyncio.Lock()

    @property
    def settled(self) -> bool:
        return self.decision is not None or self.expired

    def ask(self, journal: Journal) -> None:
        requested = ApprovalRequested(
            approval_id=self.id,
            gate=self.gate,
            revision=self.revision,
            subject_hash=self.subject_hash,
            subject=self.subject,
            expires_at=self.opened_at + self.gate.patience,
        )
        journal.record(requested, phase=self.phase)

    def awaited(self) -> Awaited:
        return Awaited(
            what=f"approval {self.gate.name}",
            whom=" or ".join(role.lower() for role in self.gate.roles),
            since=self.opened_at,
            approval_id=self.id,
            gate=self.gate.name,
            subject_hash=self.subject_hash,
            approval_status=ApprovalStatus.PENDING,
            expires_at=self.opened_at + self.gate.patience,
        )

    async def settle(self, journal: Journal) -> Decision | None:
        """The decision that counts; None when the gate's patience ended first."""
        try:
            await workflow.wait_condition(
                lambda: self.decision is not None,
                timeout=self.gate.patience,
                timeout_summary=f"{self.gate.name} expires",
            )
        except TimeoutError:
            # A decision may have come in the very turn in which the time ran out: it counts.
            if self.decision is None:
                self.expired = True
                expired = ApprovalExpired(approval_id=self.id, gate=self.gate.name)
                journal.record(expired, phase=self.phase)
        return self.decision

    def void(self, journal: Journal, reason: str) -> None:
        """The orchestration ends before anybody decided."""
        if not self.settled:
            self.expired = True
            voided = ApprovalVoided(approval_id=self.id, gate=self.gate.name, reason=reason)
            journal.record(voided, phase=self.phase)

    async def decide(
        self, decision: Decision, asked: "AskedBy", journal: Journal
    ) -> ApprovalStatus:
        """Raises the refusal as an ApplicationError whose type is the Refusal."""
        async with self._turn:
            self.check(decision)
            authority = await workflow.execute_activity_method(
                ApprovalActivities.authorise,
                self._question(decision, asked),
                **options.database(f"may {decision.by} decide on {self.gate.name}?"),
            )
            self.check(decision)  # Others had their turn, and patience may have ended.
            if authority.refusal is not None or authority.approver_id is None:
                raise failed(authority.refusal or Refusal.NOT_AN_APPROVER, authority.reason)
            self.decision = decision
            self._record(decision, authority, journal)
            return STATUS_OF[decision.decision]

    def check(self, decision: Decision) -> None:
        if decision.gate not in (None, self.gate.name) or decision.approval_id not in (
            None,
            self.id,
        ):
            raise failed(Refusal.UNKNOWN_APPROVAL, f"this is not what {self.gate.name} asks now")
        if self.settled:
            raise failed(Refusal.ALREADY_DECIDED, f"{self.gate.name} is decided already")
        if decision.subject_hash not in (None, self.subject_hash):
            raise failed(
                Refusal.SUBJECT_CHANGED, "what you saw has changed since: look at it again"
            )
        if decision.decision is not DecisionKind.APPROVE and not decision.comment.strip():
            raise failed(Refusal.COMMENT_NEEDED, "say why, so that the next round can be better")

    def _question(self, decision: Decision, asked: "AskedBy") -> AuthorityQuestion:
        return AuthorityQuestion(
            organization=asked.organization,
            orchestration_id=asked.orchestration_id,
            issue_key=asked.issue_key,
            approval_id=self.id,
            gate=self.gate,
            requester=asked.requester,
            decision=decision,
        )

    def _record(self, decision: Decision, authority: Authority, journal: Journal) -> None:
        assert authority.approver_id is not None
        approved = decision.decision is DecisionKind.APPROVE
        kind = ApprovalGranted if approved else ApprovalRejected
        event = kind(
            approval_id=self.id,
            gate=self.gate.name,
            decision=decision.decision,
            approver_id=authority.approver_id,
            comment=decision.comment,
            channel=decision.channel,
        )
        journal.record(event, phase=self.phase, actor=person(decision.by))


@dataclass(frozen=True)
class AskedBy:
    """Whose work the gate guards."""

    organization: str
    orchestration_id: UUID
    issue_key: str
    requester: str
