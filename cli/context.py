"""What a command works with: settings, servers, stores, opened only as far as it needs them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

import typer
from sqlalchemy import text
from temporalio.client import Client

from cli.exits import ServerAwayError, is_away
from cli.terminal import say
from clients.orchestrations import Orchestrations
from clients.repositories import Repositories
from clients.temporal import connect
from db.credentials import StoredCredentials
from db.engine import Sessions, open_sessions
from db.maintenance import pending, upgrade
from db.seeds import seed
from settings import Settings

TRIES = 3


class Addresses(Protocol):
    """Where the servers are; stack/addresses.py makes them."""

    @property
    def temporal(self) -> str: ...
    @property
    def database_url(self) -> str: ...
    @property
    def redis_url(self) -> str: ...
    @property
    def ui(self) -> str | None: ...


class Needs(Enum):
    """`STORES` are Postgres and Redis."""

    POSTGRES = auto()
    STORES = auto()
    ALL = auto()


# Takes the place of a server that the command never asks, so that it is not started for it.
NO_TEMPORAL = {"temporal_address": "127.0.0.1:1"}
NO_REDIS = {"redis_url": "redis://127.0.0.1:1"}
UNUSED: dict[Needs, dict[str, str]] = {
    Needs.POSTGRES: NO_TEMPORAL | NO_REDIS,
    Needs.STORES: NO_TEMPORAL,
    Needs.ALL: {},
}


class Servers(Protocol):
    def __call__(
        self, settings: Settings, say: Callable[[str], None]
    ) -> AbstractContextManager[Addresses]: ...


@dataclass(frozen=True)
class Surroundings:
    """What the entry point hands to every command. `away` and `misconfigured` are the stack's
    errors for servers that don't come up and for addresses nobody could connect to."""

    settings: Callable[[], Settings]
    servers: Servers
    environment: Mapping[str, str]
    search_attributes: Mapping[str, str]
    away: tuple[type[Exception], ...]
    misconfigured: tuple[type[Exception], ...]


@dataclass(frozen=True)
class Desk:
    """Where a command's work is done."""

    settings: Settings
    environment: Mapping[str, str]
    addresses: Addresses
    sessions: Sessions
    connected: Client | None

    @property
    def organization(self) -> str:
        return self.settings.slipway_organization

    @property
    def client(self) -> Client:
        if self.connected is None:
            raise RuntimeError("this command was opened without Temporal")
        return self.connected

    @property
    def orchestrations(self) -> Orchestrations:
        return Orchestrations(self.client, self.organization, self.settings.slipway_task_queue)

    @property
    def repositories(self) -> Repositories:
        """As a worker sees them: with the credentials that are stored."""
        keys = self.settings.slipway_encryption_keys
        credentials = StoredCredentials(self.sessions, self.organization, keys)
        return Repositories(self.settings.state_dir, self.environment, credentials=credentials)

    @property
    def embedded(self) -> bool:
        """Whether Temporal is ours: then everything is on this machine."""
        return self.settings.temporal_address is None


Job = Callable[[Desk], Awaitable[int]]


def surroundings(context: typer.Context) -> Surroundings:
    found = context.obj
    assert isinstance(found, Surroundings)
    return found


def at_desk(context: typer.Context, job: Job, needs: Needs = Needs.POSTGRES) -> None:
    """Starts or finds the servers, does the job, ends with its exit code."""
    around = surroundings(context)
    settings = around.settings()
    wanted = settings
    if unused := UNUSED[needs]:
        wanted = settings.model_copy(update=unused)
    with around.servers(wanted, say) as addresses:
        code = asyncio.run(_do(job, settings, addresses, around, needs))
    raise typer.Exit(code)


async def _do(
    job: Job, settings: Settings, addresses: Addresses, around: Surroundings, needs: Needs
) -> int:
    async with _open(settings, addresses, around, needs) as desk:
        return await job(desk)


@asynccontextmanager
async def _open(
    settings: Settings, addresses: Addresses, around: Surroundings, needs: Needs
) -> AsyncIterator[Desk]:
    client = await _connected(addresses.temporal) if needs is Needs.ALL else None
    async with open_sessions(
        addresses.database_url,
        pool_min=1,
        pool_max=settings.database_pool_max,
        application_name="slipway-cli",
    ) as sessions:
        await _prepare(settings, addresses, sessions)
        yield Desk(settings, around.environment, addresses, sessions, client)


async def _connected(address: str) -> Client:
    """A bounded loop of our own: the SDK gives up at once, with a plain RuntimeError."""
    for attempt in range(1, TRIES + 1):
        try:
            return await connect(address)
        except RuntimeError as error:
            if attempt == TRIES:
                raise ServerAwayError(
                    f"Temporal at {address} does not answer. Is it running, and is "
                    "TEMPORAL_ADDRESS right?"
                ) from error
            await asyncio.sleep(1)
    raise AssertionError("unreachable")


async def _prepare(settings: Settings, addresses: Addresses, sessions: Sessions) -> None:
    """Makes sure that Postgres is there; our own one also gets the newest schema."""
    if settings.database_url is None and not settings.production:
        if await pending(addresses.database_url):
            await upgrade(addresses.database_url)
        await seed(sessions, settings.slipway_organization)
        return
    try:
        async with sessions() as session:
            await session.execute(text("SELECT 1"))
    except Exception as error:
        if not is_away(error):
            raise
        raise ServerAwayError(
            "Postgres does not answer. Is it running, and is DATABASE_URL right?"
        ) from error
