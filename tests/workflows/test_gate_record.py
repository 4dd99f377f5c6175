"""A gate's reminders name what they remind of, so that they can hold a link to it."""

from datetime import UTC, datetime
from uuid import UUID

from contracts.events import NotificationRequested
from contracts.gates import AskedBy, Asking
from contracts.ledger import JournalState
from contracts.phases import Phase
from contracts.playbooks import Gate
from policy.approval_stages import Stage
from workflows.gate_record import GateRecord
from workflows.journal import Journal

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_reminder_names_the_approval() -> None:
    journal = Journal("w", lambda: NOW, JournalState())
    journal.open(UUID(int=1), UUID(int=2))
    gate = Gate(name="plan")
    by = AskedBy(
        organization="acme",
        orchestration_id=UUID(int=2),
        issue_key="KEY-1",
        requester="rita@example.org",
    )
    asking = Asking(gate=gate, revision=1, phase=Phase.PLAN, subject={}, by=by)
    stage = Stage(number=1, level=gate.stages[0], since=NOW, began=NOW)
    GateRecord(UUID(int=3), asking, journal).reminded(stage, ["max@example.org"])
    (chained,) = journal.state().pending
    assert isinstance(chained.event, NotificationRequested)
    assert chained.event.request.correlation_id == UUID(int=3)
