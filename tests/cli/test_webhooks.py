"""`webhooks`, as an operator uses it, beside a real gateway."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from temporalio.client import Client

from cli.app import run
from cli.context import Surroundings
from cli.schedules import REGULARS, ensure_schedules
from contracts.webhooks import WebhookSource
from db.engine import Sessions
from db.models import WebhookEvent
from db.projects import Projects
from settings import Settings
from stack.addresses import Addresses
from stack.ports import free_port
from tests.conftest import TestOrganization
from tests.web.gate import KEY, MANY, rows, running
from web.server import served

SECRET = "a secret of eight letters and more"
SENDABLE = [source for source in WebhookSource if source is not WebhookSource.SLACK]


@dataclass(frozen=True)
class Said:
    returncode: int
    stdout: str
    stderr: str


class Operator:
    """Gives commands in this very process: one of its own would take a second to begin."""

    def __init__(self, around: Surroundings, project: str, url: str) -> None:
        self._around, self.project, self.url = around, project, url

    async def says(self, *arguments: str, typed: str = "", **variables: str) -> Said:
        return await asyncio.to_thread(self._says, arguments, typed, variables)

    def _says(self, arguments: Sequence[str], typed: str, variables: Mapping[str, str]) -> Said:
        around = replace(self._around, environment=variables)
        told, remarks, before = StringIO(), StringIO(), sys.stdin
        sys.stdin = StringIO(typed)
        try:
            with redirect_stdout(told), redirect_stderr(remarks):
                code = run(around, ["webhooks", *arguments])
        finally:
            sys.stdin = before
        return Said(code, told.getvalue(), remarks.getvalue())

    async def opens(self, source: WebhookSource, *options: str) -> Said:
        arguments = ("endpoint", "add", source.lower(), "--project", self.project, *options)
        said = await self.says(*arguments, typed=SECRET)
        assert said.returncode == 0, said.stderr
        return said

    async def sends(self, file: Path, *more: str, source: str = "github") -> Said:
        place = ("--source", source, "--project", self.project, "--to", self.url)
        return await self.says("send", str(file), *place, *more)


@pytest.fixture
def chosen() -> Settings:
    keys, queue = SecretStr(KEY), f"webhooks-{uuid4().hex[:8]}"
    settings = Settings(slipway_encryption_keys=keys, slipway_task_queue=queue)
    return settings.model_copy(update={"slipway_limits": MANY})


@pytest.fixture
async def gateway(
    chosen: Settings, sessions: Sessions, redis: Redis, stack: Addresses
) -> AsyncIterator[str]:
    async with running(chosen, sessions, redis, stack.temporal) as url:
        yield url


@pytest.fixture
def around(
    chosen: Settings, stack: Addresses, database_url: str, organization: TestOrganization
) -> Surroundings:
    given = stack.model_copy(update={"database_url": database_url})
    mine = {"slipway_organization": organization.slug, "database_url": database_url}
    return Surroundings(
        settings=lambda: chosen.model_copy(update=mine),
        servers=lambda _settings, _say: nullcontext(given),
        environment={},
        search_attributes={},
        away=(),
        misconfigured=(),
    )


@pytest.fixture
async def ann(
    around: Surroundings, sessions: Sessions, organization: TestOrganization, gateway: str
) -> Operator:
    key = f"P{uuid4().hex[:8].upper()}"
    async with sessions.begin() as session:
        await Projects(session, organization.id).create(key, f"/repo/{key}")
    return Operator(around, key, gateway)


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    file = tmp_path / "payload.json"
    file.write_text('{"action": "opened", "eventId": 1, "subscriptionId": 2, "occurredAt": 3}')
    return file


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
    [row] = [json.loads(line) for line in listed.stdout.splitlines()]
    assert (row["id"], row["deliveryId"], row["eventType"]) == (id, "one", "push")
    assert "delivery id  one" in shown.stdout
    assert '"action": "opened"' in shown.stdout
    endpoints = await ann.says("endpoint", "list")
    assert endpoints.stdout.startswith(f"github/{ann.project}  signed  last seen")
    assert SECRET not in endpoints.stdout


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
        (("endpoint", "add", "slack"), 2),
        (("endpoint", "add", "myspace"), 2),
        (("endpoint", "add", "hubspot", "--generate"), 2),
        (("endpoint", "add", "github", "--project", "NOSUCH"), 3),
        (("endpoint", "rotate", "github/NOSUCH"), 3),
        (("show", "not-an-id"), 2),
        (("show", "01a1fd4c-0e2e-75a6-8627-a3d218610644"), 3),
        (("replay",), 2),
        (("replay", "--since", "yesterday"), 2),
        (("list", "--status", "LOST"), 2),
        (("send", "/no/such/file", "--source", "github"), 2),
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
    assert (said.returncode, "2 deliveries" in said.stdout) == (0, True)
    assert "cannot be read" in said.stdout
    statuses = [row.status for row in await rows(sessions, organization)]
    assert (statuses.count("RECEIVED"), statuses.count("FAILED")) == (2, 1)


class GitHub:
    """As much of GitHub's API as is asked: three deliveries, one a page; the first was repeated."""

    def __init__(self, path: str) -> None:
        self._path, self.tokens = path, set[str]()
        self._listed = [self._one(4, "a"), self._one(3, "c"), self._one(2, "b"), self._one(1, "a")]

    def app(self) -> Starlette:
        base = "/repos/acme/shop/hooks"
        return Starlette(
            routes=[
                Route(base, self.hooks),
                Route(f"{base}/7/deliveries", self.deliveries),
                Route(f"{base}/7/deliveries/{{id:int}}", self.delivery),
            ]
        )

    async def hooks(self, request: Request) -> JSONResponse:
        self.tokens.add(request.headers["authorization"])
        urls = ("https://ci.example.org/", f"https://slipway.example.org/webhooks/{self._path}")
        return JSONResponse([{"id": 6 + n, "config": {"url": url}} for n, url in enumerate(urls)])

    async def deliveries(self, request: Request) -> JSONResponse:
        place = int(request.query_params.get("cursor", "0"))
        headers = {}
        if place + 1 < len(self._listed):
            following = request.url.include_query_params(cursor=place + 1)
            headers["link"] = f'<{following}>; rel="next"'
        return JSONResponse([self._listed[place]], headers=headers)

    async def delivery(self, request: Request) -> JSONResponse:
        headers = {"X-GitHub-Event": "issues", "X-Hub-Signature-256": "sha256=00"}
        payload = {"number": request.path_params["id"]}
        return JSONResponse({"request": {"headers": headers, "payload": payload}})

    def _one(self, id: int, guid: str) -> dict[str, Any]:
        at = datetime.now(UTC) - timedelta(minutes=10 - id)
        return {"id": id, "guid": guid, "delivered_at": at.isoformat(), "event": "issues"}


