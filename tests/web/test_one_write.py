"""An answer goes out in one piece."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from uvicorn import Config
from uvicorn.server import ServerState

from web.one_write import OneWrite

TIMES = 5


class Noting:
    """A transport that notes each write."""

    def __init__(self, transport: asyncio.Transport, writes: list[bytes]) -> None:
        self._transport, self._writes = transport, writes

    def write(self, piece: bytes) -> None:
        self._writes.append(piece)
        self._transport.write(piece)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Noted(OneWrite):
    writes: list[bytes]

    def connection_made(self, transport: Any) -> None:
        super().connection_made(Noting(transport, self.writes))  # type: ignore[arg-type]  # like one


async def answer(_: Request) -> JSONResponse:
    return JSONResponse("the end")


@pytest.fixture
def writes() -> list[bytes]:
    return []


@pytest.fixture
async def port(writes: list[bytes]) -> AsyncIterator[int]:
    config = Config(Starlette(routes=[Route("/", answer)]), lifespan="off", log_config=None)
    config.load()
    state = ServerState()

    def protocol() -> Noted:
        made = Noted(config=config, server_state=state, app_state={})
        made.writes = writes
        return made

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_head_and_body_are_one_write(port: int, writes: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(TIMES):
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        async with asyncio.timeout(10):
            await reader.readuntil(b'"the end"')
    writer.close()
    assert len(writes) == TIMES
    assert all(b"200 OK" in one and one.endswith(b'"the end"') for one in writes)


async def test_the_last_answer_comes_before_the_connection_is_closed(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    async with asyncio.timeout(10):
        said = await reader.read()
    writer.close()
    assert said.endswith(b'"the end"')
