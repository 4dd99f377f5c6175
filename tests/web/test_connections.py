"""How many connections are open at once, and who leaves when there are too many."""

import asyncio
import resource
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn import Config
from uvicorn.server import ServerState

from stack.ports import free_port
from tests.faults.patience import until
from tests.faults.workers import ROOT
from web.crowds import MOST, most_connections
from web.http_protocol import AHEAD, HEAD, BoundedHttp

GET = b"GET /%b HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST /now HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
MORE_THAN_IS_SENT = 32 * 1024 * 1024
MANY = 400
SMALL = f"""
import asyncio, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({MANY // 2}, {MANY // 2}))
from web.health import health_app
from web.server import served

async def main() -> None:
    async with served(health_app(lambda: None), int(sys.argv[1])):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


class Four(BoundedHttp):
    most = 4


class Hasty(BoundedHttp):
    patience = timedelta(seconds=0.5)


@dataclass
class Caller:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def says(self, said: bytes) -> None:
        self.writer.write(said)
        await self.writer.drain()

    async def hears(self) -> bytes:
        """One answer."""
        async with asyncio.timeout(30):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].split()[0]
            return head + await self.reader.readexactly(int(length))

    async def is_left(self) -> bool:
        async with asyncio.timeout(30):
            return await self.reader.read(1) == b""


@dataclass
class Place:
    """One path answers at once, one when it is told to, one at length."""

    protocol: type[BoundedHttp] = Four
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    state: ServerState = field(default_factory=ServerState)
    at_work: int = 0
    port: int = 0

    async def now(self, _: Request) -> JSONResponse:
        return JSONResponse("now")

    async def later(self, _: Request) -> JSONResponse:
        self.at_work += 1
        await self.go_on.wait()
        return JSONResponse("later")

    async def much(self, _: Request) -> Response:
        return Response(b"x" * MORE_THAN_IS_SENT)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        answers = {"now": self.now, "healthz": self.now, "later": self.later, "much": self.much}
        routes = [Route(f"/{name}", answer) for name, answer in answers.items()]
        config = Config(Starlette(routes=routes), lifespan="off", log_config=None)
        config.load()
        server = await asyncio.get_running_loop().create_server(
            lambda: self.protocol(config=config, server_state=self.state, app_state={}),
            "127.0.0.1",
            0,
        )
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            yield

    @asynccontextmanager
    async def callers(self, number: int) -> AsyncIterator[list[Caller]]:
        """One after the other; closed at the end."""
        async with AsyncExitStack() as opened:
            found = []
            for _ in range(number):
                caller = Caller(*await asyncio.open_connection("127.0.0.1", self.port))
                opened.callback(caller.writer.close)
                found.append(caller)
            yield found


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    place = Place()
    async with place.open():
        yield place
        place.go_on.set()


async def test_who_has_asked_nothing_for_longest_leaves(place: Place) -> None:
    async with place.callers(4) as (first, second, *_, last), place.callers(1) as [new]:
        assert await first.is_left()
        for caller in (second, last, new):
            await caller.says(GET % b"now")
            assert b"200 OK" in await caller.hears()


async def test_who_was_answered_last_stays_longer_than_who_never_asked(place: Place) -> None:
    async with place.callers(1) as [served], place.callers(3) as (idle, *_):
        await served.says(GET % b"now")
        await served.hears()
        async with place.callers(1):
            assert await idle.is_left()
            await served.says(GET % b"now")
            assert b"200 OK" in await served.hears()


async def test_where_all_are_at_work_one_more_is_told_to_come_later(place: Place) -> None:
    async with place.callers(4) as busy:
        for caller in busy:
            await caller.says(GET % b"later")
        await until(lambda: place.at_work == 4, "all are at work")
        async with place.callers(1) as [more]:
            await more.says(GET % b"healthz")
            assert b"200 OK" in await more.hears()
            await more.says(GET % b"now")
            refused = await more.hears()
            assert refused.startswith(b"HTTP/1.1 503")
            assert b"retry-after: 5" in refused.lower()
            assert await more.is_left()
        place.go_on.set()
        assert all([b'"later"' in await caller.hears() for caller in busy])
    async with place.callers(1) as [later]:
        await later.says(GET % b"now")
        assert b"200 OK" in await later.hears()


async def test_empty_lines_after_an_answer_hold_no_connection_open() -> None:
    place = Place(Hasty)
    async with place.open(), place.callers(1) as [caller]:
        await caller.says(GET % b"now")
        await caller.hears()
        await caller.says(b"\r\n")
        async with asyncio.timeout(30):
            assert b"408" in await caller.reader.read()


async def test_some_requests_may_wait_behind_an_answer(place: Place) -> None:
    async with place.callers(1) as [caller]:
        await caller.says(GET % b"later" + GET % b"now" * AHEAD)
        place.go_on.set()
        assert all([b"200 OK" in await caller.hears() for _ in range(1 + AHEAD)])


@pytest.mark.parametrize(
    "more", [GET % b"now" * (AHEAD + 1), POST % (HEAD + 1) + b"x" * (HEAD + 1)]
)
async def test_what_gathers_behind_an_answer_is_bounded(place: Place, more: bytes) -> None:
    async with place.callers(1) as [caller]:
        await caller.says(GET % b"later" + more)
        assert (await caller.hears()).startswith(b"HTTP/1.1 400")
        assert await caller.is_left()


async def test_who_takes_nothing_of_an_answer_holds_no_connection_open() -> None:
    place = Place(Hasty)
    async with place.open(), place.callers(1) as [caller]:
        await caller.says(GET % b"much")
        await until(lambda: bool(place.state.connections), "the caller is there")
        await until(lambda: not place.state.connections, "it is given up")


async def test_a_flood_leaves_files_enough_to_answer_whoever_asks() -> None:
    """By a process that may open half as many files as there are callers."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SMALL, str(port), cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    place = Place(port=port)
    async with place.callers(MANY), place.callers(1) as [caller]:
        await caller.says(GET % b"healthz")
        assert b"alive" in await caller.hears()
    process.stdin.close()
    _, said = await process.communicate()
    assert (process.returncode, said) == (0, b"")


@pytest.mark.parametrize(("files", "most"), [(100, 25), (256, 80), (1_024, 704), (4_096, MOST)])
def test_a_process_that_may_open_few_files_takes_fewer(files: int, most: int) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, before[1]))
    try:
        assert most_connections() == most
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("target", [b"CONNECT x:80", b"GET http://[", b"GET //[", b"OPTIONS *"])
async def test_a_head_whose_target_is_none_is_refused_and_no_error_of_ours(
    place: Place, target: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with place.callers(1) as [caller]:
        await caller.says(target + b" HTTP/1.1\r\nhost: x\r\n\r\n")
        assert (await caller.hears()).startswith((b"HTTP/1.1 400", b"HTTP/1.1 404"))
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []
