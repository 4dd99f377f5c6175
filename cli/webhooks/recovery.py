"""`webhooks recover`: takes in what GitHub sent while nobody was there to take it."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated

import typer

from cli.connected import ConnectedDesk, at_connected_desk
from cli.exits import DONE, WrongUseError
from cli.options import one_of, project_key
from cli.terminal import output
from cli.webhooks.deliveries import SINCE, history, moment
from cli.webhooks.endpoints import ProjectKey, endpoints_of
from cli.webhooks.views import number_of
from clients.github_deliveries import GitHubDeliveries, Listed
from clients.temporal.webhooks import WebhookWorkflows
from contracts.webhooks import ReceivedDelivery, WebhookSource, WebhookWork
from db.webhook_endpoints import Entrance
from db.webhooks import Inbox, KeptDelivery
from policy.signatures import SignedRequest
from policy.webhooks import deliveries, kept_headers

Source = Annotated[
    WebhookSource,
    typer.Argument(metavar="SOURCE", parser=one_of(WebhookSource, "a source"), help="github alone"),
]
From = Annotated[str, typer.Option("--since", metavar="TIME", help=SINCE)]
Repository = Annotated[str, typer.Option("--repository", metavar="OWNER/NAME")]
Hook = Annotated[int | None, typer.Option(metavar="ID", help="Else the one that leads here.")]


@dataclass(frozen=True)
class Search:
    """Which of a repository's webhooks is asked, from when on."""

    repository: str
    hook: int | None
    since: datetime


def recover(
    context: typer.Context,
    source: Source,
    since: From,
    repository: Repository,
    project: ProjectKey = None,
    hook: Hook = None,
) -> None:
    """Take in what GitHub delivered in vain: it never sends again by itself. GITHUB_TOKEN must be
    set, and may read the repository's webhooks."""
    if source is not WebhookSource.GITHUB:
        raise WrongUseError("Only GitHub remembers what it delivered; the others send again.")
    path = "github" + (f"/{project_key(project)}" if project else "")
    search = Search(repository, hook, moment(since))

    async def job(desk: ConnectedDesk) -> int:
        token = desk.settings.github_token
        if token is None or not token.get_secret_value():
            raise WrongUseError(
                "Set GITHUB_TOKEN to a token that may read the repository's webhooks."
            )
        api = desk.settings.github_api_url
        github = GitHubDeliveries(token.get_secret_value(), repository, api)
        try:
            count = await _take_in(desk, github, path, search)
        finally:
            await github.close()
        output().print(f"missing, and taken in now: {number_of(count)}")
        return DONE

    at_connected_desk(context, job)


async def _take_in(desk: ConnectedDesk, github: GitHubDeliveries, path: str, search: Search) -> int:
    async with desk.sessions.begin() as session:
        entrance = await (await endpoints_of(session, desk)).entrance(path)
    hook = search.hook or await github.hook_ending_in(f"/webhooks/{path}")
    listed = {one.guid: one async for one in github.since(hook, search.since)}
    async with desk.sessions.begin() as session:
        known = await (await history(session, desk)).known(entrance.id, list(listed))
    count = 0
    # The oldest first, as they happened.
    for one in sorted(listed.values(), key=lambda one: one.delivered_at):
        if one.guid not in known:
            headers, payload = await github.content(hook, one.id)
            body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
            count += await _keep(desk, _received(entrance, one, headers, body))
    return count


def _received(
    entrance: Entrance, one: Listed, headers: dict[str, str], body: bytes
) -> ReceivedDelivery:
    """GitHub hands out the payload, not the bytes: what is kept is a new writing of it."""
    told = {**headers, "x-github-delivery": one.guid, "x-github-event": one.event}
    told["content-type"] = "application/json"  # Whatever the webhook sends, this is JSON.
    request = SignedRequest({name: [value] for name, value in told.items()}, body)
    [item] = deliveries(WebhookSource.GITHUB, request, None)
    return entrance.received(
        body,
        delivery_id=one.guid,
        event_type=item.event_type,
        received_at=one.delivered_at,
        payload_hash=sha256(body).hexdigest(),
        headers=kept_headers(request),
        unreadable=item.unreadable,
    )


async def _keep(desk: ConnectedDesk, received: ReceivedDelivery) -> bool:
    async with desk.sessions.begin() as session:
        [kept] = await Inbox(session).put([received])
    await _start(desk, received, kept)
    return kept.new


async def _start(desk: ConnectedDesk, received: ReceivedDelivery, kept: KeptDelivery) -> None:
    if kept.new and not received.unreadable:
        workflows = WebhookWorkflows(desk.client, desk.settings.slipway_task_queue)
        await workflows.start(received.workflow_id, WebhookWork(row=kept.id))
