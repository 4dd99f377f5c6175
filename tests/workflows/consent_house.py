"""A workflow whose phases take a day each and do nothing but ask at their gates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from temporalio import workflow

from tests.workflows.asking_house import opened
from tests.workflows.gate_house import Asked, House, Seen
from tests.workflows.office import until

with workflow.unsafe.imports_passed_through():
    from contracts.approvals import ApprovalStatus, Decision
    from contracts.events import ApprovalRequested, ApprovalVoided
    from contracts.jira_work import Awaited, PhaseProgress, TicketChanged, WorkOrder
    from contracts.ledger import JournalState
    from contracts.phases import Phase, PhaseStatus
    from contracts.playbooks import Playbook
    from policy.phases import Step
    from workflows.consent import Consent
    from workflows.gates import Gates
    from workflows.journal import Journal
    from workflows.progress import Progress

DAY = timedelta(days=1)
EDITED, AGAIN = "2" * 64, "3" * 64


class Plan(BaseModel, frozen=True):
    """`phases` in the order in which they are worked; those of `writers` leave a commit."""

    playbook: Playbook
    phases: tuple[Phase, ...]
    writers: tuple[Phase, ...] = (Phase.CODE, Phase.FIX)
    position: int = 0
    progress: Progress | None = None
    journal: JournalState = JournalState()


@workflow.defn(failure_exception_types=[Exception])
class ConsentHouse:
    @workflow.init
    def __init__(self, plan: Plan) -> None:
        self.journal = Journal(workflow.info().workflow_id, workflow.now, plan.journal)
        self.journal.open(UUID(int=1), UUID(int=2))
        self._progress = plan.progress or begun(plan.playbook)
        order = WorkOrder(issue_key="KEY-1", requested_by="rita@x.test")
        self._gates = Gates(self._progress.gates, self.journal, self._show)
        self._consent = Consent(order, self._progress, self._gates, lambda: None)
        self._plan, self._position = plan, plan.position
        self._onward = False

    @workflow.run
    async def run(self, plan: Plan) -> Seen:
        while True:
            coming = self._coming()
            step = await self._consent.renew(coming)
            if step is None:
                break
            if step != coming:
                self._position = plan.phases.index(step.phase)
            if self._onward:
                self._continue()
            await self._work(step)
            self._position += 1
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.seen()

    def _coming(self) -> Step | None:
        left = self._plan.phases[self._position :]
        if not left:
            return None
        rounds = [one.round for one in self._progress.story if one.phase is left[0]]
        return Step(left[0], max(rounds, default=0) + 1)

    async def _work(self, step: Step) -> None:
        spec = self._plan.playbook.step(step.phase)
        assert spec is not None
        self._consent.begin(step.phase)
        self._progress.step = step
        begun = PhaseProgress(
            phase=step.phase,
            round=step.round,
            status=PhaseStatus.RUNNING,
            started_at=workflow.now(),
        )
        self._progress.story.append(begun)
        await workflow.sleep(DAY)
        if step.phase in self._plan.writers:
            self._progress.commit = f"{step.phase}-{step.round}"
        again = await self._consent.ask(spec, f"{step.phase} {step.round} is done")
        note = f"{step.phase} {step.round} is done"
        ended = {"status": PhaseStatus.COMPLETED, "completed_at": workflow.now(), "note": note}
        self._progress.story[-1] = begun.model_copy(update=ended)
        if again:
            self._position -= 1

    def _continue(self) -> None:
        carried = {
            "position": self._position,
            "progress": self._progress,
            "journal": self.journal.state(),
        }
        workflow.continue_as_new(self._plan.model_copy(update=carried))

    @workflow.signal
    def ticket_changed(self, changed: TicketChanged) -> None:
        self._gates.change_ticket(changed.ticket_hash)

    @workflow.signal
    def onward(self) -> None:
        """Continues as new before the next phase."""
        self._onward = True

    @workflow.update
    async def decide(self, decision: Decision) -> ApprovalStatus:
        return await self._gates.decide(decision)

    @decide.validator
    def _check(self, decision: Decision) -> None:
        self._gates.check(decision)

    @workflow.query
    def seen(self) -> Seen:
        return Seen(
            facts=self.journal.state().pending,
            awaited=self._progress.awaited,
            decision=None,
            over=False,
            heard=len(self._progress.story),
        )

    async def _show(self, awaited: Awaited | None) -> None:
        if awaited is not None:
            self._progress.awaited = awaited


def begun(playbook: Playbook) -> Progress:
    progress = Progress()
    progress.open(opened(playbook), workflow.now())
    return progress


@dataclass(frozen=True)
class Run:
    """Seen from outside."""

    asked: Asked

    async def says(self, gate: str, decision: str = "APPROVE", **rest: Any) -> None:
        """By somebody who may, once the gate asks. The server's time moves only while it is told
        to."""

        async def is_asked() -> bool:
            awaited = (await self.asked.seen()).awaited
            if awaited is not None and awaited.gate == gate:
                return True
            await self.asked.passes(DAY / 3)
            return False

        await until(is_asked)
        status = await self.asked.says("max", decision, gate=gate, **rest)
        assert status == {"APPROVE": "APPROVED"}.get(decision, "REJECTED")

    async def hears(self, ticket_hash: str) -> None:
        await self.asked.handle.signal("ticket_changed", TicketChanged(ticket_hash=ticket_hash))

    async def told(self) -> list[str]:
        return story_of(await self.asked.seen())

    async def ends(self) -> list[str]:
        """What was asked and became void, in its order. The run replays as well."""
        seen = await self.asked.handle.result()
        await self.asked.replays(ConsentHouse)
        return story_of(seen)


def story_of(seen: Seen) -> list[str]:
    told = []
    for one in seen.facts:
        match one.event:
            case ApprovalRequested(gate=gate, revision=revision):
                told.append(f"{gate.name} {revision}")
            case ApprovalVoided(gate=name, granted=granted):
                told.append(f"{name} {'granted ' if granted else ''}void")
            case _:
                pass
    return told


async def begin(house: House, phases: Sequence[dict[str, Any]], *names: str, **rest: Any) -> Run:
    """`names` are the phases in their order; all of the playbook's where none is named."""
    playbook = Playbook.model_validate({"name": "consent", "phases": phases})
    worked = names or [step.phase for step in playbook.phases]
    plan = Plan.model_validate({"playbook": playbook, "phases": worked, **rest})
    return Run(await house.start(plan))
