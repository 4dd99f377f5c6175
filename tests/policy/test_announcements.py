"""Whom an event of the ledger concerns, and what a message says of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.events import (
    ApprovalEscalated,
    ApprovalRequested,
    Event,
    NotificationRequested,
    OrchestrationCompleted,
    OrchestrationFailed,
    OrchestrationPaused,
    PhaseCompleted,
    QuestionAsked,
    SlaViolated,
)
from contracts.identity import Role
from contracts.levels import Approver
from contracts.notifications import NotificationRequest, Occasion
from contracts.playbooks import Gate
from policy.announcements import Announcement, Work, announcement, completed, told_as
from policy.ledger import fingerprint
from policy.notification_texts import text_of
from tests.policy.ledger_events import AT, chained

SUBJECT = {"summary": "round half a cent up"}
HASH = fingerprint(SUBJECT)
WORK = Work("KEY-1", "Round", "rita@x.test", HASH)
LEAD, MAX = Approver(team_role="lead"), Approver(user="max@x.test")
LEVELS = [
    {"name": "tech", "approvers": [{"team_role": "lead"}]},
    {"name": "boss", "approvers": [{"user": "max@x.test"}]},
]


def told(event: Event) -> Announcement:
    found = announcement(chained(event), WORK)
    assert found is not None
    return found


def requested(gate: dict[str, Any] | None = None, **rest: Any) -> ApprovalRequested:
    return ApprovalRequested(
        approval_id=uuid4(),
        gate=Gate.model_validate({"name": "plan", "levels": LEVELS, **(gate or {})}),
        revision=1,
        subject_hash=HASH,
        subject=SUBJECT,
        expires_at=AT,
        **rest,
    )


def test_of_a_sequence_only_the_first_is_asked_at_once() -> None:
    row = {"name": "row", "approvers": [{"team_role": "lead"}, {"user": "max@x.test"}]}
    both = {**row, "quorum": "all"}
    assert told(requested({"levels": [both]})).approvers == (LEAD, MAX)
    assert told(requested({"levels": [{**both, "order": "sequential"}]})).approvers == (LEAD,)


def test_the_approvers_of_the_level_are_asked_but_not_whose_work_it_is() -> None:
    asked = told(requested(level=2, approvers=(MAX,)))
    assert (asked.approvers, asked.people, asked.roles) == ((MAX,), (), ())
    assert asked.never == {"rita@x.test"}
    own = replace(WORK, allow_requester=True)
    found = announcement(chained(requested({"allow_requester": True})), own)
    assert found is not None
    assert found.never == frozenset()


def test_an_event_of_an_older_release_asks_the_level_of_its_gate() -> None:
    assert told(requested(level=2)).approvers == (MAX,)
    assert told(requested()).approvers == (LEAD,)


def test_where_nobody_is_asked_nobody_is_told() -> None:
    assert announcement(chained(requested(approvers=())), WORK) is None


def test_an_escalation_goes_to_whom_it_was_escalated_and_quotes_the_same_code() -> None:
    escalated = ApprovalEscalated(
        approval_id=uuid4(), gate="plan", level=1, step=1, approvers=(MAX,), expires_at=AT
    )
    found = told(escalated)
    assert found.approvers == (MAX,)
    assert found.occasion.code == told(requested()).occasion.code == HASH[:8]
    assert "max@x.test may decide as well" in found.occasion.reason
    _, body = text_of("ApprovalEscalated", found.occasion)
    assert f"/approve {HASH[:8]}\n" in body


@pytest.mark.parametrize(
    ("tell", "people", "roles"),
    [
        (("requester",), ("rita@x.test",), ()),
        (("manager", "ADMIN"), (), (Role.MANAGER, Role.ADMIN)),
        (("boss@x.test", "Requester", "nobody"), ("boss@x.test", "rita@x.test"), ()),
        ((), (), ()),
    ],
)
def test_a_service_level_tells_whom_it_names(
    tell: tuple[str, ...], people: tuple[str, ...], roles: tuple[Role, ...]
) -> None:
    hour = timedelta(hours=1)
    times = {"target": 24 * hour, "actual": 26 * hour, "exceeded_by": 2 * hour}
    broken = SlaViolated(sla_id=uuid4(), sla="Soon", at=AT, tell=tell, **times)
    found = told(broken)
    assert (found.people, found.roles) == (people, roles)
    used = "Soon: 26 h 00 min of 24 h 00 min are used"
    assert found.occasion.reason == f"{used}, as of 2026-05-04 12:00 UTC"


def test_everything_else_concerns_whoever_asked_for_the_work() -> None:
    done = PhaseCompleted(round=1, duration=timedelta(seconds=1), note="all of it")
    for event in (done, OrchestrationPaused(reason="")):
        assert told(event).people == ("rita@x.test",)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (PhaseCompleted(round=1, duration=timedelta(), note="all of it"), {"reason": "all of it"}),
        (OrchestrationCompleted(commit="a" * 40, outcome=None), {"commit": "a" * 40}),
        (
            OrchestrationFailed(error_type="TestsStayRed", reason="1 failed", outcome=None),
            {"reason": "TestsStayRed: 1 failed"},
        ),
        (QuestionAsked(question="Up or down?"), {"reason": "Up or down?"}),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_a_message_says_what_the_event_does(event: Event, said: dict[str, str]) -> None:
    assert told(event).occasion.model_dump(include=set(said)) == said


def test_a_reminder_goes_the_way_of_what_it_reminds_of() -> None:
    occasion = Occasion(issue_key="KEY-1", gate="plan", code=HASH[:8])
    request = NotificationRequest(
        organization="acme",
        key="reminder:1",
        event_type="ApprovalRequested",
        occasion=occasion,
        people=("Rita@x.test", "max@x.test"),
        correlation_id=uuid4(),
    )
    assert told_as(NotificationRequested(request=request)) == "ApprovalRequested"
    full = completed(request, WORK)
    assert (full.occasion.title, full.occasion.by) == ("Round", "rita@x.test")
    # Not whoever may not decide on it.
    assert (full.key, full.people) == (request.key, ("max@x.test",))
    assert completed(request, replace(WORK, allow_requester=True)).people == request.people
    elsewhere = request.model_copy(update={"correlation_id": None})
    assert completed(elsewhere, WORK).people == request.people
    own = request.model_copy(update={"occasion": occasion.model_copy(update={"title": "Mine"})})
    assert completed(own, WORK).occasion.title == "Mine"
