"""A gateway for as long as the demo runs, on a port that is free."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import httpx2
from pydantic import SecretStr

from cli.context import Desk
from cli.exits import ServerAwayError
from cli.workers import beside_us
from stack.addresses import VARIABLES

READY_WITHIN, LOOK_AGAIN = 20.0, 0.05
LOG = "gateway.log"


@asynccontextmanager
async def gateway(desk: Desk, keys: SecretStr) -> AsyncIterator[str]:
    """Its address at once: it takes a moment until it answers there. Ends with us."""
    state_dir = desk.settings.state_dir
    port = _free_port()
    async with beside_us("gateway.py", state_dir / LOG, _variables(desk, keys, port)):
        yield f"http://127.0.0.1:{port}"


async def until_ready(address: str) -> None:
    """Raises ServerAwayError."""
    try:
        async with asyncio.timeout(READY_WITHIN):
            await _first_answer(address)
    except TimeoutError as error:
        raise ServerAwayError(
            f"The demo's gateway does not answer at {address}; its log is {LOG} in the state "
            "directory."
        ) from error


async def _first_answer(address: str) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        while True:
            with suppress(httpx2.HTTPError):
                await client.get(f"{address}/healthz")
                return
            await asyncio.sleep(LOOK_AGAIN)


def _variables(desk: Desk, keys: SecretStr, port: int) -> Mapping[str, str]:
    addresses = {name: getattr(desk.addresses, field) for field, name in VARIABLES.items()}
    return {
        **desk.environment,
        **addresses,
        "SLIPWAY_STATE_DIR": str(desk.settings.state_dir),
        "SLIPWAY_ENCRYPTION_KEYS": keys.get_secret_value(),
        "PORT": str(port),
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port
