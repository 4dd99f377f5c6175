"""The servers of the benchmark, its databases, its repository and its tickets."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import UUID

import asyncpg
from sqlalchemy import insert
from temporalio.client import Client

from bench import processes
from bench.processes import Process
from clients.temporal.connection import connect
from clients.temporal.orchestrations import OrchestrationWorkflows
from contracts.identity import DEFAULT_ORGANIZATION, Role
from contracts.issues import IssueType, Priority
from contracts.jira_work import TASK_QUEUE
from db.engine import Sessions, open_sessions
from db.identity import Organizations, People
from db.ids import new_id
from db.maintenance import upgrade
from db.models import Issue
from db.pool import Pool
from db.projects import Projects
from stack.addresses import Addresses, Given
from stack.control import stop
from stack.embedded import embedded

APPROVER = "approver@example.com"
REFERENCE = "reference"


@dataclass(frozen=True)
class Start:
    key: str
    at: float


@dataclass(frozen=True)
class Stores:
    """Postgres and Valkey stay for the whole benchmark; Temporal is new for each set."""

    folder: Path
    database_url: str
    reference_url: str
    redis_url: str
    sessions: Sessions
    postgres: asyncpg.Connection
    keys: Iterator[str]
    ids: tuple[UUID, UUID]

    async def ask(self, statement: str) -> int:
        number: int = await self.postgres.fetchval(statement)  # type: ignore[no-untyped-call] # asyncpg's
        return number

    async def until(self, condition: str, seconds: float = 120) -> None:
        """Asks Postgres until it holds, for two minutes at most if nothing else is said."""
        async with asyncio.timeout(seconds):
            while True:
                if await self.ask(f"SELECT ({condition})::int"):
                    return
                await asyncio.sleep(0.05)

    def starts(self) -> list[Start]:
        """When agents began that say so, see bench/workshop.py."""
        lines = (self.folder / "agents.log").read_text().splitlines()
        return [Start(key, float(at)) for key, _, at in map(str.split, lines)]

    async def tickets(self, number: int) -> list[str]:
        """Keys of new tickets of the one project."""
        organization_id, project_id = self.ids
        keys = [next(self.keys) for _ in range(number)]
        rows = [
            {
                "id": new_id(),
                "organization_id": organization_id,
                "project_id": project_id,
                "key": key,
                "title": f"Totals are rounded twice in {key}",
                "description": "An invoice of three lines is a cent too high.",
                "type": IssueType.BUG,
                "priority": Priority.MEDIUM,
            }
            for key in keys
        ]
        async with self.sessions.begin() as session:
            await session.execute(insert(Issue), rows)
        return keys


@dataclass(frozen=True)
class Stage:
    stores: Stores
    addresses: Addresses
    client: Client

    @property
    def orchestrations(self) -> OrchestrationWorkflows:
        return OrchestrationWorkflows(self.client, DEFAULT_ORGANIZATION, TASK_QUEUE)

    @property
    def arguments(self) -> tuple[str, str, str]:
        return "bench.product", self.addresses.model_dump_json(), str(self.stores.folder)

    @asynccontextmanager
    async def product(self) -> AsyncIterator[Process]:
        async with processes.running(*self.arguments) as process:
            yield process

    @asynccontextmanager
    async def reference(self) -> AsyncIterator[Process]:
        arguments = self.addresses.temporal, self.stores.reference_url
        async with processes.running("bench.reference", *arguments) as process:
            yield process


@asynccontextmanager
async def open_stores(folder: Path) -> AsyncIterator[Stores]:
    nowhere = Given(temporal="127.0.0.1:7233")
    with _ended(folder / "stores"), embedded(folder / "stores", nowhere) as given:
        await upgrade(given.database_url)
        postgres = await asyncpg.connect(given.database_url)  # type: ignore[no-untyped-call] # asyncpg's
        await postgres.execute(f"CREATE DATABASE {REFERENCE}")
        async with open_sessions(given.database_url, Pool("bench")) as sessions:
            yield Stores(
                folder=folder,
                database_url=given.database_url,
                reference_url=given.database_url.rpartition("/")[0] + f"/{REFERENCE}",
                redis_url=given.redis_url,
                sessions=sessions,
                postgres=postgres,
                keys=(f"BENCH-{number}" for number in count(1)),
                ids=await _seed(sessions, await asyncio.to_thread(_repository, folder)),
            )
        await postgres.close()


@asynccontextmanager
async def open_stage(stores: Stores) -> AsyncIterator[Stage]:
    """A Temporal server with nothing in it: it grows slower with what it holds."""
    given = Given(database_url=stores.database_url, redis_url=stores.redis_url)
    folder = stores.folder / f"temporal-{new_id()}"
    with _ended(folder), embedded(folder, given) as addresses:
        yield Stage(stores, addresses, await connect(addresses.temporal))


@contextmanager
def _ended(folder: Path) -> Iterator[None]:
    """Waits until the servers are gone, so that the next set has the processor for itself."""
    try:
        yield
    finally:
        stop(folder)


async def _seed(sessions: Sessions, repository: Path) -> tuple[UUID, UUID]:
    async with sessions.begin() as session:
        organization_id = await Organizations(session).ensure(DEFAULT_ORGANIZATION, "Default")
        await People(session, organization_id).ensure(APPROVER, "Approver", Role.ADMIN)
        project = await Projects(session, organization_id).create("BENCH", str(repository))
        return organization_id, project.id


def _repository(folder: Path) -> Path:
    """A repository with one commit."""
    path = folder / "repository"
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    subprocess.run(("git", "init", "-q", "-b", "main", path), check=True)
    (path / "README").write_text("The benchmark's repository.\n")
    subprocess.run(("git", "-C", path, "add", "README"), check=True)
    subprocess.run(("git", "-C", path, *identity, "commit", "-q", "-m", "Begin"), check=True)
    return path
