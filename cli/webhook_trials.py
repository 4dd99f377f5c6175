"""`webhooks send`: signs a payload and posts it as its provider would."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import httpx2
import typer

from cli.context import Desk, at_desk
from cli.exits import DONE, FAILED, ServerAwayError, WrongUseError
from cli.options import one_of, project_key
from cli.terminal import output, plain, say
from cli.webhook_endpoints import ProjectKey, endpoints_of, found
from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from policy.signing import Posting, signed_headers

HERE = "http://127.0.0.1:8000"
LARGEST = 25 * 1024 * 1024
PATIENCE = 30
NONE = "none"
File = Annotated[Path, typer.Argument(metavar="FILE", help="The payload, as JSON.")]
As = Annotated[
    WebhookSource,
    typer.Option(
        "--source",
        metavar="SOURCE",
        parser=one_of(WebhookSource, "a source"),
        help="Whose webhook it is: github, gitlab, bitbucket, jira, hubspot, standard.",
    ),
]
Event = Annotated[
    str, typer.Option(metavar="NAME", help="As the header names it: pull_request_review.")
]
DeliveryName = Annotated[
    str | None, typer.Option("--delivery", metavar="ID", help="Else a new one.")
]
To = Annotated[str, typer.Option(metavar="URL", help="The gateway.")]


def send(
    context: typer.Context,
    file: File,
    source: As,
    event: Event = "",
    project: ProjectKey = None,
    delivery: DeliveryName = None,
    to: To = HERE,
) -> None:
    """Sign a payload with the endpoint's secret, post it to the gateway, say what it answers."""
    body = _read(file)
    path = source.lower() + (f"/{project_key(project)}" if project else "")
    url = f"{to.rstrip('/')}/webhooks/{path}"

    async def job(desk: Desk) -> int:
        secret = await _secret(desk, path)
        posting = Posting(
            body=body,
            secret=secret,
            delivery_id=delivery or str(uuid4()),
            event=event or _guess(body),
            at=datetime.now(UTC),
            uri=url,
        )
        headers = signed_headers(source, posting)
        try:
            async with httpx2.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
                answer = await client.post(url, content=body, headers=headers)
        except httpx2.HTTPError as error:
            raise ServerAwayError(f"The gateway at {to} does not answer: {error}") from error
        say(f"{answer.status_code}")
        output().print(plain(answer.text, 2_000))
        return DONE if answer.status_code == 202 else FAILED

    at_desk(context, found(job))


def _read(file: Path) -> bytes:
    try:
        body = file.read_bytes()
    except OSError as error:
        raise WrongUseError(f"{plain(str(file), 200)} cannot be read: {error.strerror}") from error
    if len(body) > LARGEST:
        raise WrongUseError(f"{plain(str(file), 200)} is larger than any provider's webhook.")
    return body


def _guess(body: bytes) -> str:
    """Some payloads name their event themselves."""
    try:
        payload: Any = json.loads(body)
    except ValueError:
        return "unknown"
    names = ("object_kind", "webhookEvent", "type")
    said = [payload[name] for name in names if name in payload] if isinstance(payload, dict) else []
    return str(said[0]) if said else "unknown"


async def _secret(desk: Desk, path: str) -> str:
    """The newest; anything would do for an endpoint that has none."""
    async with desk.sessions() as session:
        entrance = await (await endpoints_of(session, desk)).entrance(path)
    if not entrance.secrets:
        return NONE
    keyring = Keyring.parsed(desk.settings.slipway_encryption_keys)
    return keyring.decrypt(entrance.secrets[0])
