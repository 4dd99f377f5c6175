"""`webhooks endpoint`: where webhooks come in, and the secrets they are signed with."""

import base64
import getpass
import json
import secrets
import sys
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cli.context import Desk, at_desk, surroundings
from cli.exits import DONE, ForbiddenByStateError, WrongUseError
from cli.options import AsJson, one_of, project_key
from cli.projects import demanded
from cli.terminal import output, plain, say
from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from db.identity import Organizations
from db.models import WebhookEndpoint
from db.webhook_endpoints import Entrance, WebhookEndpoints
from policy.moments import in_utc
from policy.signatures import WHSEC, signing_key

SHORTEST, LONGEST = 8, 1_000
Source = Annotated[
    WebhookSource,
    typer.Argument(
        metavar="SOURCE",
        parser=one_of(WebhookSource, "a source"),
        help="github, gitlab, bitbucket, jira, hubspot, slack, standard",
    ),
]
ProjectKey = Annotated[
    str | None, typer.Option("--project", metavar="KEY", help="Only for this project's webhooks.")
]
Unsigned = Annotated[
    bool,
    typer.Option(
        "--unsigned", help="Let in what is not signed, for development. Never in production."
    ),
]
Generate = Annotated[
    bool, typer.Option("--generate", help="Make a secret, and print it this once.")
]
Path = Annotated[str, typer.Argument(metavar="PATH", help="As list shows it: github/PROJ")]
DropOld = Annotated[
    bool,
    typer.Option("--drop-old", help="Only the newest secret stays valid; nothing new is stored."),
]
SLACKS_OWN = "Slack makes the signing secret of its apps: say it on input."


def add(
    context: typer.Context,
    source: Source,
    project: ProjectKey = None,
    unsigned: Unsigned = False,
    generate: Generate = False,
) -> None:
    """Open /webhooks/SOURCE or /webhooks/SOURCE/KEY. Standard input: the secret."""
    if source is WebhookSource.SLACK and (unsigned or generate):
        raise WrongUseError(SLACKS_OWN)
    if unsigned and generate:
        raise WrongUseError("Either --unsigned or --generate, which makes a secret: leave one out.")
    if unsigned and surroundings(context).settings().production:
        raise WrongUseError(
            "--unsigned is refused in production: what is not signed is answered 401 there. Say "
            "the secret on standard input, or --generate."
        )
    key = project_key(project) if project else None
    secret = None if unsigned else _secret(source, generate)

    async def job(desk: Desk) -> int:
        keyring = Keyring.parsed(desk.settings.slipway_encryption_keys) if secret else None
        async with desk.sessions.begin() as session:
            endpoints = await endpoints_of(session, desk)
            found = await demanded(session, desk, key) if key else None
            path = await endpoints.put(source, found, unsigned)
            if secret and keyring:
                _refuse_second(await endpoints.entrance(path))
                await endpoints.add_secret(path, secret, keyring)
            entrance = await endpoints.entrance(path)
        _told(entrance, secret if generate else None)
        return DONE

    at_desk(context, job)


def _refuse_second(entrance: Entrance) -> None:
    """Raises ForbiddenByStateError: the third secret would lock the provider out."""
    if entrance.secrets:
        raise ForbiddenByStateError(
            f"{_shown(entrance.path)} is open, and has a secret: nothing was changed. For another "
            f"one: starter.py webhooks endpoint rotate {entrance.path}"
        )


def rotate(
    context: typer.Context, path: Path, generate: Generate = False, drop_old: DropOld = False
) -> None:
    """A new secret, on standard input; the one before it stays valid until --drop-old."""
    source = _source_of(path)
    if drop_old and generate:
        raise WrongUseError("--drop-old stores nothing new: leave --generate out.")
    secret = None if drop_old else _secret(source, generate)

    async def job(desk: Desk) -> int:
        keyring = Keyring.parsed(desk.settings.slipway_encryption_keys)
        async with desk.sessions.begin() as session:
            endpoints = await endpoints_of(session, desk)
            if secret is None:
                await endpoints.keep_newest_secret(path)
            else:
                await endpoints.add_secret(path, secret, keyring)
            entrance = await endpoints.entrance(path)
        _told(entrance, secret if generate else None)
        return DONE

    at_desk(context, job)


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """The paths by which webhooks come in."""

    async def job(desk: Desk) -> int:
        async with desk.sessions.begin() as session:
            rows = await (await endpoints_of(session, desk)).all()
        if as_json:
            print(json.dumps([_told_of(row) for row in rows]))
            return DONE
        if not rows:
            output().print(
                "Webhooks come in nowhere yet. Open an endpoint: "
                "starter.py webhooks endpoint add SOURCE"
            )
        for row in rows:
            output().print(_line(row))
        return DONE

    at_desk(context, job)


