"""The queries behind the question whether what waits for people can still be settled."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.approvals import AuthorityQuestion, Decision, DecisionKind
from contracts.playbooks import Gate
from contracts.prospects import Ask, Prospects
from db.approval_votes import ApprovalVotes
from db.approvals import ASKED, Approvers
from db.delegates import Delegates
from db.models import Approval
from db.whose_work import WhoseWork
from policy.approvals import Known, Member, seated
from policy.prospects import prospects_among, prospects_of

# Nobody has decided yet.
UNSAID = Decision(decision=DecisionKind.APPROVE, by="nobody")


class RequestProspects:
    """One organization's, by its slug. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization
        self._approvers = Approvers(session, organization)

    async def of(self, approval_id: UUID, level: int | None = None) -> Prospects | None:
        """As things stand now; None where it is not asked any more, or not at this level."""
        question = await self._question(approval_id)
        if question is None or level not in (None, question.level):
            return None
        asked = question.gate.level(question.level).asked(question.escalated)
        named = await self._approvers.named(asked)
        whose = await self._approvers.whose(question.orchestration_id, question.requester)
        candidates = [_known(one, (), whose) for one in named]
        candidates += await self._delegates(question, named, whose)
        votes = tuple(seated(question, vote, named) for vote in question.votes)
        return prospects_of(question.model_copy(update={"votes": votes}), candidates)

    async def among(self, ask: Ask) -> Prospects:
        """Of a question, or of a limit that is reached, as things stand now."""
        # Those who have left matter only where nobody else is there.
        members = await self._approvers.among(ask.asked) or await self._approvers.named(ask.asked)
        return prospects_among(ask, members)

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
