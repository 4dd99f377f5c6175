"""An answer goes out in one piece."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from uvicorn import Config
from uvicorn.server import ServerState

from web.http_protocol import PATIENCE, BoundedHttp

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


class Noted(BoundedHttp):
    writes: list[bytes]

    def connection_made(self, transport: Any) -> None:
        super().connection_made(Noting(transport, self.writes))  # type: ignore[arg-type]  # like one


class Hasty(Noted):
    patience = timedelta(seconds=0.5)


async def answer(request: Request) -> JSONResponse:
    await request.body()
    return JSONResponse(request.headers.get("x-said", "the end"))


@pytest.fixture
def writes() -> list[bytes]:
    return []


@asynccontextmanager
async def listening(kind: type[Noted], writes: list[bytes]) -> AsyncIterator[int]:
    config = Config(
        Starlette(routes=[Route("/", answer, methods=["GET", "POST"])]),
        lifespan="off",
        log_config=None,
    )
    config.load()
    state = ServerState()

    def protocol() -> Noted:
        made = kind(config=config, server_state=state, app_state={})
        made.writes = writes
        return made

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def port(writes: list[bytes]) -> AsyncIterator[int]:
    async with listening(Noted, writes) as port:
        yield port


async def test_head_and_body_are_http_protocol(port: int, writes: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(TIMES):
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        async with asyncio.timeout(30):
            await reader.readuntil(b'"the end"')
    writer.close()
    assert len(writes) == TIMES
    assert all(b"200 OK" in one and one.endswith(b'"the end"') for one in writes)


async def test_the_last_answer_comes_before_the_connection_is_closed(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    async with asyncio.timeout(30):
        said = await reader.read()
    writer.close()
    assert said.endswith(b'"the end"')


async def refused(port: int, *pieces: bytes) -> bytes:
    """All that is heard by who writes on until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = asyncio.create_task(reader.read())
    with suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    async with asyncio.timeout(30):
        try:
            return await heard
        except ConnectionError:
            return b"closed"
        finally:
            writer.close()


LINE = b"GET / HTTP/1.1\r\nhost: x\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
MUCH = b"y" * 16_384
ENDLESS = {
    "address": [b"GET /", *[MUCH] * 100],
    "header": [LINE + b"x: ", *[MUCH] * 100],
    "headers": [LINE, *[b"x: " + MUCH + b"\r\n"] * 100],
    "trailer": [CHUNKED + b"1\r\nz\r\n0\r\nx: ", *[MUCH] * 100],
    "trailers": [CHUNKED + b"1\r\nz\r\n0\r\n", *[b"x: " + MUCH + b"\r\n"] * 100],
    "chunk's extension": [CHUNKED + b"1;", *[MUCH] * 100],
}


@pytest.mark.parametrize("what", ENDLESS)
async def test_what_does_not_end_is_cut_off(port: int, what: str) -> None:
    said = await refused(port, *ENDLESS[what])
    assert said == b"closed" or said.startswith((b"HTTP/1.1 400", b"HTTP/1.1 200"))


async def test_empty_headers_count_too(port: int) -> None:
    """By themselves, in one piece, they are small."""
    assert (await refused(port, LINE + b"x:\r\n" * 20_000 + b"\r\n")).startswith(b"HTTP/1.1 400")


async def test_a_long_head_is_read(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(LINE + b"".join(b"x-%d: %b\r\n" % (number, b"y" * 8_000) for number in range(8)))
    writer.write(b"connection: close\r\n\r\n")
    async with asyncio.timeout(30):
        said = await reader.read()
    writer.close()
    assert said.endswith(b'"the end"')


async def test_what_comes_after_the_body_is_no_header(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    closing = CHUNKED.replace(b"host: x\r\n", b"host: x\r\nconnection: close\r\n")
    writer.write(closing)
    await writer.drain()
    writer.write(b"1\r\nz\r\n0\r\nx-said: a trailer\r\n\r\n")
    async with asyncio.timeout(30):
        said = await reader.read()
    writer.close()
    assert said.endswith(b'"the end"')


UPGRADE = b"host: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n"


@pytest.mark.parametrize("form", [b"content-length: 1\r\n\r\nz", CHUNKED.partition(b"x\r\n")[2]])
async def test_a_body_is_not_read_as_the_next_request(port: int, form: bytes) -> None:
    """Which is what the parser makes of it where a request would rather speak HTTP/2."""
    said = await refused(port, b"POST / HTTP/1.1\r\n" + UPGRADE + form)
    assert said.startswith(b"HTTP/1.1 400")


async def test_who_would_rather_speak_something_else_is_answered(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\n" + UPGRADE + b"\r\n")
    async with asyncio.timeout(30):
        await reader.readuntil(b'"the end"')
    writer.close()
    assert caplog.records == []


@pytest.mark.parametrize(
    ("sent", "last"),
    [
        (b"", b""),
        (b"G", b"length: 0\r\n\r\n"),
        (LINE + b"x: ", b"length: 0\r\n\r\n"),
        (LINE + b"\r\n" + LINE + b"x: ", b"length: 0\r\n\r\n"),
    ],
)
async def test_a_head_that_does_not_come_is_given_up(sent: bytes, last: bytes) -> None:
    async with listening(Hasty, []) as port, asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        said = await reader.read()
        writer.close()
    assert said[-len(last) :] == last
    assert (b"408" in said) == bool(last)
    assert timedelta(seconds=15) == PATIENCE
