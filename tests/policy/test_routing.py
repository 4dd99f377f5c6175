"""What each kind of delivery asks of us. The payloads are written by hand, in real shape."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from contracts.commands import MAX_KEYS, AnyCommand, Decide, TriageRequest
from tests.policy.deliveries import NAMES, RECEIVED_AT, of_sample, payload_of, routed

SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
Expected = list[dict[str, Any]]

ASKED: dict[str, Expected] = {
    "github.issues.labeled": [{"type": "start_work", "by": "github:101", "at": AT}],
    "github.issues.not_planned": [{"type": "cancel_work", "by_tracker": False}],
    "github.issue_comment.start": [{"type": "start_work", "by": "github:101", "at": AT}],
    "github.issue_comment.on_pull": [
        {
            "type": "decide",
            "decision": "APPROVE",
            "code": "0123abcd",
            "comment": "looks right",
            "channel": "git",
            "number": 12,
            "keys": (),
        }
    ],
    "github.pull_request.opened": [
        {
            "type": "follow_pull_request",
            "stage": "OPEN",
            "branch": "slipway/SHOP-7-2",
            "commit": SHA,
            "number": 12,
            "at": AT,
            "review_asked_at": AT,
        }
    ],
    "github.pull_request.draft": [{"type": "follow_pull_request", "stage": "DRAFT"}],
    "github.pull_request.merged": [
        {"type": "follow_pull_request", "stage": "MERGED", "review_asked_at": None}
    ],
    "github.pull_request.closed": [{"type": "follow_pull_request", "stage": "CLOSED"}],
    "github.pull_request_review.approved": [
        {
            "type": "decide",
            "decision": "APPROVE",
            "commit": SHA,
            "comment": "Looks right.",
            "at": AT.replace(minute=4),
        },
        {"type": "follow_pull_request", "stage": "OPEN", "approved_at": AT.replace(minute=4)},
    ],
    "github.pull_request_review.changes": [
        {
            "type": "decide",
            "decision": "REQUEST_CHANGES",
            "comment": "changes requested in "
            "https://github.com/acme/shop/pull/12#pullrequestreview-80",
        },
        {"type": "follow_pull_request", "objected_at": AT.replace(minute=4)},
    ],
    "github.pull_request_review.dismissed": [
        {"type": "follow_pull_request", "approved_at": None, "objected_at": AT}
    ],
    "github.pull_request_review_comment.guide": [
        {"type": "guide", "text": "keep the API as it is", "number": 12}
    ],
    "github.push": [
        {
            "type": "link_development",
            "branch": "main",
            "commit": SHA,
            "keys": ("SHOP-7", "UTF-8"),
            "at": datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
        }
    ],
    "github.create": [{"type": "link_development", "branch": "feature/SHOP-7-rounding"}],
    "github.check_run": [
        {"type": "keep_evidence", "check": "build", "conclusion": "FAILED", "commit": SHA}
    ],
    "github.workflow_run": [{"type": "keep_evidence", "check": "CI", "conclusion": "PASSED"}],
    "github.status": [{"type": "keep_evidence", "check": "ci/lint", "conclusion": "PASSED"}],
    "gitlab.merge_request.open": [
        {
            "type": "follow_pull_request",
            "stage": "OPEN",
            "number": 12,
            "branch": "SHOP-7-rounding",
            "at": AT,
            "review_asked_at": AT,
        }
    ],
    "gitlab.merge_request.made_ready": [{"type": "follow_pull_request", "review_asked_at": AT}],
    "gitlab.merge_request.approved": [
        {"type": "decide", "decision": "APPROVE", "by": "gitlab:201", "commit": SHA},
        {"type": "follow_pull_request", "approved_at": AT},
    ],
    "gitlab.merge_request.merge": [{"type": "follow_pull_request", "stage": "MERGED"}],
    "gitlab.issue.labelled": [{"type": "start_work", "by": "gitlab:201", "at": AT}],
    "gitlab.note.issue": [{"type": "start_work", "by": "gitlab:201", "at": AT}],
    "gitlab.note.merge_request": [
        {"type": "decide", "decision": "REJECT", "comment": "too risky", "number": 12}
    ],
    "gitlab.push": [{"type": "link_development", "commit": SHA, "at": RECEIVED_AT}],
    "gitlab.pipeline": [{"type": "keep_evidence", "check": "pipeline", "conclusion": "FAILED"}],
    "bitbucket.pullrequest.created": [
        {"type": "follow_pull_request", "stage": "OPEN", "at": AT, "review_asked_at": AT}
    ],
    "bitbucket.pullrequest.fulfilled": [{"type": "follow_pull_request", "stage": "MERGED"}],
    "bitbucket.pullrequest.approved": [
        {"type": "decide", "decision": "APPROVE", "by": "bitbucket:557058:ana"},
        {"type": "follow_pull_request", "approved_at": AT.replace(minute=4)},
    ],
    "bitbucket.pullrequest.changes": [
        {"type": "decide", "decision": "REQUEST_CHANGES", "commit": "6dcb09b5b578"},
        {"type": "follow_pull_request", "objected_at": AT.replace(minute=4)},
    ],
    "bitbucket.pullrequest.comment": [
        {"type": "decide", "decision": "REQUEST_CHANGES", "comment": "keep the API", "code": None}
    ],
    "bitbucket.push": [{"type": "link_development", "commit": SHA}],
    "bitbucket.commit_status": [
        {"type": "keep_evidence", "check": "build", "conclusion": "PASSED"}
    ],
    "bitbucket.data_center.opened": [
        {"type": "follow_pull_request", "at": AT.replace(minute=1), "branch": "SHOP-7-rounding"}
    ],
    "bitbucket.data_center.merged": [{"type": "follow_pull_request", "stage": "MERGED", "at": AT}],
    "bitbucket.data_center.approved": [
        {"type": "decide", "decision": "APPROVE", "by": "bitbucket:71", "commit": SHA},
        {"type": "follow_pull_request", "approved_at": AT.replace(minute=2), "number": 12},
    ],
    "bitbucket.data_center.needs_work": [
        {"type": "decide", "decision": "REQUEST_CHANGES", "at": AT.replace(minute=2)},
        {"type": "follow_pull_request", "objected_at": AT.replace(minute=2)},
    ],
    "bitbucket.data_center.comment": [{"type": "guide", "text": "mind the tests"}],
    "bitbucket.data_center.push": [{"type": "link_development", "commit": SHA}],
    "jira.labelled": [{"type": "start_work", "by": "jira:99:27935d01", "at": AT}],
    "jira.created": [{"type": "start_work", "by": "jira:99:27935d01"}],
    "jira.wont_do": [{"type": "cancel_work", "by_tracker": True}],
    "jira.priority": [{"type": "edit_ticket", "priority": "HIGH"}],
    "jira.deleted": [{"type": "cancel_work", "by_tracker": True, "at": AT}],
    "jira.comment": [{"type": "answer", "text": "use Decimal\nand no floats", "at": AT}],
    "jira.comment_document": [{"type": "guide", "text": "use Decimal\nno floats"}],
    "slack.button": [
        {
            "type": "decide",
            "decision": "APPROVE",
            "by": "slack:T9TK3CUKW:U0CA5",
            "approval_id": UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
            "code": "0123abcd4567",
            "channel": "slack",
            "comment": "",
        }
    ],
    "slack.reject": [{"type": "decide", "decision": "REJECT", "comment": "too risky"}],
    "hubspot.ticket": [{"type": "triage", "ticket": "hubspot:123", "at": AT, "keys": ()}],
    "hubspot.batch": [
        {"type": "triage", "ticket": f"hubspot:{id}", "keys": ()} for id in (123, 124, 125)
    ],
    "standard.ticket": [{"type": "triage", "ticket": "standard:T-9", "at": AT, "keys": ()}],
}
IGNORED = {
    "github.issues.other_label": "not given the label slipway",
    "github.issues.completed": "nothing to do for an issue that was closed",
    "github.issue_comment.talk": "a comment without a command in its first line",
    "github.issue_comment.edited": "only new comments are heard",
    "github.issue_comment.own": "caused by our own account",
    "github.pull_request_review.commented": "a review that decides nothing",
    "github.push.deleted": "a branch was deleted",
    "github.star": "nothing to do for star",
    "slack.view": "nothing to do for view_submission",
    "hubspot.contact": "no ticket was made",
    "standard.other": "nothing to do for user.created",
}


def seen(command: AnyCommand, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the command says of what is wanted."""
    place = command.about.place
    told = {name: getattr(command, name, None) for name in wanted}
    told |= {name: getattr(place, name) for name in ("number", "branch") if name in wanted}
    if "commit" in wanted and not isinstance(command, Decide):
        told["commit"] = place.commit if place else None
    if isinstance(command, TriageRequest):
        told["ticket"] = command.ticket.shown
    if "by" in wanted:
        told["by"] = str(told["by"])
    return told | {"keys": command.about.keys}


