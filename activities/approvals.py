"""Activities that look up who may decide, and keep a record of who tried."""

from temporalio import activity

from contracts.approvals import Authority, AuthorityQuestion
from db.approvals import Approvers
from db.engine import Sessions
from policy.approvals import authority_of


class ApprovalActivities:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    @activity.defn
    async def authorise(self, question: AuthorityQuestion) -> Authority:
        """Roles are looked up now, never trusted from the message. Each decision that was tried
        leaves one audit row, however often this is repeated."""
        async with self._sessions.begin() as session:
            approvers = Approvers(session)
            member = await approvers.member(question.organization, question.decision.by)
            authority = authority_of(question, member)
            await approvers.audit(question, authority, once=activity.info().activity_id)
        return authority
