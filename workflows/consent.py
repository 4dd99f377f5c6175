"""What people have agreed to: asked at a phase's gate, and again once it is not so any more."""

from collections.abc import Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts.approvals import DecisionKind
    from contracts.gates import Guarded, Lapsed
    from contracts.identity import Actor, ActorType
    from contracts.jira_work import WorkOrder
    from contracts.phases import Phase
    from contracts.playbooks import Gate, PlaybookPhase
    from contracts.text import clipped, one_line
    from policy.approval_standing import binds, only_keeps_books
    from policy.phases import Step
    from workflows.failures import failed
    from workflows.gates import Gates
    from workflows.progress import Progress
    from workflows.subjects import asked_again, guarded


class Consent:
    """Of a run. docs/adr/0012 says which approvals become void, and when they are asked again."""

    def __init__(
        self, order: WorkOrder, progress: Progress, gates: Gates, tell: Callable[[], None]
    ) -> None:
        self._order, self._progress, self._gates, self._tell = order, progress, gates, tell
        self._commit = ""

    def begin(self, phase: Phase) -> None:
        self._commit = self._progress.commit
        self._gates.standing.begin(phase)

    def binding(self, phase: Phase) -> str | None:
        """The phase's gate, if it asks even where the phase is left out."""
        opened = self._progress.opened
        spec = opened.opening.playbook.step(phase) if opened else None
        options = opened.options if opened else None
        if spec is None or spec.gate is None or not binds(spec, options or self._order.options):
            return None
        return spec.gate.name

    def leave_out(self, phase: Phase, why: str, actor: Actor) -> None:
        """Whoever asked for the work chose its options."""
        gate = self.binding(phase)
        if gate is not None:
            by = actor.id if actor.type is ActorType.PERSON else self._order.requested_by
            said = f"{phase} was left out by {by}: {one_line(why)}"
            self._gates.standing.owe(gate, phase, clipped(said, 300))

    async def ask(self, spec: PlaybookPhase, note: str) -> bool:
        """Once the phase is worked: whether it is to be worked again. A rejection or silence ends
        the work."""
        progress = self._progress
        if only_keeps_books(spec):
            self._gates.standing.take_along(self._commit, progress.commit)
        if spec.gate is None:
            return False
        return await self._decided(spec.gate, guarded(self._order, progress, spec.phase, note))

    async def renew(self, coming: Step | None) -> Step | None:
        """Before a phase begins, or before the work ends (None): asks again for what is void.
        Answers with the phase that comes; an earlier one where changes were requested."""
        standing = self._gates.standing
        standing.follow_work(self._progress.commit)
        while lapsed := standing.due(coming.phase if coming else None):
            if await self._again(lapsed):
                return self._progress.back_to(lapsed.phase)
        return coming

    async def _again(self, lapsed: Lapsed) -> bool:
        progress = self._progress
        spec = progress.opening.playbook.step(lapsed.phase)
        assert spec is not None
        assert spec.gate is not None
        note = progress.note_of(lapsed.phase)
        work = guarded(self._order, progress, lapsed.phase, note)
        return await self._decided(spec.gate, asked_again(work, lapsed.why))

    async def _decided(self, gate: Gate, work: Guarded) -> bool:
        decision = await self._gates.ask(gate, work)
        self._progress.awaited = None
        self._tell()
        if decision is None:
            raise failed("ApprovalExpired", f"nobody decided on {gate.name} in time")
        if decision.decision is DecisionKind.REJECT:
            raise failed("Rejected", f"{decision.by} rejected {gate.name}: {decision.comment}")
        if decision.comment:
            self._progress.take_guidance(decision.comment)
        return decision.decision is DecisionKind.REQUEST_CHANGES
