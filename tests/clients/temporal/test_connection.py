"""Temporal's own settings, and servers on which they don't fit."""

import logging

import pytest

from clients.temporal.connection import (
    UnknownNamespaceError,
    connect,
    demand_namespace,
    level_of,
)
from clients.temporal.orchestrations import NotRunningError, OrchestrationWorkflows
from contracts.jira_work import Cancellation, Guidance
from stack.addresses import Addresses

GUIDANCE = Guidance(text="x", by="ann@example.org")


async def test_a_namespace_that_is_not_there_is_no_ticket_that_nobody_works_on(
    stack: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "nowhere")
    orchestrations = OrchestrationWorkflows(await connect(stack.temporal), "default", "slipway")
    with pytest.raises(UnknownNamespaceError, match=r"nowhere .*TEMPORAL_NAMESPACE"):
        await orchestrations.running("PROJ-1")
    with pytest.raises(UnknownNamespaceError):
        await orchestrations.signal("PROJ-1", "guide", GUIDANCE)
    with pytest.raises(UnknownNamespaceError):
        await orchestrations.cancel("PROJ-1", Cancellation())


async def test_a_namespace_that_is_not_there_is_named_with_where_and_how_to_make_it(
    stack: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    await demand_namespace(await connect(stack.temporal))
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "nowhere\n")
    with pytest.raises(UnknownNamespaceError) as refused:
        await demand_namespace(await connect(stack.temporal))
    assert str(refused.value).startswith(
        f"Temporal at {stack.temporal} has no namespace 'nowhere'. Is TEMPORAL_NAMESPACE right?"
    )
    assert "deploy.namespace" in str(refused.value)


async def test_where_nobody_works_on_a_ticket_that_is_said(stack: Addresses) -> None:
    orchestrations = OrchestrationWorkflows(await connect(stack.temporal), "nobody-s", "slipway")
    assert not await orchestrations.running("PROJ-1")
    with pytest.raises(NotRunningError):
        await orchestrations.signal("PROJ-1", "guide", GUIDANCE)


def test_only_a_wait_that_lasts_is_a_warning() -> None:
    said = {tries: level_of(tries) for tries in range(1, 31) if level_of(tries) is not None}
    assert said == {1: logging.INFO, 15: logging.WARNING, 30: logging.WARNING}
