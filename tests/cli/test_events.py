"""Events in words: what people read of service levels, reminders and levels of an approval."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest

from cli.events import said
from contracts.approvals import DecisionChannel, DecisionKind
from contracts.events import (
    AgentCompleted,
    ApprovalGranted,
    CheckpointRestored,
    Event,
    NotificationRequested,
    SlaAcknowledged,
    SlaCritical,
    SlaViolated,
    SlaWarned,
)
from contracts.gates import Granted
from contracts.identity import Role
from contracts.notifications import TURN, NotificationRequest, Occasion
from contracts.orchestrations import CheckpointState
from contracts.phases import Phase
from contracts.sla import SlaSeverity

HOUR = timedelta(hours=1)
AT = datetime(2026, 5, 4, 12, tzinfo=UTC)


def reached(kind: Any, actual: timedelta) -> Any:
    over = max(actual - 4 * HOUR, timedelta())
    return kind(sla_id=uuid4(), sla="Soon", at=AT, target=4 * HOUR, actual=actual, exceeded_by=over)


def granted(settles: bool) -> ApprovalGranted:
    return ApprovalGranted(
        approval_id=uuid4(),
        gate="plan",
        decision=DecisionKind.APPROVE,
        approver_id=None,
        settles=settles,
        channel=DecisionChannel.CLI,
    )


REMINDER = NotificationRequest(
    organization="acme",
    key="reminder:1",
    event_type="ApprovalRequested",
    occasion=Occasion(issue_key="KEY-1", gate="plan"),
    people=("ann@x.test", "bob@x.test"),
    roles=(Role.MANAGER,),
)
CALL = REMINDER.model_copy(update={"key": f"{TURN}1", "people": ("bob@x.test",), "roles": ()})


RESTORED = CheckpointRestored(
    commit="1234567890abcdef",
    state=CheckpointState(
        phase=Phase.PLAN, granted=(Granted(approval_id=None, gate="plan", phase=Phase.PLAN),)
    ),
)
CODED = AgentCompleted(round=1, duration=timedelta(seconds=3), summary="mended it", lost=1)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (RESTORED, "goes on from the checkpoint at 1234567890, approved by then: plan"),
        (CODED, "mended it (3.0 s; begun 2 times, a worker was lost or git failed meanwhile)"),
        (reached(SlaWarned, 3 * HOUR), "Soon: in danger, 3 h 00 min of 4 h 00 min are used"),
        (reached(SlaCritical, 3 * HOUR), "Soon: nearly broken, 3 h 00 min of 4 h 00 min are used"),
        (reached(SlaViolated, 4 * HOUR), "Soon: broken, its 4 h 00 min are over"),
        (
            reached(SlaViolated, 6 * HOUR),
            "Soon: broken, its 4 h 00 min are over, noticed 2 h 00 min later",
        ),
        (
            SlaAcknowledged(sla_id=uuid4(), sla="Soon", severity=SlaSeverity.BREACH, comment="ok"),
            "Soon: BREACH acknowledged: ok",
        ),
        (
            NotificationRequested(request=REMINDER),
            "gate plan: a reminder for ann@x.test, bob@x.test, every manager",
        ),
        (NotificationRequested(request=CALL), "gate plan: it is the turn of bob@x.test"),
        (granted(settles=True), "gate plan: approved"),
        (granted(settles=False), "gate plan: approved by one, others are asked"),
    ],
)
def test_an_event_reads_as_a_sentence(event: Event, words: str) -> None:
    assert said(event) == words


def test_no_event_is_left_without_words() -> None:
    """Each kind is named by one of the sentences; its bare type is none."""
    source = said.__globals__
    kinds = get_args(get_args(Event)[0])
    assert {kind.__name__ for kind in kinds} <= set(source)
