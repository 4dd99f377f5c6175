"""The connection to Temporal."""

import asyncio
import logging
from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig, ClientConnectConfig

from contracts.text import clipped, one_line
from errors import MisuseError

EVERY = timedelta(seconds=1)


class TemporalSettingsError(MisuseError):
    """Temporal's own variables, or the file that they name, can't be read."""


async def connect(address: str | None = None) -> Client:
    """A client for the address, with whatever else the environment says (TEMPORAL_NAMESPACE,
    _API_KEY, _TLS_*). Raises TemporalSettingsError, and RuntimeError at once when the server is
    away."""
    return await Client.connect(**_settings(address), data_converter=pydantic_data_converter)


async def connect_lazily(address: str | None = None) -> Client:
    """The same, but it connects at its first call, so that its owner can live without the
    server. Raises TemporalSettingsError."""
    settings = _settings(address)
    return await Client.connect(**settings, data_converter=pydantic_data_converter, lazy=True)


async def connect_with_patience(address: str | None, patience: timedelta) -> Client:
    """Tries for as long as `patience` says; raises the last RuntimeError."""
    deadline = asyncio.get_running_loop().time() + patience.total_seconds()
    while True:
        try:
            return await connect(address)
        except RuntimeError as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            logging.getLogger(__name__).warning("Temporal is away, trying again: %s", error)
            await asyncio.sleep(EVERY.total_seconds())


def _settings(address: str | None) -> ClientConnectConfig:
    try:
        settings = ClientConfig.load_client_connect_config()
    except (RuntimeError, OSError) as error:
        why = clipped(one_line(str(error)), 300)
        raise TemporalSettingsError(
            f"Temporal's settings can't be read: {why}. Check the variables TEMPORAL_PROFILE, "
            "TEMPORAL_CONFIG_FILE and TEMPORAL_TLS_…"
        ) from error
    if address is not None:
        settings["target_host"] = address
    return settings
