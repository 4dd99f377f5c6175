"""When a link opens no longer, and what its page says then."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.approval_links import ApprovalLink, RequestStanding
from contracts.approvals import ApprovalStatus, DecisionKind, Refusal
from policy.approval_pages import ADVICE, left, recorded, refused, why_closed

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def link(standing: dict[str, Any] | None = None, **rest: Any) -> ApprovalLink:
    stands = {
        "orchestration_id": UUID(int=1),
        "issue_key": "KEY-1",
        "title": "Round",
        "gate": "plan",
        "subject_hash": "a",
        "status": ApprovalStatus.PENDING,
        "expires_at": NOW + timedelta(hours=1),
        "running": True,
        **(standing or {}),
    }
    given = {
        "id": UUID(int=2),
        "organization_id": UUID(int=3),
        "organization": "acme",
        "approval_id": UUID(int=4),
        "user_id": UUID(int=5),
        "email": "max@example.org",
        "member": True,
        "subject_hash": "a",
        "refusals": 0,
        "standing": RequestStanding.model_validate(stands),
    }
    return ApprovalLink.model_validate({**given, **rest})


def test_a_link_to_what_is_asked_opens() -> None:
    assert why_closed(link(), NOW) is None
    assert why_closed(link({"expires_at": None}), NOW) is None


@pytest.mark.parametrize(
    ("closed", "title"),
    [
        (link(member=False), "It is not yours any more"),
        (link(decision=DecisionKind.APPROVE, used_at=NOW), "You have decided"),
        (link().model_copy(update={"standing": None}), "It is not asked any more"),
        (link(subject_hash="b"), "It is not asked any more"),
        (link({"running": False}), "It is not asked any more"),
        (link({"status": "APPROVED"}), "It is approved already"),
        (link({"status": "REJECTED"}), "It is decided already"),
        (link({"status": "VOID"}), "It is not asked any more"),
        (link({"status": "EXPIRED"}), "The time is over"),
        (link({"expires_at": NOW}), "The time is over"),
    ],
)
def test_a_link_ends_with_what_it_is_bound_to(closed: ApprovalLink, title: str) -> None:
    notice = why_closed(closed, NOW)
    assert notice is not None
    assert (notice.status, notice.title) == (410, title)
    assert notice.advice


@pytest.mark.parametrize("refusal", [one for one in Refusal if one is not Refusal.BAD_DELEGATION])
def test_each_refusal_says_what_to_do(refusal: Refusal) -> None:
    notice = refused(refusal, "plan is decided already")
    assert notice.happened == "Plan is decided already."
    assert (notice.status, notice.advice) == ADVICE[refusal]


def test_a_voice_among_others_is_said_to_be_one() -> None:
    assert "Others must agree" in recorded(DecisionKind.APPROVE, settled=False).meaning
    assert "goes on" in recorded(DecisionKind.APPROVE, settled=True).meaning


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(days=2, hours=1, minutes=5), "2 days 1 hour left"),
        (timedelta(minutes=61), "1 hour 1 minute left"),
        (timedelta(seconds=59), "less than a minute left"),
        (timedelta(), "the time is over"),
    ],
)
def test_the_time_left_is_said_in_two_units(time: timedelta, words: str) -> None:
    assert left(NOW + time, NOW) == words
