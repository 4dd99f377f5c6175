"""What a command works with: settings, servers, stores, opened only as far as it needs them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto

import typer
from sqlalchemy import text

from cli.deferred import deferred
from cli.exits import ServerAwayError
from cli.postgres_verdicts import is_postgres_away
from cli.surroundings import Addresses, Surroundings
from cli.terminal import say
from db.engine import Sessions, open_sessions
from db.pool import Pool
from db.revisions import is_prepared
from settings import Settings

# Loads Alembic, which is of use once in a version's life.
bring_up: Callable[[Sessions, str, str], Awaitable[None]] = deferred("cli.own_database:bring_up")


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


@dataclass(frozen=True)
class Desk:
    """Where a command's work is done that needs the stores alone."""

    settings: Settings
    environment: Mapping[str, str]
    addresses: Addresses
    sessions: Sessions

    @property
    def organization(self) -> str:
        return self.settings.slipway_organization


Job = Callable[[Desk], Awaitable[int]]


def surroundings(context: typer.Context) -> Surroundings:
    """Made for the first command that asks: help needs none."""
    found = context.obj()
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
        code = asyncio.run(_do(job, settings, addresses, around.environment))
    raise typer.Exit(code)


async def _do(
    job: Job, settings: Settings, addresses: Addresses, environment: Mapping[str, str]
) -> int:
    async with _open(settings, addresses, environment) as desk:
        return await job(desk)


@asynccontextmanager
async def _open(
    settings: Settings, addresses: Addresses, environment: Mapping[str, str]
) -> AsyncIterator[Desk]:
    pool = Pool("slipway-cli", 1, settings.database_pool_max)
    async with open_sessions(addresses.database_url, pool) as sessions:
        await _prepare(settings, addresses, sessions)
        yield Desk(settings, environment, addresses, sessions)


async def _prepare(settings: Settings, addresses: Addresses, sessions: Sessions) -> None:
    """Makes sure that Postgres is there; our own one also gets the newest schema."""
    if settings.database_url is None and not settings.production:
        slug = settings.slipway_organization
        if not await is_prepared(sessions, slug):
            await bring_up(sessions, addresses.database_url, slug)
        return
    try:
        async with sessions() as session:
            await session.execute(text("SELECT 1"))
    except Exception as error:
        if not is_postgres_away(error):
            raise
        raise ServerAwayError(
            "Postgres does not answer. Is it running, and is DATABASE_URL right?"
        ) from error