async def endpoints_of(session: AsyncSession, desk: Desk) -> WebhookEndpoints:
    slug = desk.organization
    return WebhookEndpoints(session, await Organizations(session).ensure(slug, slug))


def _line(row: WebhookEndpoint) -> str:
    signed = f"{len(row.secrets)} secrets" if len(row.secrets) > 1 else "signed"
    said = signed if row.secrets else "unsigned" if row.unsigned_allowed else "closed: no secret"
    # The gateway notes it now and then, with a later delivery.
    used = f"last noted use {in_utc(row.last_seen)}" if row.last_seen else "no use noted yet"
    return f"{plain(row.path, 80)}  {said}  {used}"


def _told_of(row: WebhookEndpoint) -> dict[str, Any]:
    return {
        "path": row.path,
        "source": row.source,
        "secrets": len(row.secrets),
        "unsigned_allowed": row.unsigned_allowed,
        "last_seen": row.last_seen.isoformat() if row.last_seen else None,
    }


def _told(entrance: Entrance, secret: str | None) -> None:
    shown = _shown(entrance.path)
    if len(entrance.secrets) > 1:
        output().print(f"{shown} is open. The secret before this one counts until --drop-old")
    elif entrance.secrets:
        output().print(f"{shown} is open")
    elif entrance.unsigned_allowed:
        output().print(f"{shown} is open to anybody, signed or not; in production it answers 401")
    else:
        output().print(f"{shown} has no secret: whatever comes is answered 401")
    if entrance.secrets and entrance.unsigned_allowed:
        say("It has a secret, so that only what is signed comes in, --unsigned or not.")
    if secret:
        output().print(f"secret: {secret}")


def _shown(path: str) -> str:
    """As the sender must be told it."""
    source, slash, project = plain(path, 80).partition("/")
    if source == WebhookSource.SLACK.lower():
        return f"/slack/interactions{slash}{project}"
    return f"/webhooks/{source}{slash}{project}"


def _said() -> str:
    """A line of standard input; asked for where somebody sits there, and not shown."""
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        return getpass.getpass("Secret: ").strip()
    return sys.stdin.readline(LONGEST + 2).strip()


def _source_of(path: str) -> WebhookSource:
    return one_of(WebhookSource, "an endpoint's source")(path.partition("/")[0])


def _secret(source: WebhookSource, generate: bool) -> str:
    """Never from the command line, which other programs see. Raises WrongUseError."""
    if generate and source is WebhookSource.HUBSPOT:
        raise WrongUseError("HubSpot signs with the app's own client secret: say it on input.")
    if generate and source is WebhookSource.SLACK:
        raise WrongUseError(SLACKS_OWN)
    if generate:
        signing = source in (WebhookSource.STANDARD, WebhookSource.GITLAB)
        key = secrets.token_bytes(32)
        return WHSEC + base64.b64encode(key).decode() if signing else key.hex()
    secret = _said()
    if not SHORTEST <= len(secret) <= LONGEST or not secret.isprintable():
        raise WrongUseError(
            f"Say the secret on standard input: {SHORTEST} letters or more, in one line. "
            "--generate makes one, where the provider takes yours. Nothing was changed: without "
            "its secret an endpoint would answer 401 to all that comes."
        )
    must_be_key = source is WebhookSource.STANDARD or secret.startswith(WHSEC)
    if must_be_key and not signing_key(secret):
        raise WrongUseError("This secret is not base64 after whsec_.")
    return secret
