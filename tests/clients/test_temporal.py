"""Temporal's own settings, and servers on which they don't fit."""

from pathlib import Path

import pytest

from clients.orchestrations import NotRunningError, Orchestrations, UnknownNamespaceError
from clients.temporal import TemporalSettingsError, connect
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
