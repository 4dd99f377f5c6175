"""Temporal's own settings, and servers on which they don't fit."""

import logging
from pathlib import Path

import pytest

from clients.orchestrations import NotRunningError, Orchestrations
from clients.temporal import (
    TemporalSettingsError,
    UnknownNamespaceError,
    connect,
    demand_namespace,
    level_of,
)
from contracts.jira_work import Cancellation, Guidance
from stack.addresses import Addresses

GUIDANCE = Guidance(text="x", by="ann@example.org")


async def test_a_namespace_that_is_not_there_is_no_ticket_that_nobody_works_on(
    stack: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "nowhere")
    orchestrations = Orchestrations(await connect(stack.temporal), "default", "slipway")
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
    orchestrations = Orchestrations(await connect(stack.temporal), "nobody-s", "slipway")
    assert not await orchestrations.running("PROJ-1")
    with pytest.raises(NotRunningError):
        await orchestrations.signal("PROJ-1", "guide", GUIDANCE)


async def test_settings_of_temporal_that_cannot_be_read_are_no_server_that_is_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(tmp_path / "none.pem"))
    with pytest.raises(TemporalSettingsError, match=r"none\.pem"):
        await connect("127.0.0.1:1")
    monkeypatch.delenv("TEMPORAL_TLS_CLIENT_CERT_PATH")
    monkeypatch.setenv("TEMPORAL_PROFILE", "of-nobody")
    with pytest.raises(TemporalSettingsError, match="of-nobody"):
        await connect("127.0.0.1:1")
    monkeypatch.delenv("TEMPORAL_PROFILE")
    for name, wrong in (("TEMPORAL_NAMESPACE", " "), ("TEMPORAL_API_KEY", "s3cr\u00e9t")):
        monkeypatch.setenv(name, wrong)
        with pytest.raises(TemporalSettingsError, match=name) as refused:
            await connect("127.0.0.1:1")
        assert "s3cr" not in str(refused.value)
        monkeypatch.delenv(name)


def test_only_a_wait_that_lasts_is_a_warning() -> None:
    said = {tries: level_of(tries) for tries in range(1, 31) if level_of(tries) is not None}
    assert said == {1: logging.INFO, 15: logging.WARNING, 30: logging.WARNING}