async def test_what_github_sent_in_vain_is_taken_in_once(
    ann: Operator, payload: Path, sessions: Sessions, organization: TestOrganization
) -> None:
    await ann.opens(WebhookSource.GITHUB)
    await ann.sends(payload, "--delivery", "b")
    github, port = GitHub(f"github/{ann.project}"), free_port()
    where = ("recover", "github", "--repository", "acme/shop", "--project", ann.project)
    known = {"GITHUB_TOKEN": "ghp_token", "GITHUB_API_URL": f"http://127.0.0.1:{port}"}
    async with served(github.app(), port):
        first, again = [await ann.says(*where, "--since", "1h", **known) for _ in range(2)]
    assert ("2 deliveries were missing" in first.stdout, first.returncode) == (True, 0)
    assert "0 deliveries were missing" in again.stdout
    found = {row.delivery_id: row for row in await rows(sessions, organization)}
    assert set(found) == {"a", "b", "c"}
    assert (found["c"].payload, found["c"].event_type) == ({"number": 3}, "issues")
    assert github.tokens == {"Bearer ghp_token"}


async def test_schedules_are_made_once_and_a_paused_one_stays_paused(temporal: Client) -> None:
    queue = f"schedules-{uuid4().hex[:8]}"
    first = await ensure_schedules(temporal, queue)
    handle = temporal.get_schedule_handle(f"{REGULARS[0].id}-{queue}")
    await handle.pause(note="for maintenance")
    again = await ensure_schedules(temporal, queue)
    described = await handle.describe()
    await handle.delete()
    assert (len(first), again) == (len(REGULARS), [])
    assert described.schedule.state.paused
    assert described.schedule.spec.intervals[0].every == timedelta(seconds=30)
