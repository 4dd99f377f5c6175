"""A line to Temporal, or word in time that there is none."""

import asyncio

import pytest

from cli.connected import connected_to
from cli.exits import ServerAwayError
from tests.faults.patience import awake


async def test_a_server_that_takes_the_connection_and_says_nothing_is_away() -> None:
    leave = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await leave.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with awake() as clock:
            with pytest.raises(ServerAwayError, match=f"127.0.0.1:{port} does not answer"):
                await connected_to(f"127.0.0.1:{port}", patience=0.5)
            assert clock() < 5
    finally:
        leave.set()
        server.close()
