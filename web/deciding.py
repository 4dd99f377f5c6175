"""Carries a decision from a page to its gate, and says what became of it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid5

from activities.approvals import Seals
from clients.temporal.orchestrations import NotRunningError, OrchestrationWorkflows, RefusedError
from contracts.approval_links import ApprovalLink, RequestStanding
from contracts.approvals import (
    ApprovalStatus,
    Decision,
    DecisionChannel,
    DecisionKind,
    Refusal,
)
from contracts.jira_work import Guidance
from db.approval_links import ApprovalLinks, Caller, LinkOutcome
from db.approvals import ALLOWED
from db.engine import Sessions
from db.pending_approvals import PendingApprovals
from policy.approval_links import once
from policy.approval_pages import Notice, needs_comment, not_running, recorded, refused, remarked
from policy.decision_signatures import addressee

# What a browser waits for; the gate may hear it later than that.
PATIENCE = timedelta(seconds=25)
# What a second try hears, when the answer to the first one got lost.
LOST = (Refusal.ALREADY_DECIDED, Refusal.UNKNOWN_APPROVAL)
NO_WORDS = "to reject, and to ask for changes, needs a comment"


class Deciding:
    """`work` gives an organization's orchestrations, by its slug."""

    def __init__(
        self,
        sessions: Sessions,
        work: Callable[[str], OrchestrationWorkflows],
        seals: Seals,
    ) -> None:
        self._sessions, self._work, self._seals = sessions, work, seals

    async def decide(
        self, link: ApprovalLink, kind: DecisionKind, comment: str, caller: Caller
    ) -> Notice:
        """Said once, however often it is sent. Raises UnansweredError and TimeoutError when
        nobody answers in time, and what the connections raise."""
        if needs_comment(kind, comment):
            unsaid = RefusedError(Refusal.COMMENT_NEEDED, NO_WORDS)
            return await self._refused(link, caller, kind, unsaid)
        assert link.standing is not None
        try:
            settled = await self._told(link, link.standing, _decision(link, kind, comment))
        except RefusedError as error:
            lost = await self._decided_before(link, kind) if error.refusal in LOST else None
            if lost is None:
                return await self._refused(link, caller, kind, error)
            settled = lost
        except NotRunningError as error:
            if await self._decided_before(link, kind) is None:
                return not_running(str(error))
            settled = True
        async with self._sessions.begin() as session:
            links = ApprovalLinks(session)
            await links.spend(link.id, kind)
            await links.audit(link, caller, LinkOutcome(kind, ALLOWED, kind))
        return recorded(kind, settled)

    async def remark(self, link: ApprovalLink, comment: str, caller: Caller) -> Notice:
        """Tells whoever works on it next. A double click is one comment: the run knows it again.
        It hears it before it is on record, so that who dies in between loses nothing, and who
        tries again doubles nothing."""
        assert link.standing is not None
        if not comment:
            return refused(Refusal.COMMENT_NEEDED, "there is no comment to send")
        said = f"remark:{sha256(comment.encode()).hexdigest()}"
        guidance = Guidance(text=comment, by=link.email, once=str(uuid5(link.id, said)))
        try:
            await self._work(link.organization).signal(link.standing.issue_key, "guide", guidance)
        except NotRunningError as error:
            return not_running(str(error))
        async with self._sessions.begin() as session:
            await ApprovalLinks(session).audit(link, caller, LinkOutcome("COMMENT", ALLOWED, said))
        return remarked(link.standing.issue_key)

    async def _told(
        self, link: ApprovalLink, standing: RequestStanding, decision: Decision
    ) -> bool:
        """Whether it settles the gate. Signed here, for only the message's reader knew the
        address: that is what vouches for the person."""
        to = addressee(link.organization, standing.issue_key)
        sealed = self._seals.sealed(decision, to, datetime.now(UTC))
        update_id = once(link.id, link.refusals, decision.decision, decision.comment)
        async with asyncio.timeout(PATIENCE.total_seconds()):
            status = await self._work(link.organization).update(
                standing.issue_key, "decide", sealed, once=update_id
            )
        return ApprovalStatus(status) is not ApprovalStatus.PENDING

    async def _decided_before(self, link: ApprovalLink, kind: DecisionKind) -> bool | None:
        """Whether it settled the gate, when an earlier try whose answer got lost has decided it so;
        None when none has."""
        async with self._sessions() as session:
            pending = PendingApprovals(session, link.organization_id)
            if not await pending.was_decided(link.approval_id, kind, link.email):
                return None
            return await ApprovalLinks(session).open_request(link.approval_id) is None

    async def _refused(
        self, link: ApprovalLink, caller: Caller, kind: DecisionKind, error: RefusedError
    ) -> Notice:
        refusal, why = error.refusal, str(error)
        async with self._sessions.begin() as session:
            links = ApprovalLinks(session)
            await links.refuse(link)
            said = LinkOutcome(kind, refusal, f"{link.refusals}:{kind}:{refusal}", why)
            await links.audit(link, caller, said)
        return refused(refusal, why)


def _decision(link: ApprovalLink, kind: DecisionKind, comment: str) -> Decision:
    assert link.standing is not None
    return Decision(
        decision=kind,
        by=link.email,
        comment=comment,
        approval_id=link.approval_id,
        gate=link.standing.gate,
        subject_hash=link.subject_hash,
        channel=DecisionChannel.HTTP,
    )
