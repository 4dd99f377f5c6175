"""`project list`, `show`, `credential`: repositories, and what opens the private ones."""

import getpass
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import typer
from pydantic import BaseModel, SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from cli.context import Desk, at_desk, surroundings
from cli.exits import DONE, FAILED, ForbiddenByStateError, WrongUseError
from cli.listing import listed
from cli.options import AsJson, project_key
from cli.repositories import repositories_of
from cli.terminal import output, plain, say
from clients.git.errors import RepositoryUnreachableError
from contracts.credentials import MAX_SECRET, GitCredential
from db.credentials import ProjectCredentials
from db.encryption import Keyring
from db.identity import Organizations
from db.models import Project
from db.projects import Projects
from errors import PermanentError, UnknownProjectError

Key = Annotated[
    str,
    typer.Argument(metavar="KEY", callback=project_key, help="such as PROJ, or a ticket's"),
]
Username = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What the host wants beside the token; else the usual one for its kind.",
    ),
]
Clear = Annotated[bool, typer.Option("--clear", help="Forget the stored one.")]
# contracts/credentials.py says which hosts look at the name.
USERNAMES = {"bitbucket": "x-token-auth", "gitlab": "oauth2"}
ANY_USERNAME = "x-access-token"


@dataclass(frozen=True)
class Given:
    """What a person said, and what it is encrypted with."""

    username: str | None
    secret: SecretStr
    keyring: Keyring


class ShownProject(BaseModel, frozen=True):
    """A project as it is shown: whether a credential is stored, and nothing of it."""

    key: str
    repo_url: str
    status: str
    credential_stored: bool


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """All projects."""

    async def job(desk: Desk) -> int:
        async with desk.sessions.begin() as session:
            told = [_told(project) for project in await (await _projects(session, desk)).all()]
        nothing = "There is no project yet. Make one with a first ticket: starter.py work"
        return listed(told, _lines, nothing, as_json=as_json)

    at_desk(context, job)


def _lines(project: ShownProject) -> Iterator[str]:
    stored = "  credential stored" if project.credential_stored else ""
    yield f"{project.key:<11} {plain(project.repo_url)}{stored}"


def show(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """One project, and whether a credential is stored for its repository."""

    async def job(desk: Desk) -> int:
        async with desk.sessions.begin() as session:
            told = _told(await demanded(session, desk, key))
        if as_json:
            print(told.model_dump_json())
            return DONE
        output().print(f"{told.key}  {told.status}")
        output().print(f"  repository  {plain(told.repo_url)}")
        output().print(f"  credential  {'stored' if told.credential_stored else 'none'}")
        return DONE

    at_desk(context, job)


def credential(
    context: typer.Context, key: Key, username: Username = None, clear: Clear = False
) -> None:
    """Store the token for a project's https repository; from standard input, or asked for."""
    if clear and username is not None:
        raise WrongUseError("--clear forgets user name and token: leave --username out.")
    if clear:
        at_desk(context, lambda desk: _clear(desk, key))
    else:
        # Before anybody is asked for a secret that could not be kept.
        keyring = Keyring.parsed(surroundings(context).settings().slipway_encryption_keys)
        # Before the event loop, which would keep Ctrl-C for itself.
        given = Given(username, _read_secret(f"Token for {key}: "), keyring)
        at_desk(context, lambda desk: _store(desk, key, given))


async def _clear(desk: Desk, key: str) -> int:
    # Without the keys: who has lost them wants to be rid of what they alone could read.
    async with desk.sessions.begin() as session:
        (await demanded(session, desk, key)).git_credential = None
    output().print(f"{key}: no credential is stored any more.")
    return DONE


async def _store(desk: Desk, key: str, given: Given) -> int:
    async with desk.sessions.begin() as session:
        project = await demanded(session, desk, key)
    if not project.repo_url.startswith("https://"):
        raise ForbiddenByStateError(
            f"{key} works on {plain(project.repo_url)}, which asks for no token: paths need "
            "none, and ssh has keys of its own."
        )
    name = given.username or _usual_username(project.repo_url)
    credential = GitCredential(username=name, secret=given.secret)
    async with desk.sessions.begin() as session:
        kept = ProjectCredentials(session, project.organization_id, given.keyring)
        await kept.set(key, credential)
    output().print(f"{key}: the credential is stored, for user {plain(name)}.")
    return await _tried(desk, project.repo_url)


async def _tried(desk: Desk, repo_url: str) -> int:
    """Whether the host takes it; it stays stored either way."""
    try:
        tip = await repositories_of(desk).tip(repo_url)
    except PermanentError as error:
        say(str(error))
        return FAILED
    except RepositoryUnreachableError as error:
        # The worker may stand where the host can be reached.
        say(f"It could not be tried from here. {error}")
        return DONE
    output().print(f"{plain(repo_url)} accepts it; the default branch is at {tip.commit[:10]}.")
    return DONE


def _usual_username(repo_url: str) -> str:
    host = urlsplit(repo_url).hostname or ""
    return next((name for part, name in USERNAMES.items() if part in host), ANY_USERNAME)


def _read_secret(prompt: str) -> SecretStr:
    """Never from the command line, which any process may read and the shell's history keeps."""
    if sys.stdin is None:
        raise WrongUseError("Standard input is closed. Say the token there, or at a terminal.")
    if sys.stdin.isatty():
        said = getpass.getpass(prompt)
    else:
        # More than may be, so that too long is not cut and taken for right.
        raw = sys.stdin.buffer.read(MAX_SECRET + 100)
        said = raw.decode(errors="replace")
    if not said.strip():
        raise WrongUseError("The token is empty, so nothing was stored. Say it on standard input.")
    return SecretStr(said.strip())


def _told(project: Project) -> ShownProject:
    return ShownProject(
        key=project.key,
        repo_url=project.repo_url,
        status=project.status,
        credential_stored=project.git_credential is not None,
    )


async def _projects(session: AsyncSession, desk: Desk) -> Projects:
    organization = await Organizations(session).ensure(desk.organization, desk.organization)
    return Projects(session, organization)


async def demanded(session: AsyncSession, desk: Desk, key: str) -> Project:
    project = await (await _projects(session, desk)).find(key)
    if project is None:
        raise UnknownProjectError(
            f"There is no project {key} yet. It is made with its first ticket: "
            f"starter.py work {key}-1 --repo PATH_OR_URL --summary TEXT"
        )
    return project
