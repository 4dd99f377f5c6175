"""The gates of a run: one is open at a time, and a decision may come before its gate."""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.approvals import ApprovalActivities
    from contracts.approvals import ApprovalStatus, Decision, DecisionKind, Refusal
    from contracts.delegations import Delegation, DelegationQuestion, scope_of
    from contracts.events import ApprovalDelegated
    from contracts.gates import (
        AskedBy,
        Asking,
        GatesState,
        Guarded,
        HeardDecision,
        TicketReading,
    )
    from contracts.identity import person
    from contracts.orchestrations import Opening
    from contracts.playbooks import Gate
    from policy.approval_levels import levels_asked
    from policy.decision_tries import Tries
    from workflows import options
    from workflows.approval_standing import ApprovalStanding
    from workflows.failures import failed
    from workflows.gate import OpenGate, Show
    from workflows.gate_facts import assess, read_ticket
    from workflows.journal import Journal

# They are kept and go along with the run. Whoever says more than their share uses up no others'.
MOST_EARLY, MOST_EARLY_EACH = 20, 5


class Gates:
    def __init__(self, state: GatesState, journal: Journal, show: Show) -> None:
        """`state` belongs to whoever carries it on. `show` tells what is awaited, and writes what
        was recorded; with None it only writes."""
        self._state, self._journal, self._show = state, journal, show
        self._open: OpenGate | None = None
        self.standing = ApprovalStanding(state, journal)

    async def ask(self, gate: Gate, work: Guarded) -> Decision | None:
        """Asks again for as long as what is shown changes, and then the levels that it needs as
        it is now. None: nobody decided in time."""
        assessment = await assess(gate, work.change)
        self.standing.asked(gate.name)
        subject = work.subject
        while True:
            levels = levels_asked(gate, await self._read(gate, work.by), assessment)
            revision = self._state.revisions.get(gate.name, 0) + 1
            self._state.revisions[gate.name] = revision
            known = self._state.ticket_hash
            asking = Asking(
                gate=gate,
                revision=revision,
                phase=work.phase,
                subject=self._as_it_is_now(subject),
                by=work.by,
                levels=levels,
                assessment=assessment,
            )
            opened = self._open = OpenGate(asking, self._journal, self._show)
            decision = await self._settle(opened)
            if opened.changed is None:
                if decision is not None and decision.decision is DecisionKind.APPROVE:
                    self.standing.keep(opened.id, asking)
                return decision
            if self._state.ticket_hash == known:  # Whoever looked up a decision found it out.
                self._learn(opened.changed.get("ticket_hash"))
            subject = opened.changed

    def take_over(self, opening: Opening) -> None:
        """What an earlier attempt was granted counts for the ticket as it read then."""
        if opening.restored is not None:
            self._learn(self._state.ticket_hash or opening.ticket_hash)

    def void(self, reason: str) -> None:
        """The orchestration ends."""
        if self._open is not None:
            self._open.void(reason)

    def change_ticket(self, ticket_hash: str) -> None:
        """What was asked or approved about the ticket is void, and asked again. Repeatable."""
        self._learn(ticket_hash)
        if self._open is not None and "ticket_hash" in self._open.asking.subject:
            subject = {**self._open.asking.subject, "ticket_hash": ticket_hash}
            self._open.change(subject, "the ticket was changed after it was asked")

    def check(self, decision: Decision) -> None:
        if self._is_early(decision):
            kept = (one.decision for one in self._state.early)
            if Tries(MOST_EARLY, MOST_EARLY_EACH, kept).used_up(decision):
                raise failed(Refusal.UNKNOWN_APPROVAL, "too many decisions before they are asked")
        elif self._open is None:
            raise failed(Refusal.UNKNOWN_APPROVAL, "nothing is asked yet")
        else:
            self._open.check(decision)

    async def decide(self, decision: Decision) -> ApprovalStatus:
        """PENDING: it is kept until it is asked for, or others must agree as well. Raises the
        refusal as an ApplicationError whose type is the Refusal."""
        update = workflow.current_update_info()
        once = update.id if update else None
        heard = HeardDecision(decision=decision, heard_at=workflow.now(), once=once)
        if self._is_early(decision):
            self._state.early.append(heard)
            return ApprovalStatus.PENDING
        assert self._open is not None
        return await self._open.decide(heard)

    def check_delegation(self) -> None:
        if not self._journal.opened:
            raise failed(Refusal.BAD_DELEGATION, "the work is not open yet: say it again soon")

    async def delegate(self, delegation: Delegation, by: AskedBy) -> str:
        question = DelegationQuestion(
            organization=by.organization,
            orchestration_id=by.orchestration_id,
            issue_key=by.issue_key,
            delegation=delegation,
            heard_at=workflow.now(),
        )
        authority = await workflow.execute_activity_method(
            ApprovalActivities.authorise_delegation,
            question,
            **options.database(f"may {delegation.by} delegate?"),
        )
        if authority.from_id is None or authority.to_id is None:
            raise failed(authority.refusal or Refusal.BAD_DELEGATION, authority.reason)
        delegated = ApprovalDelegated(
            from_id=authority.from_id,
            to_id=authority.to_id,
            to=delegation.to,
            scope=scope_of(delegation.scope, by.issue_key),
            until=delegation.until,
            comment=delegation.comment,
        )
        self._journal.record(delegated, actor=person(delegation.by))
        await self._show(None)
        return f"{delegation.to} decides for {delegation.by} until {delegation.until:%Y-%m-%d}"

    async def _settle(self, opened: OpenGate) -> Decision | None:
        if not opened.settled:
            await self._show(opened.awaited())
            await self._hear_the_early(opened)
        return await opened.settle()

    async def _hear_the_early(self, opened: OpenGate) -> None:
        """Those for this gate, each once; they count if they name what is shown."""
        name = opened.gate.name
        mine = [one for one in self._state.early if one.decision.gate == name]
        self._state.early = [one for one in self._state.early if one not in mine]
        for early in mine:
            try:
                await opened.decide(early)
            except ApplicationError as refused:
                workflow.logger.info("an early decision does not count: %s", refused.message)

    def _is_early(self, decision: Decision) -> bool:
        """It names what it is about, and that is not asked now."""
        if decision.approval_id is not None or not (decision.gate and decision.subject_hash):
            return False
        opened = self._open
        if opened is None or opened.gate.name != decision.gate:
            return True
        return opened.settled and opened.subject_hash != decision.subject_hash

    async def _read(self, gate: Gate, by: AskedBy) -> TicketReading | None:
        """The ticket, where the gate's levels hang on it: looked up, never believed of whoever
        tells of a change."""
        while True:
            known = self._state.ticket_hash
            reading = await read_ticket(gate, by)
            if self._state.ticket_hash == known:
                break  # Else it was changed while it was read.
        if reading is not None:
            self._learn(reading.ticket_hash)
        return reading

    def _learn(self, ticket_hash: str | None) -> None:
        self._state.ticket_hash = ticket_hash
        self.standing.follow_ticket()

    def _as_it_is_now(self, subject: dict[str, Any]) -> dict[str, Any]:
        """The work was opened with a ticket that may have changed since."""
        if self._state.ticket_hash is None:
            return subject
        return {**subject, "ticket_hash": self._state.ticket_hash}
