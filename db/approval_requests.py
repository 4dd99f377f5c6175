"""What a person must know to decide on a request, read from the tables in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from contracts.agents import PlanStep, TestReport
from contracts.approval_links import ApprovalPage, DecisionMade
from contracts.approvals import ApproversQuestion, DecisionKind, Vote
from contracts.issues import Ticket
from contracts.playbooks import Gate
from db.approvals import ESCALATED, Approvers
from db.issues import Issues
from db.models import Approval, ApprovalDecision, Event, Orchestration, Project, User
from errors import UnknownIssueError
from policy.approval_levels import still_missing
from policy.approvals import seated, still_awaited


@dataclass(frozen=True)
class Decided:
    """A row, with the e-mail addresses of whoever has decided, and in whose place."""

    row: ApprovalDecision
    by: str
    on_behalf_of: str | None

    @property
    def vote(self) -> DecisionMade:
        return DecisionMade(
            by=self.by,
            on_behalf_of=self.on_behalf_of,
            decision=DecisionKind(self.row.decision),
            level=self.row.level,
            comment=self.row.comment or "",
            at=self.row.decided_at,
        )

    @property
    def voice(self) -> Vote:
        row = self.row
        return Vote(level=row.level, approver_id=row.approver_id, on_behalf_of=row.on_behalf_of)


class ApprovalRequests:
    """One organization's, by its slug. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization

    async def shown(self, approval_id: UUID) -> ApprovalPage | None:
        found = await self._session.execute(
            select(Approval, Orchestration, Project.repo_url, ESCALATED)
            .join(Orchestration, Orchestration.id == Approval.orchestration_id)
            .join(Project, Project.id == Orchestration.project_id)
            .where(Approval.id == approval_id)
        )
        row = found.one_or_none()
        if row is None:
            return None
        approval, work, repo_url, escalated = row
        gate = Gate.model_validate(approval.policy)
        started = await self._newest(work.id, "OrchestrationStarted") or {}
        frozen = Ticket.model_validate(started["ticket"]) if started else None
        ticket = await self._ticket(work)
        reads = ticket or frozen
        asked = ApproversQuestion(
            organization=self._organization, gate=gate, level=approval.level, escalated=escalated
        )
        decisions = await self._decisions(approval_id)
        return ApprovalPage(
            issue_key=work.issue_key,
            title=reads.title if reads else str(work.extra.get("title") or ""),
            description=reads.description if reads else "",
            ticket=ticket,
            frozen=frozen,
            requested_by=work.requested_by,
            gate=gate,
            level=approval.level,
            escalated=escalated,
            requested_at=approval.requested_at,
            expires_at=approval.expires_at,
            repo_url=repo_url,
            branch=work.branch,
            base=started.get("start_commit") or started.get("base_commit"),
            tests=await self._tests(work.id, approval),
            votes=tuple(one.vote for one in decisions),
            **await self._awaited(asked, decisions, work.requested_by),
            **_shown(approval.subject),
        )

    async def _ticket(self, work: Orchestration) -> Ticket | None:
        """As it reads now: that is what a request's subject holds the hash of. None where another
        tracker keeps it."""
        try:
            return await Issues(self._session, self._organization).get(work.issue_key)
        except UnknownIssueError:
            return None

    async def _tests(self, orchestration_id: UUID, approval: Approval) -> TestReport | None:
        """The last run before it was asked."""
        ran = await self._newest(orchestration_id, "TestRunCompleted", approval)
        return TestReport.model_validate(ran["report"]) if ran else None

    async def _newest(
        self, orchestration_id: UUID, kind: str, before: Approval | None = None
    ) -> dict[str, Any] | None:
        statement = select(Event.payload).where(
            Event.orchestration_id == orchestration_id, Event.event_type == kind
        )
        if before is not None:
            statement = statement.where(Event.timestamp <= before.requested_at)
        return await self._session.scalar(
            statement.order_by(Event.timestamp.desc(), Event.sequence.desc()).limit(1)
        )

    async def _decisions(self, approval_id: UUID) -> list[Decided]:
        principal = aliased(User)
        rows = await self._session.execute(
            select(ApprovalDecision, User.email, principal.email)
            .join(User, User.id == ApprovalDecision.approver_id)
            .outerjoin(principal, principal.id == ApprovalDecision.on_behalf_of)
            .where(ApprovalDecision.approval_id == approval_id)
            .order_by(ApprovalDecision.decided_at)
        )
        return [Decided(*row) for row in rows]

    async def _awaited(
        self, asked: ApproversQuestion, decisions: Sequence[Decided], requested_by: str
    ) -> dict[str, Any]:
        """By role, team and who has spoken: whose work it is, the gate looks up itself."""
        level = asked.gate.level(asked.level)
        people = await Approvers(self._session, self._organization).among(
            level.asked(asked.escalated)
        )
        heard = tuple(seated(asked, one.voice, people) for one in decisions)
        barred = "" if asked.gate.allow_requester else requested_by.lower()
        still = still_awaited(asked.model_copy(update={"votes": heard}), people)
        return {
            "deciders": tuple(one.email for one in still if one.email.lower() != barred),
            "missing": still_missing(level, [one for one in heard if one.level == asked.level]),
        }


def _shown(subject: dict[str, Any]) -> dict[str, Any]:
    """What the decision is about, as workflows/subjects.py put it down."""
    return {
        "summary": str(subject.get("summary") or ""),
        "asked_again": str(subject.get("asked_again") or ""),
        "findings": [str(one) for one in subject.get("findings") or ()],
        "plan": [PlanStep.model_validate(one) for one in subject.get("plan") or ()],
        "commit": subject.get("commit"),
    }
