"""The connection to Temporal."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from clients.temporal.settings import connection
from errors import MisuseError

log = logging.getLogger(__name__)
EVERY = timedelta(seconds=1)
SAID_EACH = 15
ANSWERED_WITHIN = timedelta(seconds=10)


class UnknownNamespaceError(MisuseError):
    """The server has no such namespace."""


async def connect(address: str | None = None, variables: Mapping[str, str] | None = None) -> Client:
    """A client for the address, with whatever else the variables say (TEMPORAL_NAMESPACE,
    _API_KEY, _TLS_*); without any, those of this process. Raises TemporalSettingsError, and
    RuntimeError at once when the server is away."""
    settings = connection(address, variables)
    return await Client.connect(**settings, data_converter=pydantic_data_converter)


async def connect_lazily(
    address: str | None = None, variables: Mapping[str, str] | None = None
) -> Client:
    """The same, but it connects at its first call, so that its owner can live without the
    server. Raises TemporalSettingsError."""
    settings = connection(address, variables)
    return await Client.connect(**settings, data_converter=pydantic_data_converter, lazy=True)


async def connect_with_patience(
    address: str | None, patience: timedelta, variables: Mapping[str, str] | None = None
) -> Client:
    """Tries for as long as `patience` says; raises the last RuntimeError."""
    deadline = asyncio.get_running_loop().time() + patience.total_seconds()
    tries = 0
    while True:
        try:
            return await connect(address, variables)
        except RuntimeError as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            tries += 1
            if (level := level_of(tries)) is not None:
                log.log(level, "Temporal is not there yet (try %d): %s", tries, error)
            await asyncio.sleep(EVERY.total_seconds())


def level_of(tries: int) -> int | None:
    """How a wait for the server is logged. Who starts together with it waits for a moment, which is
    nobody's concern; from then on somebody should know, and not by a line each second."""
    if tries == 1:
        return logging.INFO
    return logging.WARNING if tries % SAID_EACH == 0 else None


async def demand_namespace(client: Client) -> None:
    """Raises UnknownNamespaceError. What else the server answers is left to the calls that follow;
    a client that is not connected yet raises RuntimeError when the server is away."""
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        await client.workflow_service.describe_namespace(request, timeout=ANSWERED_WITHIN)
    except RPCError as error:
        if not lacks_namespace(error):
            return
        raise UnknownNamespaceError(
            f"Temporal at {client.service_client.config.target_host} has no namespace "
            f"{client.namespace!r}. Is TEMPORAL_NAMESPACE right? On a server of your own "
            "`python -m deploy.namespace` makes it; on Temporal Cloud its console does."
        ) from error


def lacks_namespace(error: RPCError) -> bool:
    """Of other things that are not there, servers say NOT_FOUND, too."""
    details = error.grpc_status.details
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in details)
