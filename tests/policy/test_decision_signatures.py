"""What is signed cannot be changed, moved, or kept for later."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.approvals import Decision, DecisionChannel, DecisionKind
from policy.decision_signatures import FRESH, addressee, is_genuine, signed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TO = addressee("acme", "KEY-1")
SAID = Decision(
    decision=DecisionKind.APPROVE,
    by="max@x.test",
    gate="plan",
    subject_hash="beef",
    approval_id=UUID(int=1),
    vouched=True,
)
SIGNED = signed(SAID, "key", TO, NOW)


def test_what_was_signed_is_genuine() -> None:
    assert is_genuine(SIGNED, ["key"], TO, NOW)
    assert is_genuine(Decision.model_validate_json(SIGNED.model_dump_json()), ["key"], TO, NOW)


def test_while_keys_are_changed_both_count() -> None:
    assert is_genuine(SIGNED, ["new", "key"], TO, NOW)
    assert not is_genuine(SIGNED, ["new"], TO, NOW)


@pytest.mark.parametrize("keys", [[], [""]])
def test_without_a_key_nothing_is_genuine(keys: list[str]) -> None:
    assert not is_genuine(signed(SAID, "", TO, NOW), keys, TO, NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"decision": DecisionKind.REJECT},
        {"by": "mia@x.test"},
        {"comment": "or not"},
        {"gate": "result"},
        {"subject_hash": "dead"},
        {"approval_id": None},
        {"channel": DecisionChannel.SLACK},
        {"vouched": False},
        {"at": NOW + timedelta(seconds=1)},
        {"at": NOW.replace(tzinfo=None)},
        {"at": None},
        {"signature": None},
        {"signature": "é" * 64},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_nothing_of_it_may_be_changed(changed: dict[str, Any]) -> None:
    assert not is_genuine(SIGNED.model_copy(update=changed), ["key"], TO, NOW)


def test_it_counts_for_one_ticket_of_one_organization() -> None:
    for to in (addressee("acme", "KEY-2"), addressee("other", "KEY-1")):
        assert not is_genuine(SIGNED, ["key"], to, NOW)


@pytest.mark.parametrize("sign", [1, -1])
def test_it_counts_for_minutes(sign: int) -> None:
    assert is_genuine(SIGNED, ["key"], TO, NOW + sign * FRESH)
    assert not is_genuine(SIGNED, ["key"], TO, NOW + sign * (FRESH + timedelta(seconds=1)))
