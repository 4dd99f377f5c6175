"""Bodies that are too large, too slow or too many, at a real port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
from httpx2 import AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from stack.ports import free_port
from tests.conftest import PATIENT
from tests.faults.patience import until
from web.bodies import MIB, PATIENCE, SMALL, Bodies, TurnedAwayError
from web.refusals import refusal
from web.server import served

LIMIT = 1_000
IN_MEMORY = 5_000


class Reading:
    """Answers how much it read, and counts what began."""

    def __init__(self, patience: timedelta = PATIENT) -> None:
        self.bodies = Bodies(patience=patience, in_memory=IN_MEMORY)
        self.held = asyncio.Event()
        self.go = asyncio.Event()

    async def read(self, request: Request) -> JSONResponse:
        try:
            async with self.bodies.reading(request, LIMIT * 4) as body:
                if request.query_params:
                    self.held.set()
                    await self.go.wait()
                return JSONResponse(len(body))
        except TurnedAwayError as error:
            return refusal(error)


@pytest.fixture
async def reading() -> Reading:
    return Reading()


@asynccontextmanager
async def listening(reading: Reading) -> AsyncIterator[int]:
    port = free_port()
    async with served(Starlette(routes=[Route("/", reading.read, methods=["POST"])]), port):
        yield port


@pytest.fixture
async def port(reading: Reading) -> AsyncIterator[int]:
    async with listening(reading) as port:
        yield port


@pytest.fixture
async def hasty() -> AsyncIterator[tuple[int, Reading]]:
    """Where nobody waits long for the rest of a body."""
    reading = Reading(timedelta(seconds=0.3))
    async with listening(reading) as port:
        yield port, reading


async def said(port: int, *sent: bytes) -> bytes:
    """The status line; the connection stays open until then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.writelines(sent)
    try:
        return await asyncio.wait_for(reader.readuntil(b"\r\n"), 30)
    finally:
        writer.close()


def head(*headers: bytes) -> bytes:
    return b"\r\n".join([b"POST / HTTP/1.1", b"Host: x", *headers, b"", b""])


CHUNKED = b"Transfer-Encoding: chunked"


async def test_a_declared_size_is_refused_before_a_byte_came(port: int) -> None:
    assert b"413" in await said(port, head(b"Content-Length: 4001"))


async def test_too_many_bytes_are_refused_while_more_are_to_come(port: int) -> None:
    piece = b"FA1\r\n" + b"x" * 4_001 + b"\r\n"
    assert b"413" in await said(port, head(CHUNKED), piece)


async def test_a_sender_that_writes_on_hears_the_answer(port: int, http: AsyncClient) -> None:
    answer = await http.post(f"http://127.0.0.1:{port}/", content=b"x" * 3_000_000)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")


@pytest.mark.parametrize("sent", [b"", b"half of it"])
async def test_a_body_that_does_not_end_is_given_up_and_its_place_is_free(
    hasty: tuple[int, Reading], sent: bytes
) -> None:
    port, reading = hasty
    assert b"408" in await said(port, head(b"Content-Length: 100"), sent)
    await until(lambda: reading.bodies.free == IN_MEMORY, "its place is free")


async def test_bytes_that_trickle_in_win_no_time(hasty: tuple[int, Reading]) -> None:
    port, _ = hasty
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head(b"Content-Length: 1000"))
    answer = asyncio.create_task(reader.readuntil(b"\r\n"))

    async def answered() -> bool:
        writer.write(b"x")
        return answer.done()

    await until(answered, "it is given up")
    writer.close()
    assert b"408" in answer.result()


def test_a_sender_has_fifteen_seconds() -> None:
    assert timedelta(seconds=15) == PATIENCE


async def test_what_comes_after_the_declared_end_is_no_part_of_it(port: int) -> None:
    """It would be the next request, which it cannot be."""
    assert b"400" in await said(port, head(b"Content-Length: 2"), b"{}and more")


@pytest.mark.parametrize(
    "sent",
    [
        head(CHUNKED) + b"FA1\r\n" + b"x" * 4_001 + b"\r\n",
        head(CHUNKED) + b"5\r\nwhole\r\nnot a size",
        head(b"Content-Length: 5") + b"whole",
    ],
)
async def test_whatever_became_of_a_body_its_place_is_free_again(
    port: int, reading: Reading, sent: bytes
) -> None:
    await said(port, sent)
    await until(lambda: reading.bodies.free == IN_MEMORY, "its place is free")


async def test_a_sender_that_hangs_up_does_no_harm(
    port: int, http: AsyncClient, reading: Reading
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head(b"Content-Length: 100") + b"half")
    await writer.drain()
    writer.transport.abort()
    assert (await http.post(f"http://127.0.0.1:{port}/", content=b"{}")).json() == 2
    await until(lambda: reading.bodies.free == IN_MEMORY, "its place is free")


async def test_too_much_at_once_is_sent_away_until_there_is_room(
    port: int, http: AsyncClient, reading: Reading
) -> None:
    url = f"http://127.0.0.1:{port}/"
    first = asyncio.create_task(http.post(f"{url}?hold", content=b"x" * 3_000))
    await reading.held.wait()
    refused = await http.post(url, content=b"x" * 3_000)
    reading.go.set()
    await first
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert (await http.post(url, content=b"x" * 3_000)).json() == 3_000


def asking(body: bytes) -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body}

    return Request({"type": "http", "headers": []}, receive)


async def test_large_bodies_leave_room_for_small_ones() -> None:
    bodies = Bodies(in_memory=4 * MIB)
    async with AsyncExitStack() as held:
        for _ in range(3):
            await held.enter_async_context(bodies.reading(asking(b"x" * MIB), MIB))
        with pytest.raises(TurnedAwayError):
            await held.enter_async_context(bodies.reading(asking(b"x" * (SMALL + 1)), MIB))
        for _ in range(MIB // SMALL):
            await held.enter_async_context(bodies.reading(asking(b"x" * SMALL), MIB))
        with pytest.raises(TurnedAwayError):
            await held.enter_async_context(bodies.reading(asking(b"x"), MIB))
    assert bodies.free == 4 * MIB
