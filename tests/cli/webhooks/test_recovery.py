"""`webhooks recover`: what a provider sent while nobody answered; and the schedules beside it."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from temporalio.client import Client

from cli.schedules import REGULARS, ensure_schedules
from contracts.webhooks import WebhookSource
from db.engine import Sessions
from stack.ports import free_port
from tests.cli.webhooks.webhook_operator import Operator
from tests.conftest import TestOrganization
from tests.web.gate import rows
from web.server import served


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
    asking = partial(
        ann.says, github_token=SecretStr("ghp_token"), github_api_url=f"http://127.0.0.1:{port}"
    )
    async with served(github.app(), port):
        first, again = [await asking(*where, "--since", "1h") for _ in range(2)]
    assert ("taken in now: 2 deliveries" in first.stdout, first.returncode) == (True, 0)
    assert "taken in now: 0 deliveries" in again.stdout
    found = {row.delivery_id: row for row in await rows(sessions, organization)}
    assert set(found) == {"a", "b", "c"}
    assert (found["c"].payload, found["c"].event_type) == ({"number": 3}, "issues")
    assert github.tokens == {"Bearer ghp_token"}


async def test_a_github_that_is_away_or_refuses_is_told_in_a_line(ann: Operator) -> None:
    await ann.opens(WebhookSource.GITHUB)
    port = free_port()
    asking = partial(
        ann.says, github_token=SecretStr("ghp_token"), github_api_url=f"http://127.0.0.1:{port}"
    )
    where = ("recover", "github", "--since", "1h", "--project", ann.project)
    away = await asking(*where, "--repository", "acme/shop")
    async with served(GitHub("nowhere").app(), port):
        refused = await asking(*where, "--repository", "acme/other")
    assert (away.returncode, refused.returncode) == (4, 1)
    assert away.stderr.startswith("GitHub does not answer at http://127.0.0.1")
    assert "GitHub answers 404" in refused.stderr
    assert {said.stderr.count("\n") for said in (away, refused)} == {1}


@pytest.mark.parametrize("answer", ["<html>", '{"message": "hello"}', '[{"config": 1}]', "[1]"])
async def test_a_server_that_is_not_githubs_is_told_in_a_line(ann: Operator, answer: str) -> None:
    await ann.opens(WebhookSource.GITHUB)
    port = free_port()

    async def say(_: Request) -> Response:
        return Response(answer)

    where = ("recover", "github", "--since", "1h", "--project", ann.project)
    async with served(Starlette(routes=[Route("/{any:path}", say)]), port):
        said = await ann.says(
            *(*where, "--repository", "acme/shop", "--hook", "7"),
            github_token=SecretStr("ghp_token"),
            github_api_url=f"http://127.0.0.1:{port}",
        )
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert "answers, but not as GitHub does" in said.stderr


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
