"""A gate: asks for a decision on a subject, level after level, and waits, but not for ever."""

import asyncio
from collections.abc import Awaitable, Callable
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
        Objection,
        Refusal,
        Vote,
    )
    from contracts.gates import Asking, HeardDecision
    from contracts.identity import SYSTEM
    from contracts.jira_work import Awaited
    from policy.approval_levels import is_reached
    from policy.approval_objections import RequestState, objection_to
    from policy.approval_stages import Next, Stage, stage_of
    from policy.decision_tries import Tries
    from policy.ledger import fingerprint
    from workflows import options
    from workflows.failures import failed
    from workflows.gate_people import still_awaited
    from workflows.gate_record import GateRecord
    from workflows.journal import Journal
    from workflows.nearby import nearby
    from workflows.timers import until

# Each try is looked up and written down; those of somebody who never stops are not. One person's
# are bounded first, so that nobody uses up the others'.
MOST_TRIES, MOST_TRIES_EACH = 500, 30
LOW_RISK = "nobody decided in time, and the risk is low"
NOBODY_ASKED = "no level's condition holds"
Show = Callable[[Awaited | None], Awaitable[None]]


class OpenGate:
    """One request. The lock lets each decision be heard in its turn, however long looking its
    author up may take. What time brings is done in `settle` alone."""

    def __init__(self, asking: Asking, journal: Journal, show: Show) -> None:
        """`show` makes what was recorded seen, as nothing else is to run."""
        self.id: UUID = workflow.uuid7()
        self.asking, self.gate = asking, asking.gate
        self.decision: Decision | None = None
        self.expired = False
        self.changed: dict[str, Any] | None = None
        self._record, self._show = GateRecord(self.id, asking, journal), show
        self._left = list(asking.levels)
        self._votes: list[Vote] = []
        self._turn, self._moves = asyncio.Lock(), 0
        self._tries = Tries(MOST_TRIES, MOST_TRIES_EACH)
        self._stage = self._enter(first=True)

    @property
    def subject_hash(self) -> str:
        return self._record.subject_hash

    @property
    def settled(self) -> bool:
        return self.decision is not None or self.expired or self.changed is not None

    def awaited(self) -> Awaited:
        return Awaited(
            what=f"approval {self.gate.name}",
            whom=self._stage.level.words(self._stage.escalated),
            since=self._stage.since,
            approval_id=self.id,
            gate=self.gate.name,
            subject_hash=self.subject_hash,
            expires_at=self._stage.deadline,
        )

    async def settle(self) -> Decision | None:
        """The decision that counts; None when time ended first, or the subject changed."""
        while not self.settled:
            await self._until_something_happens()
        return self.decision

    async def _until_something_happens(self) -> None:
        stage, moves = self._stage, self._moves
        coming = stage.next(self.asking.assessment)
        try:
            await workflow.wait_condition(
                lambda: self.settled or self._moves != moves,
                timeout=until(stage.instant),
                timeout_summary=f"{self.gate.name}: {coming.name.lower()}",
            )
        except TimeoutError:
            # A decision may have come in the very turn in which the time ran out: it counts.
            moved = self.settled or self._moves != moves
            if not moved and workflow.now() >= stage.instant:
                await self._time_came(coming)

    def void(self, reason: str) -> None:
        """The orchestration ends before anybody decided."""
        if not self.settled:
            self.expired = True
            self._record.voided(reason)

    def change(self, subject: dict[str, Any], why: str) -> None:
        """What was shown is not so any more: whoever approved it approved something else."""
        if not self.settled and fingerprint(subject) != self.subject_hash:
            self.changed = subject
            self._record.voided(why)

    def check(self, decision: Decision) -> None:
        """Before anything is written down. Raises what has no place in the audit log."""
        if self._tries.used_up(decision):
            raise failed(Refusal.NOT_AN_APPROVER, f"too many decisions on {self.gate.name}")

    async def decide(self, heard: HeardDecision) -> ApprovalStatus:
        """PENDING: others must agree as well. Raises the refusal as an ApplicationError whose
        type is the Refusal."""
        self._tries.count(heard.decision)
        async with self._turn:
            authority = await self._authority(heard)
            if authority.refusal is not None:
                if authority.ticket_hash is not None:
                    subject = {**self.asking.subject, "ticket_hash": authority.ticket_hash}
                    self.change(subject, "the ticket was changed after it was asked")
                raise failed(authority.refusal, authority.reason)
            status = self._take(heard.decision, authority)
        if status is ApprovalStatus.PENDING:
            await self._call_next()
            # Somebody else may have settled it while the next one was looked up.
            await self._show(None if self.settled else self.awaited())
        return status

    def _take(self, decision: Decision, authority: Authority) -> ApprovalStatus:
        if decision.decision is not DecisionKind.APPROVE:
            self.decision = decision
            self._record.decided(decision, authority, self._stage, settles=True)
            return ApprovalStatus.REJECTED
        assert authority.approver_id is not None
        vote = Vote(
            level=self._stage.number,
            approver_id=authority.approver_id,
            on_behalf_of=authority.on_behalf_of,
            seats=authority.seats,
        )
        self._votes.append(vote)
        here = [one for one in self._votes if one.level == vote.level]
        reached = is_reached(self._stage.level, here)
        settles = reached and not self._left
        self._record.decided(decision, authority, self._stage, settles)
        if settles:
            self.decision = decision
            return ApprovalStatus.APPROVED
        if reached:
            self._stage = self._enter()
        return ApprovalStatus.PENDING

    def _enter(self, *, first: bool = False) -> Stage:
        """The next level begins."""
        number = self._left.pop(0) if self._left else 1
        stage = stage_of(number, self.gate.level(number), workflow.now())
        self._moves += 1
        asked = bool(self.asking.levels)
        self._record.requested(stage, first=first, asked=asked)
        if not asked:
            self._record.passed(NOBODY_ASKED, stage, settles=True)
            self.decision = Decision(decision=DecisionKind.APPROVE, by=SYSTEM.id)
        return stage

    async def _time_came(self, coming: Next) -> None:
        match coming:
            case Next.REMIND:
                self._stage = self._stage.after_reminder(workflow.now())
                await self._remind(self._stage)
            case Next.ESCALATE:
                self._stage = self._stage.after_escalation(workflow.now())
                self._record.escalated(self._stage)
                await self._show(self.awaited())
            case Next.PASS:
                await self._pass()
            case Next.EXPIRE:
                self.expired = True
                self._record.expired(self._stage)

    async def _pass(self) -> None:
        """Without anybody's voice."""
        self._record.passed(LOW_RISK, self._stage, settles=not self._left)
        if self._left:
            self._stage = self._enter()
            await self._show(self.awaited())
        else:
            self.decision = Decision(decision=DecisionKind.APPROVE, by=SYSTEM.id)

    async def _remind(self, stage: Stage) -> None:
        people = await still_awaited(self.asking, stage, tuple(self._votes))
        if people and not self.settled:
            self._record.reminded(stage, people)
            await self._show(self.awaited())

    async def _call_next(self) -> None:
        """Of a sequence: whoever comes first has heard of the request itself."""
        stage, votes = self._stage, tuple(self._votes)
        if stage.level.order == "sequential" and votes[-1].level == stage.number:
            people = await still_awaited(self.asking, stage, votes)
            if people and not self.settled and len(self._votes) == len(votes):
                self._record.called(stage, people, len(votes))

    async def _authority(self, heard: HeardDecision) -> Authority:
        """Asked again where time has moved the gate on meanwhile."""
        decision = heard.decision
        while True:
            number, objection = self._stage.number, self._objection(decision)
            authority = await nearby(
                ApprovalActivities.authorise,
                self._question(heard, objection),
                options.database(f"may {decision.by} decide on {self.gate.name}?"),
            )
            unmoved = number == self._stage.number and self._objection(decision) is None
            if authority.refusal is not None or unmoved:
                return authority

    def _question(self, heard: HeardDecision, objection: Objection | None) -> AuthorityQuestion:
        return AuthorityQuestion(
            **self.asking.by.model_dump(),
            approval_id=self.id,
            gate=self.gate,
            level=self._stage.number,
            escalated=self._stage.escalated,
            votes=tuple(self._votes),
            ticket_hash=self.asking.subject.get("ticket_hash"),
            decision=heard.decision,
            heard_at=heard.heard_at,
            once=heard.once,
            objection=objection,
        )

    def _objection(self, decision: Decision) -> Objection | None:
        decided = self.decision is not None or self.expired
        hash = None if self.changed is not None else self.subject_hash
        return objection_to(decision, self.id, self.gate.name, RequestState(hash, decided))
