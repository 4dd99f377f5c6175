"""`python -m deploy.namespace`: makes the Temporal namespace, on a server that we run ourselves."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from clients.temporal.connection import connect_with_patience
from entry import exit_code, leave
from settings import Settings
from variables import temporal_variables

PATIENCE = timedelta(minutes=5)
ANSWERED_WITHIN = timedelta(seconds=10)
LOOK_AGAIN = timedelta(seconds=1)
# Postgres keeps what happened for good; Temporal's own history is for looking into a run.
RETENTION = timedelta(days=30)
AWAY = {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
# Temporal Cloud answers so. Its namespaces are made elsewhere, and are ready when they are there.
NOT_OURS = {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED}

Question = Callable[[Client], Awaitable[bool]]


async def ensure(client: Client, patience: timedelta = PATIENCE) -> bool:
    """Whether the namespace had to be made. Repeatable, also by several at once. Returns when the
    namespace can be worked with, which is some seconds after it was made.

    Raises RPCError when the server refuses, or is still away after `patience`."""
    new = await _patiently(_made, client, patience)
    await _patiently(_usable, client, patience)
    return new


async def _made(client: Client) -> bool:
    if await _exists(client):
        return False
    retention = Duration()
    retention.FromTimedelta(RETENTION)
    request = RegisterNamespaceRequest(
        namespace=client.namespace, workflow_execution_retention_period=retention
    )
    try:
        await client.workflow_service.register_namespace(request, timeout=ANSWERED_WITHIN)
    except RPCError as error:
        if error.status is RPCStatusCode.ALREADY_EXISTS:
            return False
        raise
    return True


async def _exists(client: Client) -> bool:
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        await client.workflow_service.describe_namespace(request, timeout=ANSWERED_WITHIN)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def _usable(client: Client) -> bool:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        await client.operator_service.list_search_attributes(request, timeout=ANSWERED_WITHIN)
    except RPCError as error:
        if error.status not in NOT_OURS:
            raise
    return True


async def _patiently(ask: Question, client: Client, patience: timedelta) -> bool:
    """The servers' caches learn of a new namespace one by one: until then it is not found."""
    deadline = asyncio.get_running_loop().time() + patience.total_seconds()
    while True:
        try:
            return await ask(client)
        except RPCError as error:
            late = asyncio.get_running_loop().time() > deadline
            if late or error.status not in AWAY | {RPCStatusCode.NOT_FOUND}:
                raise
        await asyncio.sleep(LOOK_AGAIN.total_seconds())


async def _namespace(address: str | None) -> str:
    client = await connect_with_patience(address, PATIENCE, temporal_variables())
    new = await ensure(client)
    return f"namespace {client.namespace} {'was made' if new else 'is there'}"


def run() -> None:
    settings = Settings()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        said = asyncio.run(_namespace(settings.temporal_address))
    except RPCError as error:
        raise RuntimeError(error.message) from error
    logging.getLogger(__name__).info(said)


if __name__ == "__main__":
    leave(exit_code("python -m deploy.namespace", run))
