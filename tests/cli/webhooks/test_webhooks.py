"""`webhooks`, as an operator uses it, beside a real gateway."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update
from temporalio.client import Client

from contracts.webhooks import WebhookSource
from db.engine import Sessions
from db.models import WebhookEvent
from tests.cli.webhooks.webhook_operator import SECRET, Operator
from tests.conftest import TestOrganization
from tests.web.gate import rows

SENDABLE = [source for source in WebhookSource if source is not WebhookSource.SLACK]


@pytest.mark.parametrize("source", SENDABLE)
async def test_what_is_sent_to_a_new_endpoint_is_accepted(
    source: WebhookSource, ann: Operator, payload: Path
) -> None:
    options = () if source is WebhookSource.HUBSPOT else ("--generate",)
    opened = await ann.opens(source, *options)
    said = await ann.sends(payload, "--event", "push", source=source.lower())
    assert ("secret: " in opened.stdout) == bool(options)
    assert (said.returncode, json.loads(said.stdout)["status"]) == (0, "accepted")


async def test_what_came_in_is_listed_and_shown(ann: Operator, payload: Path) -> None:
    await ann.opens(WebhookSource.GITHUB)
    sent = await ann.sends(payload, "--event", "push", "--delivery", "one")
    id = json.loads(sent.stdout)["id"]
    listed = await ann.says("list", "--since", "1h", "--json")
    shown = await ann.says("show", id)
    [row] = json.loads(listed.stdout)
    assert (row["id"], row["delivery_id"], row["event_type"]) == (id, "one", "push")
    in_full = json.loads((await ann.says("show", id, "--json")).stdout)
    assert in_full.items() >= row.items()
    assert in_full["payload"]["action"] == "opened"
    assert "delivery id  one" in shown.stdout
    assert '"action": "opened"' in shown.stdout
    endpoints = await ann.says("endpoint", "list")
    assert endpoints.stdout.startswith(f"github/{ann.project}  signed  ")
    assert SECRET not in endpoints.stdout
    [endpoint] = json.loads((await ann.says("endpoint", "list", "--json")).stdout)
    assert (endpoint["path"], endpoint["secrets"]) == (f"github/{ann.project}", 1)


async def test_after_a_rotation_the_new_secret_signs_and_the_old_one_can_go(
    ann: Operator, payload: Path
) -> None:
    path = f"github/{ann.project}"
    await ann.opens(WebhookSource.GITHUB)
    rotated = await ann.says("endpoint", "rotate", path, "--generate")
    two = await ann.says("endpoint", "list")
    dropped = await ann.says("endpoint", "rotate", path, "--drop-old")
    one = await ann.says("endpoint", "list")
    assert ("secret: " in rotated.stdout, dropped.returncode) == (True, 0)
    assert ("2 secrets" in two.stdout, "2 secrets" in one.stdout) == (True, False)
    assert (await ann.sends(payload)).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("endpoint", "add", "slack", "--generate"), 2),
        (("endpoint", "add", "myspace"), 2),
        (("endpoint", "add", "hubspot", "--generate"), 2),
        (("endpoint", "add", "github", "--project", "NOSUCH"), 3),
        (("endpoint", "rotate", "github/NOSUCH"), 3),
        (("show", "not-an-id"), 2),
        (("show", "01a1fd4c-0e2e-75a6-8627-a3d218610644"), 3),
        (("replay",), 2),
        (("replay", "--since", "yesterday"), 2),
        (("list", "--status", "LOST"), 2),
        (("send", "/no/such/file", "--source", "github"), 3),
        (("recover", "gitlab", "--since", "1h", "--repository", "a/b"), 2),
        (("recover", "github", "--since", "1h", "--repository", "a/b"), 2),
    ],
)
async def test_mistakes_are_told_in_a_line(
    arguments: tuple[str, ...], code: int, ann: Operator
) -> None:
    said = await ann.says(*arguments, typed=SECRET)
    assert (said.returncode, "Traceback" in said.stderr) == (code, False)


async def test_a_secret_must_be_told(ann: Operator) -> None:
    said = await ann.says("endpoint", "add", "github", typed="short\n")
    assert said.returncode == 2


async def fail(sessions: Sessions, organization: TestOrganization) -> None:
    async with sessions.begin() as session:
        mine = update(WebhookEvent).where(WebhookEvent.organization_id == organization.id)
        await session.execute(mine.values(status="FAILED", error_message="in vain"))


async def test_what_failed_is_processed_once_more_by_a_run_of_its_own(
    ann: Operator,
    payload: Path,
    sessions: Sessions,
    organization: TestOrganization,
    temporal: Client,
) -> None:
    await ann.opens(WebhookSource.GITHUB)
    sent = await ann.sends(payload)
    busy = await ann.says("replay", json.loads(sent.stdout)["id"])
    await fail(sessions, organization)
    failed = await ann.says("failed")
    again = await ann.says("replay", json.loads(sent.stdout)["id"])
    [row] = await rows(sessions, organization)
    assert (busy.returncode, "still being processed" in busy.stderr) == (1, True)
    assert "in vain" in failed.stdout
    assert (again.returncode, row.status, row.replays) == (0, "RECEIVED", 1)
    assert row.workflow_id.endswith(":replay:1")
    assert (await temporal.get_workflow_handle(row.workflow_id).describe()).id == row.workflow_id


async def test_of_all_that_failed_what_cannot_be_read_is_left(
    ann: Operator,
    payload: Path,
    tmp_path: Path,
    sessions: Sessions,
    organization: TestOrganization,
) -> None:
    await ann.opens(WebhookSource.GITHUB)
    unreadable = tmp_path / "unreadable.json"
    unreadable.write_bytes(b"{")
    for file in (payload, payload, unreadable):
        await ann.sends(file)
    await fail(sessions, organization)
    said = await ann.says("replay", "--since", "1h")
    assert said.returncode == 0
    assert said.stdout.splitlines() == [
        "cannot be read, and stay as they are: 1 delivery",
        "to be processed once more: 2 deliveries",
    ]
    statuses = [row.status for row in await rows(sessions, organization)]
    assert (statuses.count("RECEIVED"), statuses.count("FAILED")) == (2, 1)
