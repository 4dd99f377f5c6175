"""Activities that look up who holds a budget, and keep a record of who tried to raise it."""

from temporalio import activity

from activities.approvals import Seals
from contracts.budgets import HoldersQuestion, RaiseAuthority, RaiseQuestion
from db.approvals import ALLOWED, Approvers, AuditEntry
from db.engine import Sessions
from policy.budget_raises import authority_to_raise
from policy.decision_signatures import addressee


class BudgetActivities:
    def __init__(self, sessions: Sessions, seals: Seals) -> None:
        self._sessions, self._seals = sessions, seals

    @activity.defn
    async def name_holders(self, question: HoldersQuestion) -> list[str]:
        """The e-mail addresses of those who may raise the budget."""
        async with self._sessions() as session:
            members = await Approvers(session, question.organization).among(question.ask)
        return [one.email for one in members]

    @activity.defn
    async def authorise_raise(self, question: RaiseQuestion) -> RaiseAuthority:
        """Roles are looked up now, never trusted from the message. Each try leaves one audit row,
        however often this is repeated."""
        said = question.said
        to = addressee(question.organization, question.issue_key)
        async with self._sessions.begin() as session:
            approvers = Approvers(session, question.organization)
            member = await approvers.member(said.by)
            trust = self._seals.trust(said, to, question.heard_at)
            authority = authority_to_raise(question, member, trust)
            await approvers.audit(_tried(question, authority))
        return authority


def _tried(question: RaiseQuestion, authority: RaiseAuthority) -> AuditEntry:
    said, info = question.said, activity.info()
    return AuditEntry(
        organization=question.organization,
        by=said.by,
        action="refuse_budget" if said.refuse else "raise_budget",
        about=("orchestration", question.orchestration_id),
        result=authority.refusal or ALLOWED,
        reason=authority.reason,
        # A signature is good for minutes, and nobody reads it here.
        payload=said.model_dump(mode="json", exclude={"signature"}),
        once=f"{info.workflow_run_id}:{info.activity_id}",
    )
