"""A line to Temporal, or word in time that there is none."""

import asyncio
from time import monotonic

import pytest

from cli.connected import connected_to
from cli.exits import ServerAwayError


async def test_a_server_that_takes_the_connection_and_says_nothing_is_away() -> None:
    leave = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await leave.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = monotonic()
    try:
        with pytest.raises(ServerAwayError, match=f"127.0.0.1:{port} does not answer"):
            await connected_to(f"127.0.0.1:{port}", patience=0.5)
    finally:
        leave.set()
        server.close()
    assert monotonic() - began < 5
