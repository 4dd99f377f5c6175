"""`python -m deploy.namespace` against a real server."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from cli.setup import register
from contracts.search_attributes import SEARCH_ATTRIBUTES
from deploy.namespace import RETENTION, ensure


@pytest.fixture
def client(temporal: Client) -> Client:
    """Of a namespace that is not there."""
    return Client(temporal.service_client, namespace=f"new-{uuid4().hex[:12]}")


async def test_a_namespace_is_made_once(client: Client) -> None:
    assert await ensure(client)
    assert not await ensure(client)


async def test_several_may_make_it_at_once(client: Client) -> None:
    made = await asyncio.gather(*(ensure(client) for _ in range(4)))
    assert sum(made) == 1


async def test_it_can_be_worked_with_at_once(client: Client) -> None:
    await ensure(client)
    assert set(await register(client, SEARCH_ATTRIBUTES)) == set(SEARCH_ATTRIBUTES)
    assert await register(client, SEARCH_ATTRIBUTES) == []


async def test_what_ended_stays_to_be_looked_at(client: Client) -> None:
    await ensure(client)
    request = DescribeNamespaceRequest(namespace=client.namespace)
    found = await client.workflow_service.describe_namespace(request)
    assert found.config.workflow_execution_retention_ttl.ToTimedelta() == RETENTION


async def test_a_namespace_that_cannot_be_is_refused_at_once(temporal: Client) -> None:
    client = Client(temporal.service_client, namespace="n" * 2000)
    with pytest.raises(RPCError) as refused:
        await ensure(client, timedelta(minutes=1))
    assert refused.value.status is RPCStatusCode.INVALID_ARGUMENT
