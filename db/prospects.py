"""The queries behind the question whether a request that waits can still be decided."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.approvals import AuthorityQuestion, Decision, DecisionKind, Vote
from contracts.playbooks import Gate
from contracts.prospects import Prospects
from db.approval_votes import ApprovalVotes
from db.approvals import ASKED, Approvers
from db.delegates import Delegates
from db.models import Approval
from db.whose_work import WhoseWork
from policy.approvals import Known, Member, seats_of
from policy.prospects import prospects_of

# Nobody has decided yet.
UNSAID = Decision(decision=DecisionKind.APPROVE, by="nobody")


class RequestProspects:
    """One organization's, by its slug. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization
        self._approvers = Approvers(session, organization)

    async def of(self, approval_id: UUID) -> Prospects | None:
        """As things stand now; None where it is not asked any more."""
        question = await self._question(approval_id)
        if question is None:
            return None
        level = question.gate.level(question.level)
        named = await self._approvers.named(level.asked(question.escalated))
        whose = await self._approvers.whose(question.orchestration_id, question.requester)
        candidates = [_known(one, (), whose) for one in named]
        candidates += await self._delegates(question, named, whose)
        votes = tuple(_seated(question, vote, named) for vote in question.votes)
        return prospects_of(question.model_copy(update={"votes": votes}), candidates)

    async def _question(self, approval_id: UUID) -> AuthorityQuestion | None:
        found = await self._session.execute(ASKED.where(Approval.id == approval_id))
        row = found.one_or_none()
        if row is None:
            return None
        approval, issue_key, requester, escalated = row
        votes = await ApprovalVotes(self._session).of([approval_id])
        return AuthorityQuestion(
            organization=self._organization,
            orchestration_id=approval.orchestration_id,
            issue_key=issue_key,
            approval_id=approval_id,
            gate=Gate.model_validate(approval.policy),
            level=approval.level,
            escalated=escalated,
            votes=tuple(votes.get(approval_id, ())),
            requester=requester,
            decision=UNSAID,
        )

    async def _delegates(
        self, question: AuthorityQuestion, named: Sequence[Member], whose: WhoseWork
    ) -> list[Known]:
        """Those who decide in the place of one of them, and are not among them. A person's own
        voice comes first, so of the others nobody need know who has lent them one."""
        own = {one.user_id for one in named}
        emails = [one.email for one in named if one.active]
        found = []
        for email in await Delegates(self._session, self._organization).of(
            emails, question.issue_key
        ):
            member = await self._approvers.member(email)
            if member is not None and member.user_id not in own:
                now = datetime.now(UTC)
                lent = await self._approvers.principals(member, question.issue_key, now)
                found.append(_known(member, lent, whose))
        return found


def _known(member: Member, principals: Sequence[Member], whose: WhoseWork) -> Known:
    return Known(member, tuple(principals), whose.requesters, whose.authors)


def _seated(question: AuthorityQuestion, vote: Vote, named: Sequence[Member]) -> Vote:
    """With the seats that whoever's voice it is may take: the tables do not say them."""
    voice = vote.on_behalf_of or vote.approver_id
    member = next((one for one in named if one.user_id == voice), None)
    if member is None or vote.level != question.level:
        return vote
    level = question.gate.level(question.level)
    return vote.model_copy(update={"seats": seats_of(level, question.escalated, member)})
