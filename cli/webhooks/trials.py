"""`webhooks send`: signs a payload and posts it as its provider would."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import httpx2
import typer

from cli.context import Desk, at_desk
from cli.exits import DONE, FAILED, ServerAwayError, WrongUseError
from cli.files import read
from cli.options import one_of, project_key
from cli.terminal import output, plain, say
from cli.webhooks.endpoints import ProjectKey, endpoints_of
from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from policy.event_names import UNKNOWN, event_of
from policy.signing import SIGNERS, Posting, signed_headers
from policy.webhooks import EVENTS

HERE, USUAL_PORT = "http://127.0.0.1", 8000
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
    str,
    typer.Option(
        metavar="NAME",
        help="As the header names it, such as pull_request_review; else what the payload looks "
        "like.",
    ),
]
DeliveryName = Annotated[
    str | None, typer.Option("--delivery", metavar="ID", help="Else a new one.")
]
To = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The gateway; else the one of this machine, on PORT or 8000."),
]


def send(
    context: typer.Context,
    file: File,
    source: As,
    event: Event = "",
    project: ProjectKey = None,
    delivery: DeliveryName = None,
    to: To = None,
) -> None:
    """Sign a payload with the endpoint's secret, post it to the gateway, say what it answers."""
    if source not in SIGNERS:
        known = ", ".join(SIGNERS).lower()
        raise WrongUseError(f"Nothing can be sent as {source.lower()}: say one of {known}.")
    body = _read(file)
    path = source.lower() + (f"/{project_key(project)}" if project else "")
    named = event or event_of(source, body)

    async def job(desk: Desk) -> int:
        here = to or f"{HERE}:{desk.settings.port or USUAL_PORT}"
        url = f"{here.rstrip('/')}/webhooks/{path}"
        posting = Posting(
            body=body,
            secret=await _secret(desk, path),
            delivery_id=delivery or str(uuid4()),
            event=named,
            at=datetime.now(UTC),
            uri=url,
        )
        answer = await _posted(url, body, signed_headers(source, posting))
        hint = "; --event gives it its name" if named == UNKNOWN and source in EVENTS else ""
        say(f"The gateway answers {answer.status_code} to the event {named}{hint}.")
        output().print(plain(answer.text, 2_000))
        if answer.status_code == 401:
            _explain(source)
        return DONE if answer.status_code == 202 else FAILED

    at_desk(context, job)


def _explain(source: WebhookSource) -> None:
    """Why the gateway may have refused what we signed."""
    say(
        "Its log says so where it can't read the endpoint's secret: then start it again with the "
        "SLIPWAY_ENCRYPTION_KEYS that are set here."
    )
    if source is WebhookSource.JIRA:
        say("Jira's payloads say when they were sent: a `timestamp` of hours ago is refused.")


async def _posted(url: str, body: bytes, headers: dict[str, str]) -> httpx2.Response:
    try:
        async with httpx2.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            return await client.post(url, content=body, headers=headers)
    except httpx2.HTTPError as error:
        raise ServerAwayError(
            f"No gateway answers at {plain(url, 300)}: {error}. Is gateway.py running, and is "
            "--to right?"
        ) from error


def _read(file: Path) -> bytes:
    body = read(file, LARGEST + 1)
    if len(body) > LARGEST:
        raise WrongUseError(f"{plain(str(file), 200)} is larger than any provider's webhook.")
    return body


async def _secret(desk: Desk, path: str) -> str:
    """The newest; anything would do for an endpoint that has none."""
    async with desk.sessions() as session:
        entrance = await (await endpoints_of(session, desk)).entrance(path)
    if not entrance.secrets:
        return NONE
    keyring = Keyring.parsed(desk.settings.slipway_encryption_keys)
    return keyring.decrypt(entrance.secrets[0])
