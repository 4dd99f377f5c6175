"""What a review at GitHub decides, on which commit, and whose."""

from typing import Any

import pytest

from contracts.commands import Decide
from tests.policy.deliveries import of_sample, payload_of

APPROVED, CHANGES = "github.pull_request_review.approved", "github.pull_request_review.changes"


def decided(name: str, payload: Any) -> list[Decide]:
    return [one for one in of_sample(name, payload).commands if isinstance(one, Decide)]


def test_it_decides_on_the_commit_that_was_looked_at_whatever_was_pushed_since() -> None:
    payload = payload_of(APPROVED)
    payload["pull_request"]["head"]["sha"] = "f" * 40
    (decide,) = decided(APPROVED, payload)
    assert decide.about.place is not None
    assert decide.commit == decide.about.place.commit == payload["review"]["commit_id"]


@pytest.mark.parametrize("action", ["edited", "dismissed"])
def test_it_decides_once_when_it_is_submitted(action: str) -> None:
    assert decided(APPROVED, payload_of(APPROVED) | {"action": action}) == []


@pytest.mark.parametrize("user", [{"id": 900}, None], ids=["ours", "a ghost"])
def test_neither_our_own_account_nor_nobody_decides(user: dict[str, int] | None) -> None:
    payload = payload_of(APPROVED)
    payload["review"]["user"] = user
    assert decided(APPROVED, payload) == []


@pytest.mark.parametrize(
    ("name", "body", "comment"),
    [
        (APPROVED, None, ""),
        (CHANGES, " smaller, please\n", "smaller, please"),
        (CHANGES, None, "changes requested in "),
    ],
)
def test_changes_are_never_requested_without_a_word(
    name: str, body: str | None, comment: str
) -> None:
    payload = payload_of(name)
    payload["review"]["body"] = body
    (decide,) = decided(name, payload)
    expected = comment + payload["review"]["html_url"] if comment.endswith("in ") else comment
    assert decide.comment == expected