@pytest.mark.parametrize("name", ASKED)
def test_a_delivery_asks(name: str) -> None:
    found = of_sample(name)
    assert found.ignored is None
    expected = [{"keys": ("SHOP-7",), **one} for one in ASKED[name]]
    told = [seen(one, want) for one, want in zip(found.commands, expected, strict=True)]
    assert told == expected


@pytest.mark.parametrize("name", IGNORED)
def test_a_delivery_is_ignored_with_its_reason(name: str) -> None:
    found = of_sample(name)
    assert (found.commands, found.ignored) == ((), IGNORED[name])


def test_every_sample_is_in_a_table() -> None:
    assert {*NAMES} == ASKED.keys() | IGNORED.keys()


def test_commands_carry_the_delivery_and_their_place_in_it() -> None:
    first, second = of_sample("github.pull_request_review.approved").commands
    assert first.once.endswith(":0")
    assert second.once.endswith(":1")
    assert first.once[:-2] == second.once[:-2]
    assert (first.organization, first.delivery) == ("acme", UUID(int=1))


def test_an_object_cannot_be_much_newer_than_its_delivery() -> None:
    payload = payload_of("github.pull_request.opened")
    payload["pull_request"]["updated_at"] = "2199-01-01T00:00:00Z"
    (follow,) = routed("github", "pull_request", payload).commands
    assert follow.at < datetime(2026, 3, 2, tzinfo=UTC)


def test_ci_results_of_our_own_pushes_are_evidence_all_the_same() -> None:
    assert of_sample("github.check_run").commands


def test_many_keys_are_cut() -> None:
    payload = payload_of("github.push")
    payload["commits"] = [{"message": f"SHOP-{n}"} for n in range(1, 500)]
    (link,) = routed("github", "push", payload).commands
    assert len(link.about.keys) == MAX_KEYS
