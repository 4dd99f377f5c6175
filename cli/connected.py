"""The desk of commands that start work or say something to it: with a line to Temporal."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import typer
from temporalio.client import Client

from cli.context import Desk, Needs, at_desk
from cli.exits import ServerAwayError
from clients.temporal.connection import connect, demand_namespace
from clients.temporal.orchestrations import OrchestrationWorkflows
from variables import temporal_variables

TRIES = 3
# A server that takes the connection and then says nothing is away, too.
PATIENCE = 10.0


@dataclass(frozen=True)
class ConnectedDesk(Desk):
    client: Client

    @property
    def orchestrations(self) -> OrchestrationWorkflows:
        return OrchestrationWorkflows(
            self.client, self.organization, self.settings.slipway_task_queue
        )

    @property
    def embedded(self) -> bool:
        """Whether Temporal is ours: then everything is on this machine."""
        return self.settings.temporal_address is None


ConnectedJob = Callable[[ConnectedDesk], Awaitable[int]]


def at_connected_desk(context: typer.Context, job: ConnectedJob) -> None:
    """As `at_desk`, with all servers."""

    async def connected(desk: Desk) -> int:
        client = await connected_to(desk.addresses.temporal)
        return await job(ConnectedDesk(**vars(desk), client=client))

    at_desk(context, connected, Needs.ALL)


async def connected_to(address: str, patience: float = PATIENCE) -> Client:
    """Raises ServerAwayError, UnknownNamespaceError."""
    try:
        async with asyncio.timeout(patience):
            client = await _connected_at_last(address)
            await demand_namespace(client)
            return client
    except (RuntimeError, TimeoutError) as error:
        raise ServerAwayError(
            f"Temporal at {address} does not answer. Is it running, and is TEMPORAL_ADDRESS right?"
        ) from error


async def _connected_at_last(address: str) -> Client:
    """A bounded loop of our own: the SDK gives up at once, with a plain RuntimeError."""
    for _ in range(TRIES - 1):
        try:
            return await connect(address, temporal_variables())
        except RuntimeError:
            await asyncio.sleep(1)
    return await connect(address, temporal_variables())
