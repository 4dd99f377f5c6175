"""A door to a server that can be shut and opened again, at one address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import make_url


class Proxy:
    """`refused` counts who knocked while the door was shut. `lag`: how many seconds later it is
    heard what is said through it; what is said meanwhile is heard with it."""

    lag = 0.0

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._shut = asyncio.Event()
        self._connections: set[asyncio.StreamWriter] = set()
        self.refused = 0
        self.port = 0

    def shut(self) -> None:
        """Breaks every connection, and each new one at once."""
        self._shut.set()
        for writer in self._connections:
            writer.transport.abort()

    def open(self) -> None:
        self._shut.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._shut.is_set():
            self.refused += 1
            writer.transport.abort()
            return
        there, thither = await asyncio.open_connection(*self._target)
        self._connections |= {writer, thither}
        try:
            await asyncio.gather(self._pump(reader, thither), self._pump(there, writer))
        finally:
            self._connections -= {writer, thither}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(2**16):
                if self.lag:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._shut.wait(), self.lag)
                writer.write(piece)
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def proxy_to(host: str, port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(host, port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    async with server:
        yield proxy
        # Until then nobody is left who waits at a connection.
        proxy.shut()


@asynccontextmanager
async def proxy_to_postgres(database_url: str) -> AsyncIterator[Proxy]:
    url = make_url(database_url)
    assert url.host
    assert url.port
    async with proxy_to(url.host, url.port) as proxy:
        yield proxy


def through(proxy: Proxy, database_url: str) -> str:
    """The database's address behind the proxy."""
    url = make_url(database_url).set(host="127.0.0.1", port=proxy.port)
    return url.render_as_string(hide_password=False)
