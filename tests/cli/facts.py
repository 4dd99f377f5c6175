"""Events as a run would have left them, for tests that render them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.events import (
    AgentSpawned,
    ApprovalRejected,
    ApprovalRequested,
    Event,
    OrchestrationCompleted,
    OrchestrationFailed,
    OrchestrationStarted,
    PhaseCompleted,
    PhaseStarted,
)
from contracts.identity import SYSTEM, Actor
from contracts.issues import Ticket
from contracts.jira_work import WorkOptions
from contracts.ledger import ChainedEvent
from contracts.orchestrations import OrchestrationRow, OrchestrationStatus
from contracts.phases import Phase
from contracts.playbooks import Gate, Playbook, PlaybookPhase

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ID = UUID("0190c8f0-0000-7000-8000-000000000001")
HOSTILE = "\x1b]0;owned\x07 [red]x[/] :smile: \u202eevil\r\nnext"

Told = tuple[Phase | None, Event]


def chained(number: int, told: Told, actor: Actor = SYSTEM) -> ChainedEvent:
    """One second after the other."""
    return ChainedEvent(
        sequence=number,
        event_id=ID,
        timestamp=BEGAN + timedelta(seconds=number),
        phase=told[0],
        actor=actor,
        event=told[1],
        previous_hash=str(number - 1),
        hash=str(number),
    )


def chain(*told: Told) -> list[ChainedEvent]:
    return [chained(number, event) for number, event in enumerate(told)]


def row(status: OrchestrationStatus = OrchestrationStatus.ACTIVE) -> OrchestrationRow:
    return OrchestrationRow(
        id=ID,
        organization_id=ID,
        project_id=ID,
        issue_key="INV-1",
        attempt=1,
        workflow_id="jira-work:default:INV-1",
        run_id=ID,
        status=status,
        current_phase="PLAN",
        requested_by="ann@example.org",
        branch="slipway/INV-1",
        commit_sha="a" * 40,
        started_at=BEGAN,
        completed_at=BEGAN + timedelta(minutes=2) if status.terminal else None,
        tokens=0,
        cost=Decimal(0),
        last_sequence=1,
        failure=None,
        updated_at=BEGAN,
    )


def started(title: str = "Rounding") -> Told:
    phases = tuple(PlaybookPhase(phase=phase) for phase in (Phase.PLAN, Phase.CODE))
    playbook = Playbook(name="standard", phases=phases)
    event = OrchestrationStarted(
        project_id=ID,
        attempt=1,
        workflow_id="jira-work:default:INV-1",
        requested_by="ann@example.org",
        branch="slipway/INV-1",
        base_commit="a" * 40,
        ticket=Ticket(key="INV-1", title=title),
        ticket_hash="",
        playbook=playbook,
        options=WorkOptions(),
    )
    return None, event


def began(phase: Phase, number: int = 1) -> Told:
    return phase, PhaseStarted(round=number)


def done(phase: Phase, note: str = "", number: int = 1) -> Told:
    return phase, PhaseCompleted(round=number, duration=timedelta(seconds=1), note=note)


def failed() -> Told:
    return None, OrchestrationFailed(error_type="Rejected", reason="too big", outcome=None)


def completed() -> Told:
    return None, OrchestrationCompleted(commit="a" * 40, outcome=None)


def spawned(phase: Phase) -> Told:
    return phase, AgentSpawned(round=1, runner="command", step="x", base_commit="a" * 40)


def asked() -> Told:
    event = ApprovalRequested(
        approval_id=ID,
        gate=Gate(name="plan"),
        revision=1,
        subject_hash="beef",
        subject={"summary": HOSTILE, "findings": [HOSTILE]},
        expires_at=BEGAN + timedelta(days=7),
    )
    return Phase.PLAN, event


def sent_back(decision: DecisionKind = DecisionKind.REQUEST_CHANGES) -> Told:
    event = ApprovalRejected(
        approval_id=ID,
        gate="plan",
        decision=decision,
        approver_id=ID,
        comment="smaller",
        channel=DecisionChannel.CLI,
    )
    return Phase.PLAN, event
