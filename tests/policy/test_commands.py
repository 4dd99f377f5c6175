"""What people say goes on without secrets, whatever kind of command it is in."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from contracts.commands import AnyCommand
from contracts.text import MAX_COMMENT
from policy.commands import without_secrets
from policy.redaction import Redaction

KNOWN, LOOKS = "opensesame-opensesame", "ghp_" + "a1B2" * 9
REDACTION = Redaction([KNOWN])
BY = {"provider": "github", "external_id": "1"}
SAID = f"use {KNOWN} or {LOOKS}"
KEPT = "use [redacted: known secret] or [redacted: GitHub token]"
TICKET = {"source": "hubspot", "id": "7", "subject": SAID, "body": SAID}


def command(**fields: Any) -> AnyCommand:
    made: AnyCommand = TypeAdapter[AnyCommand](AnyCommand).validate_python(
        {"at": datetime(2026, 3, 1, tzinfo=UTC), "once": "one", **fields}
    )
    return made


SPOKEN = [
    ({"type": "guide", "by": BY, "text": SAID}, "text"),
    ({"type": "answer", "by": BY, "text": SAID}, "text"),
    (
        {"type": "decide", "by": BY, "decision": "REJECT", "channel": "git", "comment": SAID},
        "comment",
    ),
    ({"type": "cancel_work", "by": BY, "reason": SAID}, "reason"),
]


@pytest.mark.parametrize(("fields", "name"), SPOKEN, ids=lambda value: str(value)[:20])
def test_neither_known_secrets_nor_what_looks_like_one_is_passed_on(
    fields: dict[str, Any], name: str
) -> None:
    clean = without_secrets(command(**fields), REDACTION)
    assert getattr(clean, name) == KEPT
    assert clean == command(**{**fields, name: KEPT})
    assert without_secrets(clean, REDACTION) == clean


def test_tickets_are_made_and_sorted_without_secrets() -> None:
    proposal = {"title": SAID, "description": SAID, "repository_url": "https://h.org/a/b"}
    start = without_secrets(command(type="start_work", by=BY, proposal=proposal), REDACTION)
    told = {"title": KEPT, "description": KEPT}
    assert start == command(type="start_work", by=BY, proposal=proposal | told)
    triage = without_secrets(command(type="triage", ticket=TICKET), REDACTION)
    assert triage == command(type="triage", ticket=TICKET | {"subject": KEPT, "body": KEPT})


def test_marks_never_make_a_text_too_long() -> None:
    said = "password=x1y2z3 " * (MAX_COMMENT // 16)
    clean = without_secrets(command(type="guide", by=BY, text=said), REDACTION)
    assert clean.type == "guide"
    assert len(clean.text) <= MAX_COMMENT
    assert "x1y2z3" not in clean.text


@pytest.mark.parametrize("kind", ["link_development", "follow_pull_request", "keep_evidence"])
def test_names_of_places_stay_as_they_are(kind: str) -> None:
    place = {"provider": "GITHUB", "repository": f"acme/{KNOWN}", "branch": "KEY-1", "number": 1}
    more = {"follow_pull_request": {"stage": "OPEN"}, "keep_evidence": CHECK}.get(kind, {})
    told = command(type=kind, about={"place": place}, **more)
    assert without_secrets(told, REDACTION) == told


CHECK = {"check": "build", "conclusion": "PASSED"}
