"""The endpoint that Prometheus reads, served by a real worker's runtime."""

import socket
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from httpx2 import AsyncClient
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.metrics import MetricsInterceptor, appended, publish_failed
from contracts.agents import AgentResult, AgentRun, AgentStatus
from stack.addresses import Addresses
from tests.activities.trial_worker import Agent, agent_run, result, trial_worker
from web.metrics import open_runtime


@dataclass(frozen=True)
class Endpoint:
    address: str
    client: Client

    async def lines(self, name: str) -> dict[str, float]:
        """Every series whose name begins so, by its labels as they are written."""
        async with AsyncClient() as http:
            answer = await http.get(f"http://{self.address}/metrics")
        series = (line.rpartition(" ") for line in answer.text.splitlines() if line[:1] != "#")
        return {labels: float(value) for labels, _, value in series if labels.startswith(name)}

    async def sum_of(self, name: str, *labels: str) -> float:
        found = await self.lines(name + "{")
        return sum(
            value for series, value in found.items() if all(label in series for label in labels)
        )


@pytest.fixture(scope="module")
def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return f"127.0.0.1:{port}"


@pytest.fixture(scope="module")
async def endpoint(free_address: str, stack: Addresses) -> Endpoint:
    client = await Client.connect(
        stack.temporal, runtime=open_runtime(free_address), data_converter=pydantic_data_converter
    )
    return Endpoint(free_address, client)


async def work(endpoint: Endpoint, end: AgentResult | Exception) -> None:
    interceptors = [MetricsInterceptor()]
    async with trial_worker(endpoint.client, [Agent(end).run_agent], interceptors) as worker:
        await worker.works(f"trial-{uuid4()}", agent_run())


async def test_the_sdks_metrics_are_served_in_seconds(endpoint: Endpoint) -> None:
    await work(endpoint, result(AgentStatus.COMPLETED))
    assert await endpoint.lines("temporal_workflow_completed_total")
    assert await endpoint.lines("temporal_activity_execution_latency_seconds_bucket")


@pytest.mark.parametrize("status", [AgentStatus.FAILED, AgentStatus.BLOCKED])
async def test_an_agent_is_counted_and_timed_by_kind_and_outcome(
    endpoint: Endpoint, status: AgentStatus
) -> None:
    labels = ('kind="command"', f'outcome="{status}"')
    await work(endpoint, result(status))
    assert await endpoint.sum_of("slipway_agent_runs_total", *labels) == 1
    assert await endpoint.sum_of("slipway_agent_duration_seconds_count", *labels) == 1
    assert await endpoint.sum_of("slipway_agent_duration_seconds_bucket", 'le="7200"', *labels) == 1


async def test_an_agent_that_ends_by_an_error_is_counted_as_one(endpoint: Endpoint) -> None:
    with pytest.raises(WorkflowFailureError):
        await work(endpoint, RuntimeError("no such thing"))
    assert await endpoint.sum_of("slipway_agent_runs_total", 'outcome="ERROR"') == 1


async def test_a_stored_report_is_no_run_of_an_agent(endpoint: Endpoint) -> None:
    await work(endpoint, result(AgentStatus.CANCELLED, stored=True))
    assert await endpoint.sum_of("slipway_agent_runs_total", 'outcome="CANCELLED"') == 0


async def test_the_ledger_and_the_bus_are_counted(endpoint: Endpoint) -> None:
    @activity.defn(name="run_agent")
    async def append(run: AgentRun) -> AgentResult:
        appended(3, timedelta(milliseconds=4))
        publish_failed()
        return result(AgentStatus.COMPLETED)

    async with trial_worker(endpoint.client, [append], []) as worker:
        await worker.works(f"trial-{uuid4()}", agent_run())
    assert await endpoint.sum_of("slipway_ledger_events_total") == 3
    assert await endpoint.sum_of("slipway_ledger_append_duration_seconds_bucket", 'le="0.005"') == 1
    assert await endpoint.sum_of("slipway_ledger_append_duration_seconds_bucket", 'le="0.002"') == 0
    assert await endpoint.sum_of("slipway_publish_failures_total") == 1


async def test_an_address_that_is_taken_is_an_error_of_the_system() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OSError, match="in use"):
            open_runtime(address)
