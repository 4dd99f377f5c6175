"""Which request a decision by webhook is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.commands import (
    Account,
    CancelWork,
    Decide,
    EditTicket,
    GitProvider,
    Guide,
    IdentityProvider,
    Place,
    Proposal,
    Subject,
)
from contracts.identity import Role
from policy.decisions import PendingApproval, misses
from policy.webhook_authority import KnownPerson, refusal_of

ASKED_AT = datetime(2026, 3, 1, tzinfo=UTC)
PENDING = PendingApproval(uuid4(), "plan", "0123abcd" * 8, "6dcb09b5" * 5, ASKED_AT)
PULL_REQUEST = Subject(
    keys=("SHOP-9",), place=Place(provider=GitProvider.GITHUB, repository="acme/shop", number=666)
)
ANA = Account(provider=IdentityProvider.GITHUB, external_id="101")


def decide(**rest: Any) -> Decide:
    said = {"at": ASKED_AT + timedelta(minutes=1), "decision": DecisionKind.APPROVE, **rest}
    return Decide(by=ANA, channel=DecisionChannel.GIT, **said)


@pytest.mark.parametrize(
    "decision",
    [
        decide(),
        decide(code="0123abcd"),
        decide(code="0123abcd", about=PULL_REQUEST),
        decide(approval_id=PENDING.id),
        decide(commit="6dcb09b56dcb"),
        decide(at=ASKED_AT - timedelta(seconds=1)),
    ],
)
def test_what_is_asked_may_be_decided(decision: Decide) -> None:
    assert misses(decision, PENDING) is None


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (
            decide(about=PULL_REQUEST),
            "anybody may name a ticket in a pull request, so what is said there must name the "
            "request: /approve 0123abcd, or a review",
        ),
        (decide(code="ffffffff"), "its code ffffffff is not that of plan"),
        (decide(approval_id=uuid4()), "it was about an earlier request than plan"),
        (decide(commit="f" * 40), "it is a review of ffffffffffff, not of what plan asks about"),
        (decide(at=ASKED_AT - timedelta(minutes=1)), "it was said before plan was asked"),
        (
            decide(commit="6dcb09b56dcb", at=ASKED_AT - timedelta(minutes=1)),
            "it was said before plan was asked",
        ),
    ],
)
def test_what_was_said_of_something_else_decides_nothing(decision: Decide, reason: str) -> None:
    assert misses(decision, PENDING) == reason


def test_a_review_decides_nothing_where_no_commit_is_asked_about() -> None:
    review = decide(commit="6dcb09b56dcb", about=PULL_REQUEST)
    reason = "it is a review of 6dcb09b56dcb, not of what plan asks about"
    assert misses(review, replace(PENDING, commit=None)) == reason


def test_nothing_can_be_decided_while_nothing_is_asked() -> None:
    assert misses(decide(), None) == "nothing is asked at the moment"


GUIDE = Guide(by=ANA, text="mind the tests", at=ASKED_AT)
CANCEL = CancelWork(by=ANA, at=ASKED_AT)
EDIT = EditTicket(at=ASKED_AT, proposal=Proposal(title="Round half a cent up"))


@pytest.mark.parametrize(
    ("command", "role", "reason"),
    [
        (GUIDE, None, "github:101 is nobody we know"),
        (GUIDE, Role.VIEWER, "ana@example.org is viewer and may only look"),
        (GUIDE, Role.DEVELOPER, None),
        (decide(), None, "github:101 is nobody we know"),
        (decide(), Role.VIEWER, None),  # The gate itself knows who decides there.
        (CANCEL, None, "github:101 is nobody we know"),
        (CANCEL.model_copy(update={"by_tracker": True}), None, None),
        (EDIT, None, "somebody is nobody we know"),
        (EDIT.model_copy(update={"by_tracker": True}), None, None),
    ],
)
def test_people_may_or_are_told_why_not(
    command: Guide | Decide | CancelWork | EditTicket, role: Role | None, reason: str | None
) -> None:
    person = KnownPerson("ana@example.org", role) if role else None
    assert refusal_of(command, person) == reason
