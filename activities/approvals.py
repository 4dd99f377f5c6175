"""Activities that look up who may decide, and keep a record of who tried."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr
from temporalio import activity

from contracts.approvals import (
    AnswerQuestion,
    ApproversQuestion,
    Authority,
    AuthorityQuestion,
    Decision,
    Refusal,
)
from contracts.delegations import Delegation, DelegationAuthority, DelegationQuestion
from contracts.gates import TicketQuestion, TicketReading
from contracts.issues import Tracker
from db.approvals import ALLOWED, Approvers, AuditEntry
from db.engine import Sessions, each_by_itself
from policy.approvals import Known, Member, Trust, authority_of, may_answer, still_awaited
from policy.decision_signatures import Said, addressee, is_genuine, signed
from policy.delegations import delegation_of
from policy.ledger import fingerprint
from policy.ticket_readings import reading_of


@dataclass(frozen=True)
class Seals:
    """Keys that the CLI and the gateway sign with; while one replaces another there are two.
    In production nothing counts without."""

    keys: tuple[SecretStr, ...] = ()
    production: bool = False

    @classmethod
    def of(cls, listed: SecretStr | None, production: bool) -> "Seals":
        """`listed`: with commas between them."""
        parts = listed.get_secret_value().split(",") if listed else []
        keys = tuple(SecretStr(part.strip()) for part in parts if part.strip())
        return cls(keys, production)

    def sealed(self, decision: Decision, to: str, at: datetime) -> Decision:
        """Of somebody whose identity the channel has verified."""
        if not self.keys:
            return decision
        vouched = decision.model_copy(update={"vouched": True})
        return signed(vouched, self.keys[0].get_secret_value(), to, at)

    def trust(self, message: Said, to: str, heard_at: datetime) -> Trust:
        keys = [key.get_secret_value() for key in self.keys]
        signed = is_genuine(message, keys, to, heard_at)
        return Trust(signed, signed and message.vouched, self.production)


NO_SEALS = Seals()


class ApprovalActivities:
    def __init__(self, sessions: Sessions, seals: Seals, tracker: Tracker) -> None:
        """`tracker` tells whether the ticket still reads as it did."""
        self._sessions, self._seals, self._tracker = sessions, seals, tracker

    @activity.defn
    async def authorise(self, question: AuthorityQuestion) -> Authority:
        """Roles are looked up now, never trusted from the message. Each decision that was tried
        leaves one audit row, however often this is repeated."""
        ticket_hash = await self._ticket_hash(question)
        decision = question.decision
        async with each_by_itself(self._sessions) as session:
            approvers = Approvers(session, question.organization)
            authority = authority_of(question, await self._known(approvers, question, ticket_hash))
            await approvers.audit(
                _tried(question, decision, f"decide:{decision.decision}", authority)
            )
        return authority

    @activity.defn
    async def authorise_delegation(self, question: DelegationQuestion) -> DelegationAuthority:
        said = question.delegation
        to = addressee(question.organization, question.issue_key)
        async with self._sessions.begin() as session:
            approvers = Approvers(session, question.organization)
            giver, taker = await approvers.member(said.by), await approvers.member(said.to)
            trust = self._seals.trust(said, to, question.heard_at)
            authority = delegation_of(question, giver, taker, trust)
            await approvers.audit(_tried(question, said, "delegate", authority))
        return authority

    @activity.defn
    async def authorise_answer(self, question: AnswerQuestion) -> Authority:
        async with self._sessions.begin() as session:
            approvers = Approvers(session, question.organization)
            member = await approvers.member(question.by)
            authority = _answering(question, member)
            await approvers.audit(_tried(question, question, "answer", authority))
        return authority

    @activity.defn
    async def read_ticket(self, question: TicketQuestion) -> TicketReading:
        """As it is now, whatever a message said of it. Raises UnknownIssueError."""
        ticket = await self._tracker.get(question.organization, question.issue_key)
        return reading_of(ticket)

    @activity.defn
    async def name_approvers(self, question: ApproversQuestion) -> list[str]:
        """The e-mail addresses of those who are awaited now."""
        level = question.gate.level(question.level)
        async with self._sessions() as session:
            approvers = Approvers(session, question.organization)
            members = await approvers.among(level.asked(question.escalated))
        return [one.email for one in still_awaited(question, members)]

    async def _known(
        self, approvers: Approvers, question: AuthorityQuestion, ticket_hash: str | None
    ) -> Known:
        decision = question.decision
        heard_at = question.heard_at or datetime.now(UTC)
        member = await approvers.member(decision.by)
        lent: Sequence[Member] = ()
        if member is not None:
            lent = await approvers.principals(member, question.issue_key, heard_at)
        to = addressee(question.organization, question.issue_key)
        whose = await approvers.whose(question.orchestration_id, question.requester)
        return Known(
            member=member,
            principals=tuple(lent),
            requesters=whose.requesters,
            authors=whose.authors,
            trust=self._seals.trust(decision, to, heard_at),
            ticket_hash=ticket_hash,
        )

    async def _ticket_hash(self, question: AuthorityQuestion) -> str | None:
        if question.ticket_hash is None or question.objection is not None:
            return None
        ticket = await self._tracker.get(question.organization, question.issue_key)
        return reading_of(ticket).ticket_hash


def _answering(question: AnswerQuestion, member: Member | None) -> Authority:
    if member is not None and may_answer(member):
        return Authority(approver_id=member.user_id)
    who = member.role.lower() if member else f"no member of {question.organization}"
    why = f"{question.by} is {who}; developers, managers and admins answer"
    return Authority(refusal=Refusal.NOT_AN_APPROVER, reason=why)


def _tried(
    question: AuthorityQuestion | DelegationQuestion | AnswerQuestion,
    said: Decision | Delegation | AnswerQuestion,
    action: str,
    authority: Authority | DelegationAuthority,
) -> AuditEntry:
    about = ("orchestration", question.orchestration_id)
    if isinstance(question, AuthorityQuestion):
        about = ("approval", question.approval_id)
    return AuditEntry(
        organization=question.organization,
        by=said.by,
        action=action,
        about=about,
        result=authority.refusal or ALLOWED,
        reason=authority.reason,
        # A signature is good for minutes, and nobody reads it here.
        payload=said.model_dump(mode="json", exclude={"signature"}),
        once=_once(question),
    )


def _once(question: AuthorityQuestion | DelegationQuestion | AnswerQuestion) -> str:
    """A decision is looked up by two activities where the first is too slow: for both it is the
    same question (workflows/nearby.py). Of one that the gate asks again, since time moved it on,
    each answer is kept. When it was heard is another time when a dead worker's task is repeated."""
    if isinstance(question, AuthorityQuestion) and question.once is not None:
        return fingerprint(question.model_dump(mode="json", exclude={"heard_at"}))
    return f"{activity.info().workflow_run_id}:{activity.info().activity_id}"
