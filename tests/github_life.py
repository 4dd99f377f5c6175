"""GitHub's payloads, as far as we read them, for a made-up repository."""

from datetime import UTC, datetime, timedelta
from typing import Any

REPOSITORY = {"id": 1, "full_name": "acme/shop", "html_url": "https://github.test/acme/shop"}
HEAD = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def minute(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def user(id: int) -> dict[str, Any]:
    return {"id": id, "login": f"user{id}", "type": "User"}


def comment(body: str, by: int, title: str = "KEY-1 rounding", at: str | None = None) -> Any:
    return {
        "action": "created",
        "issue": {"number": 5, "title": title, "state": "open"},
        "comment": {"id": 99, "body": body, "user": user(by), "created_at": at or now()},
        "repository": REPOSITORY,
        "sender": user(by),
    }


def issue(action: str, by: int, at: int, label: str = "", **rest: Any) -> dict[str, Any]:
    return {
        "action": action,
        "issue": {"number": 5, "title": "KEY-1 rounding", "updated_at": minute(at), **rest},
        "label": {"name": label},
        "repository": REPOSITORY,
        "sender": user(by),
    }


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pull_request(
    action: str, at: int, *, draft: bool = False, state: str = "open", merged: bool = False
) -> dict[str, Any]:
    return {
        "action": action,
        "number": 12,
        "pull_request": {
            "number": 12,
            "title": "Round half a cent up",
            "state": state,
            "draft": draft,
            "merged": merged,
            "merged_at": minute(at) if merged else None,
            "updated_at": minute(at),
            "html_url": "https://github.test/acme/shop/pull/12",
            "head": {"ref": "slipway/KEY-1", "sha": HEAD},
        },
        "repository": REPOSITORY,
        "sender": user(7001),
    }


def review(
    state: str, at: int, by: int = 7002, commit: str = HEAD, submitted_at: str | None = None
) -> dict[str, Any]:
    payload = pull_request("submitted", at)
    del payload["pull_request"]["merged"]
    payload["review"] = {
        "id": 80,
        "user": user(by),
        "body": "fine" if state == "approved" else "not yet",
        "commit_id": commit,
        "submitted_at": submitted_at or minute(at),
        "state": state,
        "html_url": "https://github.test/acme/shop/pull/12#pullrequestreview-80",
    }
    return payload | {"sender": user(by)}


def check_run(conclusion: str, at: int, branch: str = "slipway/KEY-1") -> dict[str, Any]:
    return {
        "action": "completed",
        "check_run": {
            "name": "build",
            "head_sha": HEAD,
            "status": "completed",
            "conclusion": conclusion,
            "completed_at": minute(at),
            "html_url": "https://github.test/acme/shop/runs/1",
            "check_suite": {"head_branch": branch},
        },
        "repository": REPOSITORY,
        "sender": user(7003),
    }


Told = tuple[str, dict[str, Any]]
LIFE: tuple[Told, ...] = (
    ("pull_request", pull_request("opened", 1, draft=True)),
    ("pull_request", pull_request("ready_for_review", 2)),
    ("pull_request_review", review("changes_requested", 3)),
    ("pull_request", pull_request("synchronize", 4)),
    ("pull_request_review", review("approved", 5)),
    ("check_run", check_run("success", 6)),
    ("pull_request", pull_request("closed", 7, state="closed")),
    ("pull_request", pull_request("reopened", 8)),
    ("pull_request_review", review("approved", 9)),
    ("pull_request", pull_request("closed", 10, state="closed", merged=True)),
)
# How the ticket stands after so many of them.
STANDS = {1: "In progress", 2: "In review", 5: "Approved", 7: "In progress", 8: "In review"}
STANDS |= {9: "Approved", 10: "Done"}
SIX = (LIFE[0], LIFE[1], LIFE[2], LIFE[4], LIFE[5], LIFE[9])
